"""When a headset was to call, by the schedule that it was given."""

from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.enrollment.leaving.silence import calls, nth_call, silence, span
from lenskeep.enrollment.provision import POLL
from lenskeep.wire.wap import Poll

ENROLLED = datetime(2026, 3, 2, 9, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("since", "expected"),
    [(0, 0), (2.9, 0), (3, 1), (15, 5), (29, 5), (30, 6), (135, 13), (614, 13), (615, 14)],
)
def test_calls_are_counted_by_the_three_sets(since: float, expected: int) -> None:
    """Five every 3 minutes, eight every 15, then every 8 hours."""
    assert expected == calls(minutes(since), POLL)


@pytest.mark.parametrize("number", [1, 5, 6, 13, 14, 40])
def test_a_call_is_counted_from_its_moment_on(number: int) -> None:
    """Counting and foretelling agree."""
    at = nth_call(number, POLL)

    assert number == calls(at, POLL)
    assert number - 1 == calls(at - timedelta(seconds=1), POLL)


def test_a_first_set_without_an_end_goes_on() -> None:
    """As Windows reads a count of 0."""
    poll = Poll(first_interval_min=1, first_count=0)

    assert 90 == calls(minutes(90), poll)
    assert minutes(91) == nth_call(91, poll)


def test_a_schedule_that_ends_calls_no_more() -> None:
    """Nothing is missed after it."""
    poll = Poll(first_interval_min=10, first_count=2, remaining_interval_min=0)

    assert 2 == calls(minutes(9999), poll)


def test_a_headset_that_calls_is_not_silent() -> None:
    """Its next call is foretold."""
    heard = ENROLLED + timedelta(days=3)

    found = silence(ENROLLED, heard, heard + timedelta(hours=1))

    assert (heard, 0, False) == (found.heard_at, found.missed, found.is_silent)
    assert heard < found.expected_at <= heard + timedelta(hours=8)
    assert found.words.startswith("It was heard of 60 minutes ago, and calls every 8 hours")


def test_a_day_without_a_call_is_silence() -> None:
    """Three calls did not come."""
    heard = ENROLLED + timedelta(days=3)

    found = silence(ENROLLED, heard, heard + timedelta(days=1))

    assert (3, True) == (found.missed, found.is_silent)
    assert "3 calls did not come" in found.words
    assert not silence(ENROLLED, heard, heard + timedelta(hours=23)).is_silent


def test_a_headset_that_never_called_is_told_apart() -> None:
    """Its enrollment is the last that is known of it."""
    found = silence(ENROLLED, None, ENROLLED + minutes(4))

    assert (ENROLLED, ENROLLED + minutes(3), 1) == (
        found.heard_at,
        found.expected_at,
        found.missed,
    )
    assert "It enrolled 4 minutes ago" in found.words
    assert "1 call did not come" in found.words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (minutes(1), "1 minute"),
        (minutes(119), "119 minutes"),
        (minutes(120), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_a_length_of_time_is_said_roughly(time: timedelta, words: str) -> None:
    """In the largest unit that says enough."""
    assert words == span(time)
