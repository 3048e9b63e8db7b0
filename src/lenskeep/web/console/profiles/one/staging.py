"""Staged roll-outs on a profile's page: who goes first, and what to do if it does not come back."""

from dataclasses import dataclass

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.guard.lockout import lockouts
from lenskeep.flows.desired.profiles import show_profile, show_revision
from lenskeep.flows.desired.rolling import list_guards, release_guard, reset_scout
from lenskeep.flows.mandate import Guard, GuardState
from lenskeep.flows.reading import show_device
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.profiles.naming import address, profile_id
from lenskeep.web.console.words import Look

LOOKS = {
    GuardState.OPEN: Look(
        "Waits for the first headset", "wait", "The next headset that talks goes first."
    ),
    GuardState.CLAIMED: Look(
        "One headset goes first", "busy", "The others follow once it has come back."
    ),
    GuardState.RELEASED: Look("All follow", "good", "The first one came back, or you let them."),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One staged roll-out."""

    guard: Guard
    look: Look
    scout: str
    """The name of the first headset, empty for none."""
    recover: tuple[tuple[str, str], ...]
    """What can strand it, and how it is brought back."""


async def stages(visit: Visit, profile: ProfileId) -> tuple[Stage, ...]:
    """Return the staged roll-outs that are not over, of the revisions that are assigned."""
    guards = await list_guards(visit.house, visit.caller, profile)
    line = await show_profile(visit.house, visit.caller, profile)
    wanted = {each.revision or line.profile.revision for each in line.assignments}
    waiting = [e for e in guards if e.state is not GuardState.RELEASED and e.revision in wanted]
    return tuple([await _stage(visit, each) for each in waiting])


async def _stage(visit: Visit, guard: Guard) -> Stage:
    view = await show_revision(visit.house, visit.caller, guard.profile, guard.revision)
    found = lockouts((each.uri, each.value) for each in view.body.settings)
    recover = tuple(dict.fromkeys((each.why, each.recover) for each in found))
    return Stage(guard, LOOKS[guard.state], await _name(visit, guard), recover)


async def _name(visit: Visit, guard: Guard) -> str:
    if guard.scout is None:
        return ""
    try:
        row = (await show_device(visit.house, visit.caller, guard.scout)).detail.row
    except Missing:
        return guard.scout
    return row.name or row.serial or guard.scout


async def release(visit: Visit) -> Response:
    """Let the others follow although the first one has not come back."""
    demand(visit.caller, Permission.OPERATE)
    if visit.form.get("sure"):
        try:
            await release_guard(visit.house, visit.caller, _key(visit))
        except Missing:
            raise
        except Conflict:
            pass  # they follow already: what was wanted is so
    return go(visit.request, address(profile_id(visit)))


async def another(visit: Visit) -> Response:
    """Give the first one up: the next headset that talks is the first."""
    demand(visit.caller, Permission.OPERATE)
    try:
        await reset_scout(visit.house, visit.caller, _key(visit))
    except Missing:
        raise
    except Conflict:
        pass  # there is none to give up
    return go(visit.request, address(profile_id(visit)))


def _key(visit: Visit) -> str:
    """Return the key of a staged roll-out of this very profile. Raises Missing."""
    key = visit.form.get("key", "")
    if not key.startswith(f"{profile_id(visit)}/"):
        raise Missing("staged roll-out", key)
    return key
