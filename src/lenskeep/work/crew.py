"""What a supervisor decides: who is started, restarted, told to stop. No process, no clock in here.

One place for each worker. A place has one process that serves; while it is exchanged it has two,
and the old one is told to stop when the new one serves. Events come in with the time (seconds of a
clock that only goes forward), orders go out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

STEADY_S: Final = 60
"""Seconds of service after which a death is one by itself, and no sign that starting is vain."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30
"""Between a death and the next start: twice as long each time, up to this."""
START_S: Final = 120
"""Seconds until a worker must serve; else it is ended."""
VAIN_STARTS: Final = 3
"""So many deaths before any worker ever served: the supervisor gives up, and says why."""


class Stage(Enum):
    """Where a worker stands."""

    STARTING = "starting"
    SERVING = "serving"
    LEAVING = "told to stop"


@dataclass(slots=True)
class Worker:
    """One process."""

    place: int
    pid: int
    since: float
    stage: Stage = Stage.STARTING


@dataclass(frozen=True, slots=True)
class Start:
    """Start a process for this place."""

    place: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Tell this process to stop."""

    pid: int


@dataclass(frozen=True, slots=True)
class Kill:
    """End this process at once."""

    pid: int


@dataclass(frozen=True, slots=True)
class End:
    """The supervisor's own end."""

    status: int


@dataclass(frozen=True, slots=True)
class Say:
    """A line for the log."""

    level: str
    event: str
    keys: Mapping[str, object] = field(default_factory=dict)


Order: TypeAlias = Start | Stop | Kill | End | Say
Orders: TypeAlias = Iterator[Order]


