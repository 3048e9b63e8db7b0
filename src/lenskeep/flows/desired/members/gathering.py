"""The devices that a group gains or loses, by hand or by its rule."""

from collections.abc import Collection, Mapping

from lenskeep.base.errors import Complaint, Invalid, Missing
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows.desired.members.belonging import Rules, by_hand, is_managed, rules_in
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate, Member
from lenskeep.flows.operations import MAX_DEVICES
from lenskeep.tree.value import UNWRITABLE


async def moves_by_hand(
    house: House,
    mandate: Mandate,
    group_id: GroupId,
    devices: Collection[DeviceId],
    *,
    belongs: bool,
) -> Mapping[DeviceId, Cohort]:
    """Return the devices that come into the group, or leave it, with all their groups."""
    if not devices:
        return {}
    rules = rules_in(mandate)
    members = await named(house, devices, with_known=rules.need_known)
    if belongs:
        _require_managed(members)
    now = house.clock.now()
    moves: dict[DeviceId, Cohort] = {}
    for each in members:
        own = by_hand(mandate, each)
        groups = rules.groups(each, own | {group_id} if belongs else own - {group_id}, now)
        if groups != each.groups:
            moves[each.device] = groups
    return moves


async def moves_by_rule(
    house: House, mandate: Mandate, group_id: GroupId
) -> Mapping[DeviceId, Cohort]:
    """Return the devices that come into the group or leave it by its rule.

    A device that was never put into groups waits for the house to do so.
    """
    rules = Rules({group_id: rules_in(mandate).by_group[group_id]})
    now = house.clock.now()
    moves: dict[DeviceId, Cohort] = {}
    for each in await house.mandate.members(with_known=rules.need_known):
        if each.groups is None or not is_managed(each):
            continue
        groups = rules.groups(each, each.groups - {group_id}, now)
        if groups != each.groups:
            moves[each.device] = groups
    return moves


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
