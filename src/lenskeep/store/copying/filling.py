"""Fills a database with copied rows: all of them in one transaction, or none.

References are checked at the end, the counters of numbered rows stand behind the last one.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.store.copying.reading import connected, moment_of
from lenskeep.store.copying.shapes import OWN_ROWS, Batch, Place, Shape, quoted, shapes
from lenskeep.store.sqlite.connection import connect, wrap


class Filling(Protocol):
    """A database that is being filled."""

    async def clear(self, tables: Iterable[Shape]) -> None:
        """Remove what migrations and servers put there of themselves."""
        ...

    async def put(self, shape: Shape, rows: Batch) -> None:
        """Add rows to a table that the database has, with all these columns."""
        ...


@asynccontextmanager
async def filling(place: Place) -> AsyncIterator[Filling]:
    """Open a migrated, empty database to fill it; what was put stays when the block ends well.

    Raises Unavailable where it cannot be written, Invalid where the rows do not fit.
    """
    if isinstance(place, Secret):
        async with connected(place) as connection, connection.transaction():
            target = _PostgresqlFilling(connection)
            yield target
            await target.finish()
    else:
        with closing(connect(place)) as opened:
            filled = _SqliteFilling(opened)
            filled.begin()
            yield filled
            filled.finish()


async def is_empty(place: Place) -> bool:
    """Return whether nothing was ever put into the database, or it is not even made."""
    if isinstance(place, Path) and not place.exists():
        return True
    async with moment_of(place) as moment:
        if not moment.schema:
            return True
        for shape in shapes():
            if shape.name not in OWN_ROWS and await moment.count(shape):
                return False
    return True


def _misfit(shape: Shape) -> Invalid:
    return Invalid.field(shape.name, "its rows do not fit the table")


class _SqliteFilling:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Begin; references are looked at when all rows are there."""
        self._connection.execute("PRAGMA foreign_keys = 0")
        self._connection.execute("BEGIN IMMEDIATE")

    async def clear(self, tables: Iterable[Shape]) -> None:
        """Remove what is there of itself."""
        for shape in tables:
            if shape.name in OWN_ROWS:
                self._connection.execute(f"DELETE FROM {quoted(shape.name)}")  # noqa: S608 - names of our own schema

    async def put(self, shape: Shape, rows: Batch) -> None:
        """Add rows."""
        columns = ", ".join(quoted(name) for name in shape.columns)
        marks = ", ".join("?" for _ in shape.columns)
        text = f"INSERT INTO {quoted(shape.name)} ({columns}) VALUES ({marks})"  # noqa: S608 - names of our own schema
        try:
            self._connection.executemany(text, rows)
        except sqlite3.IntegrityError:
            raise _misfit(shape) from None
        except sqlite3.Error as error:
            raise wrap(error) from error

    def finish(self) -> None:
        """Check the references and keep all."""
        try:
            broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise Invalid.field(str(broken[0]), "a row refers to one that is not there")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise wrap(error) from error


class _PostgresqlFilling:
    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._connection = connection
        self._filled: dict[str, Shape] = {}

    async def clear(self, tables: Iterable[Shape]) -> None:
        """Remove what is there of itself."""
        for shape in tables:
            if shape.name in OWN_ROWS:
                await self._connection.execute(f"DELETE FROM {quoted(shape.name)}")  # noqa: S608 - names of our own schema

    async def put(self, shape: Shape, rows: Batch) -> None:
        """Add rows, by COPY."""
        if shape.name not in self._filled and shape.refers_to_itself:
            await self._defer(shape)
        self._filled[shape.name] = shape
        try:
            await self._connection.copy_records_to_table(
                shape.name, records=rows, columns=list(shape.columns)
            )
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError):
            raise _misfit(shape) from None

    async def finish(self) -> None:
        """Check the references within tables, and set the counters."""
        try:
            await self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except asyncpg.ForeignKeyViolationError as error:
            name = error.table_name or "database"
            raise Invalid.field(name, "a row refers to one that is not there") from None
        for shape in self._filled.values():
            if shape.refers_to_itself:
                await self._alter(shape, "NOT DEFERRABLE")
            if shape.counted:
                await self._count_on(shape.name, shape.counted)

    async def _defer(self, shape: Shape) -> None:
        """Let rows come before those of the same table that they refer to."""
        await self._alter(shape, "DEFERRABLE")
        await self._connection.execute("SET CONSTRAINTS ALL DEFERRED")

    async def _alter(self, shape: Shape, how: str) -> None:
        found = await self._connection.fetch(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = $1::regclass AND confrelid = conrelid",
            quoted(shape.name),
        )
        for each in found:
            name = quoted(each["conname"])
            text = f"ALTER TABLE {quoted(shape.name)} ALTER CONSTRAINT {name} {how}"
            await self._connection.execute(text)

    async def _count_on(self, name: str, column: str) -> None:
        last = f"SELECT coalesce(max({quoted(column)}), 0) + 1 FROM {quoted(name)}"  # noqa: S608 - names of our own schema
        text = f"SELECT setval(pg_get_serial_sequence($1, $2), ({last}), false)"
        await self._connection.fetchval(text, quoted(name), column)
