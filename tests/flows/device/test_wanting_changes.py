"""The ground moves while a headset is talking: what is wanted, who it is, what it runs."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract import world
from tests.flows.device.rude import Rude, rude
from tests.flows.device.test_wanting import CONFIG, LENGTH, MICROPHONE, state
from tests.flows.device.wearer import asked
from tests.flows.home import ADMIN, OPERATOR, Home, open_home

from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.certificates.verify import fingerprint
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import assigning, groups, profiles, rolling
from lenskeep.flows.leaving.keeping import By, retire
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.mandate import ALL_DEVICES, GuardState
from lenskeep.tree.value import Format

HISTORY = CONFIG + "DeviceLock/DevicePasswordHistory"
CORTANA = CONFIG + "Experience/AllowCortana"
DOWN = CONFIG + "MixedReality/ManualDownDirectionDisabled"
"""Not on 19041."""
VISITORS = CONFIG + "MixedReality/VisitorAutoLogon"
NAME = "./DevDetail/Ext/Microsoft/DeviceName"
WISHES = {LENGTH: "8", MICROPHONE: "1", HISTORY: "5", CORTANA: "0"}
LATER = {LENGTH: "6", HISTORY: "5"}
UNSET = dict.fromkeys(WISHES)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


def body(settings: dict[str, str]) -> ProfileBody:
    """Return a profile's body, every danger acknowledged."""
    rows = (ProfileSetting(uri, value, acknowledged=True) for uri, value in settings.items())
    return ProfileBody(tuple(rows))


async def profile(
    home: Home, settings: dict[str, str], group: GroupId = ALL_DEVICES
) -> assigning.Assigned:
    """Make a profile and assign it."""
    saved = await profiles.create_profile(
        home.house, OPERATOR, profiles.Draft("wanted", "", body(settings))
    )
    return await assigning.assign(home.house, OPERATOR, saved.profile.id, group)


def values(headset: Rude) -> dict[str, str | None]:
    """Return what the headset holds."""
    return {uri: headset.value(uri) for uri in WISHES}


# --- what is wanted changes while commands are on their way ---------------------------------------

Act = Callable[[Home, assigning.Assigned], Awaitable[object]]


async def take_back(home: Home, made: assigning.Assigned) -> None:
    """Take the assignment back."""
    assert made.assignment is not None
    await assigning.unassign(home.house, OPERATOR, made.assignment.id)


async def save_another(home: Home, made: assigning.Assigned) -> None:
    """Save another revision."""
    assert made.assignment is not None
    await profiles.save_revision(
        home.house, OPERATOR, made.assignment.profile, body(LATER), base=1, reason="later"
    )


async def delete_all(home: Home, made: assigning.Assigned) -> None:
    """Take the assignment back and delete the profile."""
    await take_back(home, made)
    assert made.assignment is not None
    await profiles.delete_profile(home.house, ADMIN, made.assignment.profile)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("act", "end"),
    [(take_back, UNSET), (save_another, UNSET | LATER), (delete_all, UNSET)],
    ids=["taken back", "another revision", "deleted"],
)
async def test_the_mandate_changes_between_two_messages(
    home: Home, act: Act, end: dict[str, str | None], at: int
) -> None:
    headset = await rude(home)
    await headset.sync()
    made = await profile(home, WISHES)

    async def change(number: int) -> None:
        if number == at:
            await act(home, made)

    headset.between = change
    await headset.sync()
    headset.between = None
    await headset.sync()
    rest = await headset.sync()

    assert values(headset) == end
    assert asked(rest, "get", "replace", "delete") == []
    shown = await rolling.device_settings(home.house, OPERATOR, headset.device)
    assert {each.uri for each in shown.settings} == {uri for uri, value in end.items() if value}
    assert {each.state for each in shown.settings} <= {SettingState.VERIFIED}


async def test_a_command_that_is_never_answered_is_taken_back_all_the_same(home: Home) -> None:
    """It may have been carried out, so it counts as ours."""
    headset = await rude(home)
    await headset.sync()
    made = await profile(home, WISHES)

    def dies(_: object, _reply: object, parts: list[object]) -> list[object]:
        if headset.value(LENGTH) == "8":
            raise EOFError
        return parts

    headset.twist = dies  # type: ignore[assignment]
    with pytest.raises(EOFError):
        await headset.sync()
    headset.twist = None
    await take_back(home, made)
    held = values(headset)

    await headset.sync()
    await headset.sync()

    assert held == WISHES
    assert values(headset) == UNSET


