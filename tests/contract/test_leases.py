"""Background work is done by whoever holds its lease, and by nobody who held it before."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.contract.world import enrolled

from lenskeep.flows.ports import Lease, LeaseLost, Serving
from lenskeep.store import Store, serve
from lenskeep.store.operating.leases import Fenced
from lenskeep.store.schema import lease as leases
from lenskeep.store.sql import Query, Work

MINUTE = timedelta(minutes=1)
LIFE = timedelta(seconds=30)
NOTHING = timedelta(0)


async def stepped(store: Store, by: timedelta) -> None:
    """Step the database's clock forward by so much: all it wrote down is so much longer ago."""
    step = by // timedelta(microseconds=1)
    shift = {"until": leases.c.until - step, "done_at": leases.c.done_at - step}

    def work() -> Work[None]:
        yield Query(update(leases).values(**shift))()

    await store.executor.write(work)


async def taken(store: Store, by: str, every: timedelta = MINUTE) -> Lease:
    """Claim the sweep, which must be free."""
    found = await store.leases.claim("sweep", by, every, LIFE)
    assert found is not None
    return found


async def test_a_duty_is_done_by_one_of_many(store: Store) -> None:
    """Of many that try at once one gets it, and nobody does it again before it is due."""
    claims = await asyncio.gather(
        *(store.leases.claim("sweep", f"wrk_{number}", MINUTE, LIFE) for number in range(5))
    )
    (held,) = [each for each in claims if each is not None]

    assert held.term == 1
    assert await store.leases.due({"sweep": MINUTE, "other": MINUTE}, LIFE) == ("other",)
    assert await store.leases.finish(held)
    assert await store.leases.due({"sweep": MINUTE}, LIFE) == ()
    assert await store.leases.claim("sweep", "wrk_9", MINUTE, LIFE) is None
    assert await store.leases.due({"sweep": NOTHING}, LIFE) == ("sweep",)


async def test_what_was_let_go_is_due_for_the_next(store: Store) -> None:
    """A process that stops in the middle leaves the duty to the others at once."""
    held = await taken(store, "wrk_1")

    assert await store.leases.let_go(held)

    assert (await taken(store, "wrk_2")).term == 2


async def test_a_lease_is_held_as_long_as_it_is_renewed(store: Store) -> None:
    """The end moves with every renewal; after it another one takes over, with a new term."""
    first = await taken(store, "wrk_1")
    await stepped(store, LIFE * 0.9)
    assert await store.leases.renew(first, LIFE)
    await stepped(store, LIFE * 0.9)
    assert await store.leases.claim("sweep", "wrk_2", MINUTE, LIFE) is None

    await stepped(store, LIFE)
    second = await taken(store, "wrk_2")

    assert second.term == first.term + 1
    assert await store.leases.renew(first, LIFE) is False
    assert await store.leases.finish(first) is False
    assert await store.leases.renew(second, LIFE)


async def test_one_that_wakes_up_late_writes_nothing(store: Store) -> None:
    """Its writes ask for the term in their own transaction; reading is free."""
    late = await taken(store, "wrk_1")
    asleep = serve(Fenced(store.executor, late))
    await enrolled(asleep, 1)
    await stepped(store, LIFE)
    awake = serve(Fenced(store.executor, await taken(store, "wrk_2")))

    with pytest.raises(LeaseLost, match="sweep"):
        await enrolled(asleep, 2)
    await enrolled(awake, 3)

    assert sum((await asleep.fleet.fleet_counts()).by_state.values()) == 2


async def test_a_fenced_unit_meets_errors_as_any_other(store: Store) -> None:
    """What a statement raises reaches the unit, which may have an answer to it."""
    held = await taken(store, "wrk_1")
    fenced = serve(Fenced(store.executor, held))
    await enrolled(fenced, 1)

    with pytest.raises(Exception, match=r"already|such"):
        await enrolled(fenced, 1)


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_clock_that_is_stepped_stops_no_work(store: Store, hours: int) -> None:
    """Whichever way: at worst a duty is done early, by one whose term counts."""
    dead = await taken(store, "wrk_1")
    await stepped(store, timedelta(hours=hours))

    held = await taken(store, "wrk_2")
    assert held.term == dead.term + 1
    assert await store.leases.finish(held)

    await stepped(store, timedelta(hours=hours))
    assert await store.leases.due({"sweep": MINUTE}, LIFE) == ("sweep",)
    await taken(store, "wrk_3")


async def test_processes_are_listed_until_they_fall_silent(store: Store) -> None:
    """Each says now and then that it serves; one that ends says that, too."""
    for number in (1, 2):
        await store.workers.seen(Serving(f"wrk_{number}", "one", number, "1.0", "0004"))
    await store.workers.seen(Serving("wrk_1", "one", 1, "1.0", "0004"))

    listed = await store.workers.workers(MINUTE)
    assert [(each.id, each.pid) for each in listed] == [("wrk_1", 1), ("wrk_2", 2)]
    assert all(each.started_at and each.seen_at for each in listed)
    await store.workers.gone("wrk_1")
    assert [each.id for each in await store.workers.workers(MINUTE)] == ["wrk_2"]

    assert await store.workers.sweep(MINUTE, MINUTE) == {"workers": 0, "stumbles": 0}
    assert await store.workers.sweep(NOTHING, MINUTE) == {"workers": 1, "stumbles": 0}
