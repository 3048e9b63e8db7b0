"""The executor on PostgreSQL: whole or not at all, whoever else is at it and whatever breaks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from tests import postgres

from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store.postgresql import executor as executors
from lenskeep.store.postgresql import pool as pools
from lenskeep.store.postgresql import turns
from lenskeep.store.postgresql.connection import Place
from lenskeep.store.postgresql.executor import PostgresExecutor
from lenskeep.store.postgresql.running import WRITE, WRITE_ALONE
from lenskeep.store.schema import lease, worker
from lenskeep.store.sql import Query, Together, Work

ADD = Query(insert(lease))
ALL = Query(select(lease.c.id, lease.c.term).order_by(lease.c.id))
TERM = Query(select(lease.c.term).where(lease.c.id == bindparam("of")))
SET = Query(update(lease).where(lease.c.id == bindparam("of")).values(term=bindparam("to")))
BUMP = Query(
    update(lease)
    .where(lease.c.id == bindparam("of"), lease.c.term == bindparam("at"))
    .values(term=lease.c.term + 1)
    .returning(lease.c.term, lease.c.holder)
)
NAP = Query(select(func.pg_sleep(0.1)))
COUNT = Query(select(func.count().label("rows")).select_from(worker))


@pytest.fixture
def url() -> Iterator[Secret]:
    """An empty database."""
    with postgres.empty_database() as made:
        yield made


@pytest.fixture
async def executor(url: Secret) -> AsyncIterator[PostgresExecutor]:
    """An executor on it."""
    made = PostgresExecutor(Place(url), connections=6)
    yield made
    await made.aclose()


def add(name: str, term: object = 0) -> Work[str]:
    """A unit that adds a row."""
    yield ADD(id=name, holder="h", term=term, until=0, done_at=0)
    return name


def everything() -> Work[dict[str, int]]:
    """The rows that are there."""
    found = yield ALL()
    return {row["id"]: row["term"] for row in found}


def increment(name: str) -> Work[int]:
    """Reads, then writes: what a race would spoil."""
    found = yield TERM(of=name)
    yield SET(of=name, to=found[0]["term"] + 1)
    term: int = found[0]["term"] + 1
    return term


def move_on(name: str, at: int, *new: str, last: bool = True) -> Work[list[tuple[int, str]]]:
    """Compare and set, and with it add rows."""
    also = tuple(ADD(id=each, holder="h", term=0, until=0, done_at=0) for each in new)
    found = yield Together(BUMP(of=name, at=at), also, last=last)
    return [(row["term"], row["holder"]) for row in found]


@contextmanager
def counted(executor: PostgresExecutor) -> Iterator[list[str]]:
    """What the idle connections are asked from now on."""
    asked: list[str] = []
    idle = list(executor.pool._idle)

    def note(record: Any) -> None:
        asked.append(record.query.split()[0])

    for connection in idle:
        connection.add_query_logger(note)
    yield asked
    for connection in idle:
        connection.remove_query_logger(note)


# --- whole or not at all ------------------------------------------------------------------


async def test_a_unit_that_fails_leaves_nothing(executor: PostgresExecutor) -> None:
    """Whether it breaks a rule, has a bug or changes its mind; and the connection is good still."""

    def spoiled(error: Exception) -> Work[None]:
        yield from add("half")
        raise error

    def breaks_a_rule() -> Work[None]:
        yield from add("half")
        yield from add("broken", term=None)

    for work, kind in (
        (breaks_a_rule, Conflict),
        (partial(spoiled, ZeroDivisionError()), ZeroDivisionError),
        (partial(spoiled, Conflict("no")), Conflict),
    ):
        with pytest.raises(kind):
            await executor.write(work)

    assert await executor.read(everything) == {}
    assert (executor.pool.busy, len(executor.pool._idle)) == (0, 1)


async def test_a_unit_may_answer_an_error_of_its_statement(executor: PostgresExecutor) -> None:
    """It goes on although PostgreSQL would have ended the transaction."""
    await executor.write(partial(add, "taken"))

    def careful() -> Work[str]:
        yield from add("before")
        try:
            yield from add("taken")
        except Conflict:
            yield from add("instead")
        return "done"

    assert await executor.write(careful) == "done"
    assert set(await executor.read(everything)) == {"taken", "before", "instead"}


async def test_a_unit_that_ends_well_after_an_error_is_stored(executor: PostgresExecutor) -> None:
    """An aborted transaction's COMMIT, which PostgreSQL takes for a ROLLBACK, is not believed."""
    await executor.write(partial(add, "taken"))

    def content() -> Work[str]:
        yield from add("before")
        with suppress(Conflict):
            yield from add("taken")
        return "done"

    assert await executor.write(content) == "done"
    assert set(await executor.read(everything)) == {"taken", "before"}


