"""How what is wanted comes to the devices: progress, staged roll-outs, one device's settings."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Missing, Unavailable
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.plan.node.fate import anew
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState, load_standing
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.deciding import profile_in, read_catalog
from lenskeep.flows.desired.casting.recast import open_tree
from lenskeep.flows.desired.showing.viewing import DeviceSettings, Seen, SettingView, view_settings
from lenskeep.flows.house import House
from lenskeep.flows.mandate import (
    Compliance,
    Guard,
    GuardState,
    ProgressRow,
    ProgressState,
    Rollout,
)
from lenskeep.flows.people import audit_line
from lenskeep.flows.reading import PageRequest, may_read_secrets
from lenskeep.flows.records import Page
from lenskeep.tree.uri import node_key

__all__ = [
    "DeviceSettings",
    "SettingView",
    "compliance",
    "device_settings",
    "list_guards",
    "profile_progress",
    "release_guard",
    "reset_scout",
    "try_again",
]

_AGAIN: Final = "to be tried again at the next contact"
_TRIES: Final = 4
"""A device that is talking changes its standing a few times a minute."""


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
    rollout = await house.rollouts.rollout(profile_id)
    return rollout, await house.rollouts.progress(profile_id, state, page.after, page.limit)


async def compliance(house: House, caller: Caller) -> Compliance:
    """Return how the fleet stands to all that is wanted of it."""
    demand(caller, Permission.SEE)
    return await house.rollouts.compliance()


# --- Staged roll-outs -------------------------------------------------------------------------


async def list_guards(
    house: House, caller: Caller, profile_id: ProfileId | None = None
) -> tuple[Guard, ...]:
    """Return the staged roll-outs (of this profile), newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    if profile_id is not None:
        profile_in(await house.mandate.mandate(counted=False), profile_id)
    return await house.rollouts.guards(profile_id)


async def release_guard(house: House, caller: Caller, key: str) -> Guard:
    """Let the rest follow although the first device has not come back.

    Raises Missing, and Conflict where they follow already.
    """
    demand(caller, Permission.OPERATE)
    return await house.rollouts.release(key, audit_line(house, caller, "guard.release", key))


async def reset_scout(house: House, caller: Caller, key: str) -> Guard:
    """Let another device be the first one. Raises Missing, and Conflict where there is none."""
    demand(caller, Permission.OPERATE)
    return await house.rollouts.reset_scout(key, audit_line(house, caller, "guard.reset", key))


# --- One device -------------------------------------------------------------------------------


async def device_settings(house: House, caller: Caller, device_id: DeviceId) -> DeviceSettings:
    """Return how every setting stands on a device; a viewer reads no secret. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    wanting = await house.standings.standing_of(device_id)
    seen = Seen(
        tree_id=wanting.tree,
        tree=open_tree(house, wanting.sealed_tree),
        standing=load_standing(wanting.standing),
        known=house.open_known(detail.known),
        held={each.key for each in wanting.guards if each.state is not GuardState.RELEASED},
    )
    catalog = await read_catalog(house)
    return view_settings(seen, catalog, shows_secrets=may_read_secrets(caller))


async def try_again(
    house: House, caller: Caller, device_id: DeviceId, uris: Sequence[str] | None = None
) -> int:
    """Let failed settings (these, or all) be tried again at the next contact; return how many.

    Raises Missing, Conflict where the device is not under management, and Invalid where a LocURI
    is none of the device's settings.
    """
    demand(caller, Permission.OPERATE)
    for _ in range(_TRIES):
        before = (await house.standings.standing_of(device_id)).standing
        standing = load_standing(before)
        asked = _asked(standing, uris)
        again = {each.key for each in standing.nodes if each.key in asked and _is_stuck(each)}
        if not again:
            return 0
        now = house.clock.now()
        nodes = [_afresh(each, now) if each.key in again else each for each in standing.nodes]
        changed = replace(standing.with_nodes(nodes), due_at=now)
        named = [each.uri for each in standing.nodes if each.key in again]
        detail = {"settings": str(len(again)), "first": named[0]}
        line = audit_line(house, caller, "setting.retry", device_id, detail)
        if await house.standings.unsettle(device_id, before, changed.dump(), line):
            return len(again)
    raise Unavailable("the device is talking to the server at this moment; try again")


def _asked(standing: DeviceStanding, uris: Sequence[str] | None) -> Collection[str]:
    if uris is None:
        return standing.by_key.keys()
    keys = {each: node_key(each) for each in uris}
    texts.require(
        [
            Complaint("uris", str(Missing("setting of this device", uri)))
            for uri, key in keys.items()
            if key not in standing.by_key
        ]
    )
    return frozenset(keys.values())


def _is_stuck(node: NodeStanding) -> bool:
    """Return whether there is something to try again: it failed, or could not be taken away."""
    is_kept = node.state in (SettingState.REMOVING, SettingState.LEFT) and node.failures > 0
    return is_kept or node.state is SettingState.FAILED


def _afresh(node: NodeStanding, now: datetime) -> NodeStanding:
    """Return the node as it is before a first try; one that is being removed stays so."""
    fresh = replace(anew(node, now, _AGAIN), deliveries=0, failures=0)
    if node.state is SettingState.FAILED:
        return fresh
    return replace(fresh, state=SettingState.REMOVING)