async def test_a_device_is_moved_to_another_group_between_two_messages(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    one = await groups.create_group(home.house, OPERATOR, "one", devices=[headset.device])
    two = await groups.create_group(home.house, OPERATOR, "two")
    await profile(home, WISHES, one.id)
    await profiles.create_profile(home.house, OPERATOR, profiles.Draft("b", "", body(LATER)))
    saved = await profiles.create_profile(
        home.house, OPERATOR, profiles.Draft("c", "", body(LATER))
    )
    await assigning.assign(home.house, OPERATOR, saved.profile.id, two.id)

    async def move(number: int) -> None:
        if number == 4:
            await groups.remove_devices(home.house, OPERATOR, one.id, [headset.device])
            await groups.add_devices(home.house, OPERATOR, two.id, [headset.device])

    headset.between = move
    await headset.sync()
    headset.between = None
    await headset.sync()

    assert values(headset) == UNSET | LATER


# --- who it is, and what it runs ------------------------------------------------------------------


async def test_an_update_brings_what_was_not_applicable_and_a_downgrade_tells_so(
    home: Home,
) -> None:
    old, new = await rude(home, 1, "HL2-19041.1128"), await rude(home, 2)
    older, newer = old.tree, new.tree
    await old.sync()
    await profile(home, {DOWN: "1", LENGTH: "8"})
    await old.sync()
    before = await state(home, old, DOWN)

    old.tree = newer
    home.clock.advance(hours=25)
    await old.sync()
    after = await state(home, old, DOWN)
    old.tree = older
    home.clock.advance(hours=25)
    done = await old.sync()

    assert before[0] is SettingState.NOT_APPLICABLE
    assert "19041.1128" in before[1]
    assert after[0] is SettingState.VERIFIED
    assert newer.value(DOWN) == "1"
    assert (await state(home, old, DOWN))[0] is SettingState.NOT_APPLICABLE
    assert DOWN not in asked(done, "replace", "delete")


async def test_policies_flow_once_the_edition_is_upgraded(home: Home) -> None:
    first = await rude(home, 1, "HL1-17763-Dev")
    business = await rude(home, 2, "HL1-17763-Business")
    await first.sync()
    await profile(home, {CORTANA: "0"})
    await first.sync()
    before = await state(home, first, CORTANA)

    first.tree = business.tree
    home.clock.advance(hours=25)
    await first.sync()

    assert before[0] is SettingState.NOT_APPLICABLE
    assert first.value(CORTANA) == "0"
    assert (await state(home, first, CORTANA))[0] is SettingState.VERIFIED


async def test_a_new_name_brings_a_headset_into_its_group_at_the_next_contact(home: Home) -> None:
    headset = await rude(home)
    group = await groups.create_group(home.house, OPERATOR, "lab", rule='name = "LAB-1"')
    await profile(home, WISHES, group.id)
    await headset.sync()
    headset.tree.put(NAME, Format.CHR, "LAB-1")
    home.clock.advance(hours=25)

    await headset.sync()
    await headset.sync()
    inside = values(headset)
    headset.tree.put(NAME, Format.CHR, "OFFICE-1")
    home.clock.advance(hours=25)
    await headset.sync()
    await headset.sync()

    assert inside == WISHES
    assert values(headset) == UNSET


# --- staged roll-outs -----------------------------------------------------------------------------


async def test_of_many_at_once_one_is_the_scout(home: Home) -> None:
    headsets = [await rude(home, number) for number in range(1, 9)]
    for each in headsets:
        await each.sync()
    await profile(home, {VISITORS: "1"})

    rounds = []
    for _ in range(3):
        await asyncio.gather(*(each.sync() for each in headsets))
        rounds.append(Counter(each.value(VISITORS) for each in headsets)["1"])
        home.clock.advance(minutes=5)

    assert rounds == [1, 1, 8]
    (guard,) = await rolling.list_guards(home.house, OPERATOR)
    assert guard.state is GuardState.RELEASED


async def test_where_the_scout_is_gone_the_others_are_unharmed_and_say_what_to_do(
    home: Home,
) -> None:
    scout, other = await rude(home, 1), await rude(home, 2)
    for each in (scout, other):
        await each.sync()
    await profile(home, {VISITORS: "1"})
    await scout.sync()
    await retire(home.house, ADMIN, scout.device, By.NOW, Order(scout.device))

    for _ in range(3):
        home.clock.advance(hours=8)
        await other.sync()
    waiting = await state(home, other, VISITORS)
    (guard,) = await rolling.list_guards(home.house, OPERATOR)
    await rolling.reset_scout(home.house, OPERATOR, guard.key)
    await other.sync()

    assert waiting[0] is SettingState.PENDING
    assert "choose another" in waiting[1]
    assert guard.scout == scout.device
    assert other.value(VISITORS) == "1"


# --- it begins anew -------------------------------------------------------------------------------


async def test_a_headset_that_was_reset_is_asked_for_everything_anew(home: Home) -> None:
    """The same record, a fresh tree: what was verified on the old one counts for nothing."""
    headset, fresh = await rude(home, 1), await rude(home, 3)
    await headset.sync()
    await profile(home, WISHES)
    await headset.sync()
    again = await enrolled_again(home, headset, fresh)

    done = await again.sync()

    assert set(asked(done, "get")) >= set(WISHES)
    assert values(again) == WISHES
    for uri in WISHES:
        assert (await state(home, again, uri))[0] is SettingState.VERIFIED


async def enrolled_again(home: Home, headset: Rude, fresh: Rude) -> Rude:
    """Return the headset after a reset: another enrollment of the same record."""
    made = world.certificate(77)
    certificate = replace(made, der=b"0\x82 again", sha256=fingerprint(b"0\x82 again"))
    new = await world.enrolled(
        home.store,
        77,
        certificate=certificate,
        existing_device=headset.device,
        device_id=headset.device,
    )
    home.enrolled[DeviceId(headset.device)] = new
    return Rude(home, headset.device, new.enrollment.dev_id, certificate.der, fresh.tree)
