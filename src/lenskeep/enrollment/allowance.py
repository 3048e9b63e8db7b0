"""How much strangers may have us write down: a little at once, then one a second.

A bucket of permits that fills again with time. Lives in one thread; time comes as an argument.
"""

from datetime import datetime, timedelta
from typing import Final

BURST: Final = 20
"""At once: a classroom that mistypes, or one headset's several steps."""
REFILL: Final = timedelta(seconds=1)
"""For one more."""


class Allowance:
    """Permits to write, and how often there was none."""

    __slots__ = ("_burst", "_full_at", "_missed", "_refill")

    def __init__(self, burst: int = BURST, refill: timedelta = REFILL) -> None:
        self._burst = burst
        self._refill = refill
        self._full_at: datetime | None = None
        self._missed = 0

    def take(self, now: datetime) -> int | None:
        """Take a permit and return how many were refused since the last; None: there is none."""
        empty = now + self._burst * self._refill
        full_at = min(max(self._full_at or now, now), empty)  # a clock that went back is no debt
        self._full_at = full_at if full_at + self._refill > empty else full_at + self._refill
        if self._full_at == full_at:
            self._missed += 1
            return None
        missed, self._missed = self._missed, 0
        return missed
