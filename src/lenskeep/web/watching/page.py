"""GET /metrics: the numbers of the server and of the fleet, for those they are meant for.

They hold no secret, but how large a fleet is and how it fares is nobody else's business: asked
from another machine, a token is needed. Who scrapes was believed an hour ago is believed while
the database is away: that is when the numbers are wanted.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import Response

from lenskeep.base.errors import Refusal, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.config import Settings
from lenskeep.flows.house import House
from lenskeep.flows.people import who_has_token
from lenskeep.web import respond
from lenskeep.web.address import client_address, is_in, is_proxy
from lenskeep.web.watching.fleet import Fleet, Ready
from lenskeep.web.watching.shared import all_numbers
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

BELIEVED: Final = timedelta(hours=1)
"""Time for which a token that was right opens this page when it cannot be looked up."""
MAX_BELIEVED: Final = 16
_PURPOSE: Final = "metrics.token"
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "via", "x-real-ip")
"""Headers of a request that somebody passed on: its connection says nothing of its origin."""


class MetricsPage:
    """The page, and whom it knows."""

    def __init__(self, house: House, watched: Watched) -> None:
        self._house = house
        self._watched = watched
        self._fleet = Fleet(house, watched)
        self._believed: dict[bytes, datetime] = {}

    async def answer(self, request: Request) -> Response:
        """Answer GET /metrics."""
        try:
            await self._prove(request)
        except (Refused, Unavailable) as error:
            if isinstance(error, Refused):
                log.info("request_refused", method="GET", reason=error.reason)
            return respond.problem(error)
        counted = await self._fleet.counted()
        ready = CollectorRegistry()
        ready.register(Ready(counted, self._watched))
        text = generate_latest(self._watched.meters.registry or all_numbers())
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        content = text + generate_latest(ready)
        return Response(content, headers=headers, media_type=CONTENT_TYPE_LATEST)

    async def _prove(self, request: Request) -> None:
        address = client_address(self._house.settings, request.scope)
        if _is_near(self._house.settings, request, address):
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise Refused(Refusal.AUTHENTICATION, "metrics without a bearer token")
        await self._believe(Secret(given.strip()), address)

    async def _believe(self, token: Secret, address: str) -> None:
        now = self._house.clock.now()
        digest = self._house.keyring.digest(_PURPOSE, token.reveal().encode("utf-8", "replace"))
        try:
            await who_has_token(self._house, token, address)
        except Unavailable:
            if now >= self._believed.get(digest, now):
                raise
        except Refused:
            self._believed.pop(digest, None)
            raise
        else:
            self._believed[digest] = now + BELIEVED
            while len(self._believed) > MAX_BELIEVED:
                self._believed.pop(next(iter(self._believed)))


def _is_near(settings: Settings, request: Request, address: str) -> bool:
    """Return whether it comes from where no token is asked for, not through somebody's hands.

    A named proxy must say who asks. Of any other connection that carries a word of a proxy
    nobody knows where it began.
    """
    if not is_in(settings.metrics_networks, address):
        return False
    connected = request.client.host if request.client else ""
    if is_proxy(settings, connected):
        return address != connected
    return not any(name in request.headers for name in _FORWARDED)
