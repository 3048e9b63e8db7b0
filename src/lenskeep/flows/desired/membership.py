"""Devices in groups: who is in one, who comes into one by hand and leaves it, and what of it."""

from collections.abc import Sequence
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.consequences import Consequences, refuse
from lenskeep.flows.desired.casting.deciding import Decision, decided, group_in
from lenskeep.flows.desired.members.gathering import Gathered, count_wrongs, moves_by_hand
from lenskeep.flows.desired.members.moving import moving, outcome
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Group, GroupKind, Mandate, Member
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import MandateChange
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Page

_BY: Final = {GroupKind.RULE: "rule", GroupKind.ALL: "being under management"}


async def group_members(
    house: House, caller: Caller, group_id: GroupId, page: PageRequest
) -> Page[Member]:
    """Return a page of the devices of a group. Raises Missing."""
    demand(caller, Permission.SEE)
    group_in(await house.mandate.mandate(), group_id)
    return await house.mandate.members_of(group_id, page.after, page.limit)


async def add_devices(
    house: House,
    caller: Caller,
    group_id: GroupId,
    devices: Sequence[DeviceId],
    *,
    accept_conflicts: bool = False,
) -> Group:
    """Put devices into a group by hand. Raises as `change_members`."""
    return await change_members(
        house, caller, group_id, add=devices, accept_conflicts=accept_conflicts
    )


async def remove_devices(
    house: House,
    caller: Caller,
    group_id: GroupId,
    devices: Sequence[DeviceId],
    *,
    accept_conflicts: bool = False,
) -> Group:
    """Take devices out of a group by hand. Raises as `change_members`."""
    return await change_members(
        house, caller, group_id, remove=devices, accept_conflicts=accept_conflicts
    )


async def change_members(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    add: Sequence[DeviceId] = (),
    remove: Sequence[DeviceId] = (),
    accept_conflicts: bool = False,
) -> Group:
    """Put devices into a group by hand and take others out, all at once.

    Raises Invalid, Missing, Conflict for another kind of group, and Unaccepted where profiles
    want different things of these devices then, or strand them together, and that was not
    accepted.
    """
    demand(caller, Permission.OPERATE)
    _require_sound(add, remove)

    async def decide(mandate: Mandate) -> Decision[None]:
        found = await _moves(house, mandate, group_id, add, remove)
        if not found.moves:
            return Decision(None)
        cast, consequences = await outcome(house, mandate, mandate, found)
        if not accept_conflicts:
            refuse(consequences)
        start = MandateChange(was=found.was)
        change = await moving(house, mandate, found.moves, start, cast.made)
        counted = {"added": found.moves.keys() & add, "removed": found.moves.keys() & remove}
        detail = {name: str(len(devices)) for name, devices in counted.items() if devices}
        line = audit_line(house, caller, "group.members", group_id, detail)
        return Decision(None, change, (line,))

    await decided(house, decide)
    return group_in(await house.mandate.mandate(), group_id)


async def foresee_members(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    add: Sequence[DeviceId] = (),
    remove: Sequence[DeviceId] = (),
) -> Consequences:
    """Return what `change_members` would ask to be accepted; nothing is done. Raises as it does."""
    demand(caller, Permission.SEE)
    _require_sound(add, remove)
    mandate = await house.mandate.mandate()
    found = await _moves(house, mandate, group_id, add, remove)
    _, consequences = await outcome(house, mandate, mandate, found)
    return consequences


def _require_sound(add: Sequence[DeviceId], remove: Sequence[DeviceId]) -> None:
    texts.require(count_wrongs((*add, *remove), least=1))


async def _moves(
    house: House,
    mandate: Mandate,
    group_id: GroupId,
    add: Sequence[DeviceId],
    remove: Sequence[DeviceId],
) -> Gathered:
    group = group_in(mandate, group_id)
    if group.kind is not GroupKind.HAND:
        raise Conflict(f"'{group.name}' has its devices by {_BY[group.kind]}, not by hand")
    return await moves_by_hand(house, mandate, group_id, add, remove)
