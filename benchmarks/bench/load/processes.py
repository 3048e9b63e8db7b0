"""Processes of a round: the server that is measured, the floor, the load; what they cost."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.bench.load.client import Round
from benchmarks.rig.site import free_port

START_S: Final = 60
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def cpu_ms(pids: Iterable[int]) -> float:
    """Return what processor time the threads of these processes have used."""
    return sum(_cpu_ms(each) for each in pids)


def _cpu_ms(pid: int) -> float:
    """Thread by thread: what the kernel tells of a whole process is counted in ticks of 10 ms."""
    spent_ns = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            spent_ns += int(thread.read_text("ascii").split()[0])
        except OSError:
            continue
    return spent_ns / 1e6


def rss_mb(pid: int) -> float:
    """Return what memory a process holds, in MB of a million octets."""
    words = Path(f"/proc/{pid}/statm").read_text("ascii").split()
    return int(words[1]) * _PAGE / 1e6


def private_mb(pid: int) -> float:
    """Return what of it is the process's own: the code of libraries is there once for all."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    pairs = [line.split() for line in lines if line.startswith("Private_")]
    return sum(int(words[1]) for words in pairs) * 1024 / 1e6


def with_children(pid: int) -> tuple[int, ...]:
    """Return a process and all those below it that still run."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += [int(word) for word in children.read_text("ascii").split()]
            except OSError:
                continue
    return tuple(found)


@dataclass
class Floor:
    """The floor server in processes of its own."""

    data: Path
    replies: Path
    workers: int
    database: str = ""
    doors: bool = False
    """Whether it stands behind the doors of the real server."""
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = [sys.executable, "-m", "benchmarks.bench.load.floor"]
        asked = ["--data", self.data, "--replies", self.replies]
        asked += ["--port", str(self.port), "--workers", str(self.workers)]
        asked += ["--doors"] if self.doors else []
        log = self.replies.with_suffix(".log").open("ab")
        environment = {**os.environ, "FLOOR_DATABASE": self.database}
        with log:
            self.process = subprocess.Popen(
                [*program, *map(str, asked)], stdout=log, stderr=log, env=environment
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the floor does not answer; its log is beside {self.replies}")

    def processes(self) -> tuple[int, ...]:
        """Return the processes that serve."""
        assert self.process is not None
        return with_children(self.process.pid)

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Load:
    """The load in a process of its own."""

    plan: Path
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        """Start it; it reads its plan meanwhile."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bench.load.client", str(self.plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._line()

    def _line(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the load ended")
        return line

    def round(self, told: Round) -> dict[str, Any]:
        """Run one round. Raises RuntimeError where it did not come to its end."""
        assert self.process is not None
        assert self.process.stdin is not None
        print(json.dumps(asdict(told)), file=self.process.stdin, flush=True)
        found: dict[str, Any] = json.loads(self._line())
        if "error" in found:
            raise RuntimeError(f"the load gave up: {found['error']}")
        return found

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()


def dump_replies(path: Path, replies: dict[str, bytes]) -> None:
    """Write what the floor answers."""
    told = {name: base64.b64encode(each).decode("ascii") for name, each in replies.items()}
    path.write_text(json.dumps(told), "ascii")
