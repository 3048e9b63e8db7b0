"""A house for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flows.home import Home, open_home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened
