"""Reads a database as it is at one moment, batch by batch, while others write to it.

SQLite: one read transaction of the write-ahead log, which writers do not wait for; the log grows
for as long as the reading takes. PostgreSQL: one transaction, REPEATABLE READ.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from lenskeep.base.errors import Missing
from lenskeep.base.secret import Secret
from lenskeep.store.copying.shapes import Batch, Place, Row, Shape, quoted
from lenskeep.store.postgresql.connection import Place as PostgresqlPlace
from lenskeep.store.postgresql.connection import connect
from lenskeep.store.postgresql.errors import wrap as wrap_postgresql
from lenskeep.store.sqlite.connection import wrap

BATCH_ROWS: Final = 500
BATCH_BYTES: Final = 1 << 20
"""A batch ends with the row that goes beyond: memory stays flat where rows are large."""
_FAILURE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)
_PREFETCH: Final = 100
"""Rows asked of PostgreSQL at a time."""


class Moment(Protocol):
    """A database as it was when reading began."""

    schema: str
    """Which migration it was brought to; empty for none."""

    async def count(self, shape: Shape) -> int:
        """Return how many rows the table has."""
        ...

    def rows(self, shape: Shape) -> AsyncIterator[Batch]:
        """Yield all rows, ordered by their key as bytes order: the same on every database."""
        ...


@asynccontextmanager
async def moment_of(place: Place) -> AsyncIterator[Moment]:
    """Open one moment of the database. Raises Missing, or Unavailable where it cannot be read."""
    if isinstance(place, Secret):
        async with _postgresql(place) as moment:
            yield moment
    else:
        with closing(_sqlite(place)) as moment:
            yield moment


def _weight(row: Row) -> int:
    return sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)


class _Batches:
    """Gathers rows until there are enough."""

    def __init__(self) -> None:
        self._rows: Batch = []
        self._bytes = 0

    def add(self, row: Row) -> Batch | None:
        """Take a row; return the batch that is full with it."""
        self._rows.append(row)
        self._bytes += _weight(row)
        if len(self._rows) < BATCH_ROWS and self._bytes < BATCH_BYTES:
            return None
        return self.rest()

    def rest(self) -> Batch:
        """Return what was gathered, and begin anew."""
        full, self._rows, self._bytes = self._rows, [], 0
        return full


def _select(shape: Shape, order: str) -> str:
    columns = ", ".join(quoted(name) for name in shape.columns)
    return f"SELECT {columns} FROM {quoted(shape.name)} ORDER BY {order}"  # noqa: S608 - names of our own schema


# --- SQLite -------------------------------------------------------------------------------


def _sqlite(path: Path) -> "_SqliteMoment":
    if not path.is_file():
        raise Missing("database file", path.name)
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        moment = _SqliteMoment(connection)
        moment.begin()
    except sqlite3.Error as error:
        raise wrap(error) from error
    return moment


class _SqliteMoment:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.schema = ""

    def begin(self) -> None:
        """Fix the moment: a transaction sees what was there at its first read."""
        self._connection.execute("PRAGMA query_only = 1").fetchall()
        self._connection.execute("BEGIN")
        named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if self._connection.execute(named).fetchone():
            found = self._connection.execute("SELECT version_num FROM alembic_version").fetchone()
            self.schema = str(found[0]) if found else ""

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    async def count(self, shape: Shape) -> int:
        """Return how many rows the table has."""
        text = f"SELECT count(*) FROM {quoted(shape.name)}"  # noqa: S608 - names of our own schema
        try:
            return int(self._connection.execute(text).fetchone()[0])
        except sqlite3.Error as error:
            raise wrap(error) from error

    async def rows(self, shape: Shape) -> AsyncIterator[Batch]:
        """Yield all rows."""
        for batch in self._batches(shape):
            yield batch

    def _batches(self, shape: Shape) -> Iterator[Batch]:
        text = _select(shape, ", ".join(quoted(name) for name in shape.key))
        batches = _Batches()
        try:
            for row in self._connection.execute(text):
                if full := batches.add(row):
                    yield full
        except sqlite3.Error as error:
            raise wrap(error) from error
        if rest := batches.rest():
            yield rest


# --- PostgreSQL ---------------------------------------------------------------------------


@asynccontextmanager
async def connected(address: Secret) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Open a connection of its own, which may take its time. Raises Unavailable."""
    connection = await connect(PostgresqlPlace(address), patient=True)
    try:
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        yield connection
    except _FAILURE as error:  # no OSError of whoever reads or writes a file meanwhile
        raise wrap_postgresql(error) from None
    finally:
        connection.terminate()


@asynccontextmanager
async def _postgresql(address: Secret) -> AsyncIterator["_PostgresqlMoment"]:
    async with (
        connected(address) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield _PostgresqlMoment(connection, await schema_of(connection))


async def schema_of(connection: "asyncpg.Connection[Any]") -> str:
    """Return which migration the database was brought to; empty for none."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return ""
    return str(await connection.fetchval("SELECT version_num FROM alembic_version") or "")


class _PostgresqlMoment:
    def __init__(self, connection: "asyncpg.Connection[Any]", schema: str) -> None:
        self._connection = connection
        self.schema = schema

    async def count(self, shape: Shape) -> int:
        """Return how many rows the table has."""
        text = f"SELECT count(*) FROM {quoted(shape.name)}"  # noqa: S608 - names of our own schema
        return int(await self._connection.fetchval(text))

    async def rows(self, shape: Shape) -> AsyncIterator[Batch]:
        """Yield all rows."""
        text, batches = _select(shape, await self._order(shape)), _Batches()
        async for row in self._connection.cursor(text, prefetch=_PREFETCH):
            if full := batches.add(tuple(row)):
                yield full
        if rest := batches.rest():
            yield rest

    async def _order(self, shape: Shape) -> str:
        """Return the key with texts in the order of their bytes, as SQLite has them."""
        types = await self._connection.fetch(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = $1",
            shape.name,
        )
        texts = {each["column_name"] for each in types if each["data_type"] == "text"}
        return ", ".join(
            quoted(name) + (' COLLATE "C"' if name in texts else "") for name in shape.key
        )
