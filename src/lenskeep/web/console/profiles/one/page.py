"""One profile's page: progress, devices, settings in plain words, who gets it, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.desired.guard.lockout import Lockout, lockouts
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.groups import list_groups
from lenskeep.flows.desired.profiles import list_revisions, show_profile, show_revision
from lenskeep.flows.desired.rolling import profile_progress
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.reading import PageRequest
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.web.console.desired.answer import hands, part
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.controls.spoken import spoken
from lenskeep.web.console.profiles.edit.search import area_of, marks
from lenskeep.web.console.profiles.listing import targets_of
from lenskeep.web.console.profiles.looks import slices
from lenskeep.web.console.profiles.naming import address, profile_id
from lenskeep.web.console.profiles.one.staging import stages
from lenskeep.web.console.words import Look

DEVICES_SHOWN: Final = 25
_UNHEARD: Final = Look("Waiting", "wait", "It gets this at its next contact.")


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting in plain words."""

    title: str
    uri: str
    said: str
    names: str
    """What tells it from others of its kind; empty for a node with a fixed address."""
    explanation: str
    marks: tuple[Look, ...]
    lockouts: tuple[Lockout, ...]


async def profile_page(visit: Visit) -> Response:
    """Show everything of one profile."""
    return await whole(visit)


async def whole(
    visit: Visit, said_too: Mapping[str, object] | None = None, status: int = 200
) -> Response:
    """Return the page, with what was said about a form on it."""
    named = profile_id(visit)
    line = await show_profile(visit.house, visit.caller, named)
    groups = await list_groups(visit.house, visit.caller)
    catalog = await read_catalog(visit.house)
    view = await show_revision(visit.house, visit.caller, named)
    values: dict[str, object] = {
        "profile": line.profile,
        "drift": view.body.drift,
        "areas": areas(catalog, view.body),
        "targets": targets_of(line.assignments, {each.id: each for each in groups}),
        "groups": groups,
        "revisions": await list_revisions(visit.house, visit.caller, named),
        "saved": "saved" in visit.request.query_params,
        **await _progress(visit),
        **hands(),
        **_NOTHING,
        **(said_too or {}),
    }
    return visit.answer("profiles/profile.html", values, status)


_NOTHING: Mapping[str, object] = {
    "complaints": (),
    "assigned": None,
    "refused": "",
    "asked": {"group": "", "priority": "0", "revision": "", "excludes": ""},
}


async def progress_part(visit: Visit) -> Response:
    """Show how far it has come, for the live page."""
    line = await show_profile(visit.house, visit.caller, profile_id(visit))
    values = {"profile": line.profile, **await _progress(visit)}
    return part(visit, "profiles/progress.html", values)


async def _progress(visit: Visit) -> dict[str, object]:
    query = visit.request.query_params
    chosen = query.get("state", "")
    state = next((each for each in ProgressState if each.name.lower() == chosen), None)
    after = query.get("after") or None
    rollout, found = await profile_progress(
        visit.house,
        visit.caller,
        profile_id(visit),
        state=state,
        page=PageRequest(after, DEVICES_SHOWN),
    )
    return {
        "rollout": rollout,
        "slices": slices(rollout, address(profile_id(visit))),
        "unheard": _UNHEARD,
        "devices": found,
        "state": state,
        "after": after,
        "stages": await stages(visit, profile_id(visit)),
    }


def areas(catalog: Catalog, body: ProfileBody) -> Mapping[str, Sequence[SettingLine]]:
    """Return the settings in plain words by their area."""
    found: dict[str, list[SettingLine]] = {}
    dangers: dict[str, list[Lockout]] = {}
    for each in lockouts((s.uri, s.value) for s in body.settings):
        dangers.setdefault(each.key, []).append(each)
    for setting in body.settings:
        match = catalog.match(setting.uri)
        record = None if match is None else match.record
        names = "" if match is None else ", ".join(name for _, name in match.names)
        where = "Unknown" if record is None else area_of(record)
        found.setdefault(where, []).append(
            SettingLine(
                _title(record, setting.uri),
                setting.uri,
                spoken(record, setting.uri, setting.value),
                names,
                "" if record is None else record.words.explanation,
                () if record is None else marks(record),
                tuple(dangers.get(setting.key, ())),
            )
        )
    return dict(sorted(found.items(), key=lambda each: each[0].casefold()))


def _title(record: Record | None, uri: str) -> str:
    return uri.rpartition("/")[2] if record is None else record.title
