"""The rules for who and what may enroll: seen, set, tried, taken back; maintenance on and off."""

from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.enrollment.rules.rules import DAYS, GENERATIONS, WAYS
from lenskeep.flows.entry.admission.history import rules_history
from lenskeep.flows.entry.admission.rules import set_maintenance, set_rules, show_rules
from lenskeep.flows.reading import PageRequest, list_devices
from lenskeep.flows.records import DeviceFilter
from lenskeep.web.console.enrollment.commands import spoken
from lenskeep.web.console.enrollment.rules import trial
from lenskeep.web.console.enrollment.rules.draft import Draft, document_of, draft_of, typed
from lenskeep.web.console.enrollment.rules.words import sentences
from lenskeep.web.console.page import Visit, go

ADDRESS: Final = "/enrollment/rules"
_DEVICES: Final = 100
"""Headsets offered for a trial, the newest."""
_SAVED_MEANWHILE: Final = (
    "The rules were changed meanwhile, as the history below shows. Load the page again, or save"
    " once more to put yours in their place"
)


async def rules_page(visit: Visit) -> Response:
    """Show the rules; `version` in the address puts an earlier one into the form."""
    wanted = visit.request.query_params.get("version", "")
    for each in await rules_history(visit.house, visit.caller):
        if str(each.version) == wanted:
            return await _answer(visit, draft_of(each.rules), said={"from_version": each.version})
    return await _answer(visit)


async def save(visit: Visit) -> Response:
    """Set the rules, or show what is wrong with them."""
    draft, base = typed(visit.form), visit.form.get("base", "")
    try:
        number = int(base) if base.isdecimal() and len(base) < 9 else 0
        await set_rules(visit.house, visit.caller, document_of(draft), number)
    except Invalid as invalid:
        return await _answer(visit, draft, 422, {"complaints": invalid.complaints})
    except Conflict:
        return await _answer(visit, draft, 409, {"refused": _SAVED_MEANWHILE})
    return go(visit.request, f"{ADDRESS}?saved=rules")


async def try_out(visit: Visit) -> Response:
    """Say what the rules would say of somebody, those in force or those in the form."""
    said: dict[str, object] = {"asked": trial.asked(visit.form)}
    status = 200
    try:
        said["outcome"] = await trial.tried(visit)
    except Invalid as invalid:
        said["complaints"], status = invalid.complaints, 422
    if visit.is_live:
        values = {
            "outcome": None,
            "complaints": (),
            "spoken": spoken,
            "part": "enrollment/trial.html",
        }
        return visit.answer("part.html", values | said, status)
    draft = typed(visit.form) if "base" in visit.form else None
    return await _answer(visit, draft, status, said)


async def maintain(visit: Visit) -> Response:
    """Begin maintenance, change its end, or end it."""
    until = visit.form.get("maintenance.until", "").strip()
    words = visit.form.get("maintenance.words", "")
    wish = {"until": f"{until}Z" if until else None, "words": words}
    is_off = visit.form.get("do") == "off"
    try:
        await set_maintenance(visit.house, visit.caller, None if is_off else wish)
    except Invalid as invalid:
        said: dict[str, object] = {
            "complaints": invalid.complaints,
            "until": until,
            "words_told": words,
        }
        return await _answer(visit, None, 422, said)
    except Conflict:
        return await _answer(visit, None, 409, {"refused": _SAVED_MEANWHILE})
    return go(visit.request, f"{ADDRESS}?saved=maintenance#maintenance")


async def _answer(
    visit: Visit,
    draft: Draft | None = None,
    status: int = 200,
    said: dict[str, object] | None = None,
) -> Response:
    view = await show_rules(visit.house, visit.caller)
    devices = await list_devices(
        visit.house, visit.caller, DeviceFilter(), PageRequest(None, _DEVICES)
    )
    maintenance = view.rules.get("maintenance")
    kept = maintenance if isinstance(maintenance, dict) else {}
    until = str(kept.get("until", ""))
    values: dict[str, object] = {
        "view": view,
        "told": sentences(view.rules),
        "draft": draft or draft_of(view.rules),
        "history": [
            (each, sentences(each.rules)) for each in await rules_history(visit.house, visit.caller)
        ],
        "devices": devices.items,
        "ways": WAYS,
        "generations": GENERATIONS,
        "days": DAYS,
        "maintained_until": until.replace("T", " ").replace("Z", " UTC"),
        "is_maintained": until > f"{visit.now:%Y-%m-%dT%H:%M:%SZ}",
        "until": until[:16],
        "words_told": str(kept.get("words", "")),
        "saved": visit.request.query_params.get("saved", ""),
        "from_version": 0,
        "asked": trial.USUAL,
        "outcome": None,
        "complaints": (),
        "refused": "",
        "spoken": spoken,
    }
    values |= said or {}
    values["elsewhere"] = _without_field(values["complaints"])
    return visit.answer("enrollment/rules.html", values, status)


_PARTS: Final = ("users", "builds", "devices", "hours", "rules", "applicant", "try.applicant")
"""Places that are no field of the form."""


def _without_field(complaints: object) -> tuple[Complaint, ...]:
    """Return the complaints that no field shows."""
    found = complaints if isinstance(complaints, tuple) else ()
    return tuple(each for each in found if each.field in _PARTS)
