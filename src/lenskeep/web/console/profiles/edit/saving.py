"""Save what the editor holds; what speaks against it is said beside its field."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import Draft as NewProfile
from lenskeep.flows.desired.profiles import (
    compare_revisions,
    create_profile,
    rename_profile,
    save_revision,
    show_profile,
    show_revision,
)
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.profiles.draft.draft import Draft, read_draft
from lenskeep.web.console.profiles.edit.pages import checks, editor
from lenskeep.web.console.profiles.edit.report import kept_body
from lenskeep.web.console.profiles.naming import address, profile_id


async def create(visit: Visit) -> Response:
    """Save a new profile."""
    demand(visit.caller, Permission.OPERATE)
    draft = read_draft(await read_catalog(visit.house), visit.form, None)
    body, _ = draft.body()
    new = NewProfile(draft.name, draft.description, body, draft.template)
    try:
        saved = await create_profile(visit.house, visit.caller, new, reason=draft.reason)
    except Invalid as invalid:
        return await _again(visit, draft, {"complaints": _of_fields(invalid)}, 422)
    except Conflict as conflict:
        return await _again(visit, draft, {"complaints": (_taken(conflict),)}, 409)
    return go(visit.request, address(saved.profile.id, "?saved=1"))


async def save(visit: Visit) -> Response:
    """Save a new revision of a profile, and its name."""
    demand(visit.caller, Permission.OPERATE)
    draft = read_draft(await read_catalog(visit.house), visit.form, profile_id(visit))
    body, _ = draft.body(await kept_body(visit, draft))
    try:
        draft = await _save_body(visit, draft, body)
    except Invalid as invalid:
        return await _again(visit, draft, {"complaints": _of_fields(invalid)}, 422)
    except Missing:
        raise
    except Conflict as conflict:
        return await _again(visit, draft, await _meanwhile(visit, draft, conflict), 409)
    return await _save_name(visit, draft)


async def _save_body(visit: Visit, draft: Draft, body: ProfileBody) -> Draft:
    """Save the settings where they changed; return the draft as it now stands."""
    assert draft.profile is not None
    before = await show_revision(visit.house, visit.caller, draft.profile)
    if before.body == body:
        return draft
    saved = await save_revision(
        visit.house,
        visit.caller,
        draft.profile,
        body,
        base=draft.base,
        reason=draft.reason,
        accept_conflicts=draft.accepts,
    )
    return replace(draft, base=saved.profile.revision)


async def _save_name(visit: Visit, draft: Draft) -> Response:
    assert draft.profile is not None
    before = (await show_profile(visit.house, visit.caller, draft.profile)).profile
    if (before.name, before.description) != (draft.name.strip(), draft.description.strip()):
        name, description = draft.name, draft.description
        try:
            await rename_profile(
                visit.house, visit.caller, draft.profile, name=name, description=description
            )
        except Invalid as invalid:
            return await _again(visit, draft, {"complaints": _of_fields(invalid)}, 422)
        except Conflict as conflict:
            return await _again(visit, draft, {"complaints": (_taken(conflict),)}, 409)
    return go(visit.request, address(draft.profile, "?saved=1"))


async def _meanwhile(visit: Visit, draft: Draft, conflict: Conflict) -> Mapping[str, object]:
    """Return what somebody else saved since, where that is what stands in the way."""
    assert draft.profile is not None
    latest = (await show_profile(visit.house, visit.caller, draft.profile)).profile.revision
    if latest == draft.base:
        return {"refused": str(conflict)}
    if not draft.base:
        return {"refused": str(conflict), "latest": latest}
    changed = await compare_revisions(visit.house, visit.caller, draft.profile, draft.base, latest)
    return {"refused": str(conflict), "meanwhile": changed, "latest": latest}


def _of_fields(invalid: Invalid) -> tuple[Complaint, ...]:
    """Return the complaints that no row says already."""
    return tuple(each for each in invalid.complaints if not each.field.startswith("settings["))


def _taken(conflict: Conflict) -> Complaint:
    return Complaint("name", str(conflict))


async def _again(visit: Visit, draft: Draft, said: Mapping[str, object], status: int) -> Response:
    said = {**said, "is_save": True}
    if visit.is_live:
        return await checks(visit, draft, said, status)
    return await editor(visit, draft, said, status)
