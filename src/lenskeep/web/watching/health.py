"""Whether the process lives, and whether it is ready to serve: three questions, three paths.

`/livez` says that the process answers at all: who restarts it on that asks this. `/readyz` says
whether requests should be sent to it: who balances load asks this. `/healthz` is for people and
what is older: the database answers, as it always meant. None of them tells a stranger more.
"""

import asyncio
import time
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lenskeep.base.errors import LenskeepError
from lenskeep.flows.house import House
from lenskeep.web.watching.watched import Watched

log = structlog.get_logger()

FRESH_S: Final = 1.0
"""Seconds that an answer of the database counts: strangers may ask as often as they like."""
PATIENCE_S: Final = 3.0
"""Seconds to wait for the database: balancers give up after two to five."""
_HEADERS: Final = {"Cache-Control": "no-store"}
_WORDS: Final = {
    "database": "the database cannot be used at the moment",
    "authorities": "the certificate authority cannot be read",
}
"""For strangers; the log has the reason."""


class Health:
    """Knows how this process stands; looks at the database at most once in `FRESH_S`."""

    def __init__(self, house: House, watched: Watched) -> None:
        self._house = house
        self._watched = watched
        self._looked_at = float("-inf")
        self._wrong: dict[str, str] = {}
        self._look: asyncio.Task[dict[str, str]] | None = None

    def routes(self) -> list[Route]:
        """Return the three paths."""
        return [
            Route("/livez", self._lives, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
            Route("/healthz", self._healthy, methods=["GET"]),
        ]

    async def _lives(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def _healthy(self, _request: Request) -> Response:
        found = await self._found()
        return _answer([found["database"]] if "database" in found else [], "unavailable")

    async def _ready(self, _request: Request) -> Response:
        found = {**await self._found(), **self._watched.wrong}
        if self._watched.stopping:
            found["stopping"] = "the process was told to stop"
        return _answer(sorted(found.values()), "not ready")

    async def _found(self) -> dict[str, str]:
        """Return what is wrong with what we stand on, as it may be told to anybody."""
        if time.monotonic() - self._looked_at < FRESH_S:
            return self._wrong
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._look_around())
        return await asyncio.shield(self._look)

    async def _look_around(self) -> dict[str, str]:
        reasons = {"database": await self._database(), "authorities": self._authorities()}
        was_well = not self._wrong
        self._wrong = {what: _WORDS[what] for what, reason in reasons.items() if reason}
        self._looked_at = time.monotonic()
        if self._wrong and was_well:
            log.warning("not_ready", reason="; ".join(filter(None, reasons.values())))
        elif not self._wrong and not was_well:
            log.info("ready_again")
        return self._wrong

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._watched.store is None:
                    await self._house.fleet.fleet_counts()
                else:
                    await self._watched.store.probe()
        except TimeoutError:
            return f"the database did not answer in {PATIENCE_S:.0f} s"
        except LenskeepError as error:
            return str(error)
        return ""

    def _authorities(self) -> str:
        try:
            self._house.authorities.files.state()
        except (LenskeepError, OSError) as error:
            return f"the certificate authority cannot be read: {error}"
        return ""


def _answer(wrong: list[str], word: str) -> Response:
    if not wrong:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)
    return JSONResponse({"status": word, "reason": "; ".join(wrong)}, 503, _HEADERS)
