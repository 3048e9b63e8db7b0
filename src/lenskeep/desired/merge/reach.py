"""Which profiles reach the devices of a cohort, by their assignments to its groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lenskeep.base.identifiers import GroupId, ProfileId


class Assigning(Protocol):
    """One profile assigned to one group, as far as it matters here."""

    @property
    def profile(self) -> ProfileId:
        """The profile."""

    @property
    def revision(self) -> int | None:
        """Its revision; None for always the latest."""

    @property
    def group(self) -> GroupId:
        """The group."""

    @property
    def excludes(self) -> bool:
        """Whether the devices of the group do not get it, whatever else says so."""

    @property
    def priority(self) -> int:
        """Where two profiles want different values, the higher number wins."""


@dataclass(frozen=True, slots=True)
class Reaching:
    """A profile that reaches a cohort, at which revision (None: the latest), how strongly."""

    profile: ProfileId
    revision: int | None
    priority: int


def reaching(assignments: Iterable[Assigning], groups: frozenset[GroupId]) -> tuple[Reaching, ...]:
    """Return the profiles that reach the devices in these groups, the strongest first.

    An exclusion wins over every inclusion. Of several inclusions the one of highest priority
    counts, with its revision; at one priority the newer revision, the latest before any fixed one.
    """
    here = [each for each in assignments if each.group in groups]
    excluded = {each.profile for each in here if each.excludes}
    found: dict[ProfileId, Reaching] = {}
    for each in here:
        if each.excludes or each.profile in excluded:
            continue
        reach = Reaching(each.profile, each.revision, each.priority)
        other = found.get(each.profile)
        if other is None or _strength(reach) > _strength(other):
            found[each.profile] = reach
    return in_order(tuple(found.values()))


def in_order(reached: Sequence[Reaching]) -> tuple[Reaching, ...]:
    """Return them by priority, highest first, then by profile."""
    return tuple(sorted(reached, key=lambda each: (-each.priority, each.profile)))


def _strength(reach: Reaching) -> tuple[int, bool, int]:
    return reach.priority, reach.revision is None, reach.revision or 0
