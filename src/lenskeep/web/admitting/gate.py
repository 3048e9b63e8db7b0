"""Back-pressure: a request that cannot be worked on soon is sent away at once, and told when.

Before a byte of its body is read, a request enters the lane of its kind; when its body is there,
it waits for a place to work. Whoever waits too long, or finds the lane full, is answered 429
with `Retry-After` ([RFC 6585] 4, [RFC 9110] 10.2.3): the cheapest answer there is, and a Windows
client newer than 2004 honors it; an older one tries again by its own clock. The seconds differ
from one to the next, so that they do not all come back at once.
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lenskeep.flows.house import House
from lenskeep.web.address import is_proxy
from lenskeep.web.admitting.lanes import DEVICES, PEOPLE, STRANGERS, WIDTHS, Busy, Lane, Width
from lenskeep.web.device.body import Farewell
from lenskeep.web.waiting import BUSY_S, spread
from lenskeep.web.watching.meters import Meters
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

LOG_EVERY_S: Final = 60.0
"""One line a minute says that requests are held back; the metrics say how many."""
_ALWAYS: Final = ("/livez", "/readyz", "/healthz", "/metrics")
_DEVICES_PATHS: Final = ("/EnrollmentServer/", "/ManagementServer/")
_BODILESS: Final = ("GET", "HEAD")


class Gate:
    """ASGI middleware: takes requests into lanes."""

    def __init__(
        self,
        app: ASGIApp,
        house: House,
        watched: Watched,
        widths: Mapping[str, Width] = WIDTHS,
    ) -> None:
        self._app = app
        self._house = house
        self._meters = watched.meters
        watched.looks.append(self.look)
        self.lanes = {name: Lane(name, width) for name, width in widths.items()}
        self._logged_at: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through in its turn, or send it away."""
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        lane = self.lane_of(scope)
        has_body = scope["method"] not in _BODILESS
        try:
            lane.enter()
        except Busy as busy:
            away = Farewell if has_body else partial(Response, b"")
            await away(429, self.turned_away(lane, busy))(scope, receive, send)
            return
        passage = _Passage(self, lane, receive)
        try:
            if not has_body:
                await passage.begin()
            await self._app(scope, passage.receive, send)
        except Busy as busy:
            await Response(b"", 429, self.turned_away(lane, busy))(scope, receive, send)
        finally:
            passage.end()
            lane.leave()

    def lane_of(self, scope: Scope) -> Lane:
        """Return the lane of this request: by the certificate shown, which TLS has verified.

        What a proxy hands over is a hint here, verified further in: it opens a lane, no door.
        """
        if not scope["path"].startswith(_DEVICES_PATHS):
            return self.lanes[PEOPLE]
        if scope.get("extensions", {}).get("tls", {}).get("client_cert_der") is not None:
            return self.lanes[DEVICES]
        client = scope.get("client")
        if client and is_proxy(self._house.settings, str(client[0])):
            name = self._house.settings.proxy_certificate_header.lower().encode("latin-1")
            if any(key == name and value for key, value in scope["headers"]):
                return self.lanes[DEVICES]
        return self.lanes[STRANGERS]

    def look(self, meters: Meters) -> None:
        """Tell how many are inside."""
        for lane in self.lanes.values():
            meters.lane.labels(lane.name, "at work").set(lane.at_work)
            meters.lane.labels(lane.name, "waiting").set(lane.inside - lane.at_work)

    def turned_away(self, lane: Lane, busy: Busy) -> dict[str, str]:
        """Note that one is sent away, and return when it may come back."""
        self._meters.held_back.labels(lane.name, busy.reason).inc()
        now = time.monotonic()
        if now - self._logged_at.get(lane.name, float("-inf")) >= LOG_EVERY_S:
            self._logged_at[lane.name] = now
            log.warning("held_back", lane=lane.name, reason=busy.reason, inside=lane.inside)
        return {"Retry-After": str(spread(self._house.randomness, BUSY_S))}


class _Passage:
    """One request on its way through: it gets a place to work when its body is there."""

    def __init__(self, gate: Gate, lane: Lane, receive: Receive) -> None:
        self._gate = gate
        self._lane = lane
        self._receive = receive
        self._held = 0
        self._at_work = False

    async def begin(self) -> None:
        """Wait for a place to work."""
        if not self._at_work:
            await self._lane.begin()
            self._at_work = True

    async def receive(self) -> Message:
        """Hand the body on; the last piece when it is its turn. Raises HTTPException (429)."""
        message = await self._receive()
        if message["type"] != "http.request" or self._at_work:
            return message
        size = len(message.get("body", b""))
        try:
            self._lane.hold(size)
            self._held += size
            if not message.get("more_body"):
                await self.begin()
        except Busy as busy:
            headers = self._gate.turned_away(self._lane, busy)
            raise HTTPException(429, headers={**headers, "Connection": "close"}) from None
        return message

    def end(self) -> None:
        """Give everything back."""
        if self._at_work:
            self._lane.end()
        self._lane.drop(self._held)
