"""The numbers that headsets show: looked up, or all of them."""

import re
from typing import Final

from starlette.responses import Response

from lenskeep.enrollment.troubles.table import TROUBLES, describe
from lenskeep.enrollment.troubles.trouble import HEADSET, Trouble
from lenskeep.web.console.enrollment.commands import spoken
from lenskeep.web.console.page import Visit

_NUMBER: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{8})")
_SIGNED: Final = re.compile(r"-[0-9]{1,10}")


async def numbers_page(visit: Visit) -> Response:
    """Show what a number means, and the list of all."""
    asked = visit.request.query_params.get("number", "").strip()[:40]
    found, has_found = search(asked)
    values: dict[str, object] = {
        "asked": asked,
        "has_found": has_found,
        "groups": (
            ("Said by this server", [e for e in found if e.by != HEADSET]),
            ("Found by the headset itself", [e for e in found if e.by == HEADSET]),
        ),
        "spoken": spoken,
    }
    return visit.answer("enrollment/errors.html", values)


def search(asked: str) -> tuple[tuple[Trouble, ...], bool]:
    """Return the numbers that fit, and whether there were any; all of them where none do."""
    if not asked:
        return TROUBLES, True
    number = read_number(asked)
    known = None if number is None else describe(number)
    if known is not None:
        return (known,), True
    plain = asked.casefold()
    fitting = tuple(each for each in TROUBLES if plain in _text(each))
    return (fitting, True) if fitting else (TROUBLES, False)


def read_number(text: str) -> int | None:
    """Return a number as a headset or a log writes it: 0x80180014, 80180014, -2145910764."""
    plain = "".join(text.split())
    found = _NUMBER.fullmatch(plain)
    if found:
        return int(found[1], 16)
    return int(plain) & 0xFFFF_FFFF if _SIGNED.fullmatch(plain) else None


def _text(trouble: Trouble) -> str:
    parts = (trouble.number, trouble.by, trouble.meaning, trouble.cause, trouble.remedy)
    return " ".join(parts).casefold()
