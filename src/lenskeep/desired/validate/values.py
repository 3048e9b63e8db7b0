"""The step after the format: is the value one of those the node allows, each item of a list."""

import json
import re
from functools import lru_cache
from typing import Final, assert_never

from lenskeep.desired.validate.content import documents
from lenskeep.desired.validate.content.admx import Part, admx
from lenskeep.desired.validate.content.texts import F000, MAX_TEXT
from lenskeep.desired.validate.finding import Found, refused, warned
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format

MAX_MATCHED: Final = 2048
"""Characters on which a pattern is tried: a pattern of the DDF may take the square of them."""
MAX_ITEMS: Final = 5000
"""Items of a list. assumed: far above what a headset takes."""
_SPELLED_F000: Final = ("&#xF000;", "&#xf000;", "&#61440;")


def plain_list(allowed: Allowed, value: str) -> str:
    """Return a list with its delimiter as the character itself: U+F000 is often written out."""
    if allowed.delimiter == F000:
        for spelled in _SPELLED_F000:
            value = value.replace(spelled, F000)
    return value


def fitting(
    allowed: Allowed, form: Format, value: str, parts: tuple[Part, ...] | None = None
) -> tuple[str, Found]:
    """Return the value as the node's own choices spell it, and what is wrong with it."""
    if not allowed.delimiter or allowed.kind in (Kind.ADMX, Kind.XSD, Kind.JSON, Kind.SDDL):
        return _item(allowed, form, value, parts)
    items = value.split(allowed.delimiter)
    if len(items) > MAX_ITEMS:
        return value, (refused("has too many items", f"at most {MAX_ITEMS}"),)
    wires: list[str] = []
    found: Found = ()
    for each in items:
        wire, more = _item(allowed, form, each.strip(), parts) if each.strip() else ("", ())
        wires.append(wire)
        found += more
        if len(found) >= 20:
            break
    return value if found else allowed.delimiter.join(wires), found


def described(allowed: Allowed) -> str | None:
    """Return in words what is allowed, None where nobody can say."""
    match allowed.kind:
        case Kind.ENUM:
            return ", ".join(_choices(allowed))
        case Kind.FLAGS:
            return "a sum of " + ", ".join(_choices(allowed))
        case Kind.RANGE:
            return " or ".join(f"{a} to {b}" if a != b else f"{a}" for a, b in allowed.ranges)
        case Kind.REGEX:
            return f"the pattern {allowed.pattern}" if allowed.pattern else None
        case Kind.XSD:
            return "a document of its schema"
        case Kind.JSON:
            return "a JSON document"
        case Kind.ADMX:
            return "<enabled/> with its data, or <disabled/>"
        case Kind.SDDL | Kind.ANY | Kind.UNSTATED:
            return None
        case _:
            assert_never(allowed.kind)


def _choices(allowed: Allowed) -> list[str]:
    labels = allowed.labels or ("",) * len(allowed.values)
    pairs = zip(allowed.values, labels, strict=False)
    return [f"{value} ({label})" if label else value for value, label in pairs]


def _item(
    allowed: Allowed, form: Format, value: str, parts: tuple[Part, ...] | None
) -> tuple[str, Found]:
    match allowed.kind:
        case Kind.ENUM:
            return _choice(allowed, form, value)
        case Kind.RANGE:
            return value, _in_range(allowed, value)
        case Kind.FLAGS:
            return value, _flags(allowed, value)
        case Kind.REGEX:
            return value, _matching(allowed, value)
        case Kind.XSD:
            return value, documents.document(value)
        case Kind.JSON:
            return value, _json(value)
        case Kind.ADMX:
            return value, admx(value, parts)
        case Kind.SDDL | Kind.ANY | Kind.UNSTATED:
            return value, ()
        case _:
            assert_never(allowed.kind)


def _choice(allowed: Allowed, form: Format, value: str) -> tuple[str, Found]:
    """Return the choice: exact, but `bool` in any case and `int` by its number."""
    if value in allowed.values:
        return value, ()
    for each in allowed.values:
        is_same = each.casefold() == value.casefold() if form is Format.BOOL else False
        if is_same or (form is Format.INT and _number(each) == _number(value) is not None):
            return value, ()
    near = [each for each in allowed.values if each.casefold() == value.casefold()]
    allowed_text = f"{near[0]}, exactly so" if near else described(allowed)
    return value, (refused("is not one of the choices", allowed_text, value),)


def _in_range(allowed: Allowed, value: str) -> Found:
    number = _number(value)
    if number is None:
        return (refused("is not a whole number", described(allowed), value),)
    if allowed.ranges and not any(low <= number <= high for low, high in allowed.ranges):
        return (refused("is out of range", described(allowed), value),)
    return ()


def _flags(allowed: Allowed, value: str) -> Found:
    number = _number(value)
    union = 0
    for each in allowed.values:
        union |= _number(each) or 0
    if number is None or number < 0:
        return (refused("is no sum of bits", described(allowed), value),)
    if number & ~union:
        return (refused("has a bit that means nothing", described(allowed), value),)
    return ()


def _number(text: str) -> int | None:
    """Return the number, decimal or `0x` hexadecimal as some descriptions have it."""
    text = text.strip()
    if re.fullmatch("[+-]?[0-9]{1,20}", text):
        return int(text)
    return int(text, 16) if re.fullmatch("0[xX][0-9A-Fa-f]{1,16}", text) else None


def matches(pattern: str, text: str) -> bool | None:
    """Return whether the whole text is of the pattern, None where the pattern cannot be used."""
    compiled = _compiled(pattern)
    if compiled is None or len(text) > MAX_MATCHED:
        return None
    return compiled.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern of the DDF; case flags in its midst and script slashes are undone."""
    flags = re.IGNORECASE if "(?i)" in pattern else 0
    plain = pattern.replace("(?i)", "")
    if len(plain) > 2 and plain.startswith("/") and plain.endswith("/"):
        plain = plain[1:-1]
    try:
        return re.compile(plain, flags)
    except (re.error, RecursionError, OverflowError):
        return None


def _matching(allowed: Allowed, value: str) -> Found:
    if not allowed.pattern:
        return ()
    if len(value) > MAX_MATCHED:
        return (refused("is too long", f"at most {MAX_MATCHED} characters"),)
    fits = matches(allowed.pattern, value)
    if fits is None:
        return (warned("has a pattern that cannot be tried", allowed.pattern),)
    return () if fits else (refused("does not fit its pattern", allowed.pattern, value),)


def _json(value: str) -> Found:
    if len(value) > MAX_TEXT:
        return (refused("is too long", f"at most {MAX_TEXT} characters"),)
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return (refused("is not JSON", "a JSON document"),)
    return ()
