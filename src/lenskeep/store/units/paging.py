"""Pages of lists: one row more is read than shown, and the last one shown names the next page."""

from collections.abc import Callable
from typing import Final, TypeVar

from lenskeep.base.errors import Invalid
from lenskeep.flows.records import Page
from lenskeep.store.sql import Call, Row, Rows, Work

T = TypeVar("T")
NEWEST: Final = 2**63 - 1
"""Above every number: where a list that begins with the newest begins."""


def number(after: str | None) -> int:
    """Return the number that this cursor stands for. Raises Invalid for another text."""
    if after is None:
        return NEWEST
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        raise Invalid.field("after", "it is not a cursor of this list")
    return int(after)


def listed(call: Call, limit: int, read: Callable[[Row], T], cursor: str) -> Work[Page[T]]:
    """Run a call that asks for `limit` rows and one more; return the page."""
    found = yield call
    return page(found, limit, read, cursor)


def page(rows: Rows, limit: int, read: Callable[[Row], T], cursor: str) -> Page[T]:
    """Return the page made of these rows, of which there may be `limit` and one more."""
    shown = rows[:limit]
    more = len(rows) > limit and limit > 0
    return Page(tuple(read(row) for row in shown), str(shown[-1][cursor]) if more else None)
