"""A console on a house whose clock a test moves."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from tests.contract import world
from tests.flows.home import Home, open_home
from tests.web.console.conftest import ORIGIN, Browser

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Way
from lenskeep.web.console.app import make_console

HOSTILE = "<script>alert(1)</script>"
"""A word that must come out as text."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def visitor(home: Home) -> AsyncIterator[Browser]:
    """A browser on that house in which nobody has signed in."""
    transport = httpx2.ASGITransport(Starlette(routes=make_console(home.house)))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Browser(home.house, client)


async def came(home: Home, way: Way = Way.LOCAL, number: int = 1) -> DeviceId:
    """Enroll a headset, HOLO-1 and so on, that came this way."""
    new = await world.enrolled(home.store, number, way=way.value)
    home.enrolled[new.enrollment.device_id] = new
    return new.enrollment.device_id
