"""The pulse of a process: how late its event loop is, and what only a look can tell.

One look a second, so that nothing is counted on a request's way that can be counted beside it.
"""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from lenskeep.base.ambient import Clock
from lenskeep.web.watching.watched import Watched

EVERY_S: Final = 1.0
_STATM: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def pulse(watched: Watched, clock: Clock) -> AsyncIterator[None]:
    """Look once a second, as long as the server runs."""
    task = asyncio.create_task(_beat(watched, clock))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(watched: Watched, clock: Clock) -> None:
    meters = watched.meters
    meters.started.labels(meters.worker).set(clock.now().timestamp())
    used = 0.0
    while True:
        used = _look(watched, used)
        due = time.perf_counter() + EVERY_S
        await asyncio.sleep(EVERY_S)
        meters.lag.observe(max(0.0, time.perf_counter() - due))


def _look(watched: Watched, used_before: float) -> float:
    meters = watched.meters
    meters.resident.labels(meters.worker).set(resident_bytes())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    meters.processor.labels(meters.worker).inc(used - used_before)
    for look in watched.looks:
        look(meters)
    return used


def resident_bytes() -> int:
    """Return how much memory this process holds, where the system tells; else 0."""
    try:
        return int(_STATM.read_text("ascii").split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
