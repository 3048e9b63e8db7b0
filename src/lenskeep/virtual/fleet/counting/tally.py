"""Everything that is counted of a run, and the verdict on it.

Lost: an exchange that was never answered, however patient the headset was. Doubled: a command
that a headset carried out twice. Refused: a no, or an answer that no headset accepts. Held back:
put off by a busy server and done later, which is no fault.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from lenskeep.virtual.fleet.counting.histogram import Histogram
from lenskeep.virtual.transport import Watch

HELD_BACK: Final = "held back"
RETRIED: Final = "retried"
_QUANTILES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_KEPT_EXAMPLES: Final = 20


@dataclass(slots=True)
class Tally(Watch):
    """Counts; several can be joined. Also the watch on all lines of the fleet."""

    times: dict[str, Histogram] = field(default_factory=dict)
    happenings: Counter[str] = field(default_factory=Counter)
    begun: Counter[str] = field(default_factory=Counter)
    """Sessions by kind."""
    finished: Counter[str] = field(default_factory=Counter)
    headsets: int = 0
    """Those under management."""
    messages: int = 0
    commands: int = 0
    carried_out: int = 0
    """Changes and Execs."""
    excused: int = 0
    """Values set once more that the server could not know of."""
    lost: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unfinished: Counter[str] = field(default_factory=Counter)
    """What did not come to its end although every message was answered."""
    doubled: Counter[str] = field(default_factory=Counter)
    """By command and LocURI."""
    examples: list[str] = field(default_factory=list)
    """Some of what went wrong, with the headset's number."""

    def took(self, kind: str, seconds: float) -> None:
        """Count a time."""
        histogram = self.times.get(kind)
        if histogram is None:
            histogram = self.times[kind] = Histogram()
        histogram.add(seconds)

    def happened(self, what: str) -> None:
        """Count a happening on a line."""
        self.happenings[what] += 1

    def blame(self, book: Counter[str], reason: str, number: int) -> None:
        """Count something that should not be, and keep an example of it."""
        book[reason] += 1
        if len(self.examples) < _KEPT_EXAMPLES:
            self.examples.append(f"headset {number}: {reason}")

    def join(self, other: "Tally") -> None:
        """Count what another one has counted."""
        for kind, histogram in other.times.items():
            self.times.setdefault(kind, Histogram()).join(histogram)
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples = [*self.examples, *other.examples][:_KEPT_EXAMPLES]

    @property
    def faults(self) -> int:
        """How much there is that nothing explains."""
        books = (self.lost, self.refused, self.doubled, self.unfinished)
        return sum(book.total() for book in books)

    def told(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        told: dict[str, Any] = {name: getattr(self, name) for name in _NUMBERS}
        told |= {name: dict(getattr(self, name)) for name in _COUNTERS}
        told["times"] = {kind: _times(each) for kind, each in sorted(self.times.items())}
        return told | {"examples": self.examples, "well": not self.faults}


_COUNTERS: Final = (
    *("happenings", "begun", "finished", "lost", "refused", "unfinished", "doubled"),
)
_NUMBERS: Final = ("headsets", "messages", "commands", "carried_out", "excused")


def _times(histogram: Histogram) -> dict[str, Any]:
    told: dict[str, Any] = {"count": histogram.total, "mean_s": round(histogram.mean_s, 6)}
    told |= {name: round(histogram.quantile(part), 6) for name, part in _QUANTILES}
    told["max_s"] = round(histogram.longest_s, 6)
    told["buckets"] = [
        {"below_s": round(high, 6), "count": count} for _, high, count in histogram.bars(1) if count
    ]
    return told
