"""What shall go wrong, by chance: so much of all messages lost, doubled, cut short, late, ...

The dice are drawn from the seed, the headset's number and its session: a run can be repeated.
"""

import random
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.virtual.transport import Mishap

_HOLD_S: Final = 2.0
"""For how long the second half of a slow message is held back."""
_FORM: Final = ", ".join(f"{each.value}=1%" for each in Mishap)


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely each mishap is for one message, from 0 to 1."""

    chances: tuple[tuple[Mishap, float], ...] = ()
    hold_s: float = _HOLD_S

    def dice(self, seed: int, number: int, session: int) -> "Dice":
        """Return the fate of one session of one headset."""
        return Dice(self, random.Random(f"{seed} {number} {session} faults"))  # noqa: S311

    def has(self, mishap: Mishap) -> bool:
        """Return whether that may happen."""
        return any(each is mishap for each, _ in self.chances)


NO_FAULTS: Final = Faults()


class Dice:
    """Decides for each message of a session in turn."""

    before_each_s = 0.0

    def __init__(self, faults: Faults, dice: random.Random) -> None:
        self._faults = faults
        self._dice = dice

    @property
    def hold_s(self) -> float:
        """For how long the second half of a slow message is held back."""
        return self._faults.hold_s

    def mishap(self, number: int) -> Mishap | None:
        """Return what happens to message `number`, at most one thing."""
        if not self._faults.chances:
            return None
        throw = self._dice.random()
        for mishap, chance in self._faults.chances:
            throw -= chance
            if throw < 0:
                return None if number == 1 and mishap in _NEEDS_ONE_BEFORE else mishap
        return None


_NEEDS_ONE_BEFORE: Final = (Mishap.REORDER, Mishap.DROP)
"""What the first message of a session cannot suffer."""


def read_faults(text: str) -> Faults:
    """Return the chances of `lose-answer=1%,double=0.5%`. Raises Invalid."""
    chances = []
    for each in text.split(",") if text.strip() else ():
        name, _, part = each.strip().partition("=")
        try:
            chance = float(part.removesuffix("%")) / (100 if part.endswith("%") else 1)
            chances.append((Mishap(name), chance))
        except ValueError as error:
            raise Invalid.field("faults", f"{each!r} is not known", _FORM) from error
    if any(chance < 0 for _, chance in chances) or sum(chance for _, chance in chances) > 1:
        raise Invalid.field("faults", "all chances together are between 0% and 100%")
    return Faults(tuple(chances))
