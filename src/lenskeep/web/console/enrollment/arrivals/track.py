"""Steps that headsets took, put together into arrivals: who came, how far, what was in the way.

Pure. A headset does not say in its first steps who it is; those that come from one address, with
one name or none, one after the other, are taken for one arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from lenskeep.enrollment.troubles.table import describe
from lenskeep.enrollment.troubles.trouble import Trouble, spelled
from lenskeep.flows.device.attempting import (
    DISCOVERY,
    ENROLLMENT,
    POLICY,
    REFUSED,
    RENEWAL,
    SIGN_IN,
    TERMS,
)
from lenskeep.flows.entrance import Attempt
from lenskeep.wire.soap import Subcode

STILL: Final = timedelta(minutes=20)
"""Longer between two steps, and it is another arrival: a wearer types a while, and reads terms."""

_ORDER: Final = {DISCOVERY: 0, SIGN_IN: 1, TERMS: 2, POLICY: 3, ENROLLMENT: 4}
_NO_PROOF: Final = (Subcode.AUTHENTICATION.hresult, Subcode.INVALID_SECURITY.hresult)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One headset that came, or tried to; its steps so far, oldest first."""

    steps: tuple[Attempt, ...]

    @property
    def id(self) -> str:
        """The same while it goes on."""
        return self.steps[0].id

    @property
    def latest(self) -> Attempt:
        """Its latest step."""
        return self.steps[-1]

    @property
    def at(self) -> datetime:
        """When that was."""
        return self.latest.at

    @property
    def is_refused(self) -> bool:
        """Whether it ended with a no."""
        return self.latest.outcome == REFUSED

    @property
    def is_renewal(self) -> bool:
        """Whether a headset that is in renews its certificate."""
        return self.latest.phase == RENEWAL

    @property
    def device_id(self) -> str:
        """The record it led to; empty while there is none."""
        return self.told("device_id")

    @property
    def number(self) -> str:
        """What the headset shows; empty where nothing went wrong."""
        return spelled(self.latest.hresult) if self.latest.hresult else ""

    @property
    def trouble(self) -> Trouble | None:
        """That number in words."""
        return describe(self.latest.hresult) if self.latest.hresult else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of steps that went well."""
        told = (each.reason for each in self.steps if each.outcome != REFUSED and each.reason)
        return tuple(dict.fromkeys(told))

    def told(self, name: str) -> str:
        """Return what the latest step says of this that says anything."""
        return next((text for each in reversed(self.steps) if (text := getattr(each, name))), "")

    def has(self, *phases: str) -> bool:
        """Return whether one of these steps went well."""
        return any(each.phase in phases and each.outcome != REFUSED for each in self.steps)

    @property
    def stopped_at(self) -> str:
        """Return the step that failed; a wrong proof is told with the sign-in, whoever noticed."""
        if not self.is_refused:
            return ""
        return SIGN_IN if self.latest.hresult in _NO_PROOF else self.latest.phase


def arrivals(attempts: Iterable[Attempt]) -> tuple[Arrival, ...]:
    """Return the arrivals that these steps make up, the one with the newest step first."""
    found: list[Arrival] = []
    for each in sorted(attempts, key=lambda attempt: (attempt.at, attempt.id)):
        place = _place(found, each)
        if place is None:
            found.append(Arrival((each,)))
        else:
            found[place] = replace(found[place], steps=(*found[place].steps, each))
    return tuple(sorted(found, key=lambda arrival: (arrival.at, arrival.id), reverse=True))


def _place(found: list[Arrival], step: Attempt) -> int | None:
    """Return which arrival the step goes on with, the latest that fits."""
    for index in reversed(range(len(found))):
        if _goes_on(found[index], step):
            return index
    return None


def _goes_on(arrival: Arrival, step: Attempt) -> bool:
    before = arrival.latest
    if before.address != step.address or step.at - before.at > STILL:
        return False
    if arrival.is_renewal or step.phase == RENEWAL:
        return arrival.is_renewal and step.phase == RENEWAL and arrival.device_id == step.device_id
    if arrival.is_refused or arrival.has(ENROLLMENT):
        return False
    names = {arrival.told("user").casefold(), step.user.casefold()} - {""}
    forward = _ORDER.get(step.phase, 0) >= _ORDER.get(before.phase, 0)
    return len(names) <= 1 and forward
