"""Which sessions a fleet has: parts of idle check-ins, changes, app installs and renewals.

The order is drawn from the seed and the headset's number: the same fleet does the same again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lenskeep.base.errors import Invalid


class Kind(StrEnum):
    """What a headset is about when it calls."""

    IDLE = "idle"
    """A check-in: one session, whatever the server wants of it."""
    CHANGE = "change"
    """Sessions until one changes nothing: whatever is wanted of it has been taken."""
    APP = "app"
    """An app is ordered for it, and it carries that out."""
    RENEWAL = "renewal"
    """It renews its certificate."""


@dataclass(frozen=True, slots=True)
class Mix:
    """The parts of each kind; only their ratios count."""

    parts: tuple[tuple[Kind, float], ...] = ((Kind.IDLE, 1.0),)

    def kinds(self, seed: int, number: int) -> Iterator[Kind]:
        """Yield what headset `number` does, session after session."""
        dice = random.Random(f"{seed} {number} mix")  # noqa: S311 - a rehearsal
        kinds, weights = zip(*self.parts, strict=True)
        while True:
            yield dice.choices(kinds, weights)[0]

    def has(self, kind: Kind) -> bool:
        """Return whether any of it is of that kind."""
        return any(each is kind for each, _ in self.parts)


def read_mix(text: str) -> Mix:
    """Return the mix of `idle=80,change=10,app=5,renewal=5`. Raises Invalid."""
    parts = []
    for each in text.split(","):
        name, _, part = each.strip().partition("=")
        try:
            parts.append((Kind(name), float(part)))
        except ValueError as error:
            known = ", ".join(f"{kind}=PARTS" for kind in Kind)
            raise Invalid.field("mix", f"{each!r} is not known", known) from error
    if any(part < 0 for _, part in parts) or not any(part for _, part in parts):
        raise Invalid.field("mix", "parts are positive numbers")
    return Mix(tuple((kind, part) for kind, part in parts if part))
