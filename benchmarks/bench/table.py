"""What was measured, put into tables, and held against the targets."""

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from benchmarks.bench.pages import FLEET_PAGE, Look
from benchmarks.bench.rows import IDLE, KEPT, Row, Sample

FLOOR_SHARE: Final = 0.7
"""Of the floor's throughput that an idle check-in reaches, at least."""
GROWTH: Final = 1.2
"""What an idle check-in costs at most with the largest fleet, to the smallest."""
PAGE_MS: Final = 100
"""For the fleet page, 95 of 100 times."""
WORKER_MB: Final = 120
"""Of a million octets; what one worker holds, after the load."""


BEGIN: Final = "<!-- measured -->\n"
END: Final = "<!-- until here -->"
"""Between them a page of the documentation has what was measured last."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a check-in cost at one size, in milliseconds of a message."""

    database: str
    axis: str
    devices: int
    settings: int
    wall_ms: float
    spread: tuple[float, float]
    cpu_ms: float
    ratio: float
    """To the smallest of its axis, round for round."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What it took to assign one profile to everybody."""

    database: str
    devices: int
    median_ms: float
    slowest_ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    """What one worker holds."""

    database: str
    workers: int
    after: str
    largest_mb: float
    private_mb: float
    """Of it, what no other process shares."""


@dataclass
class Found:
    """Everything that was measured."""

    rows: list[Row] = field(default_factory=list)
    sizes: list[Size] = field(default_factory=list)
    assigned: list[Assigned] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What could not be measured to its end, and why."""
    machine: str = ""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target and whether it was reached; `kept` is None where it was not measured."""

    target: str
    found: str
    kept: bool | None

    @property
    def word(self) -> str:
        """Return it in a word."""
        return {True: "kept", False: "MISSED", None: "not measured"}[self.kept]


# --- the verdict --------------------------------------------------------------------------


def verdicts(found: Found) -> list[Verdict]:
    """Return the targets, each with what was found."""
    idle = [each for each in found.rows if each.name == IDLE and each.connection == KEPT]
    shares = [
        (each.ratio, f"{each.database}, {_workers(each.workers)}: {each.ratio:.2f}")
        for each in idle
    ]
    grown = [
        (each.ratio, f"{each.database}: {each.ratio:.2f}")
        for each in _largest(found.sizes, "devices")
    ]
    pages = [
        (each.p95_ms, f"{each.database}, {each.name}: {each.p95_ms:.0f} ms")
        for each in found.looks
        if each.kind == FLEET_PAGE and each.devices == max(e.devices for e in found.looks)
    ]
    memory = [
        (each.largest_mb, f"{each.database}, {each.after}: {each.largest_mb:.0f} MB")
        for each in found.memory
    ]
    return [
        _verdict(
            f"an idle check-in reaches at least {FLOOR_SHARE} of the floor (keep-alive)",
            shares,
            lambda worst: worst >= FLOOR_SHARE,
            smallest=True,
        ),
        _verdict(
            f"the largest fleet costs at most {GROWTH} times the smallest, a check-in",
            grown,
            lambda worst: worst <= GROWTH,
        ),
        _verdict(f"the fleet page, p95 under {PAGE_MS} ms", pages, lambda worst: worst < PAGE_MS),
        _verdict(
            f"a worker holds at most {WORKER_MB} MB", memory, lambda worst: worst <= WORKER_MB
        ),
    ]


def _verdict(
    target: str,
    found: Sequence[tuple[float, str]],
    holds: Callable[[float], bool],
    *,
    smallest: bool = False,
) -> Verdict:
    """Judge by the worst, and name it."""
    if not found:
        return Verdict(target, "", None)
    worst = min(found) if smallest else max(found)
    return Verdict(target, worst[1], holds(worst[0]))


def _largest(sizes: Sequence[Size], axis: str) -> list[Size]:
    most = max((each.devices for each in sizes if each.axis == axis), default=0)
    return [each for each in sizes if each.axis == axis and each.devices == most]


# --- tables -------------------------------------------------------------------------------

Cells = Sequence[str]


def tables(found: Found) -> Iterator[tuple[str, Cells, list[Cells]]]:
    """Yield heading, columns and rows of every table that has rows."""
    made = (
        ("Ratios to the floor", *_rows(found.rows)),
        ("Growth: an idle check-in, in one process, without the door", *_sizes(found.sizes)),
        ("Assigning one profile to all devices", *_assigned(found.assigned)),
        ("The fleet page and search", *_looks(found.looks)),
        ("Memory of one worker", *_memory(found.memory)),
        ("Verdict", *_verdicts(found)),
    )
    for heading, columns, rows in made:
        if rows:
            yield heading, columns, rows


