"""Where profiles differ, told to a person: the node, both owners, the devices, who wins and why."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lenskeep.base.identifiers import GroupId
from lenskeep.desired.merge.wish import Clash
from lenskeep.desired.profile import Owner
from lenskeep.flows.desired.casting.reached import devices_in
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate

MAX_NAMED: Final = 20
"""Devices that are named with a clash; the others are counted."""
MAX_LISTED: Final = 10
"""Clashes that an error lists; the others are counted."""
_PAGE: Final = 200
_PAGES: Final = 5
"""Pages looked through for names: what is named must not cost more the larger the fleet is."""


@dataclass(frozen=True, slots=True)
class Where:
    """The devices that something is about; as text, how many and the first of them."""

    devices: int
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = "1 device" if self.devices == 1 else f"{self.devices} devices"
        if not self.names:
            return count
        more = ", ..." if self.devices > len(self.names) else ""
        return f"{count}: {', '.join(self.names)}{more}"


@dataclass(frozen=True, slots=True)
class Clashing:
    """A clash and the devices that it is about."""

    clash: Clash
    where: Where

    @property
    def devices(self) -> int:
        """How many devices it is about."""
        return self.where.devices

    @property
    def names(self) -> tuple[str, ...]:
        """Of the first of the devices."""
        return self.where.names

    @property
    def sentence(self) -> str:
        """All of it in words; without values."""
        owners = (each.owner for each in (*self.clash.winners, *self.clash.losers))
        about = f"{owners_in_words(owners)}; {self.where}"
        return f"{self.clash.uri}: {self.clash.words} ({about})"


def owners_in_words(owners: Iterable[Owner]) -> str:
    """Return profiles with the revisions that say it, each once."""
    return ", ".join(dict.fromkeys(f"'{each.name}' revision {each.revision}" for each in owners))


async def with_devices(
    house: House, mandate: Mandate, clashes: Mapping[Clash, Collection[Cohort]]
) -> tuple[Clashing, ...]:
    """Return the clashes with their devices, those that nobody decided first."""
    by_cohorts: dict[frozenset[Cohort], Where] = {}
    found: list[Clashing] = []
    for clash, where in clashes.items():
        cohorts = frozenset(where)
        if cohorts not in by_cohorts:
            names = await names_in(house, mandate, cohorts)
            by_cohorts[cohorts] = Where(devices_in(mandate, cohorts), names)
        found.append(Clashing(clash, by_cohorts[cohorts]))
    return in_order(found)


def in_order(clashes: Iterable[Clashing]) -> tuple[Clashing, ...]:
    """Return them with those first that nobody decided, then the other conflicts."""
    return tuple(sorted(clashes, key=_order))


def _order(each: Clashing) -> tuple[bool, bool, str]:
    return bool(each.clash.winners), not each.clash.kind.is_conflict, each.clash.uri.casefold()


async def names_in(house: House, mandate: Mandate, cohorts: frozenset[Cohort]) -> tuple[str, ...]:
    """Return the names of the first devices of these cohorts, found in their smallest group."""
    names: list[str] = []
    for group in _smallest(mandate, cohorts):
        after: str | None = None
        for _ in range(_PAGES):
            page = await house.mandate.members_of(group, after, _PAGE)
            names.extend(m.name or m.device for m in page.items if m.groups in cohorts)
            after = page.next
            if after is None or len(names) >= MAX_NAMED:
                break
        if len(names) >= MAX_NAMED:
            break
    return tuple(dict.fromkeys(names))[:MAX_NAMED]


def _smallest(mandate: Mandate, cohorts: Iterable[Cohort]) -> tuple[GroupId, ...]:
    """Return for each cohort that has devices its smallest group, each once."""
    inhabited = {each.groups for each in mandate.cohorts if each.devices}
    known = [cohort & mandate.groups.keys() for cohort in cohorts if cohort in inhabited]
    found = (min(each, key=lambda g: (mandate.groups[g].devices, g)) for each in known if each)
    return tuple(sorted(set(found)))
