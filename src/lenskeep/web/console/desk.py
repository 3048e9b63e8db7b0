"""The pages beside the fleet: one-time codes, the audit, help."""

from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import CodeId
from lenskeep.flows.house import House
from lenskeep.flows.people import end_code, list_codes, new_code
from lenskeep.flows.reading import PageRequest, list_audit
from lenskeep.web.console.page import Visit, go

DISCOVERY_PATH: Final = "/EnrollmentServer/Discovery.svc"
_DISCOVERY_LABEL: Final = "enterpriseenrollment."
_USUAL_MINUTES: Final = 60
_SHOWN: Final = 50


async def codes_page(visit: Visit) -> Response:
    """Show how to enroll a headset, and the codes made."""
    return await _codes(visit, {"uses": 1, "minutes": _USUAL_MINUTES})


async def codes_part(visit: Visit) -> Response:
    """Show the codes made, for the live page."""
    codes = await list_codes(visit.house, visit.caller, PageRequest(None, _SHOWN))
    return visit.answer("part.html", {"part": "codes_list.html", "codes": codes})


async def make(visit: Visit) -> Response:
    """Make a one-time code and show it this once."""
    draft = {
        "uses": _number(visit, "uses", 1),
        "minutes": _number(visit, "minutes", _USUAL_MINUTES),
    }
    try:
        _, secret = await new_code(visit.house, visit.caller, draft["uses"], draft["minutes"])
    except Invalid as invalid:
        return await _codes(visit, draft, complaints=invalid.complaints, status=422)
    return await _codes(visit, draft, made=secret.reveal())


async def end(visit: Visit) -> Response:
    """End a code before its time."""
    await end_code(visit.house, visit.caller, CodeId(visit.request.path_params["code"]))
    return go(visit.request, "/codes")


async def audit_page(visit: Visit) -> Response:
    """Show who changed what."""
    after = visit.request.query_params.get("after") or None
    lines = await list_audit(visit.house, visit.caller, PageRequest(after, 100))
    return visit.answer("audit.html", {"lines": lines})


async def help_page(visit: Visit) -> Response:
    """Tell how to enroll a headset."""
    return visit.answer("help.html", _server(visit.house))


async def _codes(
    visit: Visit, draft: dict[str, int], status: int = 200, **said: object
) -> Response:
    values: dict[str, object] = {"draft": draft, "made": "", "complaints": (), **said}
    if visit.is_live:
        return visit.answer("code_new.html", values, status, {"HX-Trigger": "codes-changed"})
    codes = await list_codes(visit.house, visit.caller, PageRequest(None, _SHOWN))
    return visit.answer("codes.html", values | _server(visit.house) | {"codes": codes}, status)


def _server(house: House) -> dict[str, object]:
    """Return what is typed on a headset: the server, and a domain that finds it."""
    settings = house.settings
    found = [each for each in settings.host_names if each.casefold().startswith(_DISCOVERY_LABEL)]
    domain = found[0][len(_DISCOVERY_LABEL) :] if found else settings.host_names[0]
    return {"server": settings.url(DISCOVERY_PATH), "mail_domain": domain}


def _number(visit: Visit, name: str, usual: int) -> int:
    text = visit.form.get(name, "").strip()
    if not text:
        return usual
    return int(text) if text.isdecimal() and len(text) < 9 else -1
