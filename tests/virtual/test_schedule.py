"""When a headset calls, by the schedule it was given."""

from datetime import timedelta

import pytest

from lenskeep.virtual.schedule import complaints, interval_after
from lenskeep.wire.wap import Poll


def minutes(poll: Poll, count: int) -> list[int]:
    return [int(interval_after(poll, done) / timedelta(minutes=1)) for done in range(count)]


def test_the_sets_follow_one_another_and_the_last_repeats() -> None:
    poll = Poll(3, 2, 15, 1, 480, 0)

    assert minutes(poll, 5) == [3, 3, 15, 480, 480]


def test_a_first_set_without_a_count_never_ends() -> None:
    poll = Poll(1, 0, 15, 8, 480, 5)

    assert {1} == set(minutes(poll, 50))


def test_used_up_sets_leave_a_daily_rhythm() -> None:
    poll = Poll(3, 2, 0, 0, 0, 0)

    assert minutes(poll, 4) == [3, 3, 1440, 1440]


def test_a_set_without_an_interval_is_passed_over() -> None:
    assert minutes(Poll(0, 5, 7, 0, 0, 0), 2) == [7, 7]


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        (Poll(0, 0, 0, 0, 0, 0), "zero"),
        (Poll(3, 0, 15, 0, 0, 0), "more than one"),
        (Poll(-3, 1, 15, 1, 0, 0), "negative"),
    ],
)
def test_invalid_schedules_are_told(poll: Poll, words: str) -> None:
    assert words in " ".join(complaints(poll))


def test_the_default_schedule_is_fine() -> None:
    assert complaints(Poll()) == ()
