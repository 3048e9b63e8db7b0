"""The outermost door: every request is timed and counted, and no error leaves unanswered."""

import time
from typing import Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lenskeep.web import respond
from lenskeep.web.meters import Meters

log = structlog.get_logger()

_DOORS: Final = (
    ("/EnrollmentServer/Discovery.svc", "discovery"),
    ("/EnrollmentServer/Policy.svc", "policy"),
    ("/EnrollmentServer/Enrollment.svc", "enrollment"),
    ("/EnrollmentServer/", "enrollment page"),
    ("/ManagementServer/", "management"),
    ("/api/", "api"),
    ("/healthz", "health"),
    ("/metrics", "metrics"),
)


class Door:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer 500 for what nobody inside could answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if status == 0:
                status = respond.face(error).status
                await respond.problem(error)(scope, Request(scope).receive, send)
        finally:
            self._meters.count(_door(scope["path"]), status, time.perf_counter() - started)


def _door(path: str) -> str:
    return next((name for prefix, name in _DOORS if path.startswith(prefix)), "console")
