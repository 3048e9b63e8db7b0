"""The writer: many units a commit, each whole or not at all, and all of them durable."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select, text

from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.store.migrating import bring_up_to_date
from lenskeep.store.schema import account, audit
from lenskeep.store.sql import Query, Work
from lenskeep.store.sqlite.connection import connect
from lenskeep.store.sqlite.executor import SqliteExecutor

ADD = Query(insert(audit))
ADD_ACCOUNT = Query(insert(account))
KINDS = Query(select(audit.c.action.label("kind")).order_by(audit.c.id))
BY_KIND = Query(select(audit.c.id).where(audit.c.action == bindparam("kind")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database."""
    file = tmp_path / "lenskeep.db"
    bring_up_to_date(file)
    return file


@pytest.fixture
def executor(path: Path) -> Iterator[SqliteExecutor]:
    """An executor on it."""
    made = SqliteExecutor(path)
    yield made
    made.close()


def add(kind: str, at: object = 0) -> Work[str]:
    """A unit that adds a row."""
    named = dict.fromkeys(("actor_kind", "actor_name", "actor_address", "target", "detail"), "")
    yield ADD(action=kind, at=at, **named)
    return kind


def kinds() -> Work[list[str]]:
    """The rows that are there."""
    found = yield KINDS()
    return [row["kind"] for row in found]


async def test_one_that_fails_does_not_harm_its_neighbours(executor: SqliteExecutor) -> None:
    """In one group: what it did is undone, what the others did stays."""

    def breaks_a_rule() -> Work[None]:
        yield from add("half")
        yield from add("broken", at=None)

    def has_a_bug() -> Work[None]:
        yield from add("bug")
        raise ZeroDivisionError

    def changes_its_mind() -> Work[None]:
        yield from add("doubt")
        raise Conflict("no")

    outcomes = await asyncio.gather(
        executor.write(lambda: add("one")),
        executor.write(breaks_a_rule),
        executor.write(lambda: add("two")),
        executor.write(has_a_bug),
        executor.write(changes_its_mind),
        executor.write(lambda: add("three")),
        return_exceptions=True,
    )

    assert [each for each in outcomes if isinstance(each, str)] == ["one", "two", "three"]
    assert [Conflict, ZeroDivisionError, Conflict] == [
        type(each) for each in outcomes if not isinstance(each, str)
    ]
    assert await executor.read(kinds) == ["one", "two", "three"]


async def test_a_unit_may_answer_an_error_of_its_statement(executor: SqliteExecutor) -> None:
    """It is raised where the statement was asked for, as one of our families."""

    def careful() -> Work[str]:
        try:
            yield from add("broken", at=None)
        except Conflict:
            yield from add("instead")
        return "done"

    assert await executor.write(careful) == "done"
    assert await executor.read(kinds) == ["instead"]


@pytest.mark.parametrize("value", ["\ud800", 2**70])
async def test_what_cannot_be_stored_is_invalid(executor: SqliteExecutor, value: object) -> None:
    """Half a character or a number too large is the fault of the input."""
    with pytest.raises(Invalid):
        await executor.write(lambda: add("x", at=value))


async def test_units_that_wait_share_a_commit(executor: SqliteExecutor, path: Path) -> None:
    """A hundred at once are far fewer commits, in the order in which they came."""
    before = commits(path)
    gate = connect(path)
    gate.execute("BEGIN IMMEDIATE")  # the first one waits here, the others behind it
    writes = [
        asyncio.create_task(executor.write(partial(add, f"{number:03}"))) for number in range(100)
    ]
    await asyncio.sleep(0)
    gate.execute("COMMIT")
    gate.close()
    await asyncio.gather(*writes)

    assert [f"{n:03}" for n in range(100)] == await executor.read(kinds)
    assert commits(path) - before < 20


def commits(path: Path) -> int:
    """Transactions in the write-ahead log: frames that end one carry the size of the database."""
    log = path.with_name(path.name + "-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big") if log else 0
    starts = range(32, len(log), 24 + page) if log else ()
    return sum(1 for start in starts if int.from_bytes(log[start + 4 : start + 8], "big"))


