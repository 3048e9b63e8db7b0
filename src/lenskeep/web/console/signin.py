"""The sign-in page and the way out."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from lenskeep.base.errors import Invalid, Refused
from lenskeep.base.secret import Secret
from lenskeep.flows.admins import sign_in, sign_out
from lenskeep.web import respond
from lenskeep.web.address import client_address
from lenskeep.web.console.page import Console, Visit, go, render
from lenskeep.web.console.visitor import COOKIE, Endpoint, forged, form_proof, is_ours, read_form

FORM_COOKIE: Final = "__Host-lenskeep-form"
"""Random octets before there is a sign-in, so that the form of this page can be proved, too."""
_FORM_COOKIE_OCTETS: Final = 16
_MAX_BYTES: Final = 16 * 1024
"""A stranger's form: name, password, proof."""
_FORM_COOKIE_AGE_S: Final = 3600


def sign_in_page(console: Console) -> Endpoint:
    """Return the endpoint that shows the form."""

    async def endpoint(request: Request) -> Response:
        return _show(console, request)

    return endpoint


def sign_in_form(console: Console) -> Endpoint:
    """Return the endpoint that takes name and password."""

    async def endpoint(request: Request) -> Response:
        try:
            fields = await read_form(request, _MAX_BYTES)
        except Invalid:
            return forged(console)
        proof = form_proof(console.house, request.cookies.get(FORM_COOKIE, ""))
        if FORM_COOKIE not in request.cookies or not is_ours(fields, proof):
            return forged(console)
        name, password = fields.get("name", ""), Secret(fields.get("password", ""))
        try:
            address = client_address(console.house.settings, request.scope)
            _, secret = await sign_in(console.house, name, password, address)
        except Refused as refused:
            return _show(console, request, name, refused)
        response = go(request, "/")
        _keep(response, COOKIE, secret.reveal(), None)
        return response

    return endpoint


async def leave(visit: Visit) -> Response:
    """End the sign-in, here and on the server."""
    await sign_out(visit.house, visit.caller, Secret(visit.request.cookies[COOKIE]))
    response = go(visit.request, "/sign-in")
    _keep(response, COOKIE, "", 0)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _show(
    console: Console, request: Request, name: str = "", refused: Refused | None = None
) -> Response:
    kept = request.cookies.get(FORM_COOKIE)
    secret = kept or console.house.randomness.octets(_FORM_COOKIE_OCTETS).hex()
    values = {
        "form_proof": form_proof(console.house, secret),
        "name": name,
        "trouble": _words(refused) if refused else "",
    }
    status = respond.face(refused).status if refused else 200
    headers = respond.retry_headers(refused) if refused else {}
    response = render(console, "sign_in.html", values, status, headers)
    if kept is None:
        _keep(response, FORM_COOKIE, secret, _FORM_COOKIE_AGE_S)
    return response


def _words(refused: Refused) -> str:
    if refused.retry_after_s is not None:
        return "Too many wrong attempts. Wait a minute and try again."
    return "The name or the password is not right."


def _keep(response: Response, name: str, value: str, max_age_s: int | None) -> None:
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="strict"
    )
