"""Steps of a unit as PostgreSQL takes them: a text with $1, $2 ... and the values in that order."""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from lenskeep.store.sql import Call, Query, Together, Values

DIALECT: Final[Dialect] = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
MOST: Final = 24
"""Statements put together into one, at most: planning grows with them, a round trip does not."""
KEPT: Final = 300
"""Texts of statements put together that are kept: each is one way a message can turn out."""
_PLACE: Final = re.compile(r"\$(\d+)")
_HEAD: Final = "must_"
_MARK: Final = "found_"


Statement: TypeAlias = tuple[str, Sequence[object]]
"""What goes to the driver: a text, and the values in their order."""


def statement_of(query: Query, values: Values) -> Statement:
    """Return a statement with these values. Raises KeyError where one is missing."""
    compiled = query.compiled(DIALECT)
    constants = compiled.constants
    if not constants:
        return compiled.sql, [values[name] for name in compiled.order]
    found = [values[name] if name in values else constants[name] for name in compiled.order]
    return compiled.sql, found


def rows_of(call: Call) -> tuple[str, list[Sequence[object]]]:
    """Return the text, and the values of each row."""
    compiled = call.query.compiled(DIALECT)
    return compiled.sql, [statement_of(call.query, values)[1] for values in call.rows]


class Composer:
    """Puts calls that happen together into one statement, and remembers its text.

    The text is of this form; PostgreSQL runs a statement whole or not at all::

        WITH must_ AS (...), also_1 AS (...), also_2 AS (...)
        SELECT * FROM (SELECT 1 / count(*) AS found_ FROM must_) AS guard_ LEFT JOIN must_ ON true

    There is always a row to be given, so the division is always done; where `must_` has no row
    it is a division by zero, and nothing of the statement has happened.
    """

    def __init__(self) -> None:
        self._texts: dict[tuple[Query, ...], str] = {}

    def compose(self, together: Together) -> Statement | None:
        """Return the one statement; None where there are too many to put together."""
        calls = [(call.query, row) for call in together.also for row in call.rows]
        if len(calls) >= MOST or len(together.must.rows) != 1:
            return None
        parts = [(together.must.query, together.must.rows[0]), *calls]
        key = tuple([query for query, _ in parts])
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) >= KEPT:
                self._texts.clear()
            text = self._texts[key] = _compose(key)
        values: list[object] = []
        for query, row in parts:
            values += statement_of(query, row)[1]
        return text, values


def _compose(queries: Sequence[Query]) -> str:
    parts, before = [], 0
    for number, query in enumerate(queries):
        compiled = query.compiled(DIALECT)
        name = f"also_{number}" if number else _HEAD
        parts.append(f"{name} AS ({_moved(compiled.sql, before)})")
        before += len(compiled.order)
    return (  # the parts are our own statements, their values come apart from them
        f"WITH {', '.join(parts)} SELECT * FROM (SELECT 1 / count(*) AS {_MARK} FROM {_HEAD}) "  # noqa: S608
        f"AS guard_ LEFT JOIN {_HEAD} ON true"
    )


def _moved(sql: str, before: int) -> str:
    """Return the text with its values counted on from there."""
    return _PLACE.sub(lambda place: f"${int(place[1]) + before}", sql) if before else sql
