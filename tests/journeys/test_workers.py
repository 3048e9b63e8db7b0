"""Several workers on PostgreSQL: one may die, all may be exchanged, and nobody notices."""

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.journeys.conftest import Server
from tests.journeys.hosts import Crewed, crewed, end, is_alive

from lenskeep.virtual.headset import SyncOptions, VirtualHeadset
from lenskeep.virtual.session.commands import Executor
from lenskeep.virtual.transport import Patience

pytestmark = pytest.mark.journey

COUNT = 20
LOCK = "./Vendor/MSFT/RemoteLock/Lock"
POLICY = "./Vendor/MSFT/Policy/Config/Experience/AllowCortana"
STUBBORN = Patience(retries=20, first_pause_s=0.1, longest_pause_s=1.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Crewed]:
    """Two workers, for the tests of this module."""
    with crewed() as running:
        yield running


@pytest.fixture(autouse=True)
def log_of_the_crew(server: Crewed) -> Iterator[None]:
    """Show the log beside a failure."""
    yield
    print(server.log())


@pytest.fixture
def done_by_headsets(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what headsets really carried out, by headset, verb and node; changes nothing."""
    counted: Counter[str] = Counter()
    carry_out = Executor.carry_out

    def counting(self: Executor, *arguments: Any, **more: Any) -> Any:
        execution = carry_out(self, *arguments, **more)
        counted.update(f"{id(self._tree)} {done.verb} {done.uri}" for done in execution.done)
        return execution

    monkeypatch.setattr(Executor, "carry_out", counting)
    return counted


async def enroll(server: Crewed, code: str) -> list[VirtualHeadset]:
    """Enroll all headsets at once."""
    headsets = [VirtualHeadset.create(build="HL2-22621.1244") for _ in range(COUNT)]
    await asyncio.gather(
        *(each.enroll(server.url, "fleet@example.org", code, server.ca_path) for each in headsets)
    )
    return headsets


async def sync_while(
    headsets: list[VirtualHeadset], done: Counter[str], accident: int
) -> list[int]:
    """Sync all at once, and kill this process when half of them have something done."""

    async def kill() -> None:
        while sum(done.values()) < COUNT // 2:
            await asyncio.sleep(0.01)
        end(accident)

    killing = asyncio.create_task(kill())
    reports = await asyncio.gather(
        *(each.sync(SyncOptions(patience=STUBBORN)) for each in headsets)
    )
    await killing
    return [each.messages for each in reports]


def test_a_worker_is_killed_and_the_fleet_finishes(
    server: Crewed, done_by_headsets: Counter[str]
) -> None:
    """Every headset does everything once; the worker is replaced, and its death told of."""
    headsets = asyncio.run(enroll(server, server.new_code(uses=COUNT)))
    queued = {
        server.queue(device["id"], verb, uri, **more)["id"]: device["id"]
        for device in server.devices()
        for verb, uri, more in (
            ("exec", LOCK, {}),
            ("replace", POLICY, {"format": "int", "value": "0"}),
        )
    }
    victim = server.workers()[0]

    messages = asyncio.run(sync_while(headsets, done_by_headsets, victim))

    assert len(queued) == 2 * COUNT
    assert min(messages) > 1
    ours = {
        each: count
        for each, count in done_by_headsets.items()
        if each.endswith((f"exec {LOCK}", f"replace {POLICY}"))
    }
    assert len(ours) == 2 * COUNT
    assert set(ours.values()) == {1}
    states = {
        each["state"] for device in set(queued.values()) for each in server.operations(device)
    }
    assert states == {"done"}
    server.wait_for("worker_died", 1)
    (death,) = server.events("worker_died")
    assert (death["pid"], "SIGKILL" in death["reason"]) == (victim, True)
    server.wait(lambda: victim not in server.workers())


class Asking:
    """Clients that ask without pause, each over a connection that it keeps."""

    def __init__(self, server: Server, clients: int = 3) -> None:
        self.answered = 0
        self.not_let_in: list[str] = []
        self.broken: list[str] = []
        self._server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self) -> "Asking":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        headers = {"Authorization": f"Bearer {self._server.api_token}"}
        with httpx2.Client(verify=self._server.tls(), timeout=60, headers=headers) as client:
            while not self._over.is_set():
                try:
                    answer = client.get(self._server.url + "/api/v1/devices?limit=5")
                    assert answer.status_code == 200, answer.text
                    self.answered += 1
                except httpx2.ConnectError as error:
                    self.not_let_in.append(str(error))
                    time.sleep(0.2)
                except (httpx2.HTTPError, AssertionError) as error:
                    self.broken.append(repr(error))


def test_all_workers_are_exchanged_and_no_connection_is_refused(server: Crewed) -> None:
    """SIGHUP: one after the other, each when its successor serves."""
    assert server.process is not None
    before = server.workers()
    with Asking(server) as asking:
        server.wait(lambda: asking.answered > 10)
        end(server.process.pid, signal.SIGHUP)
        server.wait_for("rolling_restart_done", 1)
        so_far = asking.answered
        server.wait(lambda: asking.answered > so_far + 10)

    assert not set(before) & set(server.workers())
    assert not any(map(is_alive, before))
    assert (asking.not_let_in, asking.broken) == ([], [])


def test_all_that_runs_is_answered_before_the_end(server: Crewed) -> None:
    """SIGTERM: nobody is cut off; then nothing is left of the server."""
    assert server.process is not None
    pids = server.workers()
    with Asking(server) as asking:
        server.wait(lambda: asking.answered > 10)
        server.stop()
        assert asking.broken == []
        assert server.process.returncode == 0
        assert not any(map(is_alive, pids))
        assert not (server.data / "listening").exists()
    server.start()
    server.wait(lambda: len(server.workers()) == 2)


def test_workers_do_not_outlive_their_supervisor(server: Crewed) -> None:
    """Nobody would restart them, and nobody would stop them."""
    pids = server.workers()
    assert all(map(is_alive, pids))

    server.kill()

    server.wait(lambda: not any(map(is_alive, pids)))
    assert len(server.events("supervisor_gone")) == 2
