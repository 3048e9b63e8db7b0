"""The certificate authority: its certificates as bars of time, and how it is replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from starlette.responses import Response

from lenskeep.flows.authority.rotating import (
    AuthorityView,
    Shown,
    show_authority,
    thumbprint_of,
)
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look

_SHOWN: Final = 100
"""Headsets that hold a rotation up; more are counted."""
_SOON: Final = timedelta(days=365)
_FUTURE: Final = Look("Not valid yet", "warn", "Its time begins later.")
_GOOD: Final = Look("Valid", "good", "Its time is not up for more than a year.")
_ENDING: Final = Look("Ends soon", "warn", "Its time is up within a year.")
_ENDED: Final = Look("Ended", "bad", "Its time is up.")


@dataclass(frozen=True, slots=True)
class Bar:
    """The life of one certificate, in percent of the time that the picture spans."""

    name: str
    meaning: str
    begins: datetime
    ends: datetime
    start: float
    width: float
    look: Look


@dataclass(frozen=True, slots=True)
class Drawn:
    """One era as the page shows it."""

    shown: Shown
    thumbprint: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that all bars share."""

    begins: datetime
    ends: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment stands, in percent."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(100 * min(1.0, max(0.0, share)), 3)


async def authority_page(visit: Visit) -> Response:
    """Show the authority."""
    view = await show_authority(visit.house, visit.caller)
    span = span_of(view.eras, visit.now)
    values: dict[str, object] = {
        "view": view,
        "eras": [drawn(each, span, visit.now) for each in reversed(view.eras)],
        "span": span,
        "today": span.place(visit.now),
        "due": span.place(view.rotate_by),
        "is_due": visit.now >= view.rotate_by,
        "waiting": view.retiring[:_SHOWN],
        "unshown": max(0, len(view.retiring) - _SHOWN),
        "step": step_of(view),
        "certificate_days": visit.house.settings.certificate_days,
        "serves_own": visit.house.settings.tls_certificate is None,
    }
    return visit.answer("setup/authority.html", values)


def step_of(view: AuthorityView) -> str:
    """Return which step of a rotation is next: `begin`, `wait` or `finish`."""
    if not view.is_rotating:
        return "begin"
    return "wait" if view.retiring else "finish"


def span_of(eras: Sequence[Shown], now: datetime) -> Span:
    """Return the time from the first beginning to the last end."""
    found = [each for shown in eras for each in _certificates(shown)]
    begins = min(now, *(each.not_valid_before_utc for _, _, each in found))
    ends = max(now, *(each.not_valid_after_utc for _, _, each in found))
    return Span(begins, max(ends, begins + timedelta(days=1)))


def drawn(shown: Shown, span: Span, now: datetime) -> Drawn:
    """Return an era with its bars."""
    bars = tuple(_bar(*each, span, now) for each in _certificates(shown))
    return Drawn(shown, thumbprint_of(shown.era), bars)


def _certificates(shown: Shown) -> tuple[tuple[str, str, x509.Certificate], ...]:
    era = shown.era
    return (
        ("Root", "what headsets trust", era.root),
        ("Issuer for headsets", "signs their certificates", era.devices),
        ("Issuer for servers", "signs what this server shows", era.servers),
    )


def _bar(name: str, meaning: str, certificate: x509.Certificate, span: Span, now: datetime) -> Bar:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    start = span.place(begins)
    width = round(max(0.5, span.place(ends) - start), 3)
    return Bar(name, meaning, begins, ends, start, width, _look(begins, ends, now))


def _look(begins: datetime, ends: datetime, now: datetime) -> Look:
    if now < begins:
        return _FUTURE
    if now >= ends:
        return _ENDED
    return _ENDING if ends - now < _SOON else _GOOD
