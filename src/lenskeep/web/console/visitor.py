"""Who visits: the sign-in cookie, the proof that a form is ours, and the door of every page.

The cookie is `__Host-`, HttpOnly, Secure and SameSite=Strict. Every form carries a keyed digest
of it, so that a form made elsewhere is refused even where a browser sends the cookie along.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from lenskeep.base.errors import Invalid, LenskeepError, Refused
from lenskeep.base.secret import Secret
from lenskeep.flows.admins import who
from lenskeep.flows.house import House
from lenskeep.web import respond
from lenskeep.web.address import client_address
from lenskeep.web.console.page import FORM_FIELD, Console, Form, Visit, go, render

COOKIE: Final = "__Host-lenskeep"
"""Holds the sign-in's secret."""
FORM_PURPOSE: Final = "console.form"
SIGN_IN: Final = "/sign-in"
MAX_FORM_BYTES: Final = 4 * 1024 * 1024
"""A value of 1 MiB, each byte of it percent-encoded, and the rest of the form."""
MAX_FORM_FIELDS: Final = 128
"""A page of devices picked, and the rest of the form."""
_FORM_TYPE: Final = "application/x-www-form-urlencoded"

Page = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(console: Console, show: Page) -> Endpoint:
    """Return the endpoint that lets a signed-in person see this page."""

    async def endpoint(request: Request) -> Response:
        visit = await _visit(console, request)
        if visit is None:
            return go(request, SIGN_IN)
        try:
            return await show(visit)
        except LenskeepError as error:
            return trouble(visit, error)

    return endpoint


def form(console: Console, act: Page, most_fields: int = MAX_FORM_FIELDS) -> Endpoint:
    """Return the endpoint that lets a signed-in person send this form, if it is one of ours."""

    async def proved(visit: Visit) -> Response:
        fields = await read_form(visit.request, most_fields=most_fields)
        if not is_ours(fields, visit.form_proof):
            return forged(visit.console)
        return await act(replace(visit, form=fields))

    return page(console, proved)


async def read_form(
    request: Request, most_bytes: int = MAX_FORM_BYTES, most_fields: int = MAX_FORM_FIELDS
) -> Form:
    """Return the fields of a form. Raises Invalid for one that is too large or no form."""
    if not request.headers.get("content-type", "").startswith(_FORM_TYPE):
        raise Invalid.field("form", "it is of another media type", _FORM_TYPE)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise Invalid.field("form", "it is too large", f"at most {most_bytes} bytes")
    try:
        text = body.decode("ascii")
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=most_fields))
    except ValueError:
        raise Invalid.field("form", "it cannot be read") from None


def form_proof(house: House, secret: str) -> str:
    """Return the proof that forms carry for the holder of this cookie."""
    return house.keyring.digest(FORM_PURPOSE, secret.encode()).hex()


def is_ours(fields: Mapping[str, str], proof: str) -> bool:
    """Return whether the form carries the proof."""
    return hmac.compare_digest(fields.get(FORM_FIELD, "").encode(), proof.encode())


def trouble(visit: Visit, error: LenskeepError) -> Response:
    """Return the error as a page, or as a part of one, in the words that may be shown."""
    face = respond.face(error)
    values = {"title": face.title, "words_of_trouble": respond.detail(error)}
    template = "trouble_part.html" if visit.is_live else "trouble.html"
    return visit.answer(template, values, face.status, respond.retry_headers(error))


def forged(console: Console) -> Response:
    """Return the refusal of a form that is not ours, or older than the sign-in."""
    words = "The form is not from this sign-in. Go back, load the page again and repeat it."
    return render(
        console,
        "trouble.html",
        {"title": "This form is out of date", "words_of_trouble": words},
        403,
    )


async def _visit(console: Console, request: Request) -> Visit | None:
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    try:
        address = client_address(console.house.settings, request.scope)
        caller = await who(console.house, Secret(secret), address)
    except Refused:
        return None
    return Visit(console, request, caller, form_proof(console.house, secret))