@pytest.mark.parametrize("value", ["\ud800", "a\0b"])
async def test_text_that_cannot_be_stored_is_invalid(
    executor: PostgresExecutor, value: str
) -> None:
    """Half a character, or one that is none."""
    with pytest.raises(Invalid):
        await executor.write(partial(add, value))


@pytest.mark.parametrize("value", [2**70, 2**31])
async def test_a_number_that_is_too_large_is_invalid(
    executor: PostgresExecutor, value: int
) -> None:
    """For any column, or for this one."""
    with pytest.raises(Invalid):
        await executor.write(partial(add, "x", term=value))


async def test_what_is_wrong_is_told_without_the_values(executor: PostgresExecutor) -> None:
    """Neither in the message nor in what caused it: a value may be a secret."""
    await executor.write(partial(add, "hunter2"))
    for work in (partial(add, "hunter2"), partial(add, "hunter2\0"), partial(add, "x", "hunter2")):
        with pytest.raises((Conflict, Invalid)) as caught:
            await executor.write(work)
        error: BaseException | None = caught.value
        while error is not None:
            assert "hunter2" not in str(error)
            error = error.__cause__ or error.__context__


async def test_a_read_cannot_write(executor: PostgresExecutor) -> None:
    """The database refuses it."""
    with pytest.raises(Unavailable):
        await executor.read(partial(add, "x"))
    assert await executor.read(everything) == {}


async def test_one_read_sees_one_moment(executor: PostgresExecutor, url: Secret) -> None:
    """A write between two statements of it is not seen by the second."""

    def twice() -> Work[tuple[int, int]]:
        before = yield ALL()
        postgres.cluster().sql(
            "INSERT INTO lease VALUES ('meanwhile', 'h', 0, 0, 0) ON CONFLICT DO NOTHING",
            _name(url),
        )
        after = yield ALL()
        return len(before), len(after)

    assert await executor.read(twice) in {(0, 0), (1, 1)}
    assert set(await executor.read(everything)) == {"meanwhile"}


def _name(url: Secret) -> str:
    return url.reveal().partition("@/")[2].partition("?")[0]


# --- round trips --------------------------------------------------------------------------


async def test_round_trips_are_counted(executor: PostgresExecutor) -> None:
    """One for a single step; begin and commit for more; none to give a connection back."""
    await executor.write(partial(add, "a"))

    def two() -> Work[None]:
        yield ALL()
        yield COUNT()

    def only() -> Work[None]:
        yield SET.only(of="a", to=5)

    await executor.read(two)  # the first time it is found out that it asks twice
    with counted(executor) as asked:
        await executor.read(everything)
        await executor.write(only)
        await executor.write(partial(move_on, "a", 5, "b", "c"))
        await executor.read(two)
        await executor.write(partial(increment, "a"))
        await asyncio.sleep(0)  # the last one is noted

    assert asked == [
        *("SELECT", "UPDATE", "WITH"),
        *("BEGIN", "SELECT", "SELECT", "COMMIT"),
        *("BEGIN", "SELECT", "UPDATE", "COMMIT"),
    ]


