"""Groups of devices, by hand and by rule, and the tags that rules ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.desired.groups.rule import Explained
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Group, Member
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Page


@dataclass(frozen=True, slots=True)
class Example:
    """One device as a rule sees it."""

    device: DeviceId
    name: str
    holds: bool
    explained: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Which devices a rule would take, before there is a group of it."""

    matching: int
    devices: int
    """How many devices under management there are."""
    examples: tuple[Example, ...]
    """Those that match first."""
    advice: tuple[str, ...] = ()
    """What the rule's author should know, in sentences."""


async def create_group(
    house: House,
    caller: Caller,
    name: str,
    *,
    rule: str | None = None,
    description: str = "",
    devices: Sequence[DeviceId] = (),
) -> Group:
    """Create a group by rule, or by hand with these devices.

    Raises Invalid with every complaint at once, Conflict where the name is taken.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def change_group(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    name: str | None = None,
    rule: str | None = None,
    description: str | None = None,
) -> Group:
    """Change a group. Raises Invalid, Missing, and Conflict (name taken, no group by rule)."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def delete_group(house: House, caller: Caller, group_id: GroupId) -> None:
    """Delete a group; its devices stay. Raises Missing, and Conflict while it is assigned."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def list_groups(house: House, caller: Caller) -> tuple[Group, ...]:
    """Return all groups in order of their name, "All devices" first."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def show_group(house: House, caller: Caller, group_id: GroupId) -> Group:
    """Return one group. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def group_members(
    house: House, caller: Caller, group_id: GroupId, page: PageRequest
) -> Page[Member]:
    """Return a page of the devices of a group. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def add_devices(
    house: House, caller: Caller, group_id: GroupId, devices: Sequence[DeviceId]
) -> Group:
    """Put devices into a group by hand. Raises Invalid, Missing, Conflict for another kind."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def remove_devices(
    house: House, caller: Caller, group_id: GroupId, devices: Sequence[DeviceId]
) -> Group:
    """Take devices out of a group by hand. Raises Invalid, Missing, Conflict for another kind."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def preview_rule(house: House, caller: Caller, rule: str, *, limit: int = 20) -> Preview:
    """Return which devices a rule would take. Raises Invalid."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def set_tags(
    house: House,
    caller: Caller,
    device_ids: Collection[DeviceId],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> Mapping[DeviceId, tuple[str, ...]]:
    """Put tags on devices and take others off; return what each has now.

    Raises Invalid with every complaint at once; for a single device Missing.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def list_tags(house: House, caller: Caller) -> Mapping[str, int]:
    """Return every tag in use and how many devices have it, in order of the tag."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def device_groups(house: House, caller: Caller, device_id: DeviceId) -> tuple[Group, ...]:
    """Return the groups that a device is in, "All devices" first. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def device_tags(house: House, caller: Caller, device_id: DeviceId) -> tuple[str, ...]:
    """Return the tags of a device. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError
