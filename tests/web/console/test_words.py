"""How things are said."""

from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.flows.records import DeviceState
from lenskeep.tree.operation import OperationState
from lenskeep.web.console import words

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=100), "2026-08-15"),
        (-timedelta(minutes=30), "in 30 min"),
    ],
)
def test_a_moment_is_told_by_its_distance(before: timedelta, said: str) -> None:
    assert said == words.relative(NOW - before, NOW)


def test_no_moment_is_never() -> None:
    assert words.relative(None, NOW) == "never"


def test_every_state_has_a_word_of_its_own() -> None:
    devices = [words.device_look(each).word for each in DeviceState]
    operations = [words.operation_look(each).word for each in OperationState]

    assert len(set(devices)) == len(DeviceState)
    assert len(set(operations)) == len(OperationState)
