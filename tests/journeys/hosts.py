"""Servers on PostgreSQL: with several workers, or several hosts behind a balancer."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
from tests import postgres
from tests.journeys.conftest import Server, free_port

PATIENCE_S = 120


@dataclass
class Crewed(Server):
    """A supervisor with its workers, on PostgreSQL."""

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Return the lines of the log (with this event)."""
        text = (self.data / "server.log").read_text(errors="replace")
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [each for each in found if not name or each["event"] == name]

    def wait_for(self, event: str, count: int) -> None:
        """Wait until the log has so many of these."""
        self.wait(lambda: len(self.events(event)) >= count)

    def wait(self, until: Callable[[], object]) -> None:
        """Wait for something to be so."""
        end = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def start_host(self) -> None:
        """Start one of several hosts; wait until it answers itself, not another one."""
        self.start()
        address = self.settings["LENSKEEP_LISTEN"]
        url = f"https://localhost:{address.rpartition(':')[2]}/healthz"
        with httpx2.Client(verify=self.tls(), timeout=5) as client:
            self.wait(lambda: _answers(client, url))

    def workers(self) -> list[int]:
        """Return the pids of those that serve since the last start, by their places."""
        places: dict[int, int] = {}
        for each in self.events():
            if each["event"] == "supervising":
                places = {}
            if each["event"] == "worker_serves":
                places[each["worker"]] = each["pid"]
        return [places[each] for each in sorted(places)]


def _answers(client: httpx2.Client, url: str) -> bool:
    with suppress(httpx2.HTTPError):
        return client.get(url).status_code == 200
    return False


def is_alive(pid: int) -> bool:
    """Return whether there is such a process, and it is no zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def crewed(workers: int = 2) -> Iterator[Crewed]:
    """Run a server with so many workers on a database of its own."""
    with ExitStack() as stack:
        server = stack.enter_context(_prepared(free_port()))
        server.settings["LENSKEEP_WORKERS"] = str(workers)
        stack.callback(server.stop)
        server.start()
        server.wait(lambda: len(server.workers()) == workers)
        yield server


@contextmanager
def _prepared(port: int) -> Iterator[Crewed]:
    folder = Path(tempfile.mkdtemp(prefix="lenskeep-journey-"))
    folder.chmod(0o711)
    try:
        with postgres.empty_database() as url:
            server = Crewed(folder / "data", port)
            name = urlsplit(url.reveal()).path.removeprefix("/")  # its socket is not for everybody
            server.settings["LENSKEEP_DATABASE"] = postgres.cluster().tcp_url(name)
            server.settings["HOME"] = str(folder)  # the driver looks for certificates in it
            server.make()
            yield server
    finally:
        shutil.rmtree(folder)


# --- several hosts ------------------------------------------------------------------------


@dataclass
class Fleet:
    """Several hosts on one database and one data folder, behind a balancer."""

    balancer: "Balancer"
    hosts: list[Crewed] = field(default_factory=list)

    @property
    def front(self) -> Crewed:
        """The first host; its URL is the balancer's."""
        return self.hosts[0]


@contextmanager
def balanced(count: int = 2) -> Iterator[Fleet]:
    """Run so many hosts; each new connection goes to the next one."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(count)]
        balancer = stack.enter_context(Balancer(ports))
        first = stack.enter_context(_prepared(balancer.port))
        fleet = Fleet(balancer)
        for port in ports:
            host = Crewed(first.data, balancer.port, api_token=first.api_token)
            host.settings = {**first.settings, "LENSKEEP_LISTEN": f"127.0.0.1:{port}"}
            fleet.hosts.append(host)
            stack.callback(host.stop)
            host.start_host()
        yield fleet


class Balancer:
    """Hands each connection to the next of some ports of loopback, octet for octet."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.taken: list[int] = []
        """Which port each connection went to."""
        self.port = 0
        self._ports = cycle(ports)
        self._loop = asyncio.new_event_loop()
        self._begun = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._begun.set()
            await self._end.wait()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):  # a host that is not there is passed over
            port = next(self._ports)
            with suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", port)
                break
        else:
            writer.close()
            return
        self.taken.append(port)
        await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


def end(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process."""
    os.kill(pid, number)
