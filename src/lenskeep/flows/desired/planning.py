"""What would be sent, without sending it; and what a virtual headset says to it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId, GroupId, ProfileId
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.house import House
from lenskeep.tree.operation import Verb

if TYPE_CHECKING:
    from lenskeep.desired.plan.preview import Preview


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Devices for which the same would be sent."""

    devices: tuple[DeviceId, ...]
    previews: "tuple[Preview, ...]"


@dataclass(frozen=True, slots=True)
class RehearsedSetting:
    """What a virtual headset said to one command."""

    uri: str
    verb: Verb | None
    """None: nothing was sent; `skipped` says why."""
    status: int | None
    words: str
    """What the status means, and whether what it shows afterwards is what is wanted."""
    accepted: bool
    value_after: str | None = field(repr=False)
    """What it shows afterwards; None: nothing."""
    effective_after: str | None = field(repr=False)
    skipped: str
    """Why nothing was sent; empty where something was."""


@dataclass(frozen=True, slots=True)
class RehearsedBuild:
    """A rehearsal on one build."""

    build: str
    """Of the virtual headset that stood in."""
    devices: int
    """How many of the group it stood in for."""
    rows: tuple[RehearsedSetting, ...]


async def plan_device(house: House, caller: Caller, device_id: DeviceId) -> "tuple[Preview, ...]":
    """Return what would be sent to a device, each with its reason. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def plan_group(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    profile: ProfileId | None = None,
    body: ProfileBody | None = None,
) -> tuple[GroupPlan, ...]:
    """Return what would be sent to the devices of a group if the profile were assigned to it.

    With a body this is what the profile, or a new one, would hold. Raises Missing, Invalid.
    """
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def rehearse(
    house: House,
    caller: Caller,
    group_id: GroupId,
    *,
    profile: ProfileId | None = None,
    body: ProfileBody | None = None,
) -> tuple[RehearsedBuild, ...]:
    """Play a profile, or a body, on a virtual headset of each build in the group.

    Raises Missing, Invalid.
    """
    demand(caller, Permission.SEE)
    raise NotImplementedError
