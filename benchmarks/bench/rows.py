"""The rows of the table: what is said to the server, and the same to the floor, in turn.

Rounds alternate, so that what else the machine does meets both; the ratio is the median of the
rounds' own ratios. The load keeps as many messages in flight as keep the server busy all the
time: its throughput is what the processor time of a message allows.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.bench.load.client import Round
from benchmarks.bench.load.exchanges import queue_busy
from benchmarks.bench.load.processes import Floor, Load, cpu_ms, with_children
from benchmarks.bench.places import Databases, Place
from benchmarks.rig.site import Site

from lenskeep.flows.house import House

KEPT: Final = "keep-alive"
FRESH: Final = "fresh handshakes"
IDLE: Final = "idle check-in"
BUSY: Final = "check-in with 10 operations"
ENROLL: Final = "full enrollment"
DOORS: Final = "the floor, behind our doors"
_TALKS: Final = {IDLE: "idle", DOORS: "idle", BUSY: "busy", ENROLL: "enroll"}
_STEP: Final = 0x400
"""Between the sessions' numbers of two rounds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One round on one side; milliseconds are of a session."""

    sessions_s: float
    server_ms: float
    database_ms: float
    client_ms: float
    p50_ms: float
    """Of a message."""
    p95_ms: float


@dataclass
class Row:
    """One line: both sides, round for round."""

    name: str
    database: str
    workers: int
    connection: str
    messages: int = 1
    """Of a session."""
    floor: list[Sample] = field(default_factory=list)
    ours: list[Sample] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Ours to the floor by throughput, round for round."""
        both = zip(self.ours, self.floor, strict=True)
        return [ours.sessions_s / floor.sessions_s for ours, floor in both]

    @property
    def ratio(self) -> float:
        """The middle one."""
        return statistics.median(self.ratios)

    @property
    def cost_ratio(self) -> float:
        """The floor's processor time to ours, server and database together."""
        both = zip(self.ours, self.floor, strict=True)
        return statistics.median(
            (floor.server_ms + floor.database_ms) / (ours.server_ms + ours.database_ms)
            for ours, floor in both
        )


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done."""

    rounds: int
    seconds: float
    lanes: int
    sessions: int
    """Of a round that is counted and not timed."""


@dataclass
class Bench:
    """A place with its server, its floor and its load running."""

    place: Place
    house: House
    site: Site
    floor: Floor
    doors: Floor
    load: Load
    found: Databases
    effort: Effort
    enrolled: int = 1
    """Requests to enroll that were used up; the first one while it was recorded."""
    _said: int = 0

    async def row(self, name: str, connection: str, tell: Callable[[str], None]) -> Row:
        """Measure one row."""
        row = Row(name, self.found.kind, self.site.workers, connection)
        for number in range(self.effort.rounds + 1):
            tell(f"{name}, {connection}: round {number} of {self.effort.rounds}")
            await self._both(row, swapped=number % 2 == 1)
            if number == 0:  # connections, caches, a password that is remembered
                row.floor.clear()
                row.ours.clear()
        return row

    async def _both(self, row: Row, *, swapped: bool) -> None:
        self._said = (self._said + _STEP) & 0xFFFF
        sides = [(False, row.floor), (True, row.ours)]
        start = self._start(row)
        for is_ours, kept in reversed(sides) if swapped else sides:
            if is_ours and row.name == BUSY:
                await queue_busy(self.house, self.place.members[: self.effort.sessions])
            kept.append(self._round(row, start, is_ours=is_ours))

    def _start(self, row: Row) -> int:
        if row.name != ENROLL:
            return 0
        start = self.enrolled
        self.enrolled += self.effort.sessions
        return start

    def _round(self, row: Row, start: int, *, is_ours: bool) -> Sample:
        ours: Site | Floor = self.doors if row.name == DOORS else self.site
        side = ours if is_ours else self.floor
        is_idle = row.name in (IDLE, DOORS)
        told = Round(
            port=side.port,
            talk=_TALKS[row.name],
            fresh=row.connection == FRESH,
            lanes=self.effort.lanes,
            seconds=self.effort.seconds if is_idle else 0,
            first=self._said,
            start=start,
            count=0 if is_idle else self.effort.sessions,
        )
        assert side.process is not None
        serving = with_children(side.process.pid)
        before = cpu_ms(serving), cpu_ms(self.found.processes())
        found = self.load.round(told)
        after = cpu_ms(serving), cpu_ms(self.found.processes())
        if found["failed"] or not found["sessions"]:
            raise RuntimeError(f"{row.name}: {found['failed']} of {found['messages']} were refused")
        row.messages = found["messages"] // found["sessions"]
        return _sample(found, after[0] - before[0], after[1] - before[1])


def _sample(found: dict[str, Any], server_ms: float, database_ms: float) -> Sample:
    sessions: int = found["sessions"]
    return Sample(
        sessions_s=sessions / found["seconds"],
        server_ms=server_ms / sessions,
        database_ms=database_ms / sessions,
        client_ms=found["cpu"] * 1e3 / sessions,
        p50_ms=found["p50"] * 1e3,
        p95_ms=found["p95"] * 1e3,
    )
