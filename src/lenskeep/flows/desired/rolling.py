"""How what is wanted comes to the devices: progress, staged roll-outs, one device's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import SettingState
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Compliance, Guard, ProgressRow, ProgressState, Rollout
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Page
from lenskeep.tree.catalog.record import Reboot


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting of one device: what is wanted, what is known, and how that stands."""

    uri: str
    title: str
    state: SettingState
    text: str
    """In words: what it waits for, why it failed and what to do."""
    wanted: str | None = field(repr=False)
    """None: nothing any more."""
    known: str | None = field(repr=False)
    """What the device told last; None: nothing, or that it has none."""
    known_at: datetime | None
    effective: str | None = field(repr=False)
    """What Policy/Result says; None outside of policies."""
    owners: tuple[Owner, ...]
    overruled: tuple[Owner, ...]
    """Whose other value lost."""
    status: int | None
    """The OMA-DM status of the last command."""
    since: datetime | None
    """When it came to its state; None: nothing was heard of the device since it is wanted."""
    retry_at: datetime | None
    guard: str
    """The staged roll-out that it is part of; empty for none."""
    reboot: Reboot
    undecided: tuple[Owner, ...] = ()
    """Whose values contradict each other at one priority."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """All that is wanted of one device, or is being taken away from it."""

    tree: str
    """The id of its wanted tree; empty: nothing is wanted."""
    planned: bool
    """Whether the device was heard of since this is wanted."""
    settings: tuple[SettingView, ...]
    """In order of their LocURI."""
    counts: Mapping[SettingState, int]


async def profile_progress(
    house: House,
    caller: Caller,
    profile_id: ProfileId,
    *,
    state: ProgressState | None = None,
    page: PageRequest,
) -> tuple[Rollout, Page[ProgressRow]]:
    """Return how far a profile has come, and a page of its devices (in this state).

    Raises Missing.
    """
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def compliance(house: House, caller: Caller) -> Compliance:
    """Return how the fleet stands to all that is wanted of it."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def list_guards(
    house: House, caller: Caller, profile_id: ProfileId | None = None
) -> tuple[Guard, ...]:
    """Return the staged roll-outs (of this profile), newest first."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def release_guard(house: House, caller: Caller, key: str) -> Guard:
    """Let the rest follow although the first device has not come back.

    Raises Missing, and Conflict where they follow already.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def reset_scout(house: House, caller: Caller, key: str) -> Guard:
    """Let another device be the first one. Raises Missing, and Conflict where there is none."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def device_settings(house: House, caller: Caller, device_id: DeviceId) -> DeviceSettings:
    """Return how every setting stands on a device; a viewer reads no secret. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def try_again(
    house: House, caller: Caller, device_id: DeviceId, uris: Sequence[str] | None = None
) -> int:
    """Let failed settings (these, or all) be tried again at the next contact; return how many.

    Raises Missing, and Invalid where a LocURI is none of the device's settings.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError
