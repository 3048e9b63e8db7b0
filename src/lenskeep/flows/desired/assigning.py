"""Assignments: which profile goes to which group, at which revision, with which priority.

An assignment costs as much as there are different wanted trees to be made, whatever the number
of devices.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict
from lenskeep.base.identifiers import AssignmentId, GroupId, ProfileId
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.bodies import read_bodies
from lenskeep.flows.desired.casting.clashing import Clashing
from lenskeep.flows.desired.casting.consequences import follow, refuse
from lenskeep.flows.desired.casting.deciding import (
    Decision,
    assignment_in,
    decided,
    group_in,
    profile_in,
)
from lenskeep.flows.desired.casting.examining import Examined, examine
from lenskeep.flows.desired.casting.reached import (
    with_assignment,
    without_assignment,
)
from lenskeep.flows.desired.casting.recast import Cast
from lenskeep.flows.desired.casting.stranding import Stranding
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Guard, Mandate
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import MandateChange
from lenskeep.flows.records import Audit


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
    """Nodes on which it differs from another profile, or of which it makes others differ."""
    strandings: tuple[Stranding, ...]
    """Lock-outs that come of what it and others want together."""
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

    Raises Invalid, Missing, Conflict where it is assigned already, and Unaccepted where profiles
    want different things, or strand headsets together, and that was not accepted.
    """
    demand(caller, Permission.SEE if dry_run else Permission.OPERATE)
    wanted = Assignment(
        id=AssignmentId(house.ids.new("asg")),
        profile=profile_id,
        revision=revision,
        group=group_id,
        excludes=excludes,
        priority=priority,
        created_at=house.clock.now(),
        actor=caller.name,
    )

    async def decide(mandate: Mandate) -> Decision[Assigned]:
        _require_new(mandate, profile_id, group_id)
        line = audit_line(house, caller, "assignment.create", wanted.id, _detail(wanted))
        return await _assigning(house, mandate, wanted, _Mode(line, accept_conflicts, dry_run))

    return await decided(house, decide)


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

    async def decide(mandate: Mandate) -> Decision[Assigned]:
        before = assignment_in(mandate, assignment_id)
        wanted = replace(
            before,
            revision=before.revision if isinstance(revision, Keep) else revision,
            priority=before.priority if priority is None else priority,
            excludes=before.excludes if excludes is None else excludes,
        )
        line = audit_line(house, caller, "assignment.change", wanted.id, _detail(wanted))
        return await _assigning(house, mandate, wanted, _Mode(line, accept_conflicts, dry_run))

    return await decided(house, decide)


async def unassign(
    house: House,
    caller: Caller,
    assignment_id: AssignmentId,
    *,
    accept_conflicts: bool = False,
) -> None:
    """End an assignment: what it set is taken away from the devices.

    Raises Missing, and Unaccepted where that can strand headsets, or sets others against each
    other, and was not accepted.
    """
    demand(caller, Permission.OPERATE)

    async def decide(mandate: Mandate) -> Decision[None]:
        gone = assignment_in(mandate, assignment_id)
        after = without_assignment(mandate, assignment_id)
        cast, consequences = await follow(house, mandate, after)
        if not accept_conflicts:
            refuse(consequences)
        change = _change(cast, MandateChange(unassign=assignment_id))
        detail = {"profile": gone.profile, "group": gone.group}
        line = audit_line(house, caller, "assignment.delete", assignment_id, detail)
        return Decision(None, change, (line,))

    await decided(house, decide)


async def list_assignments(
    house: House,
    caller: Caller,
    *,
    profile: ProfileId | None = None,
    group: GroupId | None = None,
) -> tuple[Assignment, ...]:
    """Return the assignments (of this profile, to this group), highest priority first."""
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate()
    found = (
        each
        for each in mandate.assignments
        if profile in (None, each.profile) and group in (None, each.group)
    )
    return tuple(sorted(found, key=lambda each: (-each.priority, each.id)))


# --- One assignment, new or changed -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mode:
    """How an assignment is made."""

    line: Audit
    accept_conflicts: bool
    dry_run: bool


async def _assigning(
    house: House, mandate: Mandate, wanted: Assignment, mode: _Mode
) -> Decision[Assigned]:
    _require_sound(mandate, wanted)
    after = with_assignment(mandate, wanted)
    found = None if wanted.excludes else await _examined(house, after, wanted)
    cast, consequences = await follow(house, mandate, after, found)
    if not (mode.accept_conflicts or mode.dry_run):
        refuse(consequences)
    devices = mandate.groups[wanted.group].devices
    guards = await _as_they_are(house, cast.guards)
    result = Assigned(
        assignment=wanted,
        clashes=consequences.clashes,
        strandings=consequences.strandings,
        devices=devices,
        trees=len(cast.trees),
        guards=guards,
    )
    if mode.dry_run:
        return Decision(replace(result, assignment=None))
    return Decision(result, _change(cast, MandateChange(assign=wanted)), (mode.line,))


async def _examined(house: House, after: Mandate, wanted: Assignment) -> Examined:
    """Return what is noticed of the profile where it comes to.

    Raises Invalid where it can lock out there by what others want, and nobody acknowledged it.
    """
    profile = after.profiles[wanted.profile]
    own = (profile.id, profile.revision if wanted.revision is None else wanted.revision)
    body = (await read_bodies(house, [own], {}))[own]
    found = await examine(house, after, own, body)
    problems = dict.fromkeys(
        f"{each.uri}: {each.finding.message}" for each in found.findings.unacknowledged
    )
    texts.require([Complaint("profile", each, "acknowledged in the profile") for each in problems])
    return found


def _require_sound(mandate: Mandate, wanted: Assignment) -> None:
    """Raise Missing or Invalid where it names what is not there, or an impossible priority."""
    profile = profile_in(mandate, wanted.profile)
    group_in(mandate, wanted.group)
    wrongs = texts.priority_wrongs(wanted.priority)
    if wanted.revision is not None and not 1 <= wanted.revision <= profile.revision:
        text = f"'{profile.name}' has no revision {wanted.revision}"
        wrongs.append(Complaint("revision", text, f"1 to {profile.revision}"))
    texts.require(wrongs)


def _require_new(mandate: Mandate, profile: ProfileId, group: GroupId) -> None:
    for each in mandate.assignments:
        if each.profile == profile and each.group == group:
            names = f"'{mandate.profiles[profile].name}' to '{mandate.groups[group].name}'"
            raise Conflict(f"{each.id} assigns {names} already; change that one")


async def _as_they_are(house: House, begun: Iterable[Guard]) -> tuple[Guard, ...]:
    """Return the staged roll-outs; those that began before as they stand."""
    new = {each.key: each for each in begun}
    if not new:
        return ()
    old = {each.key: each for each in await house.rollouts.guards() if each.key in new}
    return tuple({**new, **old}.values())


def _change(cast: Cast, change: MandateChange) -> MandateChange:
    return replace(change, trees=cast.trees, cohorts=cast.cohorts, guards=cast.guards)


def _detail(wanted: Assignment) -> dict[str, str]:
    return {
        "profile": wanted.profile,
        "group": wanted.group,
        "revision": "latest" if wanted.revision is None else str(wanted.revision),
        "priority": str(wanted.priority),
        "kind": "exclude" if wanted.excludes else "include",
    }
