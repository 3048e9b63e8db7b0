"""A real server in a process of its own, and virtual headsets to drive it."""

import asyncio
import atexit
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lenskeep.files.folder import DataFolder
from lenskeep.virtual.headset import Habits, SessionReport, SyncOptions, VirtualHeadset
from lenskeep.virtual.transport import Patience, tls_context

ROOT = Path(__file__).resolve().parents[2]
SHIFTED = Path(__file__).with_name("shifted.py")
START_S = 90
"""A machine that has much else to do takes long to import."""
UNPRIVILEGED = "nobody"


FAST = Patience(retries=0, first_pause_s=0.01, longest_pause_s=0.05)


class Headset:
    """A virtual headset for tests that are not asynchronous."""

    def __init__(self, virtual: VirtualHeadset) -> None:
        self.virtual = virtual

    @property
    def dev_id(self) -> str:
        """The DevId of its enrollment."""
        return self.virtual.device_id

    def enroll(
        self, server: "Server", user: str, secret: str, habits: Habits | None = None
    ) -> None:
        """Enroll with a server."""
        asyncio.run(self.virtual.enroll(server.url, user, secret, server.ca_path, habits=habits))

    def sync(self, **options: Any) -> SessionReport:
        """Run one session."""
        options.setdefault("patience", FAST)
        return asyncio.run(self.virtual.sync(SyncOptions(**options)))

    def unenroll(self) -> SessionReport:
        """Leave management as the wearer does."""
        return asyncio.run(self.virtual.unenroll())

    def tls(self, *, certificate: bool = True) -> ssl.SSLContext:
        """Return a context with its certificate."""
        return tls_context(self.virtual.device.trust(with_certificate=certificate))


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _drop() -> dict[str, Any]:
    """Return what makes a child run unprivileged, where root runs the tests and it can."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    drop: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        probe = subprocess.run(
            [sys.executable, "-c", "import lenskeep.app"], capture_output=True, check=False, **drop
        )
    except OSError:  # this interpreter lies where only root may look
        return {}
    return drop if probe.returncode == 0 else {}


@dataclass
class Server:
    """A Lenskeep server on loopback, its data folder, and what is needed to use it."""

    data: Path
    port: int
    drop: dict[str, Any] = field(default_factory=_drop)
    process: subprocess.Popen[bytes] | None = None
    admin_name: str = "ada"
    admin_password: str = "correct horse battery"
    api_token: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    days_ago: float = 0
    """How far behind the real one the server's clock is."""

    @property
    def program(self) -> list[str]:
        """How `lenskeep` is called."""
        if not self.days_ago:
            return [sys.executable, "-m", "lenskeep"]
        return [sys.executable, str(SHIFTED), str(-self.days_ago)]

    @property
    def url(self) -> str:
        """The server's public URL."""
        return f"https://localhost:{self.port}"

    @property
    def ca_path(self) -> Path:
        """The root certificate, or those of a rotation."""
        return DataFolder(self.data).trusted_roots()

    def command(self, *arguments: str, given: str = "") -> str:
        """Run `lenskeep` on the data folder; return what it printed."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [*self.program, *arguments, "--data", str(self.data)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=os.environ | self.settings,
            **self.drop,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def prepare(self) -> None:
        """Take a data folder with an administrator and a token, made once a process."""
        made = _prepared(self.days_ago)
        shutil.copytree(made.data, self.data)
        if self.drop:
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, self.drop["user"], self.drop["group"])
        settings = self.data / "lenskeep.toml"
        settings.write_text(settings.read_text().replace(f":{made.port}", f":{self.port}"))
        self.api_token = made.api_token

    def make(self) -> None:
        """Make the data folder, an administrator and a token."""
        self.data.mkdir(parents=True)
        if self.drop:
            os.chown(self.data, self.drop["user"], self.drop["group"])
        listen = f"127.0.0.1:{self.port}"
        self.command("init", "--hostname", f"localhost:{self.port}", "--listen", listen)
        self.command(
            "admin", "add", self.admin_name, "--password-stdin", given=f"{self.admin_password}\n"
        )
        self.api_token = self.command("token", "new", "tests", "--scope", "admin").split()[-1]

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "serve", "--data", str(self.data)],
                stdout=log,
                stderr=log,
                cwd="/",
                env=os.environ | self.settings,
                **self.drop,
            )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait for /healthz to answer 200."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            try:
                if self.get("/healthz").status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log()}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask the process to stop and wait for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def log(self) -> str:
        """Return the end of the server's log."""
        path = self.data / "server.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts this server."""
        return ssl.create_default_context(cafile=str(self.ca_path))

    def get(self, path: str) -> httpx2.Response:
        """GET with the token."""
        return self.request("GET", path)

    def request(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send a REST request with the token."""
        headers = {"Authorization": f"Bearer {self.api_token}"} if self.api_token else {}
        with httpx2.Client(verify=self.tls(), timeout=30) as client:
            return client.request(method, self.url + path, json=body, headers=headers)

    def devices(self) -> list[dict[str, Any]]:
        """Return all devices, page by page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            suffix = f"&after={after}" if after else ""
            page = self.get(f"/api/v1/devices?limit=200{suffix}").json()
            found.extend(page["items"])
            if not page["next"]:
                return found
            after = page["next"]

    def new_code(self, uses: int = 1) -> str:
        """Return a fresh one-time code."""
        answer = self.request("POST", "/api/v1/codes", {"uses": uses})
        assert answer.status_code == 201, answer.text
        code: str = answer.json()["code"]
        return code

    def enroll_virtual(
        self, build: str = "HL2-22621.1244", user: str = "wearer@example.org", secret: str = ""
    ) -> "Headset":
        """Enroll a virtual headset, with a fresh code where no secret is given."""
        headset = Headset(VirtualHeadset.create(build=build))
        headset.enroll(self, user, secret or self.new_code())
        return headset

    def device_of(self, headset: "Headset") -> dict[str, Any]:
        """Return the record of a headset."""
        items = self.get(f"/api/v1/devices?text={headset.dev_id}").json()["items"]
        assert len(items) == 1, items
        found: dict[str, Any] = items[0]
        return found

    def queue(self, device: str, verb: str, uri: str, **more: str) -> dict[str, Any]:
        """Queue an operation; return it."""
        body = {"verb": verb, "uri": uri, **more}
        answer = self.request("POST", f"/api/v1/devices/{device}/operations", body)
        assert answer.status_code == 201, answer.text
        operation: dict[str, Any] = answer.json()
        return operation

    def operation(self, device: str, operation: str) -> dict[str, Any]:
        """Return an operation as it stands."""
        found: dict[str, Any] = self.get(f"/api/v1/devices/{device}/operations/{operation}").json()
        return found

    def operations(self, device: str) -> list[dict[str, Any]]:
        """Return the newest operations of a device."""
        items: list[dict[str, Any]] = self.get(
            f"/api/v1/devices/{device}/operations?limit=200"
        ).json()["items"]
        return items


@cache
def _prepared(days_ago: float) -> Server:
    """Return a server's data folder that was never served: authorities and commands take time."""
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-prepared-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = Server(folder / "data", 1, days_ago=days_ago)
    server.make()
    return server


@contextmanager
def serving(*, days_ago: float = 0) -> Iterator[Server]:
    """Run a server on a folder of its own, not pytest's, which is for its owner's eyes only."""
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-journey-"))
    folder.chmod(0o711)
    server = Server(folder / "data", free_port(), days_ago=days_ago)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running_server() -> Iterator[Server]:
    """A server for the tests of one module."""
    with serving() as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server for one test alone: it may be killed."""
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def log_on_failure(request: pytest.FixtureRequest) -> Iterator[None]:
    """Show the server's log beside a failure: pytest keeps what is printed for it."""
    names = {"running_server", "own_server", "proxied"} & set(request.fixturenames)
    servers: list[Server] = [request.getfixturevalue(name) for name in names]
    yield
    for server in servers:
        print(server.log())
