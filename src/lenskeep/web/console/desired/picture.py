"""Bars and rings of counts: plain SVG, no color without its word beside it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from lenskeep.web.console.words import Look


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a bar or ring, in percent of the whole."""

    look: Look
    count: int
    start: float
    width: float
    href: str = ""
    """Where those counted are listed; empty for nowhere."""

    @property
    def rest(self) -> float:
        """What is left of the whole beside it."""
        return 100 - self.width


def slices(counted: Iterable[tuple[Look, int, str]]) -> tuple[Slice, ...]:
    """Return the parts of a picture of these (look, count, address), without the empty ones."""
    told = [each for each in counted if each[1] > 0]
    total = sum(count for _, count, _ in told)
    found: list[Slice] = []
    done = 0
    for look, count, href in told:
        found.append(
            Slice(look, count, round(100 * done / total, 3), round(100 * count / total, 3), href)
        )
        done += count
    return tuple(found)


def in_words(parts: Iterable[Slice]) -> str:
    """Return the picture for who does not see it."""
    return ", ".join(f"{each.count} {each.look.word.lower()}" for each in parts) or "nothing"


def percent(count: int, total: int) -> int:
    """Return the share; 100 and 0 only where it is all or nothing."""
    if not total or count in (0, total):
        return 100 if total and count == total else 0
    return min(99, max(1, round(100 * count / total)))
