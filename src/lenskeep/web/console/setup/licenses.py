"""Licenses for HoloLens (1st gen): kept, listed, forgotten."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.flows.edition import licenses
from lenskeep.web.console.page import Visit, go

ADDRESS: Final = "/enrollment/licenses"


async def licenses_page(visit: Visit) -> Response:
    """Show the licenses."""
    return await _answer(visit)


async def add(visit: Visit, body: bytes) -> Response:
    """Keep a license: a file, or what was pasted where none was chosen."""
    draft = {name: visit.form.get(name, "") for name in ("name", "text", "automatic")}
    data = body or draft["text"].encode("utf-8", "replace")
    try:
        await licenses.add_license(
            visit.house,
            visit.caller,
            draft["name"],
            data,
            automatic=draft["automatic"] == "1",
        )
    except Invalid as invalid:
        return await _answer(visit, draft, 422, {"complaints": invalid.complaints})
    except Conflict as conflict:
        return await _answer(visit, draft, 409, {"refused": str(conflict)})
    return go(visit.request, f"{ADDRESS}?saved=added")


async def remove(visit: Visit) -> Response:
    """Forget a license."""
    license_id = str(visit.request.path_params["license"])
    await licenses.remove_license(visit.house, visit.caller, license_id)
    return go(visit.request, f"{ADDRESS}?saved=removed")


async def _answer(
    visit: Visit,
    draft: Mapping[str, str] | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    found = await licenses.list_licenses(visit.house, visit.caller)
    values: dict[str, object] = {
        "licenses": found,
        "automatic": next((each for each in found if each.automatic), None),
        "draft": draft or {"name": "", "text": "", "automatic": ""},
        "saved": visit.request.query_params.get("saved", ""),
        "complaints": (),
        "refused": "",
    }
    return visit.answer("setup/licenses.html", values | dict(said or {}), status)
