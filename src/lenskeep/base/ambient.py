"""The questions a program asks the world: what time is it, give me a new name, roll the dice.

Only the questions; the real answers are in `base.system`, imported by `app` alone, so that
every deciding room can be tested with answers of its own.
"""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes identifiers."""

    def new(self, prefix: str) -> str:
        """Return a fresh identifier `prefix_...` that sorts by the time it was made."""
        ...


class Randomness(Protocol):
    """Makes unpredictable values fit for secrets."""

    def octets(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...

    def choice(self, alphabet: str, length: int) -> str:
        """Return `length` characters drawn evenly from `alphabet`."""
        ...