class Crew:
    """The workers, and what becomes of them. Every method returns orders to be carried out."""

    def __init__(self, places: int, stop_s: float) -> None:
        self._places = range(1, places + 1)
        self._stop_s = stop_s
        self._workers: dict[int, Worker] = {}
        self._deaths = dict.fromkeys(self._places, 0)
        self._starts: dict[int, float] = {}
        """When a place that is empty is filled again."""
        self._kills: dict[int, float] = {}
        """When a process that was told to stop is killed."""
        self._exchange: list[int] = []
        """Places whose process is to be exchanged, the one under way first."""
        self._ever_served = False
        self._vain = 0
        self._is_ending = False
        self._status = 0

    @property
    def next_at(self) -> float | None:
        """When `tick` is next wanted; None: not before something happens."""
        starting = (
            each.since + START_S
            for each in self._workers.values()
            if each.stage is Stage.STARTING and each.pid not in self._kills
        )
        return min((*self._starts.values(), *self._kills.values(), *starting), default=None)

    def begin(self) -> Orders:
        """Fill all places."""
        for place in self._places:
            yield Start(place)

    def started(self, place: int, pid: int, now: float) -> Orders:
        """Note the process of an order to start."""
        self._workers[pid] = Worker(place, pid, now)
        yield Say("info", "worker_started", {"worker": place, "pid": pid})
        if self._is_ending:
            yield from self._stop(self._workers[pid], now)

    def serves(self, pid: int, now: float) -> Orders:
        """Note that a process takes connections; whom it replaces may go."""
        worker = self._workers.get(pid)
        if worker is None or worker.stage is not Stage.STARTING:
            return
        worker.stage, worker.since, self._ever_served = Stage.SERVING, now, True
        yield Say("info", "worker_serves", {"worker": worker.place, "pid": pid})
        others = [each for each in self._at(worker.place) if each.pid != pid]
        for each in others:
            yield from self._stop(each, now)
        if not others:
            yield from self._go_on(worker.place)

    def ended(self, pid: int, reason: str, now: float) -> Orders:
        """Note that a process is gone, and fill its place where it was not told to go."""
        worker = self._workers.pop(pid, None)
        self._kills.pop(pid, None)
        if worker is None:
            return
        keys: Mapping[str, object] = {"worker": worker.place, "pid": pid, "reason": reason}
        if worker.stage is Stage.LEAVING:
            yield Say("info", "worker_stopped", keys)
            yield from self._go_on(worker.place)
        else:
            yield from self._died(worker, keys, now)
        if self._is_ending and not self._workers:
            yield Say("info", "stopped", {})
            yield End(self._status)

    def exchange(self) -> Orders:
        """Exchange all processes, one after the other; none stops before its successor serves."""
        if self._is_ending:
            return
        is_under_way = bool(self._exchange)
        yield Say("info", "rolling_restart", {"workers": len(self._places)})
        self._exchange = [*self._exchange[:1], *self._places]
        if not is_under_way:
            yield from self._begin_exchange()

    def end(self, now: float) -> Orders:
        """Tell all to stop; told a second time, end them at once."""
        if self._is_ending:
            yield from (Kill(pid) for pid in self._workers)
            return
        self._is_ending, self._exchange = True, []
        self._starts.clear()
        yield Say("info", "stopping", {"workers": len(self._workers)})
        for worker in self._workers.values():
            yield from self._stop(worker, now)
        if not self._workers:
            yield End(0)

    def tick(self, now: float) -> Orders:
        """Do what it is time for."""
        for place, at in tuple(self._starts.items()):
            if at <= now:
                del self._starts[place]
                yield Start(place)
        for pid, at in self._kills.items():
            if at <= now:
                self._kills[pid] = now + self._stop_s
                yield Say("warning", "worker_killed", {"pid": pid, "seconds": self._stop_s})
                yield Kill(pid)
        for each in self._workers.values():
            is_late = each.stage is Stage.STARTING and now >= each.since + START_S
            if is_late and each.pid not in self._kills:
                self._kills[each.pid] = now + self._stop_s
                keys = {"worker": each.place, "pid": each.pid, "seconds": START_S}
                yield Say("error", "worker_not_ready", keys)
                yield Kill(each.pid)

    def _at(self, place: int) -> list[Worker]:
        return [each for each in self._workers.values() if each.place == place]

    def _stop(self, worker: Worker, now: float) -> Orders:
        if worker.stage is not Stage.LEAVING:
            worker.stage = Stage.LEAVING
            self._kills[worker.pid] = now + self._stop_s
            yield Stop(worker.pid)

    def _begin_exchange(self) -> Orders:
        self._starts.pop(self._exchange[0], None)
        yield Start(self._exchange[0])

    def _go_on(self, place: int) -> Orders:
        """Go on with the next place when this one was exchanged."""
        if not self._exchange or self._exchange[0] != place:
            return
        del self._exchange[0]
        if self._exchange:
            yield from self._begin_exchange()
        else:
            yield Say("info", "rolling_restart_done", {"workers": len(self._places)})

    def _died(self, worker: Worker, keys: Mapping[str, object], now: float) -> Orders:
        if self._is_ending:
            yield Say("warning", "worker_died", keys)
            return
        others = [e for e in self._at(worker.place) if e.stage is not Stage.LEAVING]
        if others and worker.stage is Stage.STARTING:
            self._exchange = []
            yield Say("error", "rolling_restart_failed", {**keys, "goes_on": others[0].pid})
        elif others:  # its successor is about to serve
            yield Say("error", "worker_died", {**keys, "again_in_s": 0})
        elif self._is_vain():
            yield from self._give_up(keys, now)
        else:
            pause_s = self._pause_s(worker, now)
            self._starts[worker.place] = now + pause_s
            yield Say("error", "worker_died", {**keys, "again_in_s": pause_s})

    def _is_vain(self) -> bool:
        """Count a death before anybody served; return whether starting is given up."""
        self._vain += not self._ever_served
        return not self._ever_served and self._vain >= VAIN_STARTS

    def _give_up(self, keys: Mapping[str, object], now: float) -> Orders:
        yield Say("error", "workers_do_not_start", keys)
        self._is_ending, self._status = True, 1
        self._starts.clear()
        for each in self._workers.values():
            yield from self._stop(each, now)

    def _pause_s(self, worker: Worker, now: float) -> float:
        """Return how long to wait: nothing after steady service, else longer each time."""
        if worker.stage is Stage.SERVING and now - worker.since >= STEADY_S:
            self._deaths[worker.place] = 0
            return 0
        self._deaths[worker.place] += 1
        pause_s: float = FIRST_PAUSE_S * 2 ** min(self._deaths[worker.place] - 1, 16)
        return min(pause_s, LONGEST_PAUSE_S)
