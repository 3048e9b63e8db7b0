"""Assignments: which profile goes to which group, at which revision, with which priority.

An assignment costs as much as there are different wanted trees to be made, whatever the number
of devices.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import AssignmentId, GroupId, ProfileId
from lenskeep.flows.desired.casting.clashing import Clashing
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Guard


class Keep(Enum):
    """Stands for "as it is" where None has a meaning of its own."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment did, or in a dry run would do."""

    assignment: Assignment | None
    """None: it was a dry run."""
    clashes: tuple[Clashing, ...]
    devices: int
    """How many devices the group has."""
    trees: int
    """How many different wanted trees were made."""
    guards: tuple[Guard, ...]
    """The staged roll-outs that it begins, or takes part in."""


async def assign(  # noqa: PLR0913 - each is a question of its own, all by keyword
    house: House,
    caller: Caller,
    profile_id: ProfileId,
    group_id: GroupId,
    *,
    revision: int | None = None,
    excludes: bool = False,
    priority: int = 0,
    accept_conflicts: bool = False,
    dry_run: bool = False,
) -> Assigned:
    """Assign a profile (by default always its latest revision) to a group, or exclude the group.

    Raises Invalid, Missing, and Conflict where it is assigned already, or where another profile
    wants something else and that was not accepted.
    """
    demand(caller, Permission.SEE if dry_run else Permission.OPERATE)
    raise NotImplementedError


async def change_assignment(  # noqa: PLR0913 - as `assign`
    house: House,
    caller: Caller,
    assignment_id: AssignmentId,
    *,
    revision: int | Keep | None = KEEP,
    priority: int | None = None,
    excludes: bool | None = None,
    accept_conflicts: bool = False,
    dry_run: bool = False,
) -> Assigned:
    """Change an assignment; an earlier revision rolls back. Raises as `assign`."""
    demand(caller, Permission.SEE if dry_run else Permission.OPERATE)
    raise NotImplementedError


async def unassign(house: House, caller: Caller, assignment_id: AssignmentId) -> None:
    """End an assignment: what it set is taken away from the devices. Raises Missing."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def list_assignments(
    house: House,
    caller: Caller,
    *,
    profile: ProfileId | None = None,
    group: GroupId | None = None,
) -> tuple[Assignment, ...]:
    """Return the assignments (of this profile, to this group), highest priority first."""
    demand(caller, Permission.SEE)
    raise NotImplementedError
