"""What the process tells of the database below it."""

import asyncio

import asyncpg
from prometheus_client import generate_latest
from tests import postgres

from lenskeep.app.watching import watch
from lenskeep.base.secret import Secret
from lenskeep.config import Settings
from lenskeep.store import open_store
from lenskeep.web.watching.meters import BEGUN_AGAIN, POOL
from lenskeep.web.watching.watched import Watched
from lenskeep.work.hashing import PasswordHasher


async def test_units_that_were_begun_again_are_counted_once() -> None:
    """Connections that break under the store: units are tried again, and the meter says so."""
    hasher, watched = PasswordHasher(), Watched()
    with postgres.empty_database() as url:
        store = watch(watched, Settings(), await asyncio.to_thread(open_store, url), hasher)
        assert 0 == await begun_again(watched)
        await store.people.accounts(None, 1)
        await cut_others(url)
        await store.people.accounts(None, 1)

        told = await begun_again(watched)
        again = await begun_again(watched)
        await store.aclose()
    hasher.close()

    assert 1 <= told == again


async def cut_others(url: Secret) -> None:
    """End the other connections to this database."""
    own = await asyncpg.connect(url.reveal())
    await own.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user"
        " AND pid <> pg_backend_pid()"
    )
    await own.close()


async def begun_again(watched: Watched) -> float:
    """Look as the server does every second, and read the page."""
    assert watched.meters.registry is not None
    for look in watched.looks:
        look(watched.meters)
    lines = generate_latest(watched.meters.registry).decode("ascii").splitlines()
    assert any(each.startswith(f'{POOL}{{state="busy"}}') for each in lines)
    (line,) = (each for each in lines if each.startswith(BEGUN_AGAIN + " "))
    return float(line.split()[1])
