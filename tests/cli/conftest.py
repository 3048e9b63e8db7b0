"""The command line as it is typed, against REST on loopback and against a data folder."""

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvicorn
from tests.flows.home import ADMIN, Home, open_home
from tests.web.api.rest import mounted

from lenskeep.access import Scope
from lenskeep.app import initialize
from lenskeep.cli.main import run
from lenskeep.flows.people import new_token


@dataclass(frozen=True)
class Typed:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line of what it printed."""
        return self.out.splitlines()[-1]


Type = Callable[..., Typed]


@pytest.fixture(autouse=True)
def _the_server_logs_elsewhere() -> Iterator[None]:
    """The server runs in this process here; what it logs is no output of a command."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    yield
    structlog.reset_defaults()


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Type:
    """Type a command into a shell without any settings of ours."""
    for name in ("DATA", "SERVER", "TOKEN", "CA", "TRACE"):
        monkeypatch.delenv(f"LENSKEEP_{name}", raising=False)

    def typed(*words: str) -> Typed:
        capsys.readouterr()
        code = run(words)
        captured = capsys.readouterr()
        return Typed(code, captured.out, captured.err)

    return typed


@dataclass
class Served:
    """A house whose REST is served on loopback, and the way to it."""

    home: Home
    url: str
    tokens: dict[Scope, str]

    def way(self, scope: Scope = Scope.ADMIN) -> tuple[str, ...]:
        """Return the options that lead a command there."""
        return ("--server", self.url, "--token", self.tokens[scope])

    def enroll(self, number: int) -> str:
        """Enroll the headset with this number; return its record's id."""
        return asyncio.run(self.home.enroll(number))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A house for the tests of one module."""
    with open_home(tmp_path_factory.mktemp("house")) as home:
        tokens = {
            scope: asyncio.run(new_token(home.house, ADMIN, scope.value, scope.value))[1].reveal()
            for scope in Scope
        }
        config = uvicorn.Config(mounted(home), port=0, log_config=None, lifespan="off")
        server = _Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert server.up.wait(20)
        yield Served(home, f"http://127.0.0.1:{server.port()}", tokens)
        server.should_exit = True
        thread.join(20)


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.up.set()

    def port(self) -> int:
        """Return the port that the system chose."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the tests of one module."""
    data = tmp_path_factory.mktemp("data") / "lenskeep"
    initialize(data, hostname="localhost:18443")
    return data
