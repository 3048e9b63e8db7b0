"""Everything moves from SQLite to PostgreSQL and back, compared row by row, or nothing does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests import postgres
from tests.contract import world
from tests.store.copying.furnished import furnished, made, sums

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store import open_store
from lenskeep.store.copying import is_empty, moment_of, shapes
from lenskeep.store.looking import look_at
from lenskeep.store.migrating import HEAD
from lenskeep.store.moving import move, still


@pytest.fixture
def url() -> Iterator[Secret]:
    """An empty PostgreSQL database."""
    with postgres.empty_database() as made:
        yield made


@pytest.fixture
def bare() -> Iterator[Secret]:
    """One without any table."""
    server = postgres.cluster()
    yield Secret(server.create("bare"))
    server.drop("bare")


def nobody(what: str, done: int, of: int) -> None:
    """Is told."""


async def test_there_and_back_again(tmp_path: Path, bare: Secret) -> None:
    """Every row of every table is what it was; who served the old one is not taken along."""
    source, back = furnished(tmp_path / "a.db"), tmp_path / "b.db"
    told: list[str] = []

    there = await move(source, bare, lambda what, _done, _of: told.append(what))
    await move(bare, back, nobody)

    before = {name: each for name, each in (await sums(source)).items() if name in there}
    assert before == {name: each for name, each in (await sums(bare)).items() if name in there}
    assert before == {name: each for name, each in (await sums(back)).items() if name in there}
    assert there["certificate"] == 2
    assert {"certificate", "certificate, read back"} <= set(told)
    assert {shape.name for shape in shapes()} - set(there) == {"worker", "lease"}


async def test_what_was_moved_counts_on(tmp_path: Path, url: Secret) -> None:
    """Keys that the database counts up stand behind the last one, and the store works."""
    source = tmp_path / "a.db"
    old = open_store(source)
    new = await world.enrolled(old, 1)
    await world.queued(old, new, [1, 2])
    await old.aclose()

    await move(source, url, nobody)
    store = open_store(url)
    queued = await world.queued(store, new, [3])
    said = await world.say(store, new, 1)
    await store.aclose()

    assert len(queued) == 1
    assert said.reply


async def test_only_into_an_empty_one(tmp_path: Path, url: Secret) -> None:
    """What is there already is neither mixed nor lost."""
    source = furnished(tmp_path / "a.db")
    await move(source, url, nobody)
    before = await sums(url)

    with pytest.raises(Conflict, match="not empty"):
        await move(source, url, nobody)

    assert before == await sums(url)


async def test_only_what_is_up_to_date(tmp_path: Path, url: Secret) -> None:
    """The step to take is named."""
    source = made(tmp_path / "a.db")
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")

    with pytest.raises(Conflict, match="lenskeep database migrate"):
        await move(source, url, nobody)


async def test_a_move_that_fails_leaves_nothing(tmp_path: Path, url: Secret) -> None:
    """It broke off in the middle: the new database is empty, and can be tried again."""
    source = furnished(tmp_path / "a.db")

    def breaks(what: str, done: int, of: int) -> None:
        if what == "enrollment":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await move(source, url, breaks)

    assert await is_empty(url)
    await move(source, url, nobody)


async def test_nobody_writes_meanwhile(
    tmp_path: Path, url: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both kinds; reading goes on."""
    file = made(tmp_path / "a.db")
    async with still(file), moment_of(file):
        with closing(sqlite3.connect(file, timeout=0)) as other:
            other.execute("SELECT count(*) FROM device").fetchone()
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("DELETE FROM device")

    monkeypatch.setattr("lenskeep.store.postgresql.connection.LOCK_TIMEOUT_S", 1)
    store = open_store(url)
    async with still(url), moment_of(url):
        assert (await store.people.admins(None, 5)).items == ()
        with pytest.raises(Unavailable):
            await store.people.add_account(world.account(), world.audit())
    await store.people.add_account(world.account(), world.audit())
    await store.aclose()


async def test_how_a_database_is(tmp_path: Path, url: Secret, bare: Secret) -> None:
    """Its kind, where it is (without who may enter), how far it was brought, how full it is."""
    file = furnished(tmp_path / "a.db")

    ours, theirs, new = await look_at(file), await look_at(url), await look_at(bare)

    assert (ours.kind, ours.where, ours.rows["certificate"]) == ("sqlite", str(file), 2)
    assert ours.size_bytes >= file.stat().st_size
    assert (theirs.kind, theirs.schema.version, theirs.rows["device"]) == ("postgresql", HEAD, 0)
    assert theirs.server.startswith("PostgreSQL 1")
    assert theirs.size_bytes > 1_000_000
    assert theirs.pending == ()
    assert new.pending[0] == "0001"
    assert new.pending[-1] == HEAD
    assert new.rows == {}
