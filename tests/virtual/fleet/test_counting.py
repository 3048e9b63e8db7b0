"""Times are counted in constant memory; what was carried out twice is noticed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lenskeep.virtual.fleet.counting.deeds import Deeds
from lenskeep.virtual.fleet.counting.histogram import Histogram
from lenskeep.virtual.fleet.counting.tally import Tally
from lenskeep.virtual.session.commands import Done

LOCK = "./Device/Vendor/MSFT/RemoteLock/Lock"
POLICY = "./Device/Vendor/MSFT/Policy/Config/System/AllowLocation"


def counted(*seconds: float) -> Histogram:
    histogram = Histogram()
    for each in seconds:
        histogram.add(each)
    return histogram


@settings(max_examples=50, deadline=None)
@given(some.lists(some.floats(min_value=1e-3, max_value=100), min_size=1, max_size=60))
def test_a_quantile_is_right_to_a_tenth(seconds: list[float]) -> None:
    histogram = counted(*seconds)
    ordered = sorted(seconds)

    for part in (0.5, 0.95, 1.0):
        exact = ordered[max(0, -int(-part * len(ordered) // 1) - 1)]
        assert exact * 0.999 <= histogram.quantile(part) <= exact * 1.1


def test_nothing_counted_has_no_times() -> None:
    assert Histogram().quantile(0.5) == 0
    assert list(Histogram().bars()) == []


def test_what_takes_longer_than_all_bounds_is_counted_too() -> None:
    histogram = counted(10_000)

    assert histogram.quantile(0.99) == pytest.approx(412, abs=50)
    assert histogram.longest_s == 10_000


def test_two_histograms_are_one() -> None:
    both = counted(0.01, 0.02)
    both.join(counted(0.3))

    assert both.counts == counted(0.01, 0.02, 0.3).counts
    assert both.longest_s == 0.3


def test_bars_cover_all_that_was_counted() -> None:
    bars = list(counted(0.001, 0.01, 0.01, 1.0).bars())

    assert sum(count for _, _, count in bars) == 4
    assert all(low < high for low, high, _ in bars)


def test_an_exec_carried_out_twice_is_doubled() -> None:
    deeds = Deeds()
    deeds.note([Done("Exec", LOCK, 200), Done("Get", POLICY, 200, "1")])
    deeds.note([Done("Exec", LOCK, 200)])

    assert deeds.doubled == [f"Exec {LOCK}"]
    assert deeds.carried_out == 2
    assert deeds.times(LOCK) == 2


def test_a_value_set_again_is_doubled_and_another_value_is_not() -> None:
    deeds = Deeds()
    deeds.note([Done("Replace", POLICY, 200, "1"), Done("Replace", POLICY, 200, "0")])
    first = list(deeds.doubled)

    deeds.note([Done("Replace", POLICY, 200, "0")])

    assert first == []
    assert deeds.doubled == [f"Replace {POLICY}"]


def test_what_failed_was_not_done() -> None:
    deeds = Deeds()
    deeds.note([Done("Exec", LOCK, 500), Done("Exec", LOCK, 200)])

    assert deeds.doubled == []


def test_a_value_is_set_again_after_a_power_cut_and_an_exec_never() -> None:
    deeds = Deeds()
    deeds.note([Done("Replace", POLICY, 200, "1"), Done("Exec", LOCK, 200)])
    deeds.forgot()

    deeds.note([Done("Replace", POLICY, 200, "1"), Done("Exec", LOCK, 200)])
    deeds.note([Done("Replace", POLICY, 200, "1")])

    assert deeds.excused == 1
    assert deeds.doubled == [f"Exec {LOCK}", f"Replace {POLICY}"]


def test_the_book_outlasts_the_process() -> None:
    deeds = Deeds()
    deeds.note([Done("Exec", LOCK, 200)])

    again = Deeds.load(deeds.dump())
    again.note([Done("Exec", LOCK, 200)])

    assert again.doubled == [f"Exec {LOCK}"]


def test_tallies_add_up_and_judge() -> None:
    one, other = Tally(), Tally()
    one.took("enroll", 0.1)
    one.happened("held back")
    other.took("enroll", 0.2)
    other.happened("held back")
    other.begun["idle"] += 1

    one.join(other)
    held = one.faults
    one.blame(one.lost, "the answer was lost", 7)

    assert held == 0, "being put off is no fault"
    assert one.happenings["held back"] == 2
    assert one.times["enroll"].total == 2
    assert one.faults == 1
    assert one.told()["well"] is False
    assert one.told()["examples"] == ["headset 7: the answer was lost"]
