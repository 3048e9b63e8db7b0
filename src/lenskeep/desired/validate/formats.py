"""The format step: text to what the wire carries, before anybody asks what is allowed."""

import base64
import binascii
import re
from typing import Final, assert_never

from lenskeep.desired.validate.content import times
from lenskeep.desired.validate.content.documents import document
from lenskeep.desired.validate.finding import Finding, Found, refused
from lenskeep.tree.value import UNWRITABLE, Format

MAX_VALUE: Final = 4 * 1024 * 1024
"""Characters. assumed: nothing a HoloLens takes is longer; a message of 8 MiB carries it."""
LOWEST: Final = -(2**31)
HIGHEST: Final = 2**32 - 1
"""`int` is read as up to uint32: 32 nodes of the DDF have ranges above 2^31-1."""
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT: Final = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")


def on_wire(form: Format, value: str | None) -> tuple[str | None, Found]:
    """Return the value as its format carries it, and what is wrong with it."""
    if form in (Format.NODE, Format.NULL):
        if value:
            return None, (refused(f"is too much: {form.value} has none", "no value"),)
        return None, ()
    if value is None:
        return None, (refused("is missing", f"a value of format {form.value}"),)
    if len(value) > MAX_VALUE:
        return None, (refused("is too long", f"at most {MAX_VALUE} characters"),)
    if UNWRITABLE.search(value):
        return None, (refused("holds characters that XML cannot carry", "no control characters"),)
    return _typed(form, value)


def _typed(form: Format, value: str) -> tuple[str | None, Found]:
    match form:
        case Format.CHR:
            return value, ()
        case Format.INT:
            return _integer(value)
        case Format.BOOL:
            return _boolean(value)
        case Format.B64 | Format.BIN:
            return _base64(value)
        case Format.XML:
            return value, document(value)
        case Format.FLOAT:
            return _float(value)
        case Format.DATE | Format.TIME:
            return value.strip(), times.time_value(value)
        case Format.NODE | Format.NULL:
            return None, ()
        case _:
            assert_never(form)


def _integer(value: str) -> tuple[str | None, Found]:
    text = value.strip()
    if not _INTEGER.fullmatch(text):
        return None, (_unfit("is not a whole number", "decimal digits", value),)
    number = int(text)
    if not LOWEST <= number <= HIGHEST:
        return None, (_unfit("does not fit 32 bits", f"{LOWEST} to {HIGHEST}", value),)
    return str(number), ()


def _boolean(value: str) -> tuple[str | None, Found]:
    """Return `true` or `false`; 0 and 1 pass, for the few nodes whose choices they are."""
    text = value.strip().lower()
    if text in ("true", "false") or re.fullmatch("[0-9]{1,3}", text):
        return text, ()
    return None, (_unfit("is neither true nor false", "true, false", value),)


def _base64(value: str) -> tuple[str | None, Found]:
    compact = "".join(value.split())
    try:
        base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return None, (_unfit("is not base64", "base64", value),)
    return compact, ()


def _float(value: str) -> tuple[str | None, Found]:
    text = value.strip()
    if not _FLOAT.fullmatch(text):
        return None, (_unfit("is not a number", "a number such as 1.5", value),)
    return text, ()


def _unfit(problem: str, allowed: str, value: str) -> Finding:
    return refused(problem, allowed, value)
