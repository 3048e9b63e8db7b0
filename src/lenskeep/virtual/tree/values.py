"""What this headset makes of a value: whether the node takes it, and how the node then spells it.

Written from the catalog's data alone; the server checks on its own and may be wrong where this is
right. Nothing here says why: a headset answers a number.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, assert_never
from xml.etree.ElementTree import Element

from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import Rule
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_LOWEST: Final = -(2**31)
_HIGHEST: Final = 2**32 - 1
"""A node of format int holds a DWORD, signed or not."""

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}")
_REAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SDDL: Final = re.compile(r"([OG]:\S+|[DS]:\S*)+")
_LONGEST_MATCHED: Final = 4096
"""Characters: some published patterns take ages on long values that almost fit."""
_LATE_FLAG: Final = "(?i)"


class Unfit(Exception):
    """The node does not take this value."""


def taken(rule: Rule, text: str | None) -> str | None:
    """Return the value as the node keeps it. Raises Unfit."""
    value = _formed(rule.format, rule.allowed, text)
    if value is not None and not _is_allowed(value, rule.allowed, rule.format):
        raise Unfit
    return value


# --- the format ---


def _formed(format_: Format, allowed: Allowed, text: str | None) -> str | None:
    if format_ in (Format.NODE, Format.NULL):
        if text:
            raise Unfit
        return None
    if text is None:
        raise Unfit
    if format_ is Format.BOOL:
        return _boolean(text, allowed)
    form = _FORMS.get(format_)
    return form(text) if form else text


def _whole(text: str) -> str:
    stripped = text.strip()
    if not _WHOLE.fullmatch(stripped) or not _LOWEST <= int(stripped) <= _HIGHEST:
        raise Unfit
    return str(int(stripped))


def _boolean(text: str, allowed: Allowed) -> str:
    """A truth value in words; as a number only where the node's own choices are numbers."""
    word = text.strip().lower()
    if word in ("true", "false") or word in allowed.values:
        return word
    raise Unfit


def _real(text: str) -> str:
    if not _REAL.fullmatch(text.strip()):
        raise Unfit
    return text.strip()


def _encoded(text: str) -> str:
    compact = "".join(text.split())
    try:
        base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise Unfit from None
    return compact


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unfit from None
    return text.strip()


def _document(text: str) -> str:
    if not is_well_formed(text):
        raise Unfit
    return text


_FORMS: Final[dict[Format, Callable[[str], str]]] = {
    Format.INT: _whole,
    Format.FLOAT: _real,
    Format.B64: _encoded,
    Format.BIN: _encoded,
    Format.TIME: _moment,
    Format.DATE: _moment,
    Format.XML: _document,
}


# --- the allowed values ---


def _is_allowed(value: str, allowed: Allowed, format_: Format) -> bool:
    """Return whether the value, or each item of the list that it is, is among the allowed."""
    if not allowed.delimiter:
        return _one_is_allowed(value, allowed, format_)
    items = value.split(allowed.delimiter)
    if len(items) > 1 and not items[-1]:
        items.pop()
    return all(_one_is_allowed(item, allowed, format_) for item in items)


def _one_is_allowed(item: str, allowed: Allowed, format_: Format) -> bool:
    match allowed.kind:
        case Kind.ENUM:
            return _is_choice(item, allowed, format_)
        case Kind.RANGE:
            return _is_within(item, allowed)
        case Kind.FLAGS:
            return _is_union(item, allowed)
        case Kind.REGEX:
            return _matches(item, allowed.pattern)
        case Kind.XSD:
            return is_well_formed(item)
        case Kind.JSON:
            return is_json(item)
        case Kind.SDDL:
            return bool(_SDDL.fullmatch(item.strip()))
        case Kind.ADMX:
            return is_admx(item)
        case Kind.ANY | Kind.UNSTATED:
            return True
    assert_never(allowed.kind)


def _is_choice(item: str, allowed: Allowed, format_: Format) -> bool:
    if format_ is Format.INT:
        return int(item) in [number for each in allowed.values for number in _number(each)]
    if format_ is Format.BOOL:
        words = {each.lower() for each in allowed.values}
        return item in words or words <= {"0", "1"}
    return item in allowed.values


def _is_within(item: str, allowed: Allowed) -> bool:
    """A range without borders that could be read forbids nothing."""
    if not allowed.ranges:
        return True
    found = list(_number(item))
    return bool(found) and any(low <= found[0] <= high for low, high in allowed.ranges)


def _is_union(item: str, allowed: Allowed) -> bool:
    union = 0
    for each in allowed.values:
        for number in _number(each):
            union |= number
    found = list(_number(item))
    return bool(found) and found[0] >= 0 and found[0] & ~union == 0


def _number(text: str) -> tuple[int, ...]:
    """Return the number that the text is, decimal or `0x` hexadecimal, or nothing."""
    try:
        return (int(text.strip(), 16 if text.strip().lower().startswith("0x") else 10),)
    except ValueError:
        return ()


def _matches(item: str, pattern: str | None) -> bool:
    """Match the whole item; published patterns that no engine here reads forbid nothing."""
    if pattern is None or len(item) > _LONGEST_MATCHED:
        return True
    flags = re.IGNORECASE if _LATE_FLAG in pattern else re.NOFLAG
    try:
        return bool(re.fullmatch(pattern.replace(_LATE_FLAG, ""), item, flags))
    except re.error:
        return True


# --- documents ---


def is_well_formed(text: str) -> bool:
    """Return whether the text is one XML document."""
    return _root(text) is not None


def _root(text: str) -> Element | None:
    try:
        return xml.read(text.strip().encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None


def is_json(text: str) -> bool:
    """Return whether the text is a JSON document."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_admx(text: str) -> bool:
    """Return whether it is what an ADMX-backed policy takes: on with its data, or off.

    CSP: Policy. `<enabled/>` or `<disabled/>`, then `<data id="" value=""/>` for the elements.
    """
    root = _root(f"<policy>{text}</policy>")
    if root is None or len(root) == 0 or (root.text or "").strip():
        return False
    if any((each.tail or "").strip() for each in root):
        return False
    first, *rest = root
    if xml.local_name(first).lower() not in ("enabled", "disabled"):
        return False
    return all(
        xml.local_name(each).lower() == "data"
        and each.get("id") is not None
        and each.get("value") is not None
        for each in rest
    )


def looks_like_admx(text: str) -> bool:
    """Return whether a text starts as an ADMX-backed policy's would."""
    start = text.lstrip().lower()
    return start.startswith(("<enabled", "<disabled", "<data "))
