"""What a node can hold: formats, and text checked against them."""

import base64
import binascii
import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid, shown


class Format(Enum):
    """The formats of [OMA-DM-TND 1.2.1] and Windows; the value is the spelling on the wire."""

    CHR = "chr"
    INT = "int"
    BOOL = "bool"
    B64 = "b64"
    BIN = "bin"
    XML = "xml"
    NODE = "node"
    NULL = "null"
    FLOAT = "float"
    DATE = "date"
    TIME = "time"


_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT: Final = re.compile(r"[+-]?([0-9]++\.?[0-9]*+|\.[0-9]++)([eE][+-]?[0-9]++)?")
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML document can carry, not even escaped ([XML 1.0] 2.2)."""


def parse_format(text: str) -> Format:
    """Return the format of that name, in any case. Raises Invalid for another word."""
    try:
        return Format(text.strip().lower())
    except ValueError:
        allowed = ", ".join(each.value for each in Format)
        raise Invalid.field("format", f"{shown(text)} is not a format", allowed) from None


def check_value(format_: Format, text: str | None) -> str | None:
    """Return the value as it goes on the wire. Raises Invalid where it does not fit the format."""
    if format_ in (Format.NODE, Format.NULL):
        if text:
            raise _unfit(format_, "no value at all")
        return None
    check = _CHECKS.get(format_)
    if text is None:
        raise _unfit(format_, "a value")
    if UNWRITABLE.search(text):
        raise Invalid.field(
            "value", "it holds characters that XML cannot carry", "no control characters; base64"
        )
    return check(text) if check else text


def _integer(text: str) -> str:
    if not _INTEGER.fullmatch(text.strip()):
        raise _unfit(Format.INT, "a decimal number")
    return text.strip()


def _boolean(text: str) -> str:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise _unfit(Format.BOOL, "true or false")
    return lowered


def _base64(text: str) -> str:
    compact = "".join(text.split())
    try:
        base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise _unfit(Format.B64, "base64") from None
    return compact


def _number(text: str) -> str:
    if not _FLOAT.fullmatch(text.strip()):
        raise _unfit(Format.FLOAT, "a number")
    return text.strip()


_CHECKS: Final[dict[Format, Callable[[str], str]]] = {
    Format.INT: _integer,
    Format.BOOL: _boolean,
    Format.B64: _base64,
    Format.BIN: _base64,
    Format.FLOAT: _number,
}


def _unfit(format_: Format, allowed: str) -> Invalid:
    return Invalid.field("value", f"the value does not fit the format {format_.value}", allowed)
