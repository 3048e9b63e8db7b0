"""Duties are done round after round, each by the process that holds its lease."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from lenskeep.base.errors import Unavailable
from lenskeep.flows.ports import Lease, LeaseLost, Serving
from lenskeep.store import Store, open_store, serve
from lenskeep.store.operating.leases import Fenced
from lenskeep.store.schema import lease as leases
from lenskeep.store.sql import Query, Work
from lenskeep.work import rounds as module
from lenskeep.work.rounds import Duty, Rounds

HOUR = timedelta(hours=1)
LIFE = timedelta(seconds=30)
SHORT = timedelta(milliseconds=60)
Do = Callable[[Lease], Awaitable[object]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = await asyncio.to_thread(open_store, tmp_path / "lenskeep.db")
    yield opened
    await opened.aclose()


class Notes:
    """A duty that notes when it was done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def by(self, who: str) -> Do:
        """Return the duty as this process does it."""

        async def do(lease: Lease) -> None:
            self.done.append(f"{who} {lease.duty} {lease.term}")

        return do


async def fail(_: Lease) -> None:
    """A duty with a mistake in it."""
    raise ZeroDivisionError


async def test_each_duty_is_done_once_by_whoever_comes_first(store: Store) -> None:
    """And not again before it is due, whoever asks."""
    notes = Notes()
    ours, theirs = (
        Rounds(store.leases, who, [Duty(n, HOUR, notes.by(who)) for n in ("one", "two")])
        for who in ("us", "them")
    )

    found = await asyncio.gather(ours.go_round(), theirs.go_round())

    assert sum(found) == 2
    assert sorted(each.split()[1] for each in notes.done) == ["one", "two"]
    assert await ours.go_round() + await theirs.go_round() == 0


async def test_what_is_for_the_start_each_process_does_once(store: Store) -> None:
    """However lately another one did it: it may know more."""
    notes = Notes()
    ours, theirs = (
        Rounds(store.leases, who, [Duty("look", HOUR, notes.by(who), at_start=True)])
        for who in ("us", "them")
    )

    for each in (ours, theirs, ours, theirs):
        await each.go_round()

    assert notes.done == ["us look 1", "them look 2"]


async def test_a_duty_that_fails_keeps_no_other_from_being_done(store: Store) -> None:
    """It is told of, and tried again when it is due."""
    notes = Notes()
    rounds = Rounds(
        store.leases, "us", [Duty("bad", HOUR, fail), Duty("good", HOUR, notes.by("us"))]
    )

    with structlog.testing.capture_logs() as logs:
        assert await rounds.go_round() == 2

    assert notes.done == ["us good 1"]
    assert [(each["event"], each.get("duty")) for each in logs] == [("duty_failed", "bad")]
    assert await rounds.go_round() == 0


async def until(store: Store) -> int:
    """Return when the one lease that there is ends."""

    def work() -> Work[int]:
        rows = yield Query(select(leases.c.until))()
        found: int = rows[0]["until"]
        return found

    return await store.executor.read(work)


async def test_a_long_duty_keeps_its_lease(store: Store) -> None:
    """It is renewed while the work goes on, and nobody else gets it."""
    begun, enough = asyncio.Event(), asyncio.Event()

    async def work(_: Lease) -> None:
        begun.set()
        await enough.wait()

    life = timedelta(seconds=6)  # renewed after two
    rounds = Rounds(store.leases, "us", [Duty("long", HOUR, work)], life=life)
    going = asyncio.create_task(rounds.go_round())
    await begun.wait()
    first = await until(store)
    while await until(store) == first:
        assert await store.leases.claim("long", "them", HOUR, life) is None
        await asyncio.sleep(0.1)
    enough.set()

    assert await going == 1


async def test_who_lost_the_lease_stops_and_has_written_nothing(store: Store) -> None:
    """Another one took over while the work stood still."""
    begun = asyncio.Event()

    async def work(lease: Lease) -> None:
        begun.set()
        fenced = serve(Fenced(store.executor, lease))
        while True:
            await asyncio.sleep(0)
            if not is_ours:
                await fenced.workers.seen(Serving("wrk_late", "here", 1, "1", "0004"))

    is_ours = True
    rounds = Rounds(store.leases, "us", [Duty("slow", HOUR, work)], life=LIFE)
    with structlog.testing.capture_logs() as logs:
        going = asyncio.create_task(rounds.go_round())
        await begun.wait()
        taken = None
        while taken is None:  # every lease looks as if a clock that went back had given it
            taken = await store.leases.claim("slow", "them", HOUR, timedelta(microseconds=1))
        is_ours = False
        assert await going == 1

    assert [each["event"] for each in logs] == ["duty_lost"]
    assert await store.workers.workers(HOUR) == ()
    assert await store.leases.finish(taken)


async def test_who_cannot_renew_is_stopped_in_the_middle(store: Store) -> None:
    """Also work that writes nothing is not done twice for longer than need be."""
    begun = asyncio.Event()

    async def work(_: Lease) -> None:
        begun.set()
        await asyncio.Event().wait()

    rounds = Rounds(store.leases, "us", [Duty("still", HOUR, work)], life=SHORT)
    going = asyncio.create_task(rounds.go_round())
    await begun.wait()
    while await store.leases.claim("still", "them", HOUR, timedelta(microseconds=1)) is None:
        pass

    with structlog.testing.capture_logs() as logs:
        assert await going == 1

    assert [each["event"] for each in logs] == ["duty_lost"]


async def test_a_process_that_stops_leaves_its_duty_to_the_others(store: Store) -> None:
    """At once, not when the lease ends."""
    begun = asyncio.Event()

    async def work(_: Lease) -> None:
        begun.set()
        await asyncio.Event().wait()

    going = asyncio.create_task(Rounds(store.leases, "us", [Duty("long", HOUR, work)]).go_round())
    await begun.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert await store.leases.due({"long": HOUR}, LIFE) == ("long",)


async def test_a_duty_that_never_ends_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back when it is next due."""
    monkeypatch.setattr(module, "LONGEST", SHORT)

    async def work(_: Lease) -> None:
        await asyncio.Event().wait()

    rounds = Rounds(store.leases, "us", [Duty("endless", HOUR, work)])
    with structlog.testing.capture_logs() as logs:
        assert await rounds.go_round() == 1

    assert [each["event"] for each in logs] == ["duty_too_long"]
    assert await rounds.go_round() == 0


async def test_a_database_that_is_away_is_waited_for(store: Store) -> None:
    """The rounds go on when it is back."""
    notes, away = Notes(), 2

    class Away(type(store.leases)):  # type: ignore[misc]
        """Leases that cannot be asked twice."""

        async def due(self, *asked: object) -> tuple[str, ...]:
            """Fail, then answer."""
            nonlocal away
            if away:
                away -= 1
                raise Unavailable("the database is away")
            found: tuple[str, ...] = await super().due(*asked)
            return found

    rounds = Rounds(
        Away(store.executor), "us", [Duty("one", HOUR, notes.by("us"))], look=SHORT / 60
    )
    with structlog.testing.capture_logs() as logs:
        going = asyncio.create_task(rounds.forever())
        while not notes.done:
            await asyncio.sleep(0)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    assert [each["event"] for each in logs] == ["rounds_wait"] * 2


def test_losing_a_lease_is_no_mistake_of_the_caller() -> None:
    """Whoever answers to a Conflict by trying again must not do so for this."""
    assert issubclass(LeaseLost, Unavailable)
