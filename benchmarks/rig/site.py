"""A server in processes of its own, on loopback, with what is needed to use and to break it."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2

from lenskeep.files.folder import DataFolder

START_S: Final = 60
"""Seconds a server gets to answer: the machine may be busy with the fleet."""
STOP_S: Final = 30
CODE_USES: Final = 1000
"""The most headsets that one code enrolls."""
BUILD: Final = "HL2-22621.1244"


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Site:
    """A data folder, the database it uses, and the server on it."""

    data: Path
    database: str = ""
    """postgresql://...; empty: SQLite in the data folder."""
    workers: int = 1
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    token: str = ""
    process: subprocess.Popen[bytes] | None = None
    quick: bool = False
    """Start it by a fork of a process that has imported everything."""
    _zygote: subprocess.Popen[str] | None = None
    _child: int = 0
    _client: httpx2.Client | None = None

    @property
    def url(self) -> str:
        """The public URL."""
        return f"https://localhost:{self.port}"

    @property
    def ca(self) -> bytes:
        """The root certificate, PEM."""
        return DataFolder(self.data).trusted_roots().read_bytes()

    @property
    def log(self) -> Path:
        """Everything the server said."""
        return self.data.parent / f"{self.data.name}.log"

    # --- making -----------------------------------------------------------------------------

    def make(self) -> None:
        """Make the data folder and a token."""
        self.data.mkdir(parents=True, exist_ok=True)
        listen = f"127.0.0.1:{self.port}"
        self.command("init", "--hostname", f"localhost:{self.port}", "--listen", listen)
        self.token = self.command("token", "new", "benchmark", "--scope", "admin").split()[-1]

    def command(self, *arguments: str) -> str:
        """Run `lenskeep` on the data folder; return what it printed. Raises RuntimeError."""
        done = subprocess.run(
            [sys.executable, "-m", "lenskeep", *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
        )
        if done.returncode:
            raise RuntimeError(f"lenskeep {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        database = {"LENSKEEP_DATABASE": self.database} if self.database else {}
        return {**os.environ, **database, **self.environment}

    # --- running ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if self.quick:
            self._fork()
            self.wait_until_up()
            return
        workers = ("--workers", str(self.workers)) if self.workers > 1 else ()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lenskeep", "serve", "--data", str(self.data), *workers],
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self.wait_until_up()

    def _fork(self) -> None:
        if self._zygote is None:
            with self.log.open("ab") as log:
                self._zygote = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.rig.zygote"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    env=self._environment(),
                )
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(["serve", "--data", str(self.data)]) + "\n")
        self._zygote.stdin.flush()
        self._child = int(self._zygote.stdout.readline())

    def kill(self) -> None:
        """End all that belongs to the server, as a power cut would."""
        if self.quick:
            os.kill(self._child, signal.SIGKILL)
            while Path(f"/proc/{self._child}").exists():  # dying takes a moment
                time.sleep(0.005)
        elif self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wait_until_up(self) -> None:
        """Wait until the server answers. Raises RuntimeError where it does not."""
        end, last = time.monotonic() + START_S, ""
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"the server ended; its log is {self.log}")
            try:
                answer = self.request("GET", "/healthz")
                if answer.is_success:
                    return
                last = f"{answer.status_code} {answer.text[:200]}"
            except httpx2.HTTPError as error:
                last = f"{type(error).__name__}: {error}"
            time.sleep(0.05)
        log = self.log.read_text("utf-8", "replace")[-1500:]
        raise RuntimeError(f"the server does not answer ({last}); its log ends:\n{log}")

    def stop(self) -> None:
        """Ask the server to stop and wait for it."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._zygote is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGTERM)
            self._zygote.terminate()
            self._zygote.wait()
            self._zygote = None
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def processes(self) -> tuple[int, ...]:
        """Return the processes that serve: the workers, or the one there is."""
        if self.quick:
            return (self._child,)
        if self.process is None:
            return ()
        below = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = tuple(int(each) for each in below.read_text("ascii").split())
        serving = tuple(each for each in children if _serves(each))
        return serving or (self.process.pid,)

    def memory_mb(self) -> float:
        """Return the resident memory of the largest process that serves, MB; 0 for none."""
        return max((_resident_mb(each) for each in self.processes()), default=0.0)

    # --- asking -----------------------------------------------------------------------------

    def request(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send a REST request with the token."""
        if self._client is None:
            trust = ssl.create_default_context(cadata=self.ca.decode("ascii"))
            self._client = httpx2.Client(verify=trust, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self._client.request(method, self.url + path, json=body, headers=headers)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a REST request; return its JSON. Raises RuntimeError for a refusal."""
        answer = self.request(method, path, body)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def code(self, uses: int = CODE_USES) -> str:
        """Return a fresh code."""
        found: str = self.ask("POST", "/api/v1/codes", {"uses": uses})["code"]
        return found

    def devices(self) -> list[dict[str, Any]]:
        """Return all devices."""
        return list(self.pages("/api/v1/devices?limit=200"))

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page after page."""
        after = ""
        while True:
            page = self.ask("GET", f"{path}&after={after}" if after else path)
            yield from page["items"]
            after = page["next"]
            if not after:
                return


def _serves(pid: int) -> bool:
    """Tell a worker from the helpers that Python starts beside it."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"resource_tracker" not in words


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


@contextmanager
def own_folder(name: str) -> Iterator[Path]:
    """Yield a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"lenskeep-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
