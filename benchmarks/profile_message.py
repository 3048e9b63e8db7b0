"""Where the time of one message goes: its stages, one after the other, and a picture of them.

Ours: `flows.device.manage.manage` on a real data folder, of a device whose 10 settings are all
verified: an idle check-in, a check-in that fetches 10 operations, and the message that answers
them. The stages are those that tracing tells; the rest is between them. Baseline, in turn in the
same process: the same bytes through the same reader, and one row committed by the same executor.
The ratios are what counts; the times are this machine's, of one message at a time, so a commit is
mostly the disk's: `--no-disk` leaves that out.

    python benchmarks/profile_message.py [--database sqlite|postgresql] [--no-disk]
                                         [--svg FILE] [--calls]
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.idle_check_in import Device, SetClock, prepare, session
from tools.postgres_cluster import running

from lenskeep.app import initialize, make_entry, open_house
from lenskeep.base.identifiers import EnrollmentId, OperationId
from lenskeep.base.secret import Secret
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.flows.house import House
from lenskeep.flows.ports import Conversed, Loaded
from lenskeep.flows.records import Actor, ActorKind, Audit, OperationRecord
from lenskeep.store import Store, open_store
from lenskeep.store.sql import Work
from lenskeep.store.units.journal import record
from lenskeep.tree.operation import OperationState, make_operation
from lenskeep.wire.syncml.read import read_message

ROUNDS = 200
OPERATIONS = 10
MEMORY = "/dev/shm"  # noqa: S108 - where files are that no disk has
STAGES = ("read the XML", "load", "decide and write the XML", "commit", "between")
COLORS = ("#4c78a8", "#f2a541", "#59a14f", "#d1605e", "#b5b5b5")
PORTS = (
    "conversations",
    "enrollments",
    "people",
    "fleet",
    "housekeeping",
    "mandate",
    "standings",
    "rollouts",
)
_NODE = "./Device/Vendor/MSFT/DiagnosticLog/Policy/Channels/Busy{}/MaximumFileSize"
_LINE = Audit(datetime.now(UTC), Actor(ActorKind.SYSTEM, "benchmark"), "one.row", "", {})
_TOLD = {"read": STAGES[0], "recognize": STAGES[1], "decide": STAGES[2]}


@dataclass
class Stopwatch:
    """Hears how long each stage took, as tracing would."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def _timing(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.spent[name] += time.perf_counter() - started

    def step(self, name: str) -> AbstractContextManager[object]:
        """Time a stage that is asked about."""
        return self._timing(_TOLD[name]) if name in _TOLD else nullcontext()

    def request(self, _name: str, _parent: str) -> AbstractContextManager[object]:
        """Not used: there is no web here."""
        return nullcontext()

    def note(self, **_noted: object) -> None:
        """Nothing is noted."""


@dataclass
class Timed:
    """The conversations of a house, with the commit timed."""

    within: Any
    watch: Stopwatch

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def commit_message(self, loaded: Loaded, change: Conversed) -> bool:
        """Time it."""
        started = time.perf_counter()
        done: bool = await self.within.commit_message(loaded, change)
        self.watch.spent[STAGES[3]] += time.perf_counter() - started
        return done


@dataclass
class Case:
    """One kind of message: milliseconds by stage, a row a message, and of the baseline."""

    name: str
    rows: list[list[float]] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def stages(self) -> list[float]:
        """The median of each stage."""
        return [statistics.median(column) for column in zip(*self.rows, strict=True)]


@dataclass(frozen=True)
class Bench:
    """What is measured."""

    house: House
    store: Store
    watch: Stopwatch
    device: Device

    async def message(self, case: Case, body: bytes) -> bytes:
        """Send one message, and do the baseline after it."""
        self.watch.spent.clear()
        started = time.perf_counter()
        answered = await manage(self.house, Proof(self.device.der), body)
        total = time.perf_counter() - started
        assert answered.outcome == "answered", answered.reason
        known = [self.watch.spent[name] for name in STAGES[:4]]
        case.rows.append([each * 1e3 for each in (*known, total - sum(known))])
        started = time.perf_counter()
        read_message(body)
        await self.store.executor.write(_one_row)
        case.floor.append((time.perf_counter() - started) * 1e3)
        return answered.body

    async def queue(self) -> None:
        """Queue operations for the device."""
        enrollment = EnrollmentId(self.device.id.replace("dev", "enr"))
        await self.house.fleet.queue_operations(
            [
                OperationRecord(
                    OperationId(self.house.ids.new("op")),
                    self.device.id,
                    enrollment,
                    make_operation("replace", _NODE.format(number), "int", "2"),
                    OperationState.QUEUED,
                    self.house.clock.now(),
                    "benchmark",
                )
                for number in range(OPERATIONS)
            ],
            (),
        )


