"""What nothing answers: an unknown path or method, in the form that whoever asks can read."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lenskeep.web.respond import plain_problem

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
"""No path of ours holds one; a pattern that ends with `$` would overlook a line break."""
_FOR_PROGRAMS: Final = ("/api",)
_FOR_DEVICES: Final = ("/EnrollmentServer", "/ManagementServer")

Page = Callable[[int, Mapping[str, str]], Response]


class Lost:
    """Answers for paths and methods that no route takes."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def answer(self, path: str, status: int, headers: Mapping[str, str]) -> Response:
        """Return a problem for programs, nothing for devices, a page for people."""
        if path.startswith(_FOR_PROGRAMS):
            protecting = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            return plain_problem(status, {**headers, **protecting})
        if path.startswith(_FOR_DEVICES):
            return Response(b"", status, dict(headers))
        return self._page(status, headers)

    @property
    def handler(self) -> Callable[[Request, Exception], Awaitable[Response]]:
        """The handler of what the router raises."""

        async def handle(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            return self.answer(request.url.path, error.status_code, error.headers or {})

        return handle


class Plain:
    """ASGI middleware: a path with a control character leads nowhere."""

    def __init__(self, app: ASGIApp, lost: Lost) -> None:
        self._app = app
        self._lost = lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is a path."""
        if scope["type"] == "http" and _CONTROL.search(scope["path"]):
            await self._lost.answer(scope["path"], 404, {})(scope, receive, send)
            return
        await self._app(scope, receive, send)
