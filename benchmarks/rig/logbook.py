"""What happened when: rates second by second, with marks, drawn as text."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

_ROWS: Final = 40
"""The picture's height at most: longer runs have more seconds in a row."""
_WIDTH: Final = 50


@dataclass
class Logbook:
    """Samples of a counter, and what happened in between."""

    count: Callable[[], int]
    started: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, int]] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)

    @property
    def now_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started

    def sample(self) -> None:
        """Note how much there is by now."""
        self.samples.append((self.now_s, self.count()))

    def mark(self, words: str) -> None:
        """Note that something happened, and say so."""
        self.marks.append((self.now_s, words))
        print(f"{self.now_s:7.1f} s  {words}", flush=True)

    def picture(self, unit: str) -> str:
        """Return the rates over time with the marks beside them."""
        end = max(self.samples[-1][0], self.marks[-1][0] if self.marks else 0)
        step_s = max(1.0, end / _ROWS)
        rows = []
        for row in range(int(end / step_s) + 1):
            low, high = row * step_s, (row + 1) * step_s
            marks = "; ".join(words for at, words in self.marks if low <= at < high)
            rows.append((low, self._between(low, high) / step_s, marks))
        most = max((rate for _, rate, _ in rows), default=0) or 1
        lines = [f"{'seconds':>8} {unit + '/s':>12}"]
        for at, rate, marks in rows:
            bar = "█" * round(rate / most * _WIDTH)
            lines.append(f"{at:8.0f} {rate:12.1f} {bar:{_WIDTH}} {marks}".rstrip())
        return "\n".join(lines)

    def _between(self, low: float, high: float) -> float:
        return self._at(high) - self._at(low)

    def _at(self, moment: float) -> float:
        """Return the counter at that moment, between two samples by their line."""
        before = (0.0, 0)
        for sample in self.samples:
            if sample[0] >= moment:
                span = sample[0] - before[0] or 1
                return before[1] + (sample[1] - before[1]) * (moment - before[0]) / span
            before = sample
        return before[1]
