"""Exchanges the values of one column, page by page, while others write to the table.

A value is replaced only where it still is what was read: whoever changed it meanwhile wrote a newer
one, which the next pass looks at.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, Integer, Table, bindparam, select, tuple_, update

from lenskeep.store.schema import METADATA
from lenskeep.store.sql import Executor, Query, Row, Work

PAGE: Final = 100
"""Rows a transaction: a body may have some hundred kilobytes."""
Value = str | bytes
Change = Callable[[Value], Value]
"""Returns the value that is to stand there; the very same where nothing is to be changed."""


class Exchanging:
    """Exchanges values in one column of one table."""

    def __init__(self, executor: Executor, table: str, column: str) -> None:
        self._executor = executor
        self._table: Table = METADATA.tables[table]
        self._column: Column[Any] = self._table.c[column]
        self._keys = tuple(self._table.primary_key.columns)
        self._first = Query(self._page_of(first=True))
        self._next = Query(self._page_of(first=False))
        self._exchange = Query(
            update(self._table)
            .where(
                *(key == bindparam(f"k_{key.name}", type_=key.type) for key in self._keys),
                self._column == bindparam("old_value", type_=self._column.type),
            )
            .values({self._column.name: bindparam("new_value", type_=self._column.type)})
        )

    async def run(self, change: Change, tell: Callable[[int], None]) -> int:
        """Go through all rows once; return how many values were to be exchanged."""
        changed, seen, after = 0, 0, None
        while True:
            rows = await self._executor.read(partial(self._read, after))
            if not rows:
                return changed
            changed += await self._put(rows, change)
            after = tuple(rows[-1][key.name] for key in self._keys)
            seen += len(rows)
            tell(seen)

    def _page_of(self, *, first: bool) -> Any:
        found = select(*self._keys, self._column.label("value")).order_by(*self._keys)
        if not first:
            marks = [bindparam(f"after_{key.name}", type_=key.type) for key in self._keys]
            found = found.where(tuple_(*self._keys) > tuple_(*marks))
        return found.limit(bindparam("limit", type_=Integer))

    def _read(self, after: Sequence[object] | None) -> Work[list[Row]]:
        if after is None:
            found = yield self._first.only(limit=PAGE)
        else:
            pairs = zip(self._keys, after, strict=True)
            values = {f"after_{key.name}": value for key, value in pairs}
            found = yield self._next.only(limit=PAGE, **values)
        return list(found)

    async def _put(self, rows: Sequence[Row], change: Change) -> int:
        values = []
        for row in rows:
            old = row["value"]
            new = change(old) if old else old
            if new != old:
                keys = {f"k_{key.name}": row[key.name] for key in self._keys}
                values.append({**keys, "old_value": old, "new_value": new})
        if values:
            await self._executor.write(partial(self._write, values))
        return len(values)

    def _write(self, values: list[dict[str, object]]) -> Work[None]:
        yield self._exchange.each(values)
