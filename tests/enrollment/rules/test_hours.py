"""When enrollment is open, by the clocks of a place."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.enrollment.rules.samples import rules_of

from lenskeep.enrollment.rules.hours import hours_in_words, is_open
from lenskeep.enrollment.rules.rules import Hours


def hours(**document: object) -> Hours:
    """Return hours in Berlin."""
    found = rules_of(hours={"zone": "Europe/Berlin", **document}).hours
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T06:59:59", False),
        ("2026-11-23T07:00:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-07-20T06:00:00", True),  # in summer Berlin is two hours ahead
        ("2026-07-20T05:59:59", False),
        ("2026-11-22T09:00:00", False),  # a Sunday
    ],
)
def test_a_span_of_the_day_follows_the_clocks_of_the_place(moment: str, expected: bool) -> None:
    """From eight to six in Berlin, in winter and in summer, on working days."""
    working = hours(days=["mon", "tue", "wed", "thu", "fri"], **{"from": "08:00", "to": "18:00"})

    assert expected is is_open(working, datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T21:00:00", True),  # Monday, ten in the evening
        ("2026-11-24T04:59:00", True),  # Tuesday before six: still Monday's
        ("2026-11-24T05:00:00", False),
        ("2026-11-24T21:00:00", False),  # Tuesday evening
        ("2026-11-23T04:00:00", False),  # Monday before six would be Sunday's
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_it_begins_on(moment: str, expected: bool) -> None:
    """Monday from ten in the evening to six in the morning."""
    night = hours(days=["mon"], **{"from": "22:00", "to": "06:00"})

    assert expected is is_open(night, datetime.fromisoformat(moment).replace(tzinfo=UTC))


def _minutes_open(span: Hours, day: str) -> int:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=12)
    return sum(is_open(span, start + timedelta(minutes=each)) for each in range(48 * 60))


def test_the_hour_that_comes_twice_is_open_twice_and_the_skipped_one_never() -> None:
    """Clocks in Berlin go back on 25 October 2026 at three, and forward on 28 March 2027 at two."""
    usual, back, forward = "2026-11-22", "2026-10-25", "2027-03-28"
    span = hours(days=["sun"], **{"from": "02:00", "to": "03:00"})

    assert [60, 120, 0] == [_minutes_open(span, each) for each in (usual, back, forward)]


def test_a_night_across_the_change_of_clocks_is_an_hour_longer_or_shorter() -> None:
    """From ten in the evening of Saturday to six: nine hours in autumn, seven in spring."""
    span = hours(days=["sat"], **{"from": "22:00", "to": "06:00"})

    assert 9 * 60 == _minutes_open(span, "2026-10-25")
    assert 7 * 60 == _minutes_open(span, "2027-03-28")


def test_a_date_in_the_repeated_hour_begins_with_the_first_and_ends_with_the_last() -> None:
    """Half past two comes at 00:30 and at 01:30 UTC on 25 October 2026."""
    begins, ends = hours(begins="2026-10-25T02:30"), hours(ends="2026-10-25T02:30")

    first, second = (datetime(2026, 10, 25, each, 30, tzinfo=UTC) for each in (0, 1))
    moment = timedelta(seconds=1)
    assert [False, True, True] == [
        is_open(begins, each) for each in (first - moment, first, second)
    ]
    assert [True, True, False] == [is_open(ends, each) for each in (first, second - moment, second)]


def test_dates_bound_the_time_and_once_closed_it_stays_closed() -> None:
    """Open in the first week of December alone."""
    week = hours(begins="2026-12-01T00:00", ends="2026-12-08T00:00")
    start = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    found = [is_open(week, start + timedelta(hours=each)) for each in range(24 * 10)]

    assert (False, True) == (found[0], found[1])
    assert 7 * 24 == sum(found)
    assert not any(found[1 + 7 * 24 :])


def test_hours_are_told_in_words() -> None:
    """As the wearer and the administrator read them."""
    working = hours(days=["mon", "tue", "wed"], **{"from": "08:00", "to": "18:00"})

    assert "mon-wed 08:00 to 18:00, Europe/Berlin" == hours_in_words(working)
    assert "mon, fri, Europe/Berlin" == hours_in_words(hours(days=["fri", "mon"]))
    assert "until 2026-12-01 00:00, Europe/Berlin" == hours_in_words(hours(ends="2026-12-01T00:00"))
