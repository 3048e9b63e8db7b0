"""In front of every REST route: the size of the body, then the token; nothing is read before.

The console's cookie is not looked at here: a page elsewhere could make a browser send it.
"""

from typing import Annotated, Final

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lenskeep.access import Caller
from lenskeep.base.errors import LenskeepError, Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.flows.house import House
from lenskeep.flows.people import who_has_token
from lenskeep.web import respond
from lenskeep.web.address import client_address
from lenskeep.web.respond import plain_problem

log = structlog.get_logger()

MAX_BODY_BYTES: Final = 3 * 1024 * 1024
"""A value of 1 MiB in which every character is escaped by JSON, and a thousand device ids."""
LARGE: Final = {"/autopilot/devices": 64 * 1024 * 1024}
"""Paths that take more: the hardware hashes of 10,000 headsets, 4 kB each, with room."""
OPEN_PATH: Final = "/openapi.json"
"""The one path that asks for no token: it describes, it tells nothing."""

bearer: Final = HTTPBearer(auto_error=False, description="A token of `lenskeep token new`.")
"""For the description only; `Guard` has looked at the token before."""


class Guard:
    """ASGI middleware: proves the caller and bounds the body."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a proved request on, or answer 401 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, _protecting(send))
            return
        await self._app(scope, _bounded(receive, _most(scope)), _protecting(send))

    async def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["path"].removeprefix(scope.get("root_path", "")) == OPEN_PATH:
            return None
        try:
            scope.setdefault("state", {})["caller"] = await self._prove(scope, headers)
        except LenskeepError as error:
            if isinstance(error, Refused):
                log.info("request_refused", method=scope["method"], reason=error.reason)
            return respond.problem(error)
        stated = headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > _most(scope):
            return plain_problem(413, {"Connection": "close"})
        return None

    async def _prove(self, scope: Scope, headers: Headers) -> Caller:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            raise Refused(Refusal.AUTHENTICATION, "no bearer token")
        address = client_address(self._house.settings, scope)
        return await who_has_token(self._house, Secret(credentials.strip()), address)


def caller_of(request: Request, _documented: Annotated[object, Depends(bearer)]) -> Caller:
    """Return who asks, as `Guard` proved it."""
    caller: Caller = request.state.caller
    return caller


Asking = Annotated[Caller, Depends(caller_of)]


def _most(scope: Scope) -> int:
    """Return how many bytes this path takes; who asks is proved by then."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return LARGE.get(path, MAX_BODY_BYTES)


def _bounded(receive: Receive, most: int) -> Receive:
    """Count a body of unstated length as it comes."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413, headers={"Connection": "close"})
        return message

    return counting


def _protecting(send: Send) -> Send:
    """Nothing REST answers belongs into a cache or is to be guessed at by a browser."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Cache-Control"] = "no-store"
            headers["X-Content-Type-Options"] = "nosniff"
        await send(message)

    return sending
