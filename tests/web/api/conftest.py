"""REST on a house for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.flows.home import Home, open_home
from tests.web.api.rest import Rest, open_rest


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def rest(home: Home) -> AsyncIterator[Rest]:
    """REST on that house."""
    async with open_rest(home) as opened:
        yield opened
