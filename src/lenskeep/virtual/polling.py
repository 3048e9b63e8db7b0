"""A headset left to itself: it calls when its schedule says so, until it is managed no more."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.session.report import Origin, SyncOptions
from lenskeep.virtual.trouble import Postponed

Tell = Callable[[str], None]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Polling:
    """How to poll: what each session is like, who is told, how time passes."""

    options: SyncOptions
    tell: Tell
    sleep: Sleep = asyncio.sleep


async def keep_polling(headset: VirtualHeadset, how: Polling) -> None:
    """Sync whenever the schedule says so. Returns once the headset is not enrolled any more.

    After a lost connection it tries again with the account's back-off, beside the schedule.
    """
    options = replace(how.options, origin=Origin.SCHEDULE)
    name = headset.device.state.hardware.name
    failures = 0
    while headset.is_enrolled:
        wait_s = _wait_s(headset, failures)
        how.tell(f"{name}: next poll in {wait_s:.0f} s")
        await how.sleep(wait_s)
        try:
            if await headset.renew_if_due():
                how.tell(f"{name}: renewed its certificate")
            report = await headset.sync(options)
        except Postponed as postponed:
            await how.sleep(postponed.retry_after_s)
        except LenskeepError as error:
            failures += 1
            how.tell(f"{name}: {error}")
        else:
            failures = 0
            how.tell(f"{name}: {report.ended.value}, {len(report.commands)} commands")


def _wait_s(headset: VirtualHeadset, failures: int) -> float:
    """Return the seconds until the next try."""
    if failures:
        account = headset.device.account
        return min(account.first_backoff_s * 2.0 ** (failures - 1), account.longest_backoff_s)
    remaining = headset.next_poll() - headset.device.now()
    return max(remaining.total_seconds(), 0.0)
