"""The sheet beside a headset: what to press, for a headset's own browser and for a printer.

Public and the same for everybody: no secret, nothing of the fleet, nothing of the request is on
it. One sheet of A4, with a QR code of its own address.
"""

from functools import partial
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.enrollment.package.instructions import ALL, Instructions, said, steps_for
from lenskeep.flows.entry.package.sheet import ROOT_PATH, SHEET_PATH, Sheet, sheet
from lenskeep.flows.house import House
from lenskeep.web.device.pages.rendering import render
from lenskeep.web.device.pages.response import new_nonce, page
from lenskeep.web.qr import qr_svg

_WAYS: Final = ("typed password", "package")
"""What a wearer or whoever stands beside can do without an administrator's help."""
_BUILD: Final = "22621.1244"
"""23H2. Older builds find their steps through `lenskeep package instructions`."""
_CERTIFICATE_TYPE: Final = "application/pkix-cert"
"""[RFC 2585] 4.1: a headset offers to install it."""


def make_instruction_routes(house: House) -> list[Route]:
    """Return the routes of the sheet and of the root certificate."""
    return [
        Route(SHEET_PATH, partial(_sheet, house), methods=["GET"]),
        Route(ROOT_PATH, partial(_root, house), methods=["GET"]),
    ]


async def _sheet(house: House, _request: Request) -> Response:
    told = sheet(house)
    nonce = new_nonce()
    html = render(
        "instructions.html",
        nonce=nonce,
        title=f"Bring a HoloLens into {told.organization}",
        sheet=told,
        ways=[_shown(ALL[way], told) for way in _WAYS],
        code=Markup(qr_svg(told.page, f"QR code of {told.page}")),  # noqa: S704 - our own writer's
        root_name="root.cer",
    )
    return page(html, nonce)


def _shown(way: Instructions, told: Sheet) -> dict[str, object]:
    steps = [said(step.text, told.server) for step in steps_for(way, _BUILD)]
    return {"title": way.title, "needs": way.needs, "steps": steps, "sees": way.sees}


async def _root(house: House, _request: Request) -> Response:
    headers = {
        "Content-Disposition": 'attachment; filename="root.cer"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(house.trust.serving_root, media_type=_CERTIFICATE_TYPE, headers=headers)
