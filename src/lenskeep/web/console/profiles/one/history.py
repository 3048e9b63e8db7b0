"""How a profile became what it is: its revisions, two side by side, the way back, as YAML."""

import re

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import (
    compare_revisions,
    export_profile,
    list_revisions,
    save_revision,
    show_profile,
    show_revision,
)
from lenskeep.web.console.page import HEADERS, Visit, go
from lenskeep.web.console.profiles.looks import CHANGES
from lenskeep.web.console.profiles.naming import address, profile_id
from lenskeep.web.console.profiles.one.page import areas


async def compare_page(visit: Visit) -> Response:
    """Show two revisions side by side."""
    line = await show_profile(visit.house, visit.caller, profile_id(visit))
    new = _number(visit.request.query_params.get("new", "")) or line.profile.revision
    old = _number(visit.request.query_params.get("old", "")) or max(1, new - 1)
    values = {
        "profile": line.profile,
        "old": old,
        "new": new,
        "revisions": await list_revisions(visit.house, visit.caller, profile_id(visit)),
        "change_looks": CHANGES,
        "changes": await compare_revisions(visit.house, visit.caller, profile_id(visit), old, new),
    }
    return visit.answer("profiles/compare.html", values)


async def revision_page(visit: Visit) -> Response:
    """Show an earlier revision, and the way back to it."""
    return await _revision(visit, {}, 200)


async def _revision(visit: Visit, said: dict[str, object], status: int) -> Response:
    number = _number(visit.form.get("number") or visit.request.query_params.get("number", ""))
    if not number:
        raise Missing("revision", "without a number")
    line = await show_profile(visit.house, visit.caller, profile_id(visit))
    view = await show_revision(visit.house, visit.caller, profile_id(visit), number)
    values: dict[str, object] = {
        "profile": line.profile,
        "revision": view.revision,
        "drift": view.body.drift,
        "areas": areas(await read_catalog(visit.house), view.body),
        "refused": "",
        "complaints": (),
        **said,
    }
    return visit.answer("profiles/revision.html", values, status)


async def back(visit: Visit) -> Response:
    """Save an earlier revision as the newest one."""
    demand(visit.caller, Permission.OPERATE)
    named, number = profile_id(visit), _number(visit.form.get("number", ""))
    old = await show_revision(visit.house, visit.caller, named, number)
    try:
        await save_revision(
            visit.house,
            visit.caller,
            named,
            old.body,
            base=_number(visit.form.get("base", "")),
            reason=visit.form.get("reason", "").strip() or f"back to revision {number}",
            accept_conflicts="accepts" in visit.form,
        )
    except Invalid as invalid:
        return await _revision(visit, {"complaints": invalid.complaints}, 422)
    except Missing:
        raise
    except Conflict as conflict:
        return await _revision(visit, {"refused": str(conflict)}, 409)
    return go(visit.request, address(named, "?saved=1"))


async def export(visit: Visit) -> Response:
    """Give a revision out as YAML; secrets only where they are asked for, and never to viewers."""
    query = visit.request.query_params
    number = _number(query.get("number", "")) or None
    line = await show_profile(visit.house, visit.caller, profile_id(visit))
    text = await export_profile(
        visit.house, visit.caller, profile_id(visit), number, secrets="secrets" in query
    )
    name = re.sub("[^A-Za-z0-9_-]+", "-", line.profile.name).strip("-")[:60] or "profile"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(text, headers=headers, media_type="application/yaml; charset=utf-8")


def _number(text: str) -> int:
    """Return the number, 0 for none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
