"""Whoever holds a lease may die, or sleep: another goes on in time, and nothing is done twice."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from tests import postgres

from lenskeep.base.secret import Secret
from lenskeep.flows.ports import Lease, Serving
from lenskeep.store import Store, open_store, serve
from lenskeep.store.operating.leases import Fenced
from lenskeep.work.rounds import LIFE, LOOK, Duty, Rounds

pytestmark = pytest.mark.journey

HOLDER: Final = Path(__file__).with_name("holder.py")
SHORT: Final = timedelta(seconds=3)
MINUTE: Final = timedelta(minutes=1)
SLACK_S: Final = 20
"""A machine that has much else to do."""


@pytest.fixture
def database() -> Iterator[Secret]:
    """An empty database."""
    with postgres.empty_database() as url:
        yield url


@pytest.fixture
async def store(database: Secret) -> AsyncIterator[Store]:
    """Our view of it."""
    opened = await asyncio.to_thread(open_store, database)
    yield opened
    await opened.aclose()


@pytest.fixture
def holder(database: Secret) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the lease."""
    process = subprocess.Popen(
        [sys.executable, str(HOLDER), database.reveal(), str(SHORT.total_seconds())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


async def take_over(store: Store) -> float:
    """Look as processes do until the duty is ours, and do it; return the seconds that took."""

    async def work(lease: Lease) -> None:
        fenced = serve(Fenced(store.executor, lease))
        await fenced.workers.seen(Serving("wrk_next", "here", 2, "1", "0004"))

    rounds = Rounds(store.leases, "next", [Duty("sweep", MINUTE, work)], life=SHORT)
    started = time.monotonic()
    while not await rounds.go_round():
        assert time.monotonic() < started + SHORT.total_seconds() + SLACK_S
        await asyncio.sleep(0.1)
    return time.monotonic() - started


async def written(store: Store) -> list[str]:
    """Return who has written."""
    return [each.id for each in await store.workers.workers(MINUTE)]


async def test_another_takes_over_from_one_that_died(
    store: Store, holder: "subprocess.Popen[str]"
) -> None:
    """Within the life of a lease and a look; not while it still lived."""
    await asyncio.sleep(SHORT.total_seconds() * 1.5)  # it renews: nothing is to be had
    assert await store.leases.claim("sweep", "next", MINUTE, SHORT) is None

    holder.kill()
    took_s = await take_over(store)

    assert SHORT.total_seconds() / 2 < took_s < SHORT.total_seconds() + SLACK_S
    assert await written(store) == ["wrk_next"]
    assert (LIFE + LOOK).total_seconds() == 40, "what the documentation promises"


async def test_one_that_slept_writes_nothing_when_it_wakes(
    store: Store, holder: "subprocess.Popen[str]"
) -> None:
    """It was in the middle of its work; another one has done that since."""
    assert holder.stdin is not None
    assert holder.stdout is not None
    os.kill(holder.pid, signal.SIGSTOP)
    await take_over(store)

    holder.stdin.write("\n")
    holder.stdin.flush()
    os.kill(holder.pid, signal.SIGCONT)
    said = await asyncio.to_thread(holder.communicate)

    assert "wrote" not in said[0]
    assert said[0].endswith("over\n")
    assert await written(store) == ["wrk_next"]
