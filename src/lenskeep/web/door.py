"""The outermost door: every request has a number, is timed and counted, and gets an answer.

What is logged on the way carries the number as `request`; programs get it back.
"""

import os
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lenskeep.web import respond
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

REQUEST_ID: Final = "X-Request-Id"
_ID_BYTES: Final = 8
_DOORS: Final = (
    ("/EnrollmentServer/Discovery.svc", "discovery"),
    ("/EnrollmentServer/Policy.svc", "policy"),
    ("/EnrollmentServer/Enrollment.svc", "enrollment"),
    ("/EnrollmentServer/", "enrollment page"),
    ("/ManagementServer/", "management"),
    ("/api/", "api"),
    ("/healthz", "health"),
    ("/livez", "health"),
    ("/readyz", "health"),
    ("/metrics", "metrics"),
)
API: Final = "api"
CONSOLE: Final = "console"
_QUIET: Final = ("health", "metrics")
"""Asked by machines all the time: traced never."""


class Door:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, watched: Watched) -> None:
        self._app = app
        self._meters = watched.meters
        self._spans = watched.spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer 500 for what nobody inside could answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        door, number = door_of(scope["path"]), os.urandom(_ID_BYTES).hex()
        structlog.contextvars.bind_contextvars(request=number)  # the task is this request's own
        if door in _QUIET:
            await self._pass(door, number, (scope, receive, send))
            return
        with self._spans.request(door, _parent(scope) if door == API else ""):
            await self._pass(door, number, (scope, receive, send))

    async def _pass(self, door: str, number: str, asked: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = asked
        started = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if door == API:
                    MutableHeaders(scope=message)[REQUEST_ID] = number
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if status == 0:
                status = respond.face(error).status
                await respond.problem(error)(scope, Request(scope).receive, send)
        finally:
            seconds = time.perf_counter() - started
            self._meters.count(door, status, seconds)
            self._spans.note(request=number, method=scope["method"], status=status)
            log.debug(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


def door_of(path: str) -> str:
    """Return which door this path leads to."""
    return next((name for prefix, name in _DOORS if path.startswith(prefix)), CONSOLE)


def _parent(scope: Scope) -> str:
    """Return the trace that a program says it works on; nobody else is asked."""
    return next(
        (value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), ""
    )
