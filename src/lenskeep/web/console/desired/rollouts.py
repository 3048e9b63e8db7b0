"""Staged roll-outs: settings that can lock a headset out go to one device first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.guard.lockout import Lockout, lockouts
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.desired.revisions import show_revision
from lenskeep.flows.desired.rolling import list_guards, release_guard, reset_scout
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Guard, GuardState, Profile
from lenskeep.flows.reading import show_device
from lenskeep.flows.records import DeviceRow
from lenskeep.web.console.desired.answer import complained, part, whole
from lenskeep.web.console.page import Visit, go

LATE_AFTER: Final = timedelta(hours=12)
"""A headset in use syncs every few hours; one that is silent for longer may be stranded."""
_RELEASED_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """One staged roll-out with all that its reader needs."""

    guard: Guard
    profile: Profile
    scout: DeviceRow | None
    dangers: tuple[Lockout, ...]
    is_late: bool
    """Whether the first device was not heard of for longer than is usual."""

    @property
    def step(self) -> int:
        """Return how far it is: 1 waits for a device, 2 for its return, 3 is through."""
        return {GuardState.OPEN: 1, GuardState.CLAIMED: 2, GuardState.RELEASED: 3}[self.guard.state]


async def rollouts_page(visit: Visit) -> Response:
    """Show the staged roll-outs."""
    return whole(visit, "desired/rollouts.html", await _values(visit))


async def rollouts_part(visit: Visit) -> Response:
    """Show the staged roll-outs, for the live page."""
    return part(visit, "desired/rollouts_list.html", await _values(visit))


async def release(visit: Visit) -> Response:
    """Let the rest follow although the first device has not come back."""
    if visit.form.get("sure") != "1":
        error = Invalid.field("sure", "releasing was not confirmed", "the box is ticked")
        return complained(visit, error) if visit.is_live else go(visit.request, "/rollouts")
    return await _acted(visit, release=True)


async def another_first(visit: Visit) -> Response:
    """Let another device be the first one."""
    return await _acted(visit, release=False)


async def _acted(visit: Visit, *, release: bool) -> Response:
    act = release_guard if release else reset_scout
    try:
        await act(visit.house, visit.caller, visit.form.get("key", ""))
    except Conflict as conflict:
        if not visit.is_live:
            raise
        return complained(visit, conflict)
    return go(visit.request, "/rollouts")


async def open_guards(visit: Visit) -> int:
    """Return how many staged roll-outs are not through."""
    guards = await list_guards(visit.house, visit.caller)
    return sum(each.state is not GuardState.RELEASED for each in guards)


async def _values(visit: Visit) -> dict[str, object]:
    guards = await list_guards(visit.house, visit.caller)
    profiles = {e.profile.id: e.profile for e in await list_profiles(visit.house, visit.caller)}
    known = [each for each in guards if each.profile in profiles]
    waiting = [each for each in known if each.state is not GuardState.RELEASED]
    through = [each for each in known if each.state is GuardState.RELEASED][:_RELEASED_SHOWN]
    return {
        "waiting": [await _stage(visit, each, profiles[each.profile]) for each in waiting],
        "through": [await _stage(visit, each, profiles[each.profile]) for each in through],
        "late_hours": LATE_AFTER // timedelta(hours=1),
    }


async def _stage(visit: Visit, guard: Guard, profile: Profile) -> Stage:
    scout = await _scout(visit.house, visit, guard.scout)
    is_waiting = guard.state is GuardState.CLAIMED
    dangers = await _dangers(visit, guard) if guard.state is not GuardState.RELEASED else ()
    return Stage(guard, profile, scout, dangers, is_waiting and _is_late(visit.now, guard, scout))


def _is_late(now: datetime, guard: Guard, scout: DeviceRow | None) -> bool:
    seen = scout.last_seen if scout else None
    heard = max((each for each in (seen, guard.claimed_at) if each), default=None)
    return heard is not None and now - heard > LATE_AFTER


async def _scout(house: House, visit: Visit, device: DeviceId | None) -> DeviceRow | None:
    if device is None:
        return None
    try:
        return (await show_device(house, visit.caller, device)).detail.row
    except Missing:
        return None


async def _dangers(visit: Visit, guard: Guard) -> tuple[Lockout, ...]:
    """Return what can strand the headset, and how it is brought back."""
    try:
        view = await show_revision(visit.house, visit.caller, guard.profile, guard.revision)
    except Missing:
        return ()
    return lockouts((each.uri, each.value) for each in view.body.settings)
