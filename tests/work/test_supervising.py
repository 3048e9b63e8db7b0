"""The supervisor, with workers that do nothing but come and go."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from lenskeep.work.supervising import Plan, in_words

PATIENCE_S: Final = 60
WORKER: Final = """
import os, socket, signal, sys
listener, line, place = os.environ["SUPERVISOR_TETHER"].split(",")
tether = socket.socket(fileno=int(line))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
assert socket.socket(fileno=int(listener)).getsockname()[1] == int(sys.argv[1])
tether.send(b"ready")
tether.recv(1)
os.write(1, f"untied {place}\\n".encode())  # in one piece, beside the other
"""


@dataclass
class Crewed:
    """A supervisor in a process of its own."""

    process: "subprocess.Popen[str]"
    log: Path
    folder: Path

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of its log with this event."""
        lines = [json.loads(each) for each in self.log.read_text().splitlines()]
        return [each for each in lines if each["event"] == name]

    def wait(self, until: Callable[[], object]) -> None:
        """Wait for something to be so."""
        end = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def serving(self, count: int) -> list[int]:
        """Wait until so many came to serve, all told; return their pids."""
        self.wait(lambda: len(self.events("worker_serves")) >= count)
        return [each["pid"] for each in self.events("worker_serves")]


@pytest.fixture
def crewed(tmp_path: Path) -> Iterator[Crewed]:
    """Two workers that serve."""
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    listening = tmp_path / "listening"
    listening.touch()
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("w") as stderr:
        port = str(listener.getsockname()[1])
        plan = Plan(
            command=[sys.executable, "-c", WORKER, port],
            listener=listener.fileno(),
            workers=2,
            stop_s=20,
            listening=str(listening),
            numbers=str(numbers),
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "lenskeep.work.supervising", json.dumps(asdict(plan))],
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
        )
    found = Crewed(process, log, tmp_path)
    with process:
        found.serving(2)
        yield found
        process.terminate()
        process.wait(PATIENCE_S)


def test_it_ends_in_good_order(crewed: Crewed) -> None:
    """Workers first; what it put into folders goes with it."""
    crewed.process.terminate()

    assert crewed.process.wait(PATIENCE_S) == 0
    assert len(crewed.events("worker_stopped")) == 2
    assert [each.name for each in crewed.folder.iterdir()] == ["log"]


def test_one_that_dies_is_replaced(crewed: Crewed) -> None:
    """In its place, with the reason in plain words, and without the numbers it had of itself."""
    victim = crewed.serving(2)[0]
    own = crewed.folder / "numbers" / f"gauge_livesum_{victim}.db"
    counted = crewed.folder / "numbers" / f"counter_{victim}.db"
    own.touch()
    counted.touch()

    os.kill(victim, signal.SIGKILL)

    crewed.serving(3)
    (death,) = crewed.events("worker_died")
    assert (death["pid"], "SIGKILL" in death["reason"]) == (victim, True)
    assert death["worker"] == crewed.events("worker_serves")[2]["worker"]
    assert (own.exists(), counted.exists()) == (False, True)


def test_all_are_exchanged_on_a_word(crewed: Crewed) -> None:
    """SIGHUP: as many serve as before, and none of those before."""
    crewed.process.send_signal(signal.SIGHUP)

    crewed.wait(lambda: crewed.events("rolling_restart_done"))
    assert len(set(crewed.serving(4))) == 4
    gone = {each["pid"] for each in crewed.events("worker_stopped")}
    assert gone == set(crewed.serving(4)[:2])


def test_its_own_death_is_seen_by_the_workers(crewed: Crewed) -> None:
    """The line to each of them ends."""
    crewed.process.kill()

    assert crewed.process.stdout is not None
    said = sorted(crewed.process.stdout.read().splitlines())
    assert said == ["untied 1", "untied 2"]


def test_it_imports_next_to_nothing() -> None:
    """What it does not have cannot break it, nor fill the memory."""
    ask = "import sys, lenskeep.work.supervising; print(*sys.modules)"
    found = subprocess.check_output([sys.executable, "-c", ask], text=True).split()

    assert not {"asyncio", "ssl", "sqlalchemy", "structlog", "uvicorn", "pydantic"} & set(found)
    assert {each for each in found if each.startswith("lenskeep.")} == {
        "lenskeep.work",
        "lenskeep.work.crew",
        "lenskeep.work.supervising",
    }


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "good order"), (3, "status 3"), (-9, "want of memory"), (-11, "SEGV"), (-40, "40")],
)
def test_an_end_is_told_in_plain_words(status: int, words: str) -> None:
    """Not as a number alone."""
    assert words in in_words(status)
