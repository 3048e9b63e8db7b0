"""Wrong secrets are counted by all processes together."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update

from lenskeep.flows.ports import Stumble
from lenskeep.store import Store
from lenskeep.store.schema import stumble as stumbles
from lenskeep.store.sql import Query, Work

MINUTE = timedelta(minutes=1)


def wrong(account: str = "a", address: str = "x", purpose: str = "sign-in") -> Stumble:
    """A wrong secret."""
    return Stumble(purpose, account, address, most_of_account=3, most_of_address=5)


async def age(store: Store, by: timedelta) -> None:
    """Let all of them be so much older."""
    at = stumbles.c.at - by // timedelta(microseconds=1)

    def work() -> Work[None]:
        yield Query(update(stumbles).values(at=at))()

    await store.executor.write(work)


async def test_each_is_told_of_those_before_it(store: Store) -> None:
    """By account and by address, the latest first, no more than are worth counting."""
    first = await store.stumbles.add(wrong("a", "x"), MINUTE)
    await store.stumbles.add(wrong("b", "x"), MINUTE)
    await store.stumbles.add(wrong("a", "y"), MINUTE)
    last = await store.stumbles.add(wrong("a", "x"), MINUTE)

    assert (1, 1) == (len(first.of_account), len(first.of_address))
    assert (3, 3) == (len(last.of_account), len(last.of_address))
    assert sorted(last.of_account) == list(last.of_account)
    assert 3 == len((await store.stumbles.add(wrong("a", "z"), MINUTE)).of_account)


async def test_those_of_another_purpose_or_before_the_window_do_not_count(store: Store) -> None:
    """A console's guesser is not held against a headset."""
    await store.stumbles.add(wrong(purpose="enrollment"), MINUTE)
    await store.stumbles.add(wrong(), MINUTE)
    await age(store, MINUTE)

    found = await store.stumbles.add(wrong(), MINUTE)

    assert (1, 1) == (len(found.of_account), len(found.of_address))


async def test_many_at_once_are_all_counted(store: Store) -> None:
    """None waits for another, none is lost."""
    found = await asyncio.gather(
        *(store.stumbles.add(wrong(f"{each}"), MINUTE) for each in range(8))
    )

    assert max(len(each.of_address) for each in found) <= 5
    assert len((await store.stumbles.add(wrong(), MINUTE)).of_address) == 5


async def test_old_ones_are_forgotten(store: Store) -> None:
    """Also those of a clock that has gone back since."""
    await store.stumbles.add(wrong("old"), MINUTE)
    await age(store, MINUTE * 2)
    await store.stumbles.add(wrong("early"), MINUTE)
    await age(store, -MINUTE * 5)
    await store.stumbles.add(wrong("now"), MINUTE)

    swept = await store.workers.sweep(MINUTE, MINUTE)

    assert swept["stumbles"] == 2

    def work() -> Work[list[str]]:
        rows = yield Query(select(stumbles.c.account))()
        return [row["account"] for row in rows]

    assert await store.executor.read(work) == ["now"]
