"""The whole run: databases up, fleets in, servers started, everything measured in its turn."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.bench.growth import Grown, assignments, check_ins
from benchmarks.bench.load.exchanges import Exchanges
from benchmarks.bench.load.processes import private_mb, rss_mb
from benchmarks.bench.pages import Look, look
from benchmarks.bench.places import (
    POSTGRESQL,
    SQLITE,
    Databases,
    Place,
    Wanted,
    databases,
    make_floor,
    make_load,
    prepare_talk,
    record_enrollment,
)
from benchmarks.bench.rows import BUSY, DOORS, ENROLL, FRESH, IDLE, KEPT, Bench, Effort
from benchmarks.bench.table import Assigned, Found, Memory, Size
from benchmarks.rig.site import free_port

from lenskeep.base.errors import LenskeepError
from lenskeep.flows.house import House

ROWS: Final = {"idle": IDLE, "busy": BUSY, "enroll": ENROLL}
GROWING: Final = "growth"
PAGES: Final = "pages"
PARTS: Final = (*ROWS, GROWING, PAGES)
KINDS: Final = {"sqlite": SQLITE, "postgresql": POSTGRESQL}

_ASSIGNED: Final = 5
"""Rounds of an assignment, at most."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and with how much effort."""

    parts: frozenset[str]
    kinds: tuple[str, ...]
    workers: tuple[int, ...]
    effort: Effort
    callers: int
    """Devices that connect."""
    sizes: tuple[tuple[int, int], ...]
    """Devices and settings; the first is what the others are held against."""
    growth_rounds: int
    growth_messages: int
    looks: int
    """Of each address."""
    doors: bool = True
    """Whether the floor is measured behind our doors as well."""


FULL: Final = Plan(
    parts=frozenset(PARTS),
    kinds=(SQLITE, POSTGRESQL),
    workers=(1, 2),
    effort=Effort(rounds=5, seconds=1.2, lanes=32, sessions=96),
    callers=192,
    sizes=((1_000, 10), (10_000, 10), (100_000, 10), (1_000, 1_000)),
    growth_rounds=9,
    growth_messages=400,
    looks=25,
)
QUICK: Final = replace(
    FULL,
    effort=Effort(rounds=2, seconds=0.4, lanes=16, sessions=24),
    callers=48,
    sizes=((200, 10), (1_000, 10), (200, 100)),
    growth_rounds=2,
    growth_messages=100,
    looks=5,
)
TINY: Final = replace(
    QUICK,
    effort=Effort(rounds=1, seconds=0.1, lanes=2, sessions=3),
    callers=4,
    sizes=((20, 2), (40, 2), (20, 4)),
    growth_rounds=1,
    growth_messages=10,
    looks=2,
    doors=False,
)
"""For the test that the harness works."""


async def measure(plan: Plan, tell: Tell) -> Found:
    """Measure all of it."""
    found, started = Found(), time.monotonic()
    for kind in plan.kinds:
        with tempfile.TemporaryDirectory(prefix="lenskeep-bench-") as folder:
            tell(f"{kind}: the database server starts")
            with databases(kind) as cluster:
                run = _Run(plan, Databases(kind, cluster), Path(folder), found, tell)
                for part in (run.rows, run.growth):
                    try:
                        await part()
                    except (RuntimeError, OSError, LenskeepError) as error:
                        found.broken.append(f"{kind}: {error}")
                        tell(f"{kind}: broken off: {error}")
    found.took_s = time.monotonic() - started
    return found


