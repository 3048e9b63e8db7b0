"""The values of a rule by the kind of their field: checked once, in one spelling, then typed."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from lenskeep.base.errors import Invalid, shown
from lenskeep.desired.groups.fields import FieldKind, Op
from lenskeep.desired.groups.tags import parse_tag

_BUILD: Final = re.compile(r"(?:10\.0\.)?([1-9][0-9]{3,5})(?:\.([0-9]{1,6}))?")
_DURATION: Final = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_ORDERED: Final = (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)
_WHOLE: Final = (Op.EQUAL, Op.UNEQUAL, Op.IN)


def checked(kind: FieldKind, op: Op, text: str) -> str:
    """Return the value in its canonical spelling. Raises Invalid (field `value`)."""
    match kind:
        case FieldKind.TEXT:
            return _some(text)
        case FieldKind.TAGS:
            return parse_tag(text) if op in _WHOLE else _some(text)
        case FieldKind.ADDRESSES:
            return _address(text)
        case FieldKind.BUILD:
            return _build(text)
        case FieldKind.BRANCH:
            return _build(text).partition(".")[0]
        case FieldKind.AGE:
            return _age(text)
        case FieldKind.INVENTORY:
            return _told(op, text)
        case _:
            assert_never(kind)


def build_of(text: str) -> tuple[int, ...]:
    """Return (build,) or (build, revision) of a checked value."""
    return tuple(int(each) for each in text.split("."))


def age_of(text: str) -> timedelta | datetime:
    """Return the duration, or the moment in UTC, of a checked value."""
    found = _DURATION.fullmatch(text)
    if found is not None:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def number_of(text: str) -> Decimal | None:
    """Return the number, None where the text is none."""
    plain = text.strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def undivided(text: str) -> str:
    """Return a network address, or a part of one, without what divides its digits."""
    return re.sub("[-:.]", "", text).casefold()


def _some(text: str) -> str:
    if not text:
        raise _unfit("an empty text", "some text; what nobody has told is `is unknown`")
    return text


def _address(text: str) -> str:
    if not undivided(_some(text)):
        raise _unfit(shown(text), "such as 00-15-5D-01-02-03")
    return text


def _build(text: str) -> str:
    found = _BUILD.fullmatch(text)
    if found is None:
        raise _unfit(shown(text), "a build such as 20348, or with its revision 20348.1503")
    number = str(int(found[1]))
    return number if found[2] is None else f"{number}.{int(found[2])}"


def _age(text: str) -> str:
    """Return a duration as it is, a moment in UTC; a day begins at midnight UTC."""
    plain = text.strip().casefold()
    found = _DURATION.fullmatch(plain)
    if found is not None:
        return f"{int(found[1])}{found[2]}"
    try:
        moment = age_of(text.strip().upper())
    except (ValueError, OverflowError):
        allowed = "a duration such as 90m, 12h, 3d, 2w, or a date such as 2026-01-31"
        raise _unfit(shown(text), allowed) from None
    assert isinstance(moment, datetime)
    if moment == moment.replace(hour=0, minute=0, second=0, microsecond=0):
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _told(op: Op, text: str) -> str:
    if op in _ORDERED:
        if number_of(text) is None:
            raise _unfit(shown(text), "a number; only numbers have an order here")
        return text.strip()
    return text if op in _WHOLE else _some(text)


def _unfit(came: str, allowed: str) -> Invalid:
    return Invalid.field("value", f"{came} cannot be compared with it", allowed)
