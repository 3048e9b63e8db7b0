"""A server with every way in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.double import Authority, Double
from tests.virtual.gate import Gate


@pytest.fixture
async def gate(authority: Authority, tmp_path: Path) -> AsyncIterator[tuple[Gate, Double]]:
    """Run the gate."""
    found = Gate(authority)
    async with double.serve(authority, found, tmp_path) as running:
        found.base = running.base
        yield found, running
