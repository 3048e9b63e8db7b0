"""An application that is watched, over a real store."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from tests.flows.home import Home, open_home

from lenskeep.base.errors import Unavailable
from lenskeep.flows.ports.fleet import FleetNumbers
from lenskeep.store.watching.counting import Watch
from lenskeep.web.application import make_application
from lenskeep.web.watching.watched import Watched

NEAR = "127.0.0.1"
FAR = "192.0.2.7"


@dataclass
class Moody:
    """A WatchStore that is away at times, and counts how often it was asked."""

    inner: Watch
    away: bool = False
    probes: int = 0
    counts: int = 0

    async def fleet_numbers(self, now: datetime) -> FleetNumbers:
        self.counts += 1
        if self.away:
            raise Unavailable("nobody answers at db.example.org:5432")
        return await self.inner.fleet_numbers(now)

    async def probe(self) -> None:
        self.probes += 1
        if self.away:
            raise Unavailable("nobody answers at db.example.org:5432")
        await self.inner.probe()


@dataclass
class Site:
    """The application and what is behind it."""

    home: Home
    watched: Watched
    store: Moody

    async def get(self, path: str, address: str = NEAR, **headers: str) -> httpx2.Response:
        """Ask from this address."""
        transport = httpx2.ASGITransport(self.application, client=(address, 1))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx2.AsyncClient(transport=transport, base_url="https://x") as client:
            return await client.get(path, headers=named)

    def __post_init__(self) -> None:
        self.application = make_application(self.home.house, self.watched)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
def site(home: Home) -> Site:
    """Its application."""
    store = Moody(Watch(home.store.executor))
    return Site(home, Watched(store=store), store)
