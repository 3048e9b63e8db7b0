"""The page with the terms of use, as Windows opens it while a headset is joined to Entra.

Two real buttons and no script. Whatever is wrong goes back to the address at which Windows waits;
only where that address is not one of Windows' own, a plain 400 is shown, which repeats nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.base.errors import Unavailable
from lenskeep.enrollment.entra.page import Block, BlockKind
from lenskeep.flows.device.attempting import TERMS, Refusing, Step, Trail, attempted
from lenskeep.flows.device.enrolling.headers import TERMS_PATH
from lenskeep.flows.entra.terms_page import (
    GoTo,
    Nowhere,
    Shown,
    answer_terms,
    open_terms,
    server_error,
)
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.web.address import client_address
from lenskeep.web.device.body import Farewell, TooLarge, TooSlow
from lenskeep.web.device.pages.forms import read_form, read_query
from lenskeep.web.device.pages.rendering import render
from lenskeep.web.device.pages.response import Openness, new_nonce, page

log = structlog.get_logger()

WINDOWS_FRAMES: Final = (
    "ms-appx-web:",
    "ms-appx:",
    "https://login.microsoftonline.com",
    "https://login.microsoftonline.us",
    "https://login.partner.microsoftonline.cn",
)
"""Who may show the page in a frame: pages of installed packages, as the host of the first run is
one, and Entra's own sign-in. assumed: Windows Holographic frames it as Windows 11 does."""

_OPENNESS: Final = Openness(("'self'", "ms-appx-web:"), WINDOWS_FRAMES)
"""The form comes back here, and from here the browser is sent on to Windows."""

_FIRST_RUN: Final = "frx"
"""`CXH-HOST` of the first run; in Settings it is MOSET."""

_NO_PAGE: Final = "This page is opened by Windows while a headset is set up. Start there again."
_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def make_terms_routes(house: House) -> list[Route]:
    """Return the routes of the page."""
    return [
        Route(TERMS_PATH, partial(_opened, house), methods=["GET"]),
        Route(TERMS_PATH, partial(_answered, house), methods=["POST"]),
    ]


async def _opened(house: House, request: Request) -> Response:
    """Show the terms to whoever brings a token."""
    query = read_query(request)
    try:
        answer = await open_terms(house, query, request.headers.getlist("authorization"))
        if isinstance(answer, Shown):
            await _note(house, request, Trail(TERMS, _way(answer), answer.user, note="shown"))
            return _shown(house, request, answer)
    except Exception as error:  # a door: logged, and Windows is told of it
        address = client_address(house.settings, request.scope)
        log.error("terms_failed", address=address, exc_info=error)
        url = server_error(dict(query).get("redirect_uri", ""))
        return _nowhere(500) if url is None else _go(url)
    return await _leave(house, request, answer)


async def _answered(house: House, request: Request) -> Response:
    """Take what was pressed."""
    try:
        form = await read_form(request)
    except TooLarge:
        return Farewell(413)
    except TooSlow:
        return Response(b"", 408, {"Connection": "close"})
    try:
        answer = await answer_terms(house, form.get("state", ""), form.get("answer", ""))
    except Unavailable as error:
        address = client_address(house.settings, request.scope)
        log.error("terms_failed", address=address, exc_info=error)
        return _nowhere(503)
    return await _leave(house, request, answer)


async def _leave(house: House, request: Request, answer: GoTo | Nowhere) -> Response:
    """Send the headset back to Windows, or nowhere."""
    reason = answer.reason
    if reason:
        address = client_address(house.settings, request.scope)
        log.info("terms_refused", reason=reason, address=address)
    if isinstance(answer, Nowhere):
        await _note(house, request, Trail(TERMS), reason)
        return _nowhere(400)
    note = "" if reason else answer.event
    await _note(house, request, Trail(TERMS, user=answer.user, note=note), reason)
    return _go(answer.url)


# --- what is answered ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """Blocks that make one piece of markup: list items in a row, or one other block."""

    kind: str
    texts: tuple[str, ...]


def _groups(blocks: Iterable[Block]) -> list[_Group]:
    found: list[_Group] = []
    for kind, run in groupby(blocks, key=lambda each: each.kind):
        texts = tuple(each.text for each in run)
        together = [texts] if kind is BlockKind.ITEM else [(each,) for each in texts]
        found.extend(_Group(kind.value, each) for each in together)
    return found


def _shown(house: House, request: Request, answer: Shown) -> Response:
    nonce = new_nonce()
    html = render(
        "terms.html",
        nonce=nonce,
        title=answer.text.title,
        organization=house.settings.organization,
        user=answer.user,
        groups=_groups(answer.text.blocks),
        action=TERMS_PATH,
        state=answer.state.reveal(),
        may_decline=answer.may_decline,
        in_first_run=request.headers.get("cxh-host", "").strip().lower() == _FIRST_RUN,
    )
    return page(html, nonce, _OPENNESS)


def _go(url: str) -> Response:
    return Response(b"", 302, {**_HEADERS, "Location": url})


def _nowhere(status: int) -> Response:
    nonce = new_nonce()
    title = "This cannot be opened here"
    html = render(
        "sign_in_trouble.html", nonce=nonce, title=title, words=_NO_PAGE, again="", here=""
    )
    return page(html, nonce, status=status)


def _way(answer: Shown) -> str:
    way = Way.ENTRA_ACCOUNT if answer.may_decline else Way.ENTRA_JOIN
    return way.value


async def _note(house: House, request: Request, trail: Trail, reason: str = "") -> None:
    """Write down how it went; without a reason it went well."""
    trail.is_proven = not reason
    address = client_address(house.settings, request.scope)
    await attempted(house, Step(trail, address, Refusing(reason) if reason else None))
