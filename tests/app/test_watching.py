"""What the process tells of the database below it."""

import asyncio
from functools import partial

from prometheus_client import generate_latest
from tests import postgres
from tests.store.postgresql.test_executor import add, increment

from lenskeep.app.watching import watch
from lenskeep.config import Settings
from lenskeep.store import open_store
from lenskeep.web.watching.meters import BEGUN_AGAIN, POOL
from lenskeep.web.watching.watched import Watched
from lenskeep.work.hashing import PasswordHasher


async def test_units_that_were_begun_again_are_counted_once() -> None:
    """Many at one row: some are tried again, and the meter says so."""
    hasher, watched = PasswordHasher(), Watched()
    with postgres.empty_database() as url:
        store = watch(watched, Settings(), await asyncio.to_thread(open_store, url), hasher)
        assert 0 == await begun_again(watched)
        await store.executor.write(partial(add, "a"))
        await asyncio.gather(*(store.executor.write(partial(increment, "a")) for _ in range(20)))

        told = await begun_again(watched)
        again = await begun_again(watched)
        await store.aclose()
    hasher.close()

    assert 1 <= told == again


async def begun_again(watched: Watched) -> float:
    """Look as the server does every second, and read the page."""
    assert watched.meters.registry is not None
    for look in watched.looks:
        look(watched.meters)
    lines = generate_latest(watched.meters.registry).decode("ascii").splitlines()
    assert any(each.startswith(f'{POOL}{{state="busy"}}') for each in lines)
    (line,) = (each for each in lines if each.startswith(BEGUN_AGAIN + " "))
    return float(line.split()[1])
