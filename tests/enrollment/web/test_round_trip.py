"""The way to a provider and back: only the browser that went may return, in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.round_trip import (
    ROUND_TRIP_LIFE,
    ReturnVerdict,
    RoundTrip,
    judge_return,
    load_round_trip,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRIP = RoundTrip(
    provider_id="prv_1",
    issuer="https://id.example",
    state="s" * 43,
    nonce="n" * 43,
    verifier=Secret("v" * 43),
    appru="ms-app://x",
    hint="änna@example.org",
    expires_at=NOW + ROUND_TRIP_LIFE,
)


def test_what_was_packed_is_unpacked() -> None:
    """Every part of it, to the second."""
    assert TRIP == load_round_trip(TRIP.dump())


def test_its_secrets_are_not_shown() -> None:
    """Neither state nor nonce nor verifier."""
    shown = repr(TRIP)

    assert not [each for each in ("s" * 43, "n" * 43, "v" * 43) if each in shown]


@pytest.mark.parametrize(
    ("state", "issuer", "later", "verdict"),
    [
        ("s" * 43, "", timedelta(0), ReturnVerdict.GOOD),
        ("s" * 43, "https://id.example", timedelta(0), ReturnVerdict.GOOD),
        ("s" * 43, "https://id.example/", timedelta(0), ReturnVerdict.OTHER_ISSUER),
        ("s" * 43, "https://evil.example", timedelta(0), ReturnVerdict.OTHER_ISSUER),
        ("s" * 42, "", timedelta(0), ReturnVerdict.OTHER_STATE),
        ("", "", timedelta(0), ReturnVerdict.OTHER_STATE),
        ("\ud800", "", timedelta(0), ReturnVerdict.OTHER_STATE),
        ("t" * 43, "", timedelta(0), ReturnVerdict.OTHER_STATE),
        ("s" * 43, "", ROUND_TRIP_LIFE, ReturnVerdict.EXPIRED),
    ],
)
def test_a_return_is_judged(
    state: str, issuer: str, later: timedelta, verdict: ReturnVerdict
) -> None:
    """By its state, by who says to have answered, and by the time it took."""
    assert verdict is judge_return(TRIP, state, issuer, NOW + later)


def test_an_altered_trip_is_another() -> None:
    """Each part counts in comparison."""
    assert TRIP != replace(TRIP, nonce="other")