class _Run:
    """Everything on one kind of database."""

    def __init__(
        self, plan: Plan, given: Databases, folder: Path, found: Found, tell: Tell
    ) -> None:
        self._plan = plan
        self._databases = given
        self._folder = folder
        self._found = found
        self._tell: Tell = lambda words: tell(f"{given.kind}: {words}")

    def _place(self, name: str) -> Place:
        folder = self._folder / name
        folder.mkdir()
        place = Place(folder, self._databases.url())
        place.initialize()
        return place

    # --- rows ---

    async def rows(self) -> None:
        """Measure the rows with as many workers as the database allows."""
        names = [words for part, words in ROWS.items() if part in self._plan.parts]
        counts = self._plan.workers if self._databases.kind == POSTGRESQL else (1,)
        if not names:
            return
        place, effort = self._place("rows"), self._plan.effort
        async with place.house() as house:
            fleet = Wanted(self._plan.callers * 2, 10, self._plan.callers)
            await place.fill(house, fleet, self._tell)
            self._databases.tidy(place.url)
            enrolls = 1 + len(counts) * 2 * (effort.rounds + 1) * effort.sessions
            wanted = enrolls if ENROLL in names else 1
            talk = await prepare_talk(place, house, wanted, self._tell)
            enrolled = 1
            for workers in counts:
                self._tell(f"{workers} workers start")
                enrolled = await self._rows_with(
                    _Rows(place, house, talk, workers, enrolled), names
                )

    async def _rows_with(self, its: "_Rows", names: Sequence[str]) -> int:
        site = its.place.site(its.workers)
        load = make_load(its.place)
        site.start()
        try:
            if its.enrolled == 1:
                record_enrollment(its.place, site, its.talk)
            floor = make_floor(its.place, its.talk, self._databases, its.workers)
            doors = replace(floor, doors=True, port=free_port())
            try:
                floor.start()
                if self._plan.doors:
                    doors.start()
                load.start()
                given = (its.house, site, floor, doors, load, self._databases, self._plan.effort)
                bench = Bench(its.place, *given, enrolled=its.enrolled)
                for name, connection in _lines(names, doors=self._plan.doors):
                    self._found.rows.append(await bench.row(name, connection, self._tell))
            finally:
                for each in (load, doors, floor):
                    each.stop()
            self._remember(site.processes(), its.workers, "the load")
            return bench.enrolled
        finally:
            site.stop()

    def _remember(self, processes: Sequence[int], workers: int, after: str) -> None:
        held, own = max(map(rss_mb, processes)), max(map(private_mb, processes))
        self._found.memory.append(Memory(self._databases.kind, workers, after, held, own))

    # --- growth ---

    async def growth(self) -> None:
        """Measure what grows with the fleet, and look at the largest."""
        if not {GROWING, PAGES} & self._plan.parts:
            return
        sizes = self._plan.sizes
        if GROWING not in self._plan.parts:
            sizes = (max(sizes),)
        async with AsyncExitStack() as stack:
            grown = [await self._grown(stack, *each) for each in sizes]
            if GROWING in self._plan.parts:
                self._tell("idle check-ins, all sizes in turn")
                await check_ins(grown, self._plan.growth_rounds, self._plan.growth_messages)
                self._found.sizes += _sizes(self._databases.kind, sizes, grown)
                await self._assign(sizes, grown)
            if PAGES in self._plan.parts:
                largest = max(zip(sizes, grown, strict=True), key=lambda each: each[0][0])
                await self._look(largest[1])

    async def _grown(self, stack: AsyncExitStack, devices: int, settings: int) -> Grown:
        place = self._place(f"fleet{devices}-{settings}")
        house = await stack.enter_async_context(place.house())
        await place.fill(house, Wanted(devices, settings), self._tell)
        self._databases.tidy(place.url)
        assert place.pattern is not None
        members = [each for each in place.members if each.is_managed]
        return Grown(place, house, place.pattern, members)

    async def _assign(self, sizes: Sequence[tuple[int, int]], grown: Sequence[Grown]) -> None:
        for (devices, settings), each in zip(sizes, grown, strict=True):
            if settings != sizes[0][1]:
                continue
            self._tell(f"one profile to {devices} devices")
            spent = await assignments(each.house, min(self._plan.growth_rounds, _ASSIGNED))
            self._found.assigned.append(
                Assigned(self._databases.kind, devices, statistics.median(spent), max(spent))
            )

    async def _look(self, grown: Grown) -> None:
        place = grown.place
        await place.sign_in(grown.house)
        site = place.site(1)
        token = site.command("token", "new", "benchmark", "--scope", "admin")
        site.token = token.split()[-1]
        site.start()
        try:
            for looked in look(site, place.cookie, place.members, self._plan.looks, self._tell):
                kind, name, p50, p95, size = looked
                where = (self._databases.kind, len(place.members))
                self._found.looks.append(Look(name, kind, *where, p50, p95, size))
            self._remember(site.processes(), 1, "all lists were looked at")
        finally:
            site.stop()


def _lines(names: Sequence[str], *, doors: bool) -> Iterator[tuple[str, str]]:
    for name in names:
        yield name, KEPT
        if name == IDLE and doors:
            yield DOORS, KEPT
        yield name, FRESH


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the rows of one number of workers need."""

    place: Place
    house: House
    talk: Exchanges
    workers: int
    enrolled: int


def _sizes(kind: str, sizes: Sequence[tuple[int, int]], grown: Sequence[Grown]) -> list[Size]:
    base = grown[0]
    found = []
    for (devices, settings), each in zip(sizes, grown, strict=True):
        ratios = [mine / its for mine, its in zip(each.wall, base.wall, strict=True)]
        axis = "devices" if settings == sizes[0][1] else "settings"
        found.append(
            Size(
                database=kind,
                axis=axis,
                devices=devices,
                settings=settings,
                wall_ms=statistics.median(each.wall),
                spread=(min(each.wall), max(each.wall)),
                cpu_ms=statistics.median(each.cpu),
                ratio=statistics.median(ratios),
            )
        )
    return found
