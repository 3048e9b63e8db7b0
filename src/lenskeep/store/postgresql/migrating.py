"""Migrations on PostgreSQL: who comes second waits, and finds the work done."""

import asyncio
from collections.abc import Callable
from typing import Final

from asyncpg.exceptions import LockNotAvailableError
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from lenskeep.base.secret import Secret
from lenskeep.store.postgresql.connection import Place, connect
from lenskeep.store.postgresql.errors import Failure, wrap

LOCK: Final = 0x6C656E736B656570
"""The number of the advisory lock that migrations take ("lenskeep" in ASCII)."""
LOCK_S: Final = 2
"""Seconds to wait for a table: less than a unit waits for a row (LOCK_TIMEOUT_S)."""
IN_TURN: Final = """
DO $$ BEGIN
    IF to_regclass('alembic_version') IS NOT NULL THEN
        LOCK TABLE alembic_version IN ROW EXCLUSIVE MODE;
    END IF;
END $$
"""
"""What a migration locks at its end anyway; first, since a unit that goes alone (WRITE_ALONE) locks
it first, too: else each would wait for the other."""
TRIES: Final = 10
"""Times to try: a unit that holds a table for half a minute is cut by then."""


async def state_of(url: Secret) -> tuple[str | None, str | None]:
    """Return the database's migration, and that of the oldest code that may serve it."""
    connection = await connect(Place(url))
    try:
        there = await connection.fetchrow(
            "SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('era') IS NOT NULL"
        )
        assert there is not None
        version = oldest = None
        if there[0]:
            version = await connection.fetchval("SELECT version_num FROM alembic_version")
        if there[1]:
            oldest = await connection.fetchval("SELECT oldest FROM era WHERE id = 'schema'")
        return version, oldest
    except Failure as error:
        raise wrap(error) from None
    finally:
        connection.terminate()


async def upgrade(url: Secret, migrations: Callable[[SqlConnection], None]) -> None:
    """Run the migrations in one transaction, alone.

    They wait only briefly for a table that others use, for while they wait nobody else gets at
    it; then they let the others go on, and try again.
    """
    for _ in range(TRIES - 1):
        try:
            return await _upgrade(url, migrations)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LockNotAvailableError.sqlstate:
                raise
            await asyncio.sleep(LOCK_S)
    return await _upgrade(url, migrations)


async def _upgrade(url: Secret, migrations: Callable[[SqlConnection], None]) -> None:
    async def creator() -> object:
        return await connect(Place(url), patient=True)

    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=creator)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_S}s'"))
            await connection.execute(text(IN_TURN))
            await connection.run_sync(migrations)
    finally:
        await engine.dispose()
