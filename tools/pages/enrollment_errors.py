"""The page of the numbers that a headset shows when an enrollment fails, from the one table."""

from collections.abc import Iterable
from typing import Final

from tools.pages.source import MADE, assemble, code, table

from lenskeep.enrollment.troubles.faults import FAULTS
from lenskeep.enrollment.troubles.found import FOUND, WINDOWS
from lenskeep.enrollment.troubles.trouble import HEADSET, Trouble

_ABOUT: Final = """
When an enrollment fails, the headset shows a number, in its first run or in Settings > Accounts >
Access work or school. This page says what each means, why it may be, and what to do. What the
server knows of it is in `lenskeep enrollment attempts`, with the same number; [When enrollment
fails](../how-to/when-enrollment-fails.md) says where to look first.
"""

_FAULTS: Final = """
## What the server says

Faults of [MS-MDE2] 2.2.10, with HTTP status 500. A name with `s:` or `a:` is the subcode, the
others are error types; where there is one, its number is what the headset shows. From a wearer's
number alone nobody learns which rule refused: `lenskeep enrollment attempts` says it.
"""

_FOUND: Final = """
## What the headset finds by itself

The server's log may have nothing of these.
"""

_WINDOWS: Final = """
## Numbers of Windows

`0x8019xxxx` is an HTTP status: the last four digits, in hexadecimal (`0x80190193` is 403).
"""


def page() -> str:
    """Return the page."""
    return assemble(
        "# Numbers of a failed enrollment",
        MADE,
        _ABOUT,
        _FAULTS,
        _rows(FAULTS),
        _FOUND,
        _rows(FOUND),
        _WINDOWS,
        _rows(WINDOWS),
    )


def _rows(troubles: Iterable[Trouble]) -> str:
    return table(
        ("number", "says", "meaning", "cause", "what to do"),
        (
            (
                code(each.number),
                each.by if each.by == HEADSET else code(each.by),
                each.meaning,
                each.cause,
                each.remedy,
            )
            for each in troubles
        ),
    )
