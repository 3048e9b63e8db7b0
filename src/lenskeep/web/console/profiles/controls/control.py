"""Which control stands for a node: made of the catalog's record alone, nothing by hand."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.desired.validate.content.admx import Part
from lenskeep.desired.validate.special import parts_of
from lenskeep.desired.validate.values import described
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.web.console.profiles.controls.labels import label_of
from lenskeep.web.console.profiles.controls.part import PartControl, part_control

_SWITCHES: Final = (frozenset({"0", "1"}), frozenset({"false", "true"}))
_DOCUMENTS: Final = ("xml", "configuration", "hostedinstall")
"""Ends of names whose text is a document although nobody says so in the catalog."""


class Shape(Enum):
    """The kinds of controls; the value is the name that templates know."""

    SWITCH = "switch"
    CHOICE = "choice"
    SEVERAL = "several"
    """A list of choices: a box for each."""
    FLAGS = "flags"
    """A sum of bits: a box for each."""
    NUMBER = "number"
    ROWS = "rows"
    """A list of texts."""
    TEXT = "text"
    LONG = "long"
    """A document."""
    FILE = "file"
    """Octets, in base64."""
    ADMX = "admx"
    NOTHING = "nothing"
    """The node is made and holds no value."""


_SECRETIVE: Final = frozenset({Shape.TEXT, Shape.LONG, Shape.FILE, Shape.ROWS})
"""What can hold a secret: a switch about passwords holds none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values; the label is what a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Control:
    """A control and what it needs to know. What a shape does not use stays empty."""

    shape: Shape
    choices: tuple[Choice, ...] = ()
    """For a switch: off, then on."""
    low: int | None = None
    high: int | None = None
    hint: str = ""
    """What is allowed, in words."""
    delimiter: str = ""
    parts: tuple[PartControl, ...] | None = None
    """Of an ADMX value; None where nobody knows them."""
    is_secret: bool = False
    """What is stored is never shown in it; left empty, it stays."""


def control_for(record: Record | None, uri: str) -> Control:
    """Return the control of the node; one that nobody knows is a text."""
    if record is None:
        return Control(Shape.TEXT, is_secret=is_sensitive(uri))
    shape = _shape(record)
    allowed = record.allowed
    spans = allowed.ranges if shape is Shape.NUMBER else ()
    return Control(
        shape,
        _choices(record, shape),
        min((low for low, _ in spans), default=None),
        max((high for _, high in spans), default=None),
        _hint(record, shape),
        (allowed.delimiter or "") if shape in (Shape.ROWS, Shape.SEVERAL) else "",
        _parts(uri) if shape is Shape.ADMX else None,
        shape in _SECRETIVE and is_sensitive(uri),
    )


def plain_text(uri: str) -> Control:
    """Return the control that can show any value: for one that does not fit its own."""
    hint = "written as it goes to the headset, because no other control can show it"
    return Control(Shape.LONG, hint=hint, is_secret=is_sensitive(uri))


def _shape(record: Record) -> Shape:
    form, kind = record.format, record.allowed.kind
    if form in (Format.NODE, Format.NULL):
        return Shape.NOTHING
    if form in (Format.B64, Format.BIN):
        return Shape.FILE
    if kind is Kind.ADMX:
        return Shape.ADMX
    if kind in (Kind.XSD, Kind.JSON) or form is Format.XML:
        return Shape.LONG
    if record.allowed.is_list:
        return Shape.SEVERAL if kind is Kind.ENUM else Shape.ROWS
    return _single(record)


def _single(record: Record) -> Shape:
    form, allowed = record.format, record.allowed
    if allowed.kind is Kind.ENUM and allowed.values:
        is_switch = frozenset(each.casefold() for each in allowed.values) in _SWITCHES
        return Shape.SWITCH if is_switch and len(allowed.values) == 2 else Shape.CHOICE
    if allowed.kind is Kind.FLAGS:
        return Shape.FLAGS
    if form is Format.BOOL:
        return Shape.SWITCH
    if form is Format.INT:
        return Shape.NUMBER
    is_document = record.name.casefold().endswith(_DOCUMENTS) and allowed.kind is not Kind.REGEX
    return Shape.LONG if is_document else Shape.TEXT


def _choices(record: Record, shape: Shape) -> tuple[Choice, ...]:
    allowed = record.allowed
    if shape is Shape.SWITCH and not allowed.values:
        return Choice("false", "Off"), Choice("true", "On")
    labels = allowed.labels or tuple(label_of(record.uri, each) for each in allowed.values)
    pairs = tuple(zip(allowed.values, labels, strict=False))
    match shape:
        case Shape.SWITCH:
            words = {"0": "Off", "false": "Off", "1": "On", "true": "On"}
            made = tuple(Choice(v, label or words[v.casefold()]) for v, label in pairs)
            return tuple(sorted(made, key=lambda each: each.value.casefold()))
        case Shape.CHOICE | Shape.SEVERAL:
            return tuple(Choice(v, label or v) for v, label in pairs)
        case Shape.FLAGS:
            return tuple(Choice(v, label or f"bit {v}") for v, label in pairs if bits(v))
        case _:
            return ()


def bits(text: str) -> int:
    """Return the number that a flag stands for, decimal or `0x` hexadecimal; 0 for no number."""
    try:
        return int(text, 0)
    except ValueError:
        return int(text) if text.isdecimal() else 0


def _hint(record: Record, shape: Shape) -> str:
    if shape in (Shape.SWITCH, Shape.CHOICE, Shape.SEVERAL, Shape.FLAGS, Shape.ADMX):
        return ""
    return described(record.allowed) or ""


def _parts(uri: str) -> tuple[PartControl, ...] | None:
    parts: tuple[Part, ...] | None
    try:
        parts = parts_of(parse_uri(uri))
    except Invalid:
        return None
    return None if parts is None else tuple(part_control(each) for each in parts)
