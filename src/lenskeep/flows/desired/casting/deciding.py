"""Read who gets what, decide, commit; and once more where somebody else was faster."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from lenskeep.base.errors import Missing, Unavailable
from lenskeep.base.identifiers import AssignmentId, GroupId, ProfileId
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Group, Mandate, Profile
from lenskeep.flows.ports import MandateChange
from lenskeep.flows.records import Audit
from lenskeep.tree.catalog.load import Catalog

_TRIES: Final = 8
"""Changes of who gets what are made by people: two at once happen, eight do not."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """What is to be stored, and what the caller is told once it is."""

    result: T
    change: MandateChange | None = None
    """None: nothing is to be stored."""
    audit: tuple[Audit, ...] = ()


async def decided(
    house: House, decide: Callable[[Mandate], Awaitable[Decision[T]]], *, counted: bool = True
) -> T:
    """Return the result of the decision that was committed. Raises Unavailable.

    `counted`: whether it asks how many devices there are in a group or cohort.
    """
    for _ in range(_TRIES):
        mandate = await house.mandate.mandate(counted=counted)
        decision = await decide(mandate)
        if decision.change is None:
            return decision.result
        if await house.mandate.commit(mandate.version, decision.change, decision.audit):
            return decision.result
    raise Unavailable("profiles and groups are being changed by others; try again")


async def read_catalog(house: House) -> Catalog:
    """Return the settings catalog, which is read from its file the first time."""
    return await asyncio.to_thread(house.catalog)


def profile_in(mandate: Mandate, profile_id: ProfileId) -> Profile:
    """Return the profile. Raises Missing."""
    found = mandate.profiles.get(profile_id)
    if found is None:
        raise Missing("profile", profile_id)
    return found


def group_in(mandate: Mandate, group_id: GroupId) -> Group:
    """Return the group. Raises Missing."""
    found = mandate.groups.get(group_id)
    if found is None:
        raise Missing("group", group_id)
    return found


def assignment_in(mandate: Mandate, assignment_id: AssignmentId) -> Assignment:
    """Return the assignment. Raises Missing."""
    for each in mandate.assignments:
        if each.id == assignment_id:
            return each
    raise Missing("assignment", assignment_id)