def _rows(rows: Sequence[Row]) -> tuple[Cells, list[Cells]]:
    columns = (
        *("what", "database", "workers", "connections", "messages", "floor /s", "ours /s"),
        *("ratio", "spread", "by CPU", "CPU ms floor", "CPU ms ours", "p95 ms"),
    )
    found: list[Cells] = []
    for each in rows:
        ratios = each.ratios
        found.append(
            (
                *(each.name, each.database, str(each.workers), each.connection),
                str(each.messages),
                f"{_middle(each.floor, 'sessions_s'):.0f}",
                f"{_middle(each.ours, 'sessions_s'):.0f}",
                f"{each.ratio:.2f}",
                f"{min(ratios):.2f} to {max(ratios):.2f}",
                f"{each.cost_ratio:.2f}",
                *(f"{_cost(side):.2f}" for side in (each.floor, each.ours)),
                f"{_middle(each.ours, 'p95_ms'):.0f}",
            )
        )
    return columns, found


def _middle(samples: Sequence[Sample], name: str) -> float:
    return statistics.median(float(getattr(each, name)) for each in samples)


def _cost(samples: Sequence[Sample]) -> float:
    return _middle(samples, "server_ms") + _middle(samples, "database_ms")


def _sizes(sizes: Sequence[Size]) -> tuple[Cells, list[Cells]]:
    columns = ("database", "devices", "settings", "ms", "spread", "CPU ms", "ratio")
    return columns, [
        (
            each.database,
            f"{each.devices:,}",
            f"{each.settings:,}",
            f"{each.wall_ms:.2f}",
            f"{each.spread[0]:.2f} to {each.spread[1]:.2f}",
            f"{each.cpu_ms:.2f}",
            f"{each.ratio:.2f}",
        )
        for each in sizes
    ]


def _assigned(assigned: Sequence[Assigned]) -> tuple[Cells, list[Cells]]:
    columns = ("database", "devices", "median ms", "slowest ms")
    return columns, [
        (each.database, f"{each.devices:,}", f"{each.median_ms:.0f}", f"{each.slowest_ms:.0f}")
        for each in assigned
    ]


def _looks(looks: Sequence[Look]) -> tuple[Cells, list[Cells]]:
    columns = ("what", "database", "devices", "p50 ms", "p95 ms", "kB")
    return columns, [
        (
            f"{each.kind}: {each.name}",
            each.database,
            f"{each.devices:,}",
            f"{each.p50_ms:.0f}",
            f"{each.p95_ms:.0f}",
            f"{each.size / 1000:.0f}",
        )
        for each in looks
    ]


def _memory(memory: Sequence[Memory]) -> tuple[Cells, list[Cells]]:
    columns = ("database", "workers", "after", "MB", "of it private")
    return columns, [
        (
            *(each.database, str(each.workers), each.after),
            *(f"{each.largest_mb:.0f}", f"{each.private_mb:.0f}"),
        )
        for each in memory
    ]


def _verdicts(found: Found) -> tuple[Cells, list[Cells]]:
    columns = ("target", "worst found", "verdict")
    return columns, [(each.target, each.found, each.word) for each in verdicts(found)]


def _workers(count: int) -> str:
    return f"{count} worker{'s' if count > 1 else ''}"


# --- ways to show them --------------------------------------------------------------------


def plain(found: Found) -> str:
    """Return the tables for a terminal."""
    parts = [found.machine]
    for heading, columns, rows in tables(found):
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (columns, *rows)]
        parts.append("\n".join((heading, "-" * len(heading), *lines)))
    parts += [f"Broken off: {each}" for each in found.broken]
    return "\n\n".join(parts)


def markdown(found: Found) -> str:
    """Return the tables for the documentation."""
    parts = [f"Measured on: {found.machine}. The run took {found.took_s / 60:.0f} minutes."]
    for heading, columns, rows in tables(found):
        marks = "|".join("---" for _ in columns)
        lines = [f"| {' | '.join(row)} |" for row in (columns, *rows)]
        parts.append("\n".join((f"## {heading}", "", lines[0], f"|{marks}|", *lines[1:])))
    parts += [f"Broken off: {each}" for each in found.broken]
    return "\n\n".join(parts) + "\n"


def put_in(page: str, measured: str) -> str:
    """Return the page with this between its marks; where it has none, this alone."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{measured}{end}{after}" if begin and end else measured


def as_json(found: Found) -> str:
    """Return everything, rounds and all."""
    told = asdict(found) | {"verdicts": [asdict(each) for each in verdicts(found)]}
    return json.dumps(told, indent=1) + "\n"
