"""The lives of a device's certificates, drawn on one time: overlaps are seen. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.flows.authority.rotating import Paper
from lenskeep.web.console.words import Look

_LOOKS: Final = {
    "in use": Look("In use", "good", "The headset proves itself with it."),
    "not used yet": Look("Not used yet", "wait", "It renews another one, and was not used so far."),
    "ended": Look("Ended", "calm", "Its time is over."),
    "revoked": Look("Revoked", "bad", "It is refused, on connections that are open too."),
}
_ALL: Final = 100.0
SHOWN: Final = 8
"""Certificates that are drawn: a headset renews about once a year."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a life, in percent of the time drawn."""

    start: float
    width: float
    look: Look


@dataclass(frozen=True, slots=True)
class Life:
    """One certificate."""

    paper: Paper
    look: Look
    is_open: bool
    """Whether the time to renew it has come."""
    stretches: tuple[Stretch, ...]

    @property
    def in_words(self) -> str:
        """What the picture shows, for who does not see it."""
        return ", then ".join(each.look.meaning for each in self.stretches)


@dataclass(frozen=True, slots=True)
class Lives:
    """All of them, and the time that they are drawn on."""

    begins: datetime
    ends: datetime
    now_at: float
    lives: tuple[Life, ...]
    hidden: int


_VALID: Final = Look("valid", "good", "valid")
_WINDOW: Final = Look("to be renewed", "warn", "to be renewed")
_REFUSED: Final = Look("revoked", "bad", "revoked")


def draw(papers: Sequence[Paper], now: datetime) -> Lives | None:
    """Return the picture; None for no certificate."""
    if not papers:
        return None
    shown = papers[:SHOWN]
    begins = min(each.certificate.not_before for each in shown)
    ends = max(each.certificate.not_after for each in shown)

    def place(moment: datetime) -> float:
        share = (moment - begins) / (ends - begins) if ends > begins else 0
        return round(min(1, max(0, share)) * _ALL, 2)

    lives = tuple(
        Life(
            each,
            _LOOKS[each.state],
            each.state in ("in use", "not used yet") and each.renews_from <= now,
            tuple(
                Stretch(place(start), round(place(end) - place(start), 2), look)
                for start, end, look in _stretches(each)
                if place(end) > place(start)
            ),
        )
        for each in shown
    )
    return Lives(begins, ends, place(now), lives, len(papers) - len(shown))


def _stretches(paper: Paper) -> Iterator[tuple[datetime, datetime, Look]]:
    certificate = paper.certificate
    over = certificate.revoked_at or certificate.not_after
    window = min(paper.renews_from, over)
    yield certificate.not_before, window, _VALID
    yield window, over, _WINDOW
    yield over, certificate.not_after, _REFUSED
