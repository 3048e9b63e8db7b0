"""A house for each test; what decides much in the store is tried on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from tests import postgres
from tests.flows.home import Home, open_home

ON_BOTH: Final = frozenset(
    {
        "desired.test_assigning",
        "desired.test_regrouping",
        "desired.test_rolling",
        "device.test_renewal",
        "device.test_wanting",
        "device.test_wanting_changes",
        "device.test_wanting_together",
        "leaving.test_going",
        "leaving.test_keeping",
        "test_operations",
        "test_people",
        "test_reading",
    }
)
"""The contract suite holds every port to both; these see them work together."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of those modules a house on each database."""
    if "home" in metafunc.fixturenames:
        name = metafunc.module.__name__.removeprefix("tests.flows.")
        kinds = ["sqlite", "postgresql"] if name in ON_BOTH else ["sqlite"]
        metafunc.parametrize("home", kinds, indirect=True)


@pytest.fixture
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    """A house on an empty store."""
    if request.param == "sqlite":
        with open_home(tmp_path) as opened:
            yield opened
        return
    with postgres.empty_database() as url, open_home(tmp_path, url) as opened:
        yield opened
        await opened.store.aclose()
