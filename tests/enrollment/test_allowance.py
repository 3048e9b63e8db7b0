"""How much strangers may have us write down."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.enrollment.allowance import BURST, Allowance

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_burst_then_one_a_second_and_what_was_missed_is_told() -> None:
    """Twenty at once; the twenty-first waits, and is counted."""
    allowance = Allowance()
    at_once = [allowance.take(START) for _ in range(BURST + 3)]
    later = [allowance.take(START + timedelta(seconds=1)) for _ in range(2)]

    assert [0] * BURST + [None] * 3 == at_once
    assert [3, None] == later


def test_a_quiet_time_fills_it_again_and_no_further() -> None:
    """After an hour there are twenty again, not thousands."""
    allowance = Allowance()
    for _ in range(BURST + 1):
        allowance.take(START)
    hour_later = [allowance.take(START + timedelta(hours=1)) for _ in range(BURST + 1)]

    assert [1] + [0] * (BURST - 1) + [None] == hour_later


def test_a_clock_that_jumps_back_stops_nobody_for_long() -> None:
    """A day back after a burst: a second later there is room."""
    allowance = Allowance()
    for _ in range(BURST):
        allowance.take(START)
    back = START - timedelta(days=1)

    assert allowance.take(back) is None
    assert 1 == allowance.take(back + timedelta(seconds=1))


@given(st.lists(st.floats(0, 3), max_size=200))
@settings(max_examples=60, deadline=None)
def test_never_more_than_the_burst_and_one_a_second(pauses: list[float]) -> None:
    """Whenever strangers come; and none is lost from the count."""
    allowance, now, given_out, missed = Allowance(), START, 0, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        taken = allowance.take(now)
        given_out += taken is not None
        missed += taken or 0

    assert given_out <= BURST + (now - START).total_seconds() + 1
    assert given_out + missed <= len(pauses)
