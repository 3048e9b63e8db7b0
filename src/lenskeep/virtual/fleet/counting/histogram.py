"""Times in buckets of fixed bounds: constant memory, whatever is counted; two can be joined.

The bounds grow by an eighth of a power of two, so that a quantile is right to 9%.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_STEPS: Final = 8
"""Buckets for each doubling."""
_LEAST_S: Final = 1e-4
"""The upper bound of the first bucket: 0.1 ms."""
_BUCKETS: Final = 176
"""22 doublings: up to some seven minutes; what took longer is in the last."""


@dataclass(slots=True)
class Histogram:
    """How often things took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * _BUCKETS)
    total: int = 0
    sum_s: float = 0.0
    longest_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[_bucket(seconds)] += 1
        self.total += 1
        self.sum_s += seconds
        self.longest_s = max(self.longest_s, seconds)

    def join(self, other: "Histogram") -> None:
        """Count what another one has counted."""
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]
        self.total += other.total
        self.sum_s += other.sum_s
        self.longest_s = max(self.longest_s, other.longest_s)

    def quantile(self, part: float) -> float:
        """Return within how many seconds that part of all was done; 0 where there is nothing."""
        wanted, seen = math.ceil(part * self.total), 0
        for index, count in enumerate(self.counts):
            seen += count
            if count and seen >= wanted:
                return min(_bound(index), self.longest_s)
        return 0.0

    @property
    def mean_s(self) -> float:
        """The average."""
        return self.sum_s / self.total if self.total else 0.0

    def bars(self, steps: int = _STEPS) -> Iterator[tuple[float, float, int]]:
        """Yield low bound, high bound and count, `steps` buckets together, from first to last."""
        used = [index // steps for index, count in enumerate(self.counts) if count]
        for group in range(min(used), max(used) + 1) if used else ():
            low, high = group * steps, min((group + 1) * steps, _BUCKETS)
            lower = _bound(low - 1) if low else 0.0
            yield lower, _bound(high - 1), sum(self.counts[low:high])


def _bucket(seconds: float) -> int:
    if seconds <= _LEAST_S:
        return 0
    return min(math.ceil(math.log2(seconds / _LEAST_S) * _STEPS), _BUCKETS - 1)


def _bound(index: int) -> float:
    return _LEAST_S * math.exp2(index / _STEPS)
