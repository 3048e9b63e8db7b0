"""How the fleet stands to all that is wanted of it: the picture, and who is behind each part."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from lenskeep.base.errors import Invalid
from lenskeep.flows.desired.profiles import ProfileLine, list_profiles
from lenskeep.flows.desired.rolling import compliance, profile_progress
from lenskeep.flows.mandate import Profile, ProgressRow, ProgressState, Rollout
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Page, Unwanted
from lenskeep.web.console.desired import looks
from lenskeep.web.console.desired.answer import part, whole
from lenskeep.web.console.desired.picture import Slice, percent, slices
from lenskeep.web.console.desired.rollouts import open_guards
from lenskeep.web.console.page import Visit

SHOWN: Final = 25
"""Devices of a profile that are listed; its own page has all."""


@dataclass(frozen=True, slots=True)
class Share:
    """One profile: how far it has come, and those of its devices that are asked for."""

    profile: Profile
    rollout: Rollout
    parts: tuple[Slice, ...]
    rows: tuple[ProgressRow, ...]
    more: bool


async def fleet_picture(visit: Visit) -> dict[str, object]:
    """Return what the picture of the whole fleet shows; each part leads to its devices."""
    found = await compliance(visit.house, visit.caller)
    counted = [
        (looks.progress_look(each), found.by_state.get(each, 0), _listed(each))
        for each in looks.progress_states()
    ]
    nothing = (looks.NOTHING_WANTED, found.unmanaged, _listed(Unwanted.NONE))
    wanted = found.devices - found.unmanaged
    verified = found.by_state.get(ProgressState.VERIFIED, 0)
    return {
        "fleet": found,
        "fleet_parts": slices([*counted, nothing]),
        "wanted": wanted,
        "verified": verified,
        "verified_percent": percent(verified, wanted),
        "open_guards": await open_guards(visit),
    }


def _listed(stands: ProgressState | Unwanted) -> str:
    return f"/?{urlencode({'worst': stands.value})}"


async def compliance_page(visit: Visit) -> Response:
    """Show how each profile stands; with a state in the address the devices in it."""
    return whole(visit, "desired/compliance.html", await _values(visit))


async def compliance_part(visit: Visit) -> Response:
    """Show the same, for the live page."""
    return part(visit, "desired/compliance_list.html", await _values(visit))


async def _values(visit: Visit) -> dict[str, object]:
    state = _asked(visit)
    lines = await list_profiles(visit.house, visit.caller)
    shares = [await _share(visit, each, state) for each in lines if each.assignments]
    shown = [each for each in shares if each.rows or state is None]
    return {
        "state": state,
        "states": looks.progress_states(),
        "shares": shown,
        **await fleet_picture(visit),
    }


async def _share(visit: Visit, line: ProfileLine, state: ProgressState | None) -> Share:
    profile, rollout = line.profile, line.rollout
    rows: Page[ProgressRow] = Page(())
    if state is not None:
        page = PageRequest(None, SHOWN)
        rollout, rows = await profile_progress(
            visit.house, visit.caller, profile.id, state=state, page=page
        )
    parts = slices(
        (
            looks.progress_look(each),
            rollout.by_state.get(each, 0),
            f"/compliance?state={each.value}",
        )
        for each in looks.progress_states()
    )
    return Share(profile, rollout, parts, rows.items, rows.next is not None)


def _asked(visit: Visit) -> ProgressState | None:
    text = visit.request.query_params.get("state", "")
    if not text:
        return None
    try:
        return ProgressState(text)
    except ValueError:
        allowed = ", ".join(each.value for each in ProgressState)
        raise Invalid.field("state", "it is no state of a roll-out", allowed) from None
