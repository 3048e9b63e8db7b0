"""When the sessions of a fleet begin: evenly, all at once, faster and faster, or by the schedule.

A pattern says how many seconds after the start each next session is due. What is due is begun,
whether or not the ones before have ended: a slow server does not slow its load down.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from lenskeep.base.errors import Invalid

_FORMS: Final = "steady:RATE, burst, ramp:LOW-HIGH[/SECONDS], schedule:FACTORx"
_RAMP_S: Final = 60.0
_NUMBER: Final = r"\d+(?:\.\d+)?"


class Pattern(Protocol):
    """When the next session is due."""

    def due(self) -> Iterator[float]:
        """Yield seconds since the start, in order, without end."""
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """So many a second."""

    rate: float

    def due(self) -> Iterator[float]:
        """Yield evenly spread moments."""
        return (number / self.rate for number in itertools.count())


@dataclass(frozen=True, slots=True)
class Burst:
    """All at once."""

    def due(self) -> Iterator[float]:
        """Yield the start, again and again."""
        return itertools.repeat(0.0)


@dataclass(frozen=True, slots=True)
class Ramp:
    """From so many a second to so many, within so many seconds; then it stays there."""

    low: float
    high: float
    seconds: float = _RAMP_S

    def due(self) -> Iterator[float]:
        """Yield moments that come closer and closer, or move apart."""
        at = 0.0
        while True:
            yield at
            part = min(at / self.seconds, 1.0)
            at += 1 / (self.low + (self.high - self.low) * part)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Each headset by its own poll schedule, so many times faster than the clock."""

    factor: float


Arrivals = Steady | Burst | Ramp | Schedule


def read_arrivals(text: str) -> Arrivals:
    """Return the pattern of `steady:50`, `burst`, `ramp:5-100/120` or `schedule:60x`.

    Raises Invalid.
    """
    kind, _, rest = text.strip().partition(":")
    match kind:
        case "burst" if not rest:
            return Burst()
        case "steady" if (rate := _numbers(f"({_NUMBER})", rest)) and rate[0]:
            return Steady(rate[0])
        case "ramp" if found := _numbers(f"({_NUMBER})-({_NUMBER})(?:/({_NUMBER}))?", rest):
            low, high, *seconds = found
            if low and high and all(seconds):
                return Ramp(low, high, *seconds)
        case "schedule" if (factor := _numbers(f"({_NUMBER})x?", rest)) and factor[0]:
            return Schedule(factor[0])
    raise Invalid.field("arrivals", f"{text!r} is no pattern", _FORMS)


def _numbers(form: str, text: str) -> list[float]:
    found = re.fullmatch(form, text)
    return [float(each) for each in found.groups() if each is not None] if found else []
