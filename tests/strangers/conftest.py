"""A real server, and clients that nobody here wrote for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.journeys.conftest import Server, serving
from tests.strangers.enrolling import Stranger, Style
from tests.strangers.talking import Talker
from tests.strangers.wire import close_all


@dataclass
class Field:
    """A server and a code that many may use."""

    server: Server
    code: str
    folder: Path

    def stranger(self) -> Stranger:
        """Return a device that was never enrolled."""
        return Stranger(self.server.port, self.server.ca_path, self.folder)

    def talker(self, style: Style | None = None) -> Talker:
        """Return a device that is enrolled."""
        stranger = self.stranger()
        stranger.enroll("wearer@example.org", self.code, style or Style())
        return Talker(stranger)

    def id_of(self, stranger: Stranger) -> str:
        """Return the identifier of its record."""
        items = self.server.get(f"/api/v1/devices?text={stranger.dev_id}").json()["items"]
        assert len(items) == 1, items
        found: str = items[0]["id"]
        return found


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A server for the tests of one module."""
    with serving() as server:
        yield Field(server, server.new_code(uses=100), tmp_path_factory.mktemp("strangers"))


@pytest.fixture(autouse=True)
def tidied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close connections; show the server's log beside a failure."""
    yield
    close_all()
    if "field" in request.fixturenames:
        found: Field = request.getfixturevalue("field")
        print(found.server.log())
