"""The supervisor: `python -m lenskeep.work.supervising PLAN`, which `lenskeep serve` turns into.

It holds the listening socket, which all workers take connections from, and does what `crew` says.
It imports next to nothing and never serves: what can break is in the workers. A worker holds one
end of a socket pair, the tether: it says on it that it serves, and ends when the other end is gone.
"""

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lenskeep.work.crew import Crew, End, Kill, Order, Say, Start, Stop

TETHER: Final = "SUPERVISOR_TETHER"
"""The environment variable by which a worker knows its supervisor: LISTENER,TETHER,PLACE."""
READY: Final = b"ready\n"
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_LONGEST_WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the supervisor is told."""

    command: list[str]
    """Starts a worker."""
    listener: int
    """The listening socket's descriptor."""
    workers: int
    stop_s: float
    """Seconds after which a worker that was told to stop is killed."""
    listening: str
    """The file that says where we listen; removed at the end."""
    numbers: str
    """The folder in which workers keep what they count; removed at the end."""


def become_supervisor(plan: Plan) -> None:
    """Turn this process into the supervisor: same pid, nothing of what it was."""
    os.set_inheritable(plan.listener, True)
    program = [sys.executable, "-m", __name__, json.dumps(asdict(plan))]
    os.execv(sys.executable, program)  # noqa: S606 - our own interpreter, our own module


class Supervisor:
    """Carries out what the crew orders."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._is_in_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._crew = Crew(plan.workers, plan.stop_s)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._tethers: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._status: int | None = None

    def run(self) -> int:
        """Supervise until the end; return the exit status."""
        os.set_inheritable(self._plan.listener, False)
        signals = self._listen_to_signals()
        say(Say("info", "supervising", {"workers": self._plan.workers}))
        self._carry_out(self._crew.begin())
        while self._status is None:
            for key, _ in self._selector.select(self._wait_s()):
                if key.fileobj is signals:
                    self._signalled(signals.recv(64))
                else:
                    self._heard(key.data)
            self._carry_out(self._crew.tick(time.monotonic()))
        with suppress(OSError):
            Path(self._plan.listening).unlink()
        shutil.rmtree(self._plan.numbers, ignore_errors=True)
        return self._status

    def _listen_to_signals(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        for each in (ours, theirs):
            each.setblocking(False)
        signal.set_wakeup_fd(theirs.detach())
        for number in _SIGNALS:
            signal.signal(number, lambda *_: None)
        self._selector.register(ours, selectors.EVENT_READ)
        return ours

    def _wait_s(self) -> float:
        at = self._crew.next_at
        return _LONGEST_WAIT_S if at is None else max(0.0, at - time.monotonic())

    def _signalled(self, numbers: bytes) -> None:
        for number in numbers:
            if number == signal.SIGCHLD:
                self._bury()
            elif number == signal.SIGHUP and not self._is_in_terminal:
                self._carry_out(self._crew.exchange())
            else:
                self._carry_out(self._crew.end(time.monotonic()))

    def _heard(self, pid: int) -> None:
        """Note what a worker says; what it ends with is told by its end."""
        tether = self._tethers[pid]
        said = b""
        with suppress(OSError):
            said = tether.recv(64)
        if said:
            self._carry_out(self._crew.serves(pid, time.monotonic()))
        else:
            self._selector.unregister(tether)

    def _bury(self) -> None:
        for pid, process in tuple(self._processes.items()):
            if process.poll() is None:
                continue
            del self._processes[pid]
            tether = self._tethers.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(tether)
            tether.close()
            self._forget_numbers(pid)
            reason = in_words(process.returncode)
            self._carry_out(self._crew.ended(pid, reason, time.monotonic()))

    def _forget_numbers(self, pid: int) -> None:
        """Remove what a worker said of itself alone; what it counted stays, and adds up."""
        for each in Path(self._plan.numbers).glob(f"gauge_live*_{pid}.db"):
            with suppress(OSError):
                each.unlink()

    def _carry_out(self, orders: Iterable[Order]) -> None:
        for order in tuple(orders):
            match order:
                case Start(place):
                    self._start(place)
                case Stop(pid):
                    self._send(pid, signal.SIGTERM)
                case Kill(pid):
                    self._send(pid, signal.SIGKILL)
                case Say():
                    say(order)
                case End(status):
                    self._status = status

    def _start(self, place: int) -> None:
        ours, theirs = socket.socketpair()
        listener = self._plan.listener
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - the command we were started with
                self._plan.command,
                env={**os.environ, TETHER: f"{listener},{theirs.fileno()},{place}"},
                pass_fds=(listener, theirs.fileno()),
                process_group=0,  # Ctrl-C is for us, who passes it on in good order
            )
        self._processes[process.pid] = process
        self._tethers[process.pid] = ours
        self._selector.register(ours, selectors.EVENT_READ, process.pid)
        self._carry_out(self._crew.started(place, process.pid, time.monotonic()))

    def _send(self, pid: int, number: int) -> None:
        if pid in self._processes:
            self._processes[pid].send_signal(number)


def in_words(status: int) -> str:
    """Return how a process ended: Popen's return code for a person."""
    if status == 0:
        return "it stopped in good order"
    if status > 0:
        return f"it ended with status {status}; its last lines above say why"
    number = -status
    name = next((each.name for each in signal.Signals if each == number), str(number))
    more = ": by somebody, or by the system for want of memory" if name == "SIGKILL" else ""
    return f"it was ended by signal {name}{more}"


def say(line: Say) -> None:
    """Write a line of the log, as the workers do; a disk that is full ends nothing."""
    now = datetime.now(UTC)  # noqa: TID251 - the house, with its clock, is in the workers
    at = now.isoformat().replace("+00:00", "Z")
    if sys.stderr.isatty():
        keys = " ".join(f"{name}={value}" for name, value in line.keys.items())
        text = f"{at} [{line.level:<8}] {line.event:<30} {keys}"
    else:
        event = {**line.keys, "event": line.event, "level": line.level, "timestamp": at}
        text = json.dumps(event)
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(Supervisor(Plan(**json.loads(sys.argv[1]))).run())
