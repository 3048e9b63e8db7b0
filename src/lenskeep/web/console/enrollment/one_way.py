"""One way in: what the administrator does, what the wearer presses, a code made there and then."""

from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from lenskeep.base.errors import Invalid, Missing
from lenskeep.enrollment.package.instructions import ALL, said, steps_for
from lenskeep.flows.entry.admission.ways import PathView, show_ways
from lenskeep.flows.entry.package.sheet import Sheet, sheet
from lenskeep.flows.people import new_code
from lenskeep.web.console.enrollment.arrivals.page import arrivals_values
from lenskeep.web.console.enrollment.fields import number
from lenskeep.web.console.enrollment.ways import FIRST_GEN, HEADSETS, card, chosen_headset
from lenskeep.web.console.page import Visit
from lenskeep.web.qr import qr_svg

USUAL_MINUTES: Final = 60
_BY_STICK: Final = ("F", "G")
"""Their steps differ from build to build."""
_TENANT_PATHS: Final = (
    ("MDM discovery URL", "/EnrollmentServer/Discovery.svc"),
    ("MDM terms of use URL", "/EnrollmentServer/TermsOfUse"),
)
_ROOMS: Final = {
    "A": (("/enrollment/entra", "Set up the tenant"), ("/enrollment/terms", "Terms of use")),
    "B": (("/enrollment/entra", "Set up the tenant"), ("/enrollment/terms", "Terms of use")),
    "C": (
        ("/enrollment/entra", "Set up the tenant"),
        ("/enrollment/autopilot", "Autopilot records"),
        ("/enrollment/first-run", "First run"),
    ),
    "D": (("/enrollment/entra", "Set up the tenant"), ("/enrollment/terms", "Terms of use")),
    "E": (
        ("/enrollment/names", "Check the names"),
        ("/codes", "Codes made"),
        ("/enrollment/sign-in", "Web sign-in"),
    ),
    "F": (("/enrollment/entra", "Set up the tenant"), ("/enrollment/first-run", "First run")),
    "G": (("/enrollment/packages", "Packages"), ("/enrollment/first-run", "First run")),
}
"""The pages on which a way is set up: (address, words)."""


async def way_page(visit: Visit) -> Response:
    """Show one way."""
    return await _whole(visit, {"draft": {"uses": 1, "minutes": USUAL_MINUTES}})


async def make_code(visit: Visit) -> Response:
    """Make a code on the page of its way, and show it this once."""
    draft = {
        "uses": number(visit.form.get("uses", ""), 1),
        "minutes": number(visit.form.get("minutes", ""), USUAL_MINUTES),
    }
    told: dict[str, object] = {"draft": draft}
    status = 200
    try:
        _, secret = await new_code(visit.house, visit.caller, draft["uses"], draft["minutes"])
        told["made"] = secret.reveal()
    except Invalid as invalid:
        told["complaints"], status = invalid.complaints, 422
    if visit.is_live:
        values = {"made": "", "complaints": (), **told}
        return visit.answer("code_new.html", values, status, {"HX-Trigger": "codes-changed"})
    return await _whole(visit, told, status)


async def _whole(visit: Visit, told: dict[str, object], status: int = 200) -> Response:
    view = await _found(visit)
    values = {"made": "", "complaints": (), **_values(visit, view), **told}
    return visit.answer("enrollment/way.html", values | await arrivals_values(visit), status)


async def _found(visit: Visit) -> PathView:
    letter = visit.request.path_params.get("letter", "e").upper()
    for each in await show_ways(visit.house, visit.caller):
        if each.path.letter == letter:
            return each
    raise Missing("way", letter)


def _values(visit: Visit, view: PathView) -> dict[str, object]:
    headset, told = chosen_headset(visit), sheet(visit.house)
    letter, first = view.path.letter, ALL[view.path.means[0].way]
    return {
        "card": card(view, headset),
        "view": view,
        "way": first,
        "headsets": HEADSETS,
        "headset": headset,
        "sheet": told,
        "qr": Markup(qr_svg(told.page, f"QR code of {told.page}")),  # noqa: S704 - our own writer's
        "wearer": _pressed(view, headset, told),
        "rooms": _ROOMS[letter],
        "takes_code": letter == "E",
        "takes_package": letter == "G",
        "addresses": _addresses(visit, letter),
    }


def _pressed(view: PathView, headset: str, told: Sheet) -> tuple[str, ...]:
    """Return what the wearer does, on that headset."""
    if view.path.letter not in _BY_STICK:
        return view.wearer
    build = "" if headset == FIRST_GEN else headset
    steps = steps_for(ALL[view.path.means[0].way], build or HEADSETS[1][0])
    return tuple(said(each.text, told.server) for each in steps)


def _addresses(visit: Visit, letter: str) -> list[tuple[str, str]]:
    """Return what is copied into the tenant; nothing for ways without one."""
    if letter in ("E", "G"):
        return []
    return [(name, visit.house.settings.url(path)) for name, path in _TENANT_PATHS]
