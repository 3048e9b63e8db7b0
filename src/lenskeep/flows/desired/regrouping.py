"""Devices into the groups they belong to, by what is known of them. Called by the house itself."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.inventory import identify
from lenskeep.desired.known import Known
from lenskeep.flows.desired.casting.deciding import Decision, decided
from lenskeep.flows.desired.members.belonging import Rules, heard_now, moves, rules_in
from lenskeep.flows.desired.members.moving import moving
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Mandate, Member
from lenskeep.flows.ports import MandateChange

_AT_ONCE: Final = 50
"""Devices whose rules take less than a thread would; more would hold up who else is served."""


async def regroup(house: House, devices: Collection[DeviceId] | None = None) -> int:
    """Put these devices, or all, into the groups whose rules hold; return how many moved."""

    async def decide(mandate: Mandate) -> Decision[int]:
        rules = rules_in(mandate)
        members = await house.mandate.members(devices, with_known=rules.need_known)
        return await _decision(house, mandate, rules, members)

    return await decided(house, decide, counted=False)


async def regroup_by_time(house: House) -> int:
    """Do the same for all devices where a rule's truth depends on the time; return how many moved.

    Nothing is read of the devices where no rule does.
    """
    if not rules_in(await house.mandate.mandate(counted=False)).depend_on_time:
        return 0
    return await regroup(house)


async def regroup_one(house: House, device_id: DeviceId, known: Known | None = None) -> bool:
    """Put one device into its groups; return whether its cohort changed.

    `known` is what is known of it now, where that is fresher than what is stored: then the device
    is being heard at this moment.
    """

    async def decide(mandate: Mandate) -> Decision[int]:
        rules = rules_in(mandate)
        with_known = rules.need_known and known is None
        members = await house.mandate.members([device_id], with_known=with_known)
        if known is not None:
            now = house.clock.now()
            tag = await _group_tag(house, rules, known)
            members = [heard_now(each, known, now, rules, tag) for each in members]
        return await _decision(house, mandate, rules, members)

    return await decided(house, decide, counted=False) > 0


async def _group_tag(house: House, rules: Rules, known: Known) -> str:
    """Return the Autopilot tag of a device that tells its serial number; asked for only where a
    rule wants it.
    """
    serial = identify(known).serial if rules.need_group_tag else ""
    record = await house.entry.autopilot.by_serial(serial) if serial else None
    return record.group_tag if record is not None else ""


async def _decision(
    house: House, mandate: Mandate, rules: Rules, members: Sequence[Member]
) -> Decision[int]:
    now = house.clock.now()
    if len(members) > _AT_ONCE:
        found = await asyncio.to_thread(moves, members, mandate, rules, now)
    else:
        found = moves(members, mandate, rules, now)
    if not found:
        return Decision(0)
    was = {each.device: each.groups for each in members if each.device in found}
    change = await moving(house, mandate, found, MandateChange(was=was))
    return Decision(len(found), change)
