"""A console on a house whose headsets have told of themselves, as sessions leave it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from tests.flows.desired.wants import tree_of
from tests.flows.home import START, Home, open_home
from tests.web.console.conftest import ORIGIN, Browser

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.ports import Stood
from lenskeep.web.console.app import make_console

HOSTILE = "<script>alert(1)</script>"
"""A name that must come out as text."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def browser(home: Home) -> AsyncIterator[Browser]:
    """A browser on the house in which nobody has signed in."""
    transport = httpx2.ASGITransport(Starlette(routes=make_console(home.house)))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Browser(home.house, client)


async def stands(
    home: Home, device: DeviceId, state: SettingState, text: str = "", status: int | None = None
) -> None:
    """Let the device stand like this to all that is wanted of it."""
    wanting = await home.house.standings.standing_of(device)
    nodes = [
        NodeStanding(
            uri=each.uri.text,
            state=state,
            since=START,
            text=text,
            owners=each.owners,
            mark=each.mark,
            ours=True,
            status=status,
        )
        for each in (await tree_of(home, device)).nodes
    ]
    standing = replace(DeviceStanding().with_nodes(nodes), tree=wanting.tree)
    worst = ProgressState.FAILED if state is SettingState.FAILED else ProgressState.VERIFIED
    stood = Stood(wanting.tree, standing.dump(), standing.is_settled, None, "", worst)
    await home.say(device, stood=stood)
