"""The editor's pages: a new profile, an old one, and the page drawn again without script."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.groups import list_groups
from lenskeep.flows.desired.profiles import show_profile, show_revision
from lenskeep.tree.catalog.load import Catalog
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.draft.draft import Draft, read_draft, rows_of
from lenskeep.web.console.profiles.edit import search
from lenskeep.web.console.profiles.edit.picker import pick, picked
from lenskeep.web.console.profiles.edit.report import report_of
from lenskeep.web.console.profiles.looks import CHANGES
from lenskeep.web.console.profiles.naming import address, profile_id, profile_in, row_id


async def new_page(visit: Visit) -> Response:
    """Show the editor for a profile that does not exist yet."""
    demand(visit.caller, Permission.OPERATE)
    return await editor(visit, Draft())


async def edit_page(visit: Visit) -> Response:
    """Show the editor with the latest revision of a profile."""
    demand(visit.caller, Permission.OPERATE)
    return await editor(visit, await _stored(visit))


async def redraw(visit: Visit) -> Response:
    """Draw the page again with a setting more or less, or another search: without script."""
    demand(visit.caller, Permission.OPERATE)
    catalog = await read_catalog(visit.house)
    draft = picked(visit, catalog, read_draft(catalog, visit.form, profile_in(visit)))
    if "remove" in visit.form:
        draft = draft.without_row(visit.form["remove"])
    return await editor(visit, draft)


async def check_part(visit: Visit) -> Response:
    """Say beside each field what is noticed, while somebody writes."""
    demand(visit.caller, Permission.OPERATE)
    catalog = await read_catalog(visit.house)
    draft = read_draft(catalog, visit.form, profile_in(visit))
    return await checks(visit, draft)


async def checks(
    visit: Visit, draft: Draft, said: Mapping[str, object] | None = None, status: int = 200
) -> Response:
    """Return what is noticed as parts of the page that is there already."""
    values: dict[str, object] = {
        "part": "profiles/checks.html",
        "draft": draft,
        "report": await report_of(visit, draft),
        **_NOTHING_SAID,
        **(said or {}),
    }
    return visit.answer("part.html", values, status)


async def editor(
    visit: Visit, draft: Draft, said: Mapping[str, object] | None = None, status: int = 200
) -> Response:
    """Return the whole page with this draft in it."""
    catalog = await read_catalog(visit.house)
    values: dict[str, object] = {
        "draft": draft,
        "rows": draft.rows,
        "report": await report_of(visit, draft),
        "picking": await pick(visit, draft, visit.form),
        **await _around(visit, catalog),
        "action": address(draft.profile, "/edit") if draft.profile else "/profiles/new",
        **_NOTHING_SAID,
        **(said or {}),
    }
    return visit.answer("profiles/editor.html", values, status)


_NOTHING_SAID: Mapping[str, object] = {
    "complaints": (),
    "refused": "",
    "meanwhile": (),
    "latest": 0,
    "is_save": False,
    "change_looks": CHANGES,
}


async def _around(visit: Visit, catalog: Catalog) -> Mapping[str, object]:
    return {
        "groups": await list_groups(visit.house, visit.caller),
        "areas": search.areas_of(catalog),
        "marks": search.marks,
        "area_of": search.area_of,
        "needs": search.needs,
    }


async def _stored(visit: Visit) -> Draft:
    """Return the latest revision as a draft."""
    catalog = await read_catalog(visit.house)
    line = await show_profile(visit.house, visit.caller, profile_id(visit))
    view = await show_revision(visit.house, visit.caller, line.profile.id)
    draft = Draft(
        profile=line.profile.id,
        base=view.revision.number,
        origin=view.revision.number,
        name=line.profile.name,
        description=line.profile.description,
        drift=view.body.drift,
    )
    rows = rows_of(catalog, view.body, lambda: row_id(visit.house), is_saved=True)
    return replace(draft, rows=rows)
