"""Background work, round after round: each duty by whichever process holds its lease.

A process looks every few seconds what is due and held by nobody, does that, and gives the lease
back. While it works it renews; one that cannot, stops. Nothing here depends on the machine's clock
being right: leases go by the database's, pauses by how much time has passed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from lenskeep.base.errors import LenskeepError, Unavailable
from lenskeep.flows.ports import Lease, LeaseLost, LeaseStore

log = structlog.get_logger()

LIFE: Final = timedelta(seconds=30)
"""Of a lease that is not renewed: with LOOK, the time after which another takes over from one
that died at work. A process that is only slow renews three times as often."""
LOOK: Final = timedelta(seconds=10)
"""Between two looks; each costs one read."""
LONGEST: Final = timedelta(minutes=10)
"""For one duty; then it is given up, and done again when it is next due."""
_RENEWALS: Final = 3
_EVERY_TIME: Final = timedelta(0)
_GIVE_BACK_S: Final = 3
"""For giving a lease back while the process ends; else it ends by itself."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done again and again, by one process at a time."""

    name: str
    every: timedelta
    do: Callable[[Lease], Awaitable[object]]
    """Does it, with nothing written but under the lease."""
    at_start: bool = False
    """Whether each process does it once when it starts, however lately another one did."""


class Rounds:
    """Does the duties of one process."""

    def __init__(
        self,
        leases: LeaseStore,
        me: str,
        duties: Sequence[Duty],
        *,
        life: timedelta = LIFE,
        look: timedelta = LOOK,
    ) -> None:
        self._leases = leases
        self._me = me
        self._duties = {each.name: each for each in duties}
        self._first = {each.name for each in duties if each.at_start}
        self._life = life
        self._look_s = look.total_seconds()

    async def forever(self) -> None:
        """Go round until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self.go_round()
            except Unavailable as error:
                log.warning("rounds_wait", reason=str(error))
            except Exception:
                log.exception("rounds_failed")
            await asyncio.sleep(self._look_s)

    async def go_round(self) -> int:
        """Do what is due and held by nobody; return how many duties that were."""
        done = 0
        for name in await self._leases.due(self._intervals(), self._life):
            lease = await self._leases.claim(name, self._me, self._every(name), self._life)
            if lease is not None:
                await self._do(self._duties[name], lease)
                self._first.discard(name)
                done += 1
        return done

    def _intervals(self) -> dict[str, timedelta]:
        return {name: self._every(name) for name in self._duties}

    def _every(self, name: str) -> timedelta:
        return _EVERY_TIME if name in self._first else self._duties[name].every

    async def _do(self, duty: Duty, lease: Lease) -> None:
        """Do one duty; one that fails is told of, and does not keep the others from being done."""
        try:
            async with asyncio.timeout(LONGEST.total_seconds()), self._renewed(lease):
                await duty.do(lease)
        except asyncio.CancelledError:
            await self._let_go(lease)
            raise
        except LeaseLost:
            log.warning("duty_lost", duty=duty.name)
        except TimeoutError:
            log.error("duty_too_long", duty=duty.name, minutes=LONGEST.total_seconds() / 60)
            await self._leases.finish(lease)
        except Exception:
            log.exception("duty_failed", duty=duty.name)
            await self._leases.finish(lease)
        else:
            await self._leases.finish(lease)

    @asynccontextmanager
    async def _renewed(self, lease: Lease) -> AsyncIterator[None]:
        """Renew while the block runs; cancel the block and raise LeaseLost when another has it."""
        block = asyncio.current_task()
        assert block is not None
        is_lost = False

        async def renew() -> None:
            nonlocal is_lost
            while not is_lost:
                await asyncio.sleep(self._life.total_seconds() / _RENEWALS)
                with suppress(Unavailable):  # asked again; whether it counts, each write asks
                    is_lost = not await self._leases.renew(lease, self._life)
            block.cancel()

        renewing = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            if not is_lost:
                raise
            block.uncancel()
            raise LeaseLost(lease.duty) from None
        finally:
            renewing.cancel()

    async def _let_go(self, lease: Lease) -> None:
        with suppress(LenskeepError, TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_S):
                await self._leases.let_go(lease)
