"""When a headset was to call next, and since when it is silent.

A headset that is switched off, sleeps or is away from its network calls nobody: silence is a
question to ask, not a fault.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.enrollment.provision import POLL
from lenskeep.wire.wap import Poll

_TARDY: Final = 3
"""Calls of the lasting schedule that may fail to come before it is called silent: one day."""
_STEPS: Final = ((7_200, 60, "minute"), (172_800, 3_600, "hour"))
"""(below so many seconds, one unit in seconds, its name); above them days."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How it stands with a headset's calls."""

    heard_at: datetime
    """Its last message; its enrollment where it never sent one."""
    expected_at: datetime
    """When the next call was, or is, to come."""
    missed: int
    """Calls that did not come since."""
    is_silent: bool
    words: str


def silence(
    enrolled_at: datetime, heard_at: datetime | None, now: datetime, poll: Poll = POLL
) -> Silence:
    """Return how long a headset has been silent, by the schedule that it was given."""
    last = heard_at or enrolled_at
    every = timedelta(minutes=poll.remaining_interval_min)
    made = calls(last - enrolled_at, poll)
    missed = max(0, calls(now - enrolled_at, poll) - made)
    return Silence(
        heard_at=last,
        expected_at=enrolled_at + nth_call(made + 1, poll),
        missed=missed,
        is_silent=now - last >= every * _TARDY,
        words=_words(now - last, every, missed, never=heard_at is None),
    )


def calls(since: timedelta, poll: Poll) -> int:
    """Return how many calls the schedule has within so long after the enrollment.

    CSP: DMClient/Provider/{ID}/Poll: three sets, one after the other; 0 stands for no end.
    """
    counted = 0
    for minutes, count in poll.sets():
        every = timedelta(minutes=minutes)
        if not minutes:
            continue
        made = since // every
        if not count or made < count:
            return counted + made
        counted += count
        since -= every * count
    return counted


def nth_call(number: int, poll: Poll) -> timedelta:
    """Return how long after the enrollment this call of the schedule comes, from 1 on."""
    passed = timedelta()
    for minutes, count in poll.sets():
        every = timedelta(minutes=minutes)
        if minutes and (not count or number <= count):
            return passed + every * number
        passed += every * count
        number -= count
    return passed


def _words(silent: timedelta, every: timedelta, missed: int, *, never: bool) -> str:
    began = "It enrolled" if never else "It was heard of"
    when = "just now" if silent < timedelta(minutes=1) else f"{span(silent)} ago"
    said = f"{began} {when}, and calls every {span(every)} while it is awake and on its network"
    if not missed:
        return f"{said}."
    calls = "1 call" if missed == 1 else f"{missed} calls"
    return f"{said}: {calls} did not come."


def span(time: timedelta) -> str:
    """Return a length of time in words, roughly."""
    seconds = time.total_seconds()
    for below, unit, name in _STEPS:
        if seconds < below:
            return _counted(int(seconds // unit), name)
    return _counted(int(seconds // 86_400), "day")


def _counted(count: int, name: str) -> str:
    return f"1 {name}" if count == 1 else f"{count} {name}s"
