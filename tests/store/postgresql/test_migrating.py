"""Migrations on PostgreSQL: once, whoever starts at the same time, in a database of any locale."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from tests import postgres

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store import open_store
from lenskeep.store.migrating import HEAD, bring_up_to_date, schema_state
from lenskeep.store.postgresql import migrating
from lenskeep.store.postgresql.connection import Place, connect
from lenskeep.store.postgresql.running import WRITE_ALONE
from lenskeep.store.schema import METADATA


@pytest.fixture
def bare() -> Iterator[Secret]:
    """A database without any table."""
    server = postgres.cluster()
    yield Secret(server.create("bare"))
    server.drop("bare")


def test_processes_that_start_at_once_migrate_once(bare: Secret) -> None:
    """The others wait, then find the work done."""
    assert schema_state(bare).version is None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(bring_up_to_date, [bare] * 4))

    assert {each.version for each in found} <= {None, HEAD}
    assert (HEAD, False) == (schema_state(bare).version, schema_state(bare).is_behind)


async def test_it_has_what_the_schema_says(bare: Secret) -> None:
    """Autogenerate finds no difference."""
    bring_up_to_date(bare)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, METADATA)
        return found

    async def creator() -> object:
        return await connect(Place(bare))

    engine = create_async_engine("postgresql+asyncpg://", async_creator=creator, poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_the_audit_log_only_grows(bare: Secret) -> None:
    """The database itself refuses to change or shorten it, to its owner too."""
    bring_up_to_date(bare)
    server = postgres.cluster()

    for change in ("UPDATE audit SET target = ''", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(Exception, match="only grows"):
            server.sql(change, "bare", role="keeper")


def test_a_schema_that_is_ahead_is_served_where_it_allows_that(bare: Secret) -> None:
    """And refused where it does not, in plain words."""
    bring_up_to_date(bare)
    server = postgres.cluster()
    server.sql("UPDATE alembic_version SET version_num = '9999'", "bare")

    open_store(bare).close()
    server.sql("UPDATE era SET oldest = '9998'", "bare")

    with pytest.raises(Conflict, match="newer version, which works with none before 9998"):
        open_store(bare)


async def test_a_migration_and_a_unit_that_goes_alone_take_turns(bare: Secret) -> None:
    """Each needs what the other locks, and neither is undone."""
    bring_up_to_date(bare)
    unit = await connect(Place(bare))
    await unit.execute(WRITE_ALONE)

    def change(connection: Connection) -> None:
        connection.execute(text("LOCK TABLE device IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    changing = asyncio.create_task(migrating.upgrade(bare, change))
    await asyncio.sleep(0.3)
    await unit.execute("UPDATE device SET name = name")
    await unit.execute("COMMIT")
    await unit.close()

    await changing


def test_a_migration_that_cannot_be_run_leaves_nothing(bare: Secret) -> None:
    """It is one transaction: a table that is in the way undoes all of it."""
    server = postgres.cluster()
    server.sql("CREATE TABLE worker (id text)", "bare", role="keeper")

    with pytest.raises(Unavailable, match="could not be brought up to date"):
        bring_up_to_date(bare)

    assert schema_state(bare).version is None
    assert "worker" == server.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "bare"
    )


async def test_a_migration_gives_way_to_who_uses_a_table(
    bare: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits a moment, lets the others on, and tries again."""
    bring_up_to_date(bare)
    monkeypatch.setattr(migrating, "LOCK_S", 0.1)
    busy = await connect(Place(bare))
    held = busy.transaction()
    await held.start()
    await busy.execute("LOCK TABLE device IN SHARE MODE")
    tried: list[int] = []

    def change(connection: Connection) -> None:
        tried.append(1)
        connection.execute(text("ALTER TABLE device ADD COLUMN novelty text"))

    migration = asyncio.create_task(migrating.upgrade(bare, change))
    while len(tried) < 2:
        await asyncio.sleep(0)
    assert await busy.fetchval("SELECT count(*) FROM device") == 0  # others get at it
    await held.rollback()
    await migration

    assert await busy.fetch("SELECT novelty FROM device") == []
    await busy.close()
