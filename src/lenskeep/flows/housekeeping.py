"""What the house does for itself, again and again: tasks, each done by one process at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lenskeep.flows.desired.regrouping import regroup_by_time
from lenskeep.flows.edition.upgrading import tend_editions
from lenskeep.flows.house import House
from lenskeep.flows.leaving.sweeping import end_departures
from lenskeep.flows.ports import Retention

KEEP_REPLIES: Final = timedelta(days=2)
"""A device that lost our answer asks again within hours, or starts a new session."""
KEEP_SIGN_INS: Final = timedelta(days=1)
KEEP_CODES: Final = timedelta(days=30)
"""Codes that ended stay on the list for a month."""
KEEP_TICKETS: Final = timedelta(days=30)
"""So that one who shows an old one is told apart from one who made it up, in our log."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something the house does for itself."""

    name: str
    every: timedelta
    do: Callable[[House], Awaitable[object]]


async def lose_sessions(house: House) -> int:
    """Show Execs of sessions that fell silent as of unknown outcome; return how many."""
    now = house.clock.now()
    silence = timedelta(minutes=house.settings.session_silence_minutes)
    return await house.housekeeping.lose_sessions(now - silence, now)


async def sweep(house: House) -> object:
    """Delete what is past its time; return how many rows of what."""
    now, settings = house.clock.now(), house.settings
    return await house.housekeeping.sweep(
        Retention(
            replies_before=now - KEEP_REPLIES,
            timeline_before=now - timedelta(days=settings.keep_timeline_days),
            bodies_before=now - timedelta(days=settings.keep_bodies_days),
            sign_ins_before=now - KEEP_SIGN_INS,
            operations_before=now - timedelta(days=settings.keep_operations_days),
            codes_before=now - KEEP_CODES,
            tickets_before=now - KEEP_TICKETS,
        )
    )


_MINUTE: Final = timedelta(minutes=1)
TASKS: Final = (
    Task("lost sessions", _MINUTE, lose_sessions),
    Task("groups by time", _MINUTE, regroup_by_time),
    Task("departures", _MINUTE, end_departures),
    Task("editions", _MINUTE, tend_editions),
    Task("retention", 10 * _MINUTE, sweep),
)
"""In the order in which they are looked at."""
