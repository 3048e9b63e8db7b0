"""The devices that a group gains or loses, by hand or by its rule."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from lenskeep.base.errors import Complaint, Invalid, Missing
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows.desired.members.belonging import Rules, by_hand, is_managed, rules_in
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate, Member
from lenskeep.flows.operations import MAX_DEVICES
from lenskeep.tree.value import UNWRITABLE


@dataclass(frozen=True, slots=True)
class Gathered:
    """The devices that come into a group or leave it, with all their groups."""

    moves: Mapping[DeviceId, Cohort] = field(default_factory=dict)
    was: Mapping[DeviceId, Cohort | None] = field(default_factory=dict)
    """Where the devices were that were looked at: it must still be so when it is stored."""
    names: Mapping[DeviceId, str] = field(default_factory=dict)
    """What people call those that move."""


async def moves_by_hand(
    house: House,
    mandate: Mandate,
    group_id: GroupId,
    add: Collection[DeviceId] = (),
    remove: Collection[DeviceId] = (),
) -> Gathered:
    """Return the devices that come into the group, and those that leave it, by hand."""
    if not add and not remove:
        return Gathered()
    rules = rules_in(mandate)
    members = await named(house, (*add, *remove), with_known=rules.need_known)
    coming = frozenset(add)
    _require_managed([each for each in members if each.device in coming])
    now = house.clock.now()

    def groups_of(member: Member) -> Cohort:
        own, this = by_hand(mandate, member), frozenset((group_id,))
        return rules.groups(member, own | this if member.device in coming else own - this, now)

    return await asyncio.to_thread(_gathered, members, groups_of)


async def moves_by_rule(house: House, mandate: Mandate, group_id: GroupId) -> Gathered:
    """Return the devices that come into the group or leave it by its rule.

    A device that was never put into groups waits for the house to do so.
    """
    rules = Rules({group_id: rules_in(mandate).by_group[group_id]})
    now = house.clock.now()
    members = await house.mandate.members(with_known=rules.need_known)

    def groups_of(member: Member) -> Cohort | None:
        if member.groups is None or not is_managed(member):
            return member.groups
        return rules.groups(member, member.groups - {group_id}, now)

    return await asyncio.to_thread(_gathered, members, groups_of)


def _gathered(
    members: Collection[Member], groups_of: Callable[[Member], Cohort | None]
) -> Gathered:
    """Many rules on many devices take a while: this runs beside what serves the devices."""
    found = {each.device: groups_of(each) for each in members}
    was = {each.device: each.groups for each in members}
    moves = {each: groups for each, groups in found.items() if groups and groups != was[each]}
    return Gathered(moves, was, {m.device: m.name for m in members if m.device in moves})


async def named(
    house: House, devices: Collection[DeviceId], *, with_known: bool = False
) -> tuple[Member, ...]:
    """Return these devices. Raises Missing where one is asked for, otherwise Invalid."""
    found = {m.device: m for m in await house.mandate.members(devices, with_known=with_known)}
    unknown = [each for each in devices if each not in found]
    if unknown and len(devices) == 1:
        raise Missing("device", unknown[0])
    if unknown:
        raise Invalid(*(Complaint("devices", str(Missing("device", each))) for each in unknown))
    return tuple(found[each] for each in devices)


def _require_managed(members: Collection[Member]) -> None:
    gone = [each for each in members if not is_managed(each)]
    if gone:
        raise Invalid(*(Complaint("devices", f"{m.device} is {m.state}") for m in gone))


def count_wrongs(devices: Collection[DeviceId], least: int = 0) -> list[Complaint]:
    """Return what is wrong with a list of devices.

    The same limits as for operations: one transaction must not hold the store for long.
    """
    count = len(devices)
    if not least <= count <= MAX_DEVICES:
        allowed = f"{least} to {MAX_DEVICES}"
        return [Complaint("devices", f"{count} devices are named", allowed)]
    if len(set(devices)) < count:
        return [Complaint("devices", "a device is named twice", "each device once")]
    if any(UNWRITABLE.search(each) for each in devices):
        return [Complaint("devices", "a device's id has no control character", "dev_...")]
    return []