async def test_a_full_disk_is_survived(executor: SqliteExecutor) -> None:
    """Everybody in the group is told; with room again the writer goes on."""
    writer = executor._connections[0]
    await executor.write(lambda: add("before"))
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    outcomes = await asyncio.gather(
        *(executor.write(lambda: add("x" * 100_000)) for _ in range(3)), return_exceptions=True
    )

    assert [Unavailable] * 3 == [type(each) for each in outcomes]
    writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert await executor.write(lambda: add("after")) == "after"
    assert await executor.read(kinds) == ["before", "after"]


async def test_what_is_acknowledged_is_read_at_once(executor: SqliteExecutor) -> None:
    """A read that begins after a write was answered sees it."""
    for number in range(20):
        await executor.write(lambda: add("x"))
        assert len(await executor.read(kinds)) == number + 1


async def test_one_read_sees_one_moment(executor: SqliteExecutor) -> None:
    """A write between two statements of it is not seen by the second."""
    loop = asyncio.get_running_loop()

    def twice() -> Work[tuple[int, int]]:
        before = yield KINDS()
        asyncio.run_coroutine_threadsafe(executor.write(lambda: add("x")), loop).result()
        after = yield KINDS()
        return len(before), len(after)

    assert await executor.read(twice) == (0, 0)
    assert await executor.read(kinds) == ["x"]


async def test_a_read_cannot_write(executor: SqliteExecutor) -> None:
    """The connection refuses it."""
    with pytest.raises(Unavailable):
        await executor.read(lambda: add("x"))
    assert await executor.read(kinds) == []


async def test_a_slow_read_holds_up_nobody(executor: SqliteExecutor) -> None:
    """Another read and a write are answered while it goes on."""
    loop = asyncio.get_running_loop()

    def slow() -> Work[int]:
        yield KINDS()
        asyncio.run_coroutine_threadsafe(executor.write(lambda: add("x")), loop).result()
        return len(asyncio.run_coroutine_threadsafe(executor.read(kinds), loop).result())

    assert await executor.read(slow) == 1


async def test_nobody_waits_for_one_that_was_given_up(executor: SqliteExecutor) -> None:
    """A caller that is cancelled leaves its unit to be finished; the next one is answered."""
    given_up = asyncio.create_task(executor.write(lambda: add("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    with suppress(asyncio.CancelledError):
        await given_up

    assert await executor.write(lambda: add("next")) == "next"
    assert "next" in await executor.read(kinds)


async def test_closing_finishes_what_was_begun(path: Path) -> None:
    """Every unit that waits is stored; later ones are refused."""
    executor = SqliteExecutor(path)
    writes = [asyncio.create_task(executor.write(lambda: add("x"))) for _ in range(30)]
    await asyncio.sleep(0)
    executor.close()
    executor.close()

    assert await asyncio.gather(*writes) == ["x"] * 30
    with pytest.raises(Unavailable, match="closed"):
        await executor.write(lambda: add("late"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (30,)


async def test_an_executor_serves_several_loops(executor: SqliteExecutor) -> None:
    """Each caller is answered on its own event loop."""

    def elsewhere() -> str:
        return asyncio.run(executor.write(lambda: add("elsewhere")))

    assert await asyncio.to_thread(elsewhere) == "elsewhere"
    assert await executor.write(lambda: add("here")) == "here"


def test_settings_are_as_they_must_be(path: Path) -> None:
    """Full durability, foreign keys, write-ahead log; a reader only reads."""
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 1}
    with closing(connect(path, reader=True)) as connection:
        for name, value in expected.items():
            assert (value,) == tuple(connection.execute(f"PRAGMA {name}").fetchone())


def test_a_setting_that_is_not_taken_is_noticed() -> None:
    """A database in memory has no write-ahead log: it is refused, not used without."""
    with pytest.raises(Unavailable, match="journal_mode"):
        connect(Path("file::memory:").with_name(":memory:"), reader=True)


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """It holds sealed secrets and who did what."""
    with closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    assert {0o600} == set(modes.values()), modes


async def test_a_record_needs_what_it_refers_to(executor: SqliteExecutor) -> None:
    """Foreign keys are looked at."""
    orphan = Query(text("INSERT INTO sign_in VALUES (x'00', 'adm_9', 0, 0)"))  # type: ignore[arg-type]

    def add_orphan() -> Work[None]:
        yield orphan()

    with pytest.raises(Conflict):
        await executor.write(add_orphan)
