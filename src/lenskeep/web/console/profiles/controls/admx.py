"""ADMX values in the fields of a form: a state, and the data of each part."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from lenskeep.desired.document.admx import F000, Data, admx_value
from lenskeep.web.console.profiles.controls.part import PartControl
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""What the fields of one row hold, by their short names: `v` is the value, `s` a state."""

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
ABSENT: Final = "absent"
"""Not configured: the setting is left out of the profile."""
Parts: TypeAlias = Sequence[PartControl] | None


def admx_fields(parts: Parts, value: str | None) -> Fields | None:
    """Return the fields that show the value; None where they cannot."""
    if value is None:
        return {"s": (ENABLED,)}
    read = _read(value)
    if read is None:
        return None
    state, data = read
    if parts is None:
        return {"s": (state,), "di": tuple(data), "dv": tuple(data.values())}
    known = {each.id: each for each in parts}
    if not data.keys() <= known.keys():
        return None
    shown: dict[str, Sequence[str]] = {"s": (state,)}
    for id_, held in data.items():
        items = _items(held) if known[id_].is_rows else (held,)
        if items is None:
            return None
        shown[f"d.{id_}"] = items
    return shown


def admx_text(parts: Parts, fields: Fields) -> str | None:
    """Return the value as it travels; None for one that is not configured."""
    state = next(iter(fields.get("s", ())), ENABLED)
    if state == ABSENT:
        return None
    return admx_value(None if state == DISABLED else _data(parts, fields))


def _data(parts: Parts, fields: Fields) -> Data:
    if parts is None:
        pairs = zip(fields.get("di", ()), fields.get("dv", ()), strict=False)
        return {id_.strip(): held for id_, held in pairs if id_.strip()}
    data: dict[str, str | tuple[str, ...]] = {}
    for each in parts:
        held = tuple(text for text in fields.get(f"d.{each.id}", ()) if text)
        if held:
            data[each.id] = held if each.is_rows else held[-1]
    return data


def _read(value: str) -> tuple[str, dict[str, str]] | None:
    """Return state and data, None where the value is not of the form."""
    try:
        root = xml.read(f"<root>{value.strip()}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None
    elements = list(root)
    if not elements or elements[0].tag not in (ENABLED, DISABLED):
        return None
    ids = [each.get("id") for each in elements[1:]]
    if any(each.tag != "data" for each in elements[1:]) or None in ids:
        return None
    if any(each != each.strip() for each in filter(None, ids)):  # a form would give back another
        return None
    if len(set(ids)) < len(ids):
        return None
    return elements[0].tag, {each.get("id", ""): each.get("value", "") for each in elements[1:]}


def _items(held: str) -> tuple[str, ...] | None:
    pieces = held.split(F000)
    numbers, items = pieces[::2], tuple(pieces[1::2])
    is_list = len(pieces) % 2 == 0 and numbers == [str(n + 1) for n in range(len(items))]
    return items if is_list else None
