"""How far a fleet is, while it is at it: a live line on a terminal, JSON lines anywhere else."""

import json
import sys
import time
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from lenskeep.virtual.fleet import FleetPlan, Tally

_LINE_S: Final = 5.0
"""Between two lines of JSON."""


class Progress(Protocol):
    """Shows what a fleet has counted so far. Use as a context manager."""

    tally: Tally
    """The latest."""

    def show(self, tally: Tally) -> None:
        """Show it; called twice a second."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def progress_for(plan: FleetPlan) -> Progress:
    """Return what fits where the error output goes."""
    return _Bar(plan) if sys.stderr.isatty() else _Lines()


def numbers(tally: Tally) -> dict[str, int]:
    """Return what is worth watching."""
    happened = tally.happenings
    return {
        "headsets": tally.headsets,
        "sessions": tally.finished.total(),
        "messages": tally.messages,
        "held_back": happened["held back"],
        "retried": happened["retried"],
        "lost": tally.lost.total(),
        "doubled": tally.doubled.total(),
        "refused": tally.refused.total(),
    }


class _Bar:
    def __init__(self, plan: FleetPlan) -> None:
        self.tally = Tally()
        self._plan = plan
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
            console=Console(stderr=True, highlight=False),
        )
        load = plan.load
        self._arrived = self._rich.add_task("headsets", total=plan.count, words="")
        sessions = plan.count * load.sessions if load and not load.duration_s else None
        self._sessions = self._rich.add_task(
            "sessions", total=sessions, words="", visible=bool(load)
        )

    def __enter__(self) -> Self:
        self._rich.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._rich.stop()

    def show(self, tally: Tally) -> None:
        """Move the bars."""
        self.tally = tally
        told = numbers(tally)
        words = "  ".join(
            f"{name.replace('_', ' ')} {told[name]:,}"
            for name in ("messages", "held_back", "retried", "lost", "doubled", "refused")
            if told[name] or name == "messages"
        )
        self._rich.update(self._arrived, completed=told["headsets"], words=words)
        self._rich.update(self._sessions, completed=told["sessions"])


class _Lines:
    def __init__(self) -> None:
        self.tally = Tally()
        self._started = self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._print()

    def show(self, tally: Tally) -> None:
        """Print a line now and then."""
        self.tally = tally
        if time.monotonic() - self._last >= _LINE_S:
            self._print()

    def _print(self) -> None:
        self._last = time.monotonic()
        told = {"at_s": round(self._last - self._started, 1), **numbers(self.tally)}
        print(json.dumps(told), file=sys.stderr, flush=True)
