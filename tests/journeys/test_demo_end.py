"""A demo that is ended takes its server with it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from tests.journeys.conftest import free_port

pytestmark = pytest.mark.journey

PATIENCE_S: Final = 120


def children(pid: int) -> list[int]:
    """Return the processes that this one started and that still run."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(each.parent.name))
    return found


def test_the_server_ends_with_the_demo() -> None:
    """As with Ctrl-C: whoever tells the demo to go need not look for what it started."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "lenskeep", "demo", "--port", str(free_port())],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + PATIENCE_S
    while not (started := children(demo.pid)):
        assert demo.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)

    demo.terminate()

    demo.wait(PATIENCE_S)
    assert started
    assert not [each for each in started if _runs(each)]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