def _one_row() -> Work[None]:
    yield replace(record((_LINE,)), last=True)


@asynccontextmanager
async def opened(
    database: str, folder: Path, *, durable: bool
) -> AsyncIterator[tuple[House, Store]]:
    """Yield a house on an empty database of this kind."""
    with running(durable=durable) if database == "postgresql" else nullcontext() as cluster:
        place = folder / "bench.db" if cluster is None else Secret(cluster.create("bench"))
        initialize(folder / "data")
        store = await asyncio.to_thread(open_store, place)
        try:
            async with open_house(folder / "data") as house:
                ports: dict[str, Any] = {name: getattr(store, name) for name in PORTS}
                yield replace(house, entry=make_entry(store), **ports), store
        finally:
            await store.aclose()


async def measure(house: House, store: Store, *, calls: bool) -> list[Case]:
    """Return the cases."""
    watch = Stopwatch()
    tools = replace(house.tools, clock=SetClock(house.clock.now()), spans=watch)
    house = replace(house, tools=tools, conversations=Timed(house.conversations, watch))
    device = await prepare(house, house.catalog(), 0, OPERATIONS)
    bench = Bench(house, store, watch, device)
    for _ in range(ROUNDS // 4):
        await session(house, device)
    idle, busy, answering = (
        Case("idle check-in"),
        Case(f"check-in that fetches {OPERATIONS} operations"),
        Case(f"answer to {OPERATIONS} operations"),
    )
    profile = cProfile.Profile()
    for number in range(ROUNDS):
        body = device.opening()
        if calls:
            profile.enable()
        await bench.message(idle, body)
        profile.disable()
        if number % 4 == 0:
            await bench.queue()
            reply = await bench.message(busy, device.opening())
            await bench.message(answering, device.answers(1, reply))
    if calls:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    return [idle, busy, answering]


# --- showing ------------------------------------------------------------------------------


def show(cases: Sequence[Case]) -> None:
    """Print the stages with their shares, and the ratio to the baseline."""
    for case in cases:
        total, floor = sum(case.stages), statistics.median(case.floor)
        print(f"\n{case.name}: {total:.2f} ms, baseline {floor:.2f} ms, ratio {total / floor:.2f}")
        for name, spent in zip(STAGES, case.stages, strict=True):
            bar = "#" * round(40 * spent / total)
            print(f"  {name:26} {spent:6.2f} ms {spent / total:4.0%}  {bar}")


def picture(cases: Sequence[Case], title: str) -> str:
    """Return an SVG: a bar for each case, as long as its message took."""
    longest = max(sum(case.stages) for case in cases)
    height = 70 + 46 * len(cases)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="760" height="{height}" fill="white"/>',
        f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for row, case in enumerate(cases):
        top, left = 36 + 46 * row, 10.0
        label = f"{case.name}: {sum(case.stages):.2f} ms"
        parts.append(f'<text x="10" y="{top + 10}">{escape(label)}</text>')
        for name, spent, color in zip(STAGES, case.stages, COLORS, strict=True):
            width = 740 * spent / longest
            parts.append(
                f'<rect x="{left:.1f}" y="{top + 14}" width="{width:.1f}" height="18" '
                f'fill="{color}"><title>{escape(name)}: {spent:.2f} ms</title></rect>'
            )
            left += width
    for number, (name, color) in enumerate(zip(STAGES, COLORS, strict=True)):
        left = 10 + 150 * number
        parts.append(f'<rect x="{left}" y="{height - 22}" width="12" height="12" fill="{color}"/>')
        parts.append(f'<text x="{left + 16}" y="{height - 12}">{escape(name)}</text>')
    return "\n".join((*parts, "</svg>", ""))


async def main() -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--svg", type=Path, help="write a picture")
    parser.add_argument("--calls", action="store_true", help="the calls of an idle check-in, too")
    parser.add_argument("--no-disk", action="store_true", help="leave the disk's own time out")
    asked = parser.parse_args()
    durable = not asked.no_disk
    with tempfile.TemporaryDirectory(dir=None if durable else MEMORY) as folder:
        async with opened(asked.database, Path(folder), durable=durable) as (house, store):
            cases = await measure(house, store, calls=asked.calls)
    where = f"{asked.database}{'' if durable else ', without the disk'}"
    print(f"one message at a time on {where}; medians of {ROUNDS} rounds")
    show(cases)
    if asked.svg is not None:
        title = f"One message, one at a time, on {where}"
        asked.svg.write_text(picture(cases, title), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
