"""What shall go wrong on the way, by the number of the message.

A fleet rolls dice instead: whatever says which mishap meets which message is a `Fate`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol


class Mishap(Enum):
    """What can happen to one message, once."""

    LOSE_REQUEST = "lose-request"
    """It never arrives; it is sent again."""
    LOSE_ANSWER = "lose-answer"
    """It arrives, the answer does not; it is sent again with the same bytes."""
    DOUBLE = "double"
    """It arrives twice, one after the other."""
    TRUNCATE = "truncate"
    """The connection breaks half-way through it; it is sent again."""
    SLOW = "slow"
    """Its second half comes late."""
    REORDER = "reorder"
    """The message before it arrives once more, ahead of it."""
    DROP = "drop"
    """It is never sent: the headset loses power and knows nothing of this session any more."""


class Fate(Protocol):
    """Decides what goes wrong."""

    @property
    def hold_s(self) -> float:
        """For how long the second half of a slow message is held back."""
        ...

    @property
    def before_each_s(self) -> float:
        """How long the headset waits before every message."""
        ...

    def mishap(self, number: int) -> Mishap | None:
        """Return what happens to message `number`, counted from 1; asked once for each."""
        ...


@dataclass(frozen=True, slots=True)
class Accidents:
    """What shall go wrong; the numbers count the messages of one run from 1, 0 is never."""

    lose_request: int = 0
    lose_answer: int = 0
    double: int = 0
    truncate: int = 0
    hang: int = 0
    hang_s: float = 5.0
    slow_s: float = 0.0
    reorder: int = 0
    drop: int = 0

    @property
    def hold_s(self) -> float:
        """For how long the second half of a slow message is held back."""
        return self.hang_s

    @property
    def before_each_s(self) -> float:
        """How long the headset waits before every message."""
        return self.slow_s

    def mishap(self, number: int) -> Mishap | None:
        """Return what happens to message `number`."""
        by_number = (
            (self.lose_request, Mishap.LOSE_REQUEST),
            (self.truncate, Mishap.TRUNCATE),
            (self.hang, Mishap.SLOW),
            (self.lose_answer, Mishap.LOSE_ANSWER),
            (self.double, Mishap.DOUBLE),
            (self.reorder, Mishap.REORDER),
            (self.drop, Mishap.DROP),
        )
        return next((mishap for at, mishap in by_number if at and at == number), None)


NO_ACCIDENTS: Final = Accidents()
