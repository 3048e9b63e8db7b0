"""A profile from YAML: looked at first, then saved."""

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.document.read import read_document
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import Checked, Saved, import_profile, list_profiles
from lenskeep.web.console.desired.answer import whole
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.profiles.controls.spoken import spoken
from lenskeep.web.console.profiles.draft.row import Row, row_of
from lenskeep.web.console.profiles.edit.report import told
from lenskeep.web.console.profiles.naming import address, row_id


async def import_page(visit: Visit) -> Response:
    """Show the form."""
    demand(visit.caller, Permission.OPERATE)
    return await _page(visit, {}, 200)


async def take(visit: Visit) -> Response:
    """Say what would be noticed; save it where that is asked for."""
    demand(visit.caller, Permission.OPERATE)
    is_save = visit.form.get("do") == "save"
    try:
        made = await _import(visit, dry_run=not is_save)
    except Invalid as invalid:
        return await _page(visit, {"complaints": invalid.complaints}, 422)
    except Missing:
        raise
    except Conflict as conflict:
        return await _refused(visit, conflict)
    if isinstance(made, Saved):
        return go(visit.request, address(made.profile.id, "?saved=1"))
    return await _page(visit, await _checked(visit, made), 200)


async def _refused(visit: Visit, conflict: Conflict) -> Response:
    """Show why it was not saved, with the clashes again, so that they can be accepted."""
    said: dict[str, object] = {"refused": str(conflict)}
    made = await _import(visit, dry_run=True)
    if isinstance(made, Checked):
        said |= await _checked(visit, made)
    return await _page(visit, said, 409)


async def _import(visit: Visit, *, dry_run: bool) -> Saved | Checked:
    return await import_profile(
        visit.house,
        visit.caller,
        _text(visit),
        reason=visit.form.get("reason", ""),
        into=_into(visit),
        dry_run=dry_run,
        accept_conflicts="accepts" in visit.form,
    )


async def _checked(visit: Visit, checked: Checked) -> dict[str, object]:
    catalog = await read_catalog(visit.house)
    rows: tuple[Row, ...] = tuple(
        row_of(catalog, row_id(visit.house), each.setting, is_saved=False)
        for each in checked.findings.settings
    )
    values = [each.setting.value for each in checked.findings.settings]
    pairs = zip(rows, values, strict=True)
    return {
        "report": told(checked, rows),
        "read": [(row, spoken(row.record, row.uri, value)) for row, value in pairs],
        "named": "" if _into(visit) else read_document(_text(visit), catalog).name,
    }


def _text(visit: Visit) -> str:
    return visit.form.get("yaml", "").replace("\r\n", "\n")


def _into(visit: Visit) -> ProfileId | None:
    named = visit.form.get("into", "")
    return ProfileId(named) if named else None


async def _page(visit: Visit, said: dict[str, object], status: int) -> Response:
    values: dict[str, object] = {
        "yaml": _text(visit),
        "into": visit.form.get("into", ""),
        "reason": visit.form.get("reason", ""),
        "accepts": "accepts" in visit.form,
        "lines": await list_profiles(visit.house, visit.caller),
        "complaints": (),
        "refused": "",
        "report": None,
        "read": (),
        "named": "",
        **said,
    }
    return whole(visit, "profiles/import.html", values, status)
