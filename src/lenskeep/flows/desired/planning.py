"""What would be sent, without sending it; and what a virtual headset says to it.

Both are for looking at: they show nobody a secret, whatever the caller may read elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId, GroupId, ProfileId
from lenskeep.desired.changes import record_of
from lenskeep.desired.merge.merge import merge
from lenskeep.desired.merge.wish import Assigned
from lenskeep.desired.plan.preview import Preview
from lenskeep.desired.profile import Owner, ProfileBody
from lenskeep.desired.standing import load_standing
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired.casting.deciding import group_in, read_catalog
from lenskeep.flows.desired.casting.recast import Cast, open_tree, recast
from lenskeep.flows.desired.members.belonging import is_managed
from lenskeep.flows.desired.showing.foreseen import (
    Foreseen,
    Foresight,
    alike,
    foresee,
    staged,
    told,
)
from lenskeep.flows.desired.showing.rehearsing import Rehearsal, RehearsedSetting
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Guard, Mandate, Member

__all__ = [
    "GroupPlan",
    "RehearsedBuild",
    "RehearsedSetting",
    "plan_device",
    "plan_group",
    "rehearse",
]

_EACH: Final = 200
"""Devices up to which each is planned for by what it told; of more, one stands for its kind."""


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Devices for which the same would be sent."""

    devices: tuple[DeviceId, ...]
    previews: tuple[Preview, ...]


@dataclass(frozen=True, slots=True)
class RehearsedBuild:
    """A rehearsal on one build."""

    build: str
    """Of the virtual headset that stood in."""
    devices: int
    """How many of the group it stood in for."""
    rows: tuple[RehearsedSetting, ...]


async def plan_device(house: House, caller: Caller, device_id: DeviceId) -> tuple[Preview, ...]:
    """Return what would be sent to a device, each with its reason. Raises Missing.

    It is told as if a user were signed in on it.
    """
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    wanting = await house.standings.standing_of(device_id)
    ways = [each.way for each in detail.enrollments[:1]]
    device = told(
        device_id,
        house.open_known(detail.known),
        load_standing(wanting.standing),
        by_autopilot=ways == [Way.AUTOPILOT.value],
    )
    foresight = await _foresight(house, wanting.guards)
    return foresight.previews(wanting.tree, open_tree(house, wanting.sealed_tree), device)


async def plan_group(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    profile: ProfileId | None = None,
    body: ProfileBody | None = None,
) -> tuple[GroupPlan, ...]:
    """Return what would be sent to the devices of a group if the profile were assigned to it.

    With a body this is what the profile, or a new one, would hold; with neither, what is wanted
    already. In a large group one device of a kind stands for all. Raises Missing, Invalid.
    """
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate()
    members = await _members(house, mandate, group_id)
    cast = await _cast(house, mandate, group_id, profile, body)
    foresight = await _foresight(house, await house.rollouts.guards())
    plans: list[tuple[DeviceId, tuple[Preview, ...]]] = []
    for first, many in _standing_for(members):
        detail = await house.fleet.device(first.device)
        wanting = await house.standings.standing_of(first.device)
        device = told(first.device, house.open_known(detail.known), load_standing(wanting.standing))
        groups = first.groups or frozenset()
        merged = cast.merged.get(groups)
        tree = merged.tree if merged else WantedTree()
        rows = foresight.previews(cast.cohorts.get(groups, ""), tree, device)
        plans.extend((each.device, rows) for each in many)
    return tuple(GroupPlan(devices, rows) for rows, devices in alike(plans).items())


async def rehearse(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    profile: ProfileId | None = None,
    body: ProfileBody | None = None,
    removal: bool = False,
) -> tuple[RehearsedBuild, ...]:
    """Play a profile, or a body, on a virtual headset of each build in the group.

    With `removal` it is taken away again in the end. Raises Missing, Invalid.
    """
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate()
    members = await _members(house, mandate, group_id)
    seen = _sound(await foresee(house, mandate, body, profile=profile))
    owner = Owner(seen.profile.id, seen.profile.name, seen.profile.revision)
    foresight = await _foresight(house, ())
    catalog = foresight.catalog
    wanted = [Assigned(owner, 0, seen.found.body)]
    tree = merge(wanted, lambda uri: record_of(uri, catalog), lambda _: "rehearsed").tree
    builds = Counter(
        house.rehearser.nearest(each.generation, each.edition, each.os_build) for each in members
    )
    return tuple(
        [
            RehearsedBuild(
                build, count, await Rehearsal(foresight, build, tree).play(removal=removal)
            )
            for build, count in sorted(builds.items())
        ]
    )


async def _foresight(house: House, guards: Sequence[Guard]) -> Foresight:
    return Foresight(house, await read_catalog(house), staged(guards))


async def _members(house: House, mandate: Mandate, group_id: GroupId) -> Sequence[Member]:
    group_in(mandate, group_id)
    every = await house.mandate.members()
    return [m for m in every if m.groups and group_id in m.groups and is_managed(m)]


async def _cast(
    house: House,
    mandate: Mandate,
    group_id: GroupId,
    profile: ProfileId | None,
    body: ProfileBody | None,
) -> Cast:
    cohorts = [each.groups for each in mandate.cohorts if group_id in each.groups]
    if profile is None and body is None:
        return await recast(house, mandate, cohorts)
    seen = _sound(await foresee(house, mandate, body, profile=profile, group=group_id))
    return await recast(house, seen.mandate, cohorts, seen.found.bodies, seen.found.cast.made)


def _sound(seen: Foreseen) -> Foreseen:
    """Return it. Raises Invalid where something in the body could never be sent."""
    refusals = seen.found.findings.refusals
    if refusals:
        raise Invalid(*(each.complaint for each in refusals))
    return seen


def _standing_for(members: Sequence[Member]) -> Sequence[tuple[Member, Sequence[Member]]]:
    """Return the devices to be planned for, each with those that it stands for."""
    if len(members) <= _EACH:
        return [(each, (each,)) for each in members]
    kinds: dict[object, list[Member]] = {}
    for each in members:
        kind = (each.groups, each.generation, each.edition, each.os_build)
        kinds.setdefault(kind, []).append(each)
    return [(many[0], many) for many in kinds.values()]