# --- together -----------------------------------------------------------------------------


@pytest.mark.parametrize("last", [True, False])
async def test_together_all_or_nothing(executor: PostgresExecutor, last: bool) -> None:
    """Where the first finds nothing, nothing else happens; its rows are given back."""
    await executor.write(partial(add, "a"))

    assert await executor.write(partial(move_on, "a", 0, "b", "c", last=last)) == [(1, "h")]
    assert await executor.write(partial(move_on, "a", 0, "d", last=last)) == []
    assert await executor.write(partial(move_on, "a", 1, last=last)) == [(2, "h")]
    with pytest.raises(Conflict):
        await executor.write(partial(move_on, "a", 2, "e", "b", last=last))

    assert await executor.read(everything) == {"a": 2, "b": 0, "c": 0}


async def test_more_than_fits_into_one_statement_is_a_transaction(
    executor: PostgresExecutor,
) -> None:
    """Nobody sees the difference."""
    await executor.write(partial(add, "a"))
    many = [f"n{number:02}" for number in range(40)]

    assert await executor.write(partial(move_on, "a", 0, *many)) == [(1, "h")]
    assert await executor.write(partial(move_on, "a", 0, "z", *many)) == []

    assert set(await executor.read(everything)) == {"a", *many}


async def test_what_went_before_stays_where_together_finds_nothing(
    executor: PostgresExecutor,
) -> None:
    """The unit itself decides what that means."""
    await executor.write(partial(add, "a"))

    def content() -> Work[str]:
        yield from add("before")
        moved = yield from move_on("a", 7, "b", last=False)
        yield from add("after" if not moved else "never")
        return "done"

    assert await executor.write(content) == "done"
    assert set(await executor.read(everything)) == {"a", "before", "after"}


async def test_of_many_who_compare_and_set_at_once_one_does(executor: PostgresExecutor) -> None:
    """And what belongs to it is there once."""
    await executor.write(partial(add, "a"))

    found = await asyncio.gather(
        *(executor.write(partial(move_on, "a", 0, f"by {number}")) for number in range(20))
    )

    assert [[(1, "h")]] == [each for each in found if each]
    assert len(await executor.read(everything)) == 2


# --- at the same time ---------------------------------------------------------------------


async def test_units_run_as_if_one_after_the_other(executor: PostgresExecutor, url: Secret) -> None:
    """Two processes, each with many who read a number and add one: none is lost."""
    other = PostgresExecutor(Place(url), connections=6)
    await executor.write(partial(add, "a"))

    terms = await asyncio.gather(
        *(each.write(partial(increment, "a")) for each in (executor, other) for _ in range(25))
    )
    await other.aclose()

    assert sorted(terms) == list(range(1, 51))


async def test_a_slow_one_comes_to_its_end_among_many_quick_ones_of_other_processes(
    executor: PostgresExecutor, url: Secret
) -> None:
    """Who lost a few times goes alone, whichever process the others are in."""
    other = PostgresExecutor(Place(url), connections=6)
    await executor.write(partial(add, "a"))
    is_over = asyncio.Event()

    def slow() -> Work[int]:
        found = yield TERM(of="a")
        yield NAP()
        yield SET(of="a", to=found[0]["term"] + 1000)
        return int(found[0]["term"])

    async def quick() -> int:
        rounds = 0
        while not is_over.is_set():
            await other.write(partial(increment, "a"))
            rounds += 1
        return rounds

    crowd = [asyncio.create_task(quick()) for _ in range(6)]
    try:
        seen = await executor.write(slow)
    finally:
        is_over.set()
        rounds = sum(await asyncio.gather(*crowd))
        await other.aclose()

    assert seen <= rounds
    assert {"a": 1000 + rounds} == await executor.read(everything)


