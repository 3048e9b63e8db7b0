"""Pictures, and how settings are called."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenskeep.desired.standing import SettingState
from lenskeep.flows.mandate import ProgressState
from lenskeep.web.console.desired import looks
from lenskeep.web.console.desired.picture import in_words, percent, slices

LOOKS = [looks.progress_look(each) for each in ProgressState]


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=7))
def test_parts_of_a_picture_fill_the_whole_and_follow_each_other(counts: list[int]) -> None:
    """Whatever the counts, no part is empty, none overlaps, nothing is left over."""
    parts = slices((look, count, "") for look, count in zip(LOOKS, counts, strict=False))

    assert all(each.count > 0 for each in parts)
    assert sum(each.width for each in parts) == pytest.approx(100 if parts else 0, abs=0.01)
    for left, right in pairwise(parts):
        assert left.start + left.width == pytest.approx(right.start, abs=0.01)


def test_a_picture_is_told_in_words() -> None:
    parts = slices([(LOOKS[0], 2, ""), (LOOKS[1], 0, ""), (LOOKS[2], 1, "")])

    assert in_words(parts) == "2 failed, 1 conflicting"


def test_all_and_nothing_are_only_said_where_they_are_true() -> None:
    assert [percent(*each) for each in ((0, 0), (0, 9), (9, 9))] == [0, 0, 100]
    assert [percent(1, 20_000), percent(19_999, 20_000)] == [1, 99]


def test_every_state_has_its_word() -> None:
    assert {*looks.setting_states()} == {*SettingState}
    assert {*looks.progress_states()} == {*ProgressState}


@pytest.mark.parametrize(
    ("uri", "area", "short"),
    [
        ("./Device/Vendor/MSFT/Policy/Config/DeviceLock/X", "Device lock", "DeviceLock/X"),
        ("./User/Vendor/MSFT/Policy/Config/Start/X", "Start", "Start/X (user)"),
        ("./Vendor/MSFT/WiFi/Profile/A/WlanXml", "Wi-Fi", "WiFi/Profile/A/WlanXml"),
        ("./DevDetail/Ext/X", "Dev detail", "DevDetail/Ext/X"),
    ],
)
def test_a_setting_is_called_by_what_tells_it_from_others(uri: str, area: str, short: str) -> None:
    assert (looks.area(uri), looks.short_uri(uri)) == (area, short)
