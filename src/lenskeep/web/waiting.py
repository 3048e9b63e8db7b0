"""How long to stay away, for those who cannot be served now: another time for each.

All headsets of a site meet the same outage; told the same number of seconds, they would all come
back in the same one.
"""

from typing import Final

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Unavailable

BUSY_S: Final = (10, 60)
"""Seconds, from and to, when there is too much to do: what is inside is worked off sooner."""
LONGEST: Final = 6
"""So many times the shortest wait is the longest one, where something is not there."""
_OCTETS: Final = 4


def spread(randomness: Randomness, between: tuple[int, int]) -> int:
    """Return a number of seconds from the first to the second."""
    first, last = between
    number = int.from_bytes(randomness.octets(_OCTETS), "big")
    return first + number % (last - first + 1)


def later(randomness: Randomness, error: Unavailable) -> dict[str, str]:
    """Return `Retry-After` ([RFC 9110] 10.2.3) for what is not available now."""
    wait = error.retry_after_s
    return {"Retry-After": str(spread(randomness, (wait, wait * LONGEST)))}