async def test_who_cannot_go_alone_is_told(
    executor: PostgresExecutor, url: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another's transaction takes long: who asks to go alone waits a moment, and again."""
    monkeypatch.setattr(turns, "TRIES", 0)
    monkeypatch.setattr(executors, "WRITE_ALONE", WRITE_ALONE.replace("'2s'", "'20ms'"))
    await executor.write(partial(add, "a"))
    other = await asyncpg.connect(url.reveal())
    await other.execute(WRITE)

    with pytest.raises(Unavailable, match="others are changing the same"):
        await executor.write(partial(increment, "a"))
    await other.close()

    assert 1 == await executor.write(partial(increment, "a"))


async def test_a_sum_over_rows_that_others_write_is_right(executor: PostgresExecutor) -> None:
    """Write skew: two who each see one free place do not both take it."""
    await asyncio.gather(*(executor.write(partial(add, f"n{n}")) for n in range(3)))

    def take(name: str) -> Work[bool]:
        found = yield ALL()
        if sum(row["term"] for row in found) >= 1:
            return False
        yield SET(of=name, to=1)
        return True

    taken = await asyncio.gather(*(executor.write(partial(take, f"n{n}")) for n in range(3)))

    assert sorted(taken) == [False, False, True]


async def test_who_was_a_moment_too_late_looks_again(executor: PostgresExecutor) -> None:
    """Two who find no such record and add it: the second one finds it."""

    def find_or_add() -> Work[str]:
        found = yield TERM(of="a")
        if found:
            return "found"
        yield from add("a")
        return "added"

    outcomes = await asyncio.gather(*(executor.write(find_or_add) for _ in range(8)))

    assert sorted(outcomes) == ["added", *7 * ["found"]]


# --- connections --------------------------------------------------------------------------


async def test_a_connection_that_breaks_harms_nobody(
    executor: PostgresExecutor, url: Secret
) -> None:
    """The unit is begun again: nothing of it was stored."""
    await executor.write(partial(add, "a"))
    broken: list[int] = []

    def unlucky() -> Work[None]:
        found = yield TERM(of="a")
        yield SET(of="a", to=found[0]["term"] + 1)
        if not broken:
            broken.append(1)
            postgres.cluster().sql(_KILL.format(_name(url)))
        yield COUNT()

    await executor.write(unlucky)

    assert await executor.read(everything) == {"a": 1}
    assert executor.begun_again == 1


_KILL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'"


async def test_all_connections_broken_at_once_are_replaced(
    executor: PostgresExecutor, url: Secret
) -> None:
    """As after a restart of the database; reads and writes go on."""
    await asyncio.gather(*(executor.write(partial(add, f"n{n}")) for n in range(6)))
    postgres.cluster().sql(_KILL.format(_name(url)))

    found = await asyncio.gather(*(executor.read(everything) for _ in range(12)))
    await executor.write(partial(increment, "n0"))

    assert [6] * 12 == [len(each) for each in found]


async def test_a_server_that_may_only_be_read_is_left(
    executor: PostgresExecutor, url: Secret
) -> None:
    """Another one has taken over: connections to this one are given up, so that it is found."""
    await asyncio.gather(*(executor.write(partial(add, f"n{n}")) for n in range(4)))
    alter = f"ALTER DATABASE {_name(url)} SET default_transaction_read_only"
    postgres.cluster().sql(f"{alter} = on")
    postgres.cluster().sql(_KILL.format(_name(url)))

    with pytest.raises(Unavailable, match="may only be read"):
        await executor.write(partial(increment, "n0"))
    postgres.cluster().sql(f"{alter} = off")  # as if the name now led to the new one

    assert await executor.write(partial(increment, "n0")) == 1


async def test_who_waits_too_long_is_told(
    executor: PostgresExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All connections are busy: Unavailable, and when to come again; then all is well."""
    monkeypatch.setattr(pools, "PATIENCE_S", 0.05)
    taken = [await executor.pool.take() for _ in range(6)]

    with pytest.raises(Unavailable, match="busy") as caught:
        await executor.read(everything)
    for connection in taken:
        executor.pool.give(connection)

    assert caught.value.retry_after_s > 0
    assert (executor.pool.busy, executor.pool.waiting) == (0, 0)
    assert await executor.read(everything) == {}


async def test_a_machine_that_vanished_is_not_waited_for_again_and_again(
    executor: PostgresExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was there; now an attempt to connect takes longer than a restart would."""
    await executor.write(partial(add, "a"))
    executor.pool.doubt()
    attempts = 0

    async def vanished(_place: Place) -> object:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0.1)
        raise Unavailable("no connection")

    monkeypatch.setattr(pools, "RETURN_S", 0.05)
    monkeypatch.setattr(pools, "connect", vanished)

    with pytest.raises(Unavailable, match="no connection"):
        await executor.read(everything)

    assert 1 == attempts


async def test_who_gives_up_leaves_the_connection_to_others(executor: PostgresExecutor) -> None:
    """Cancelled while it waits for its turn, or while a statement runs."""
    sleep = Query(text("SELECT pg_sleep(30)"))  # type: ignore[arg-type]

    def slow() -> Work[None]:
        yield from add("given up")
        yield sleep()

    running = [asyncio.create_task(executor.write(slow)) for _ in range(6)]
    while executor.pool.busy < 6:
        await asyncio.sleep(0)
    waiting = asyncio.create_task(executor.read(everything))
    await asyncio.sleep(0)
    for task in (waiting, *running):
        task.cancel()
    await asyncio.gather(waiting, *running, return_exceptions=True)

    assert (executor.pool.busy, executor.pool.waiting) == (0, 0)
    assert await executor.read(everything) == {}


async def test_nobody_there_is_told_without_the_password() -> None:
    """Where, and why; not by whom."""
    url = Secret("postgresql://grace:hunter2@127.0.0.1:1/lenskeep")
    executor = PostgresExecutor(Place(url))

    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/lenskeep") as caught:
        await executor.read(everything)

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(executor.pool.__dict__)


async def test_an_address_that_is_none_is_invalid() -> None:
    """And is not repeated."""
    executor = PostgresExecutor(Place(Secret("postgresql://grace:hunter2@host:port:9/x")))

    with pytest.raises((Invalid, Unavailable)) as caught:
        await executor.read(everything)

    assert "hunter2" not in str(caught.value)


async def test_a_wrong_password_is_told_in_plain_words() -> None:
    """It is neither shown nor confused with a server that is not there."""
    url = postgres.cluster().tcp_url("postgres").replace(postgres.cluster().password, "hunter2")
    executor = PostgresExecutor(Place(Secret(url)))

    with pytest.raises(Unavailable, match="does not take this user and password") as caught:
        await executor.read(everything)

    assert "hunter2" not in str(caught.value)


async def test_connections_are_set_as_they_must_be(executor: PostgresExecutor) -> None:
    """What is acknowledged is on the disk; nothing waits for ever."""
    connection = await executor.pool.take()
    settings = {
        "synchronous_commit": "on",
        "statement_timeout": "20s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
    }

    found = {name: await connection.fetchval(f"SHOW {name}") for name in settings}
    executor.pool.give(connection)

    assert found == settings


async def test_closing_finishes_what_was_begun(url: Secret) -> None:
    """Units that run come to their end; later ones are refused."""
    executor = PostgresExecutor(Place(url))
    writes = [asyncio.create_task(executor.write(partial(add, f"n{n}"))) for n in range(4)]
    while executor.pool.busy < 4:
        await asyncio.sleep(0)

    await executor.aclose()

    assert [f"n{n}" for n in range(4)] == await asyncio.gather(*writes)
    with pytest.raises(Unavailable, match="closed"):
        await executor.write(partial(add, "late"))
