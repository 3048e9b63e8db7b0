"""What is wanted on the way of messages, where the clock has to move or answers get lost."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from tests.flows.device.wearer import Wearer, asked, wearing
from tests.flows.home import OPERATOR, Home, open_home

from lenskeep.base.identifiers import GroupId
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired import assigning, groups, profiles, rolling
from lenskeep.flows.desired.casting.recast import recast, stored_tree
from lenskeep.flows.leaving import sending
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.mandate import ALL_DEVICES, ProgressState
from lenskeep.flows.ports import MandateChange
from lenskeep.tree.value import Format

CONFIG = "./Device/Vendor/MSFT/Policy/Config/"
MICROPHONE = CONFIG + "MixedReality/MicrophoneDisabled"
LENGTH = CONFIG + "DeviceLock/MinDevicePasswordLength"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


async def want(
    home: Home,
    *settings: tuple[str, str],
    drift: Drift = Drift.CORRECT,
    group: GroupId = ALL_DEVICES,
) -> assigning.Assigned:
    """Make a profile of these settings and assign it."""
    body = ProfileBody(tuple(ProfileSetting(uri, value) for uri, value in settings), drift)
    draft = profiles.Draft("wanted", "", body)
    saved = await profiles.create_profile(home.house, OPERATOR, draft)
    return await assigning.assign(home.house, OPERATOR, saved.profile.id, group)


async def state(home: Home, wearer: Wearer, uri: str) -> tuple[SettingState, str]:
    """Return how a setting stands, and the words."""
    shown = await rolling.device_settings(home.house, OPERATOR, wearer.device)
    (found,) = [each for each in shown.settings if each.uri == uri]
    return found.state, found.text


async def test_a_day_later_drift_is_found_and_corrected(home: Home) -> None:
    wearer = await wearing(home, 1)
    await want(home, (LENGTH, "8"))
    await wearer.sync()
    wearer.tamper(LENGTH, "4")

    soon = await wearer.sync()
    home.clock.advance(hours=25)
    later = await wearer.sync()

    assert LENGTH not in asked(soon, "get", "replace")
    assert asked(later, "replace") == [LENGTH]
    assert wearer.value(LENGTH) == "8"
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def test_drift_is_only_told_where_the_profile_says_so(home: Home) -> None:
    wearer = await wearing(home, 1)
    await want(home, (LENGTH, "8"), drift=Drift.REPORT)
    await wearer.sync()
    wearer.tamper(LENGTH, "4")
    home.clock.advance(hours=25)

    later = await wearer.sync()

    assert asked(later, "replace") == []
    assert wearer.value(LENGTH) == "4"
    assert (await state(home, wearer, LENGTH))[0] is SettingState.DRIFTED
    assert (await rolling.compliance(home.house, OPERATOR)).by_state[ProgressState.DRIFTED] == 1


async def test_a_drifted_node_that_is_right_again_is_verified_again(home: Home) -> None:
    wearer = await wearing(home, 1)
    await want(home, (LENGTH, "8"), drift=Drift.REPORT)
    await wearer.sync()
    wearer.tamper(LENGTH, "4")
    home.clock.advance(hours=25)
    await wearer.sync()
    wearer.tamper(LENGTH, "8")
    home.clock.advance(hours=25)

    done = await wearer.sync()

    assert asked(done, "replace") == []
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def test_what_is_refused_is_tried_three_times_more_at_growing_distance(home: Home) -> None:
    wearer = await wearing(home, 1)
    wearer.failing = {LENGTH: 500}
    await want(home, (LENGTH, "8"), (MICROPHONE, "1"))

    tried = []
    for minutes in (0, 10, 10, 3 * 60, 90, 20 * 60, 5 * 60, 48 * 60, 48 * 60):
        home.clock.advance(minutes=minutes)
        tried.append(asked(await wearer.sync(), "replace").count(LENGTH))

    assert tried == [1, 0, 1, 0, 1, 0, 1, 0, 0]
    assert (await state(home, wearer, MICROPHONE))[0] is SettingState.VERIFIED
    assert (await state(home, wearer, LENGTH))[0] is SettingState.FAILED


async def test_somebody_may_ask_to_try_again(home: Home) -> None:
    wearer = await wearing(home, 1)
    wearer.failing = {LENGTH: 500}
    await want(home, (LENGTH, "8"))
    await wearer.sync()
    wearer.failing = {}

    tried = await rolling.try_again(home.house, OPERATOR, wearer.device)
    await wearer.sync()

    assert tried == 1
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def test_lost_answers_change_nothing(home: Home) -> None:
    wearer = await wearing(home, 1)
    wearer.lose = cycle([True])
    await want(home, (LENGTH, "8"), (MICROPHONE, "1"))

    done = await wearer.sync()
    again = await wearer.sync()

    assert sorted(asked(done, "replace")) == sorted([LENGTH, MICROPHONE])
    assert asked(again, "replace", "get") == []


async def test_a_session_that_breaks_off_is_taken_up_by_the_next(home: Home) -> None:
    wearer = await wearing(home, 1)
    await wearer.sync()
    await want(home, (LENGTH, "8"))
    for at in range(1, 5):
        await broken_off(wearer, at)

    await wearer.sync()

    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED
    assert wearer.value(LENGTH) == "8"


async def broken_off(wearer: Wearer, at: int) -> None:
    """Have a session of which the headset sends only so many messages."""
    count = 0
    say = wearer.say

    async def saying(body: bytes) -> bytes:
        nonlocal count
        count += 1
        return await say(body) if count < at else b""

    wearer.say = saying  # type: ignore[method-assign]
    await wearer.sync()
    wearer.say = say  # type: ignore[method-assign]


async def test_a_headset_gets_its_groups_settings_in_its_very_first_session(home: Home) -> None:
    group = await groups.create_group(
        home.house, OPERATOR, "new ones", rule='generation = "HoloLens 2" and branch = 22621'
    )
    await want(home, (MICROPHONE, "1"), group=group.id)
    newer = await wearing(home, 1)
    older = await wearing(home, 2, "HL2-19041.1128")

    await newer.sync()
    await older.sync()

    assert newer.value(MICROPHONE) == "1"
    assert older.value(MICROPHONE) is None
    in_groups = await groups.device_groups(home.house, OPERATOR, newer.device)
    assert {each.id for each in in_groups} == {group.id, ALL_DEVICES}


async def test_a_value_changed_by_an_operation_of_a_person_is_drift_like_any_other(
    home: Home,
) -> None:
    wearer = await wearing(home, 1)
    await want(home, (LENGTH, "8"))
    await wearer.sync()
    wearer.tamper(LENGTH, "6")
    home.clock.advance(hours=25)

    await wearer.sync()

    assert wearer.value(LENGTH) == "8"


async def test_sixty_headsets_at_once_all_end_verified(home: Home) -> None:
    await want(home, (LENGTH, "8"), (MICROPHONE, "1"))
    wearers = [await wearing(home, number) for number in range(1, 61)]

    await asyncio.gather(*(each.sync() for each in wearers))

    compliance = await rolling.compliance(home.house, OPERATOR)
    assert compliance.by_state[ProgressState.VERIFIED] == 60


async def test_a_value_that_no_message_can_carry_fails_and_holds_up_nobody(home: Home) -> None:
    wearer = await wearing(home, 1)
    zone = CONFIG + "TimeLanguageSettings/ConfigureTimeZone"
    await want(home, (LENGTH, "8"), (zone, "UTC"))
    await tampered_tree(home, zone, "UTC\x07")

    await wearer.sync()

    found, text = await state(home, wearer, zone)
    assert found is SettingState.FAILED
    assert "no XML message can carry" in text
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def tampered_tree(home: Home, uri: str, value: str) -> None:
    """Store a wanted tree as an older version of ours, with fewer checks, might have left it."""
    mandate = await home.house.mandate.mandate()
    groups_of_all = frozenset({ALL_DEVICES})
    cast = await recast(home.house, mandate, [groups_of_all])
    tree = cast.merged[groups_of_all].tree
    nodes = tuple(
        replace(each, value=value) if each.uri.text == uri else each for each in tree.nodes
    )
    stored = stored_tree(home.house, WantedTree(nodes))
    change = MandateChange(trees=(stored,), cohorts={groups_of_all: stored.id})
    assert await home.house.mandate.commit(mandate.version, change, ())


async def test_an_updated_headset_is_asked_again_for_what_it_refused_for_good(home: Home) -> None:
    wearer = await wearing(home, 1)
    wearer.failing = {LENGTH: 500}
    await want(home, (LENGTH, "8"))
    for _ in range(5):
        await wearer.sync()
        home.clock.advance(hours=25)
    given_up = await wearer.sync()
    wearer.failing = {}
    wearer.tree.put("./DevDetail/SwV", Format.CHR, "10.0.22621.1258")
    home.clock.advance(hours=25)

    await wearer.sync()

    assert LENGTH not in asked(given_up, "replace")
    assert (await state(home, wearer, LENGTH))[0] is SettingState.VERIFIED


async def test_a_headset_that_was_told_to_go_is_told_nothing_else(home: Home) -> None:
    """Neither in the session that brings the word, nor while it lingers."""
    wearer = await wearing(home, 1)
    await wearer.sync()
    await want(home, (LENGTH, "8"))
    await sending.unenroll(home.house, OPERATOR, wearer.device, Order())

    told = await wearer.sync()
    lingering = await wearer.sync()

    assert asked(told, "exec") == [sending.UNENROLL_URI]
    assert LENGTH not in asked([*told, *lingering], "get", "replace", "add")
    assert wearer.value(LENGTH) is None
