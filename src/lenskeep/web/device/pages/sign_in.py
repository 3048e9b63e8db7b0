"""The page on which a wearer signs in before the headset enrolls ([MS-MDE2] 3.2).

Nothing of a request is repeated on it but a user name and `appru`, both read against a grammar
and escaped. A wrong `appru` gets a plain 400. Everything that a wearer can put right is shown with
200: assumed: the sign-in window of Windows gives up at an HTTP error (0x8018000F).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lenskeep.base.errors import LenskeepError, Missing, Refusal, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.callback import read_appru, read_hint
from lenskeep.flows.device import signing_in
from lenskeep.flows.device.attempting import SIGN_IN, Refusing, Step, Trail, attempted
from lenskeep.flows.device.enrolling.headers import SIGN_IN_PATH
from lenskeep.flows.device.signing_in import HandOver, Return, Visit
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.providers import CALLBACK_PATH
from lenskeep.flows.house import House
from lenskeep.web import respond
from lenskeep.web.address import client_address
from lenskeep.web.device.body import Farewell, TooLarge, TooSlow, read_body
from lenskeep.web.device.pages.rendering import render
from lenskeep.web.device.pages.response import Openness, new_nonce, page

log = structlog.get_logger()

FORM_COOKIE: Final = "__Host-lenskeep-web"
"""Random octets: a form is ours if it carries their digest, so that no other page can send one."""
TRIP_COOKIE: Final = "__Host-lenskeep-trip"
"""A visit to a provider, sealed. Both cookies end with the window that they are in."""
FORM_PURPOSE: Final = "enrollment.web form"
_COOKIE_OCTETS: Final = 16
_COOKIE: Final = re.compile("[0-9a-f]{32}")
_MAX_FORM_BYTES: Final = 16 * 1024
_MAX_FIELDS: Final = 20
_MAX_QUERY: Final = 16 * 1024
_TITLE: Final = "Sign in to set up this headset"
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_WORDS: Final = {
    Refusal.AUTHENTICATION: "The user name, password or code is not right.",
    Refusal.AUTHORIZATION: "This user may not set up headsets.",
    Refusal.TOO_MANY_ATTEMPTS: "Too many wrong attempts. Wait a minute and try again.",
}
_AWAY: Final = "The sign-in service does not answer. Try again in a moment."
_NO_PAGE: Final = "This page is opened by a headset while it enrolls. Start there again."


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the page was opened with."""

    visit: Visit
    provider: str
    here: bool
    query: tuple[tuple[str, str], ...]
    """All of it, for links that lead back to it."""

    def link(self, **more: str) -> str:
        """Return the address of this page with more to it."""
        kept = [(name, value) for name, value in self.query if name not in ("provider", "here")]
        return "?" + urlencode([*kept, *more.items()])


def make_sign_in_routes(house: House) -> list[Route]:
    """Return the routes of the page."""
    return [
        Route(SIGN_IN_PATH, partial(_open, house), methods=["GET"]),
        Route(SIGN_IN_PATH, partial(_typed, house), methods=["POST"]),
        Route(CALLBACK_PATH, partial(_returned, house), methods=["GET"]),
    ]


# --- opening it ---------------------------------------------------------------------------


async def _open(house: House, request: Request) -> Response:
    """Show the form, or go on to the provider whom the name belongs to or who was chosen."""
    asked = _read(house, request)
    if asked is None:
        return await _refuse(house, request, "no sign-in window of Windows asked")
    provider = asked.provider
    if not provider and not asked.here:
        direct = await signing_in.direct_choice(house, asked.visit.hint)
        provider = direct.id if direct else ""
    if not provider:
        return await _form(house, request, asked)
    try:
        out = await signing_in.set_out(house, asked.visit, provider)
    except (Missing, Unavailable) as error:
        await _note(house, request, asked.visit.hint, str(error))
        return await _form(house, request, asked, _AWAY)
    response = RedirectResponse(out.url, 302, {"Cache-Control": "no-store"})
    response.headers["Referrer-Policy"] = "no-referrer"
    _keep(response, TRIP_COOKIE, out.cookie)
    return response


def _read(house: House, request: Request) -> _Asked | None:
    """Return what was asked; None where the answer would go to anybody but Windows."""
    query = _pairs(request.scope["query_string"])
    apprus = {value for name, value in query if name == "appru"}
    appru = read_appru(next(iter(apprus))) if len(apprus) == 1 else None
    if appru is None:
        return None
    named = dict(query)
    hint = read_hint(named.get("login_hint", ""))
    short = tuple((name, value) for name, value in query if len(name) + len(value) <= 512)
    visit = Visit(appru, hint, client_address(house.settings, request.scope))
    return _Asked(visit, named.get("provider", ""), "here" in named, short)


def _pairs(octets: bytes) -> list[tuple[str, str]]:
    """Return names and values; nothing for what is too long, or no query."""
    if len(octets) > _MAX_QUERY:
        return []
    try:
        text = octets.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return []


async def _form(
    house: House, request: Request, asked: _Asked, trouble: str = "", name: str | None = None
) -> Response:
    kept = request.cookies.get(FORM_COOKIE, "")
    fresh = house.randomness.octets(_COOKIE_OCTETS).hex()
    secret = kept if _COOKIE.fullmatch(kept) else fresh
    offered = [
        {"name": each.name, "href": asked.link(provider=each.id)}
        for each in await signing_in.choices(house)
    ]
    response = _page(
        "sign_in.html",
        title=_TITLE,
        organization=house.settings.organization,
        trouble=trouble,
        offered=offered,
        name=asked.visit.hint if name is None else name,
        form_proof=_proof(house, secret),
    )
    _keep(response, FORM_COOKIE, secret)
    return response


# --- signing in here ----------------------------------------------------------------------


async def _typed(house: House, request: Request) -> Response:
    """Take what was typed on the form."""
    asked = _read(house, request)
    if asked is None:
        return await _refuse(house, request, "no sign-in window of Windows asked")
    try:
        fields = await _fields(request)
    except TooLarge:
        return Farewell(413)
    except TooSlow:
        return Response(b"", 408, {"Connection": "close"})
    name = read_hint(fields.get("name", ""))
    cookie = request.cookies.get(FORM_COOKIE, "")
    if not cookie or not _is_ours(fields, _proof(house, cookie)):
        return await _form(house, request, asked, "The page was too old. Type it again.", name)
    try:
        secret = Secret(fields.get("secret", ""))
        done = await signing_in.sign_in_here(house, asked.visit, name, secret)
    except Refused as refused:
        await _note(house, request, name, refused.reason)
        response = await _form(house, request, asked, _words(refused), name)
        response.headers.update(respond.retry_headers(refused))
        return response
    return await _hand_over(house, request, done)


async def _fields(request: Request) -> Mapping[str, str]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != _FORM_TYPE:
        return {}
    return dict(_pairs(await read_body(request, _MAX_FORM_BYTES)))


def _proof(house: House, cookie: str) -> str:
    return house.keyring.digest(FORM_PURPOSE, cookie.encode("utf-8", "replace")).hex()


def _is_ours(fields: Mapping[str, str], proof: str) -> bool:
    return hmac.compare_digest(fields.get("form_proof", "").encode(), proof.encode())


# --- coming back from a provider ----------------------------------------------------------


async def _returned(house: House, request: Request) -> Response:
    """Take what a provider sends the browser back with."""
    query = dict(_pairs(request.scope["query_string"]))
    cookie = request.cookies.get(TRIP_COOKIE, "")
    returned = Return(
        cookie=cookie,
        state=query.get("state", ""),
        code=Secret(query.get("code", "")),
        issuer=query.get("iss", ""),
        error=_error(query.get("error", "")),
        address=client_address(house.settings, request.scope),
    )
    try:
        done = await signing_in.come_back(house, returned)
    except (Refused, Unavailable) as error:
        return await _not_signed_in(house, request, returned, error)
    response = await _hand_over(house, request, done)
    _forget(response)
    return response


async def _not_signed_in(
    house: House, request: Request, returned: Return, error: LenskeepError
) -> Response:
    """Offer another try to the window that set out; tell anybody else nothing."""
    trip = signing_in.read_trip(house, returned.cookie)
    reason = error.reason if isinstance(error, Refused) else str(error)
    if trip is None or not hmac.compare_digest(trip.state.encode(), returned.state.encode()):
        return await _refuse(house, request, reason)
    await _note(house, request, trip.hint, reason)
    kept = {"appru": trip.appru, "login_hint": trip.hint}
    words = _words(error) if isinstance(error, Refused) else _AWAY
    response = _page(
        "sign_in_trouble.html",
        title="You are not signed in",
        words="The sign-in did not succeed." if words == _WORDS[Refusal.AUTHENTICATION] else words,
        again=f"{SIGN_IN_PATH}?{urlencode(kept)}",
        here=f"{SIGN_IN_PATH}?{urlencode({**kept, 'here': '1'})}",
    )
    _forget(response)
    return response


def _error(text: str) -> str:
    """Return an error code of a provider, if it is one ([RFC 6749] 4.1.2.1)."""
    return text if len(text) <= 40 and text.isascii() and text.replace("_", "").isalnum() else ""


# --- what all of them answer with ---------------------------------------------------------


async def _hand_over(house: House, request: Request, done: HandOver) -> Response:
    """Answer with the form that sends itself to Windows."""
    await _note(house, request, done.user)
    openness = Openness(form_action=("ms-app:",))
    return _page(
        "sign_in_done.html",
        openness,
        title="You are signed in",
        appru=done.appru,
        wresult=done.wresult.reveal(),
    )


async def _refuse(house: House, request: Request, reason: str) -> Response:
    """Answer a plain 400 that repeats nothing."""
    await _note(house, request, "", reason)
    return _page(
        "sign_in_trouble.html",
        status=400,
        title="This cannot be opened here",
        words=_NO_PAGE,
        again="",
        here="",
    )


async def _note(house: House, request: Request, user: str, reason: str = "") -> None:
    """Write down how a sign-in ended; without a reason it went well."""
    address = client_address(house.settings, request.scope)
    trail = Trail(SIGN_IN, Way.FEDERATED.value, user, is_proven=not reason)
    if reason:
        log.info("sign_in_refused", reason=reason, address=address)
    await attempted(house, Step(trail, address, Refusing(reason) if reason else None))


def _page(
    template: str, openness: Openness | None = None, status: int = 200, **values: object
) -> Response:
    nonce = new_nonce()
    return page(render(template, nonce=nonce, **values), nonce, openness, status)


def _words(refused: Refused) -> str:
    return refused.words or _WORDS.get(refused.kind, _WORDS[Refusal.AUTHENTICATION])


def _keep(response: Response, name: str, value: str) -> None:
    """Keep a cookie until the window is closed; Lax, since providers send the browser back."""
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="lax")


def _forget(response: Response) -> None:
    response.delete_cookie(TRIP_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
