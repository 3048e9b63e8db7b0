"""A server that is not ours, for headsets that are."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.double import Authority, Double
from tests.virtual.manager import Manager


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return the authority that the server's certificates come from."""
    return double.make_authority()


@pytest.fixture
async def server(authority: Authority, tmp_path: Path) -> AsyncIterator[tuple[Manager, Double]]:
    """Run the double; what it says is the manager's to decide."""
    manager = Manager(authority)
    async with double.serve(authority, manager, tmp_path) as running:
        manager.base = running.base
        yield manager, running
