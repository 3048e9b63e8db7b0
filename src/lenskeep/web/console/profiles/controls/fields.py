"""Between the fields of a form and the text on the wire, both ways."""

from typing import Final

from lenskeep.web.console.profiles.controls.admx import Fields, admx_fields, admx_text
from lenskeep.web.console.profiles.controls.control import Control, Shape, bits

EMPTY: Final[Fields] = {}


def text_of(control: Control, fields: Fields) -> str | None:
    """Return what the fields say, as it goes on the wire; None for no value at all."""
    values = tuple(fields.get("v", ()))
    match control.shape:
        case Shape.NOTHING:
            return None
        case Shape.SWITCH:
            off, on = control.choices
            return on.value if on.value in values else off.value
        case Shape.FLAGS:
            union = 0
            for each in values:
                union |= bits(each)
            return str(union)
        case Shape.SEVERAL | Shape.ROWS:
            return control.delimiter.join(each for each in values if each)
        case Shape.ADMX:
            return admx_text(control.parts, fields)
        case _:
            return values[-1].replace("\r\n", "\n") if values else ""


def fields_of(control: Control, value: str | None) -> Fields | None:
    """Return the fields that show the value; None where this control would change it."""
    if value is None:
        return admx_fields(control.parts, None) if control.shape is Shape.ADMX else EMPTY
    if control.shape is Shape.ADMX:
        return admx_fields(control.parts, value)
    fields = {"v": _shown(control, value)}
    if control.shape in (Shape.CHOICE, Shape.SEVERAL):
        known = {each.value for each in control.choices}
        if not known.issuperset(fields["v"]):
            return None
    return fields if text_of(control, fields) == value else None


def _shown(control: Control, value: str) -> tuple[str, ...]:
    match control.shape:
        case Shape.SEVERAL | Shape.ROWS:
            return tuple(value.split(control.delimiter)) if value else ()
        case Shape.FLAGS:
            union = bits(value)
            return tuple(e.value for e in control.choices if bits(e.value) & union)
        case _:
            return (value,)


def first_value(control: Control, default: str | None) -> str | None:
    """Return what a control shows before anybody chose: the node's default where it fits."""
    if control.shape in (Shape.NOTHING, Shape.ADMX):
        return None
    if default is not None and fields_of(control, default) is not None:
        return default
    if control.shape in (Shape.SWITCH, Shape.CHOICE):
        return control.choices[0].value
    return "0" if control.shape is Shape.FLAGS else ""
