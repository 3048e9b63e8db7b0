"""A value in plain words: for lists, comparisons and the page of a profile."""

from typing import Final

from lenskeep.tree.catalog.record import Record
from lenskeep.tree.sensitive import REDACTED
from lenskeep.web.console.profiles.controls.admx import Fields
from lenskeep.web.console.profiles.controls.control import Control, Shape, bits, control_for
from lenskeep.web.console.profiles.controls.fields import fields_of

_SHOWN: Final = 160
SECRET: Final = "a secret"  # noqa: S105 - words


def spoken(record: Record | None, uri: str, value: str | None) -> str:
    """Return the value as a person says it; what may be a secret is only said to be there."""
    control = control_for(record, uri)
    if value == REDACTED or (value and control.is_secret):
        return SECRET
    if control.shape is Shape.NOTHING:
        return "there"
    if value is None:
        return "no value"
    fields = fields_of(control, value)
    said = "" if fields is None else _said(control, fields, value)
    return said or (value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…") or "empty"


def _said(control: Control, fields: Fields, value: str) -> str:
    match control.shape:
        case Shape.SWITCH | Shape.CHOICE:
            label = next((e.label for e in control.choices if e.value == value), value)
            return label if label == value else f"{label} ({value})"
        case Shape.FLAGS:
            on = [e.label for e in control.choices if bits(e.value) & bits(value)]
            return f"{', '.join(on) or 'none'} ({value})"
        case Shape.SEVERAL | Shape.ROWS:
            return _listed(tuple(each for each in fields["v"] if each))
        case Shape.ADMX:
            return _admx(fields)
        case Shape.LONG:
            return "" if len(value) <= _SHOWN else f"a document of {len(value)} characters"
        case Shape.FILE:
            return f"a file of {len(value) * 3 // 4} bytes" if value else "empty"
        case _:
            return ""


def _listed(items: tuple[str, ...]) -> str:
    text = ", ".join(items)
    if len(items) < 2:
        return text
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"{len(items)} entries: {shown}"


def _admx(fields: Fields) -> str:
    state = str(fields["s"][0])
    data = [
        f"{name.removeprefix('d.')} = {', '.join(held)}"
        for name, held in fields.items()
        if name.startswith("d.")
    ]
    data += [f"{i} = {v}" for i, v in zip(fields.get("di", ()), fields.get("dv", ()), strict=False)]
    return ": ".join(filter(None, (state, ", ".join(data))))
