"""Times as settings hold them."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.content import times
from lenskeep.desired.validate.finding import Weight


@pytest.mark.parametrize(
    "value",
    ["2026-03-31T22:30:00Z", "2026-03-31T22:30:00", "2026-03-31T22:30:00.1234567+02:00"],
)
def test_a_moment_is_a_date_with_time(value: str) -> None:
    assert times.moment(value) == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-03-31",
        "2026-02-30T10:00:00Z",
        "2026-03-31T25:00:00Z",
        "tomorrow",
        "20260331T2230Z",
    ],
)
def test_what_is_no_moment_is_refused(value: str) -> None:
    assert [Weight.REFUSED] == [each.weight for each in times.moment(value)]


def test_an_empty_schedule_takes_the_schedule_away() -> None:
    assert times.schedule("") == ()
    assert times.schedule("soon")


@pytest.mark.parametrize(
    ("value", "fine"), [("2018-10-28", True), ("2026-02-29", False), ("x", False)]
)
def test_a_day_is_one_of_the_calendar(value: str, fine: bool) -> None:
    assert fine is not bool(times.day(value))


@pytest.mark.parametrize(
    ("value", "fine"),
    [("PT8H", True), ("P1DT30M", True), ("P2W", True), ("P", False), ("PT", False), ("8h", False)],
)
def test_a_duration_has_at_least_one_part(value: str, fine: bool) -> None:
    assert fine is not bool(times.duration(value))


def test_a_time_value_is_a_moment_or_a_day() -> None:
    assert times.time_value("2026-03-31") == ()
    assert times.time_value("2026-03-31T00:00:00Z") == ()
    assert times.time_value("noon")


def test_every_time_zone_of_windows_is_there_once() -> None:
    assert 140 <= len(times.TIME_ZONES) == len(set(times.TIME_ZONES))
    assert all(times.time_zone(each) == () for each in times.TIME_ZONES)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("Europe/Berlin", "the Windows name, such as W. Europe Standard Time, not the IANA name"),
        ("W. Europe Standart Time", "W. Europe Standard Time"),
        ("GMT+1", "a Windows name such as W. Europe Standard Time or UTC"),
        ("", "a Windows name such as W. Europe Standard Time or UTC"),
    ],
)
def test_another_name_is_refused_with_the_right_one(value: str, hint: str) -> None:
    (finding,) = times.time_zone(value)

    assert finding.weight is Weight.REFUSED
    assert finding.allowed == hint


@pytest.mark.parametrize("value", ["w. europe standard time", "UTC_dstoff"])
def test_an_unusual_spelling_is_a_warning(value: str) -> None:
    assert [Weight.WARNING] == [each.weight for each in times.time_zone(value)]


@settings(max_examples=60, deadline=None)
@given(st.datetimes())
def test_every_moment_python_writes_is_one(value: datetime) -> None:
    assert times.moment(value.isoformat()) == ()
    assert times.day(value.date().isoformat()) == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_check(value: str) -> None:
    for check in (times.moment, times.day, times.duration, times.time_value, times.time_zone):
        check(value)
