"""A server whose clock ran ahead and was set back goes on as if nothing had been."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flows.device.test_wanting import LENGTH, state, want
from tests.flows.device.wearer import Wearer, asked, wearing
from tests.flows.home import OPERATOR, Home, open_home

from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import profiles

MONTH_H = 30 * 24


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


async def ahead_and_back(home: Home, wearer: Wearer) -> None:
    """One session in the future, then the right time again."""
    home.clock.advance(hours=MONTH_H)
    await wearer.sync()
    home.clock.advance(hours=-MONTH_H)
    home.clock.advance(seconds=1)


async def test_a_change_is_still_verified(home: Home) -> None:
    """What was read in the future is no news when the headset answers now."""
    wearer = await wearing(home, 1)
    made = await want(home, (LENGTH, "8"))
    await wearer.sync()
    await ahead_and_back(home, wearer)
    assert made.assignment is not None
    body = ProfileBody((ProfileSetting(LENGTH, "9"),))
    await profiles.save_revision(
        home.house, OPERATOR, made.assignment.profile, body, base=1, reason="longer"
    )

    await wearer.sync()

    assert wearer.value(LENGTH) == "9"
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def test_drift_is_found_within_a_day(home: Home) -> None:
    """Not only when the clock has caught up."""
    wearer = await wearing(home, 1)
    await want(home, (LENGTH, "8"))
    await wearer.sync()
    await ahead_and_back(home, wearer)
    await wearer.sync()
    wearer.tamper(LENGTH, "4")
    home.clock.advance(hours=26)

    later = await wearer.sync()

    assert asked(later, "replace") == [LENGTH]
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED
