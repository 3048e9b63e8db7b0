"""Moves all rows from one database to another, and looks that they have arrived.

Nobody can write to the old one meanwhile. The new one gets all or nothing, and is read back
afterwards: row by row, it must say what the old one said.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import Final

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store.copying import (
    Filling,
    Moment,
    Place,
    Shape,
    Sum,
    dump_row,
    filling,
    is_empty,
    moment_of,
    shapes,
)
from lenskeep.store.copying.reading import connected
from lenskeep.store.copying.shapes import quoted
from lenskeep.store.migrating import HEAD, bring_up_to_date, schema_state
from lenskeep.store.sqlite.connection import connect, wrap

Tell = Callable[[str, int, int], None]
"""Told how far it is: of what, how much, of how much."""
_OF_PROCESSES: Final = frozenset({"worker", "lease"})
"""Tables of who serves the old database: nobody serves the new one yet."""


async def move(source: Place, target: Place, tell: Tell) -> dict[str, int]:
    """Copy all rows to an empty database; return how many, by table.

    Raises Conflict where the one is not up to date or the other not empty, Unavailable where
    something cannot be read or written.
    """
    version = schema_state(source).version
    if version != HEAD:
        words = f"the database has schema {version or 'none'}, this version knows {HEAD}"
        raise Conflict(f"{words}: `lenskeep database migrate` brings it up to date")
    if not await is_empty(target):
        raise Conflict("the new database is not empty: move into a fresh one")
    bring_up_to_date(target)
    async with still(source), moment_of(source) as moment:
        async with filling(target) as there:
            sums = {
                shape.name: await _copy(moment, there, shape, tell)
                for shape in shapes()
                if shape.name not in _OF_PROCESSES
            }
        await _compare(target, sums, tell)
    return {name: total.rows for name, total in sums.items()}


async def _copy(moment: Moment, there: Filling, shape: Shape, tell: Tell) -> Sum:
    expected, total = await moment.count(shape), Sum()
    await there.clear((shape,))
    async for batch in moment.rows(shape):
        for row in batch:
            total.add(dump_row(shape, row))
        await there.put(shape, batch)
        tell(shape.name, total.rows, expected)
    return total


async def _compare(target: Place, sums: dict[str, Sum], tell: Tell) -> None:
    async with moment_of(target) as moment:
        for shape in shapes():
            if (expected := sums.get(shape.name)) is None:
                continue
            found = Sum()
            async for batch in moment.rows(shape):
                for row in batch:
                    found.add(dump_row(shape, row))
                tell(f"{shape.name}, read back", found.rows, expected.rows)
            if (found.rows, found.digest) != (expected.rows, expected.digest):
                raise Unavailable(f"the new database does not give back the rows of {shape.name}")


@asynccontextmanager
async def still(place: Place) -> AsyncIterator[None]:
    """Let nobody write to a database until the block ends; reading goes on."""
    if isinstance(place, Secret):
        tables = ", ".join(quoted(shape.name) for shape in shapes())
        async with connected(place) as connection, connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(f"LOCK TABLE {tables} IN SHARE MODE")
            yield
        return
    with closing(connect(place)) as held:
        try:
            held.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise wrap(error) from None
        yield
