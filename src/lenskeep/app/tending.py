"""What each process does for itself, whoever holds which lease: it looks whether keys changed
under it, keeps its TLS certificate fresh, and says that it is there.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import structlog

from lenskeep import __version__
from lenskeep.app.notifying import ALIVE, READY, notify
from lenskeep.base.errors import LenskeepError
from lenskeep.flows.house import House, read_trust
from lenskeep.flows.ports import Serving, WorkerStore
from lenskeep.store.migrating import HEAD

log = structlog.get_logger()

LOOK_S: Final = 2
"""Seconds between two looks at the authority. For so long, after a rotation began, one process may
issue what another does not know yet: a headset that meets both is refused, and comes again."""
SAY_S: Final = 60
"""Seconds between two words to the others that this process is there."""
RENEW_S: Final = 24 * 3600
"""Seconds between two looks whether our TLS certificate is to be renewed."""
_FAREWELL_S: Final = 3


@asynccontextmanager
async def tended(
    house: House, workers: WorkerStore, me: str, renew_tls: Callable[[], None]
) -> AsyncIterator[None]:
    """Look after this process while the block runs; say goodbye afterwards."""
    task = asyncio.create_task(_tend(house, workers, me, renew_tls))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(LenskeepError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await workers.gone(me)


async def _tend(house: House, workers: WorkerStore, me: str, renew_tls: Callable[[], None]) -> None:
    """One bad look does not end it. Time is what has passed, whatever clocks say."""
    serving = Serving(me, socket.gethostname(), os.getpid(), __version__, HEAD)
    notify(READY)
    loop, state = asyncio.get_running_loop(), house.authorities.files.state()
    say_at, renew_at = loop.time(), loop.time() + RENEW_S
    while True:
        try:
            now_stands = house.authorities.files.state()
            if now_stands != state:  # `lenskeep ca` did it, beside us or on another host
                house.authorities.exchange(read_trust(house.authorities.files))
                state = now_stands
                log.info("authority_exchanged", issuing=state.issuing, serving=state.serving)
            if house.keyring.refresh():  # `lenskeep keys` did it; who exchanges keys waits for us
                say_at = loop.time()
                log.info("master_key_exchanged", keys=house.keyring.ids)
            if loop.time() >= renew_at:
                renew_at = loop.time() + RENEW_S
                renew_tls()
            if loop.time() >= say_at:
                say_at = loop.time() + SAY_S
                keys = ",".join(house.keyring.ids)
                await workers.seen(replace(serving, master_keys=keys))
        except Exception:
            log.exception("housekeeping_failed")
        notify(ALIVE)
        await asyncio.sleep(LOOK_S)
