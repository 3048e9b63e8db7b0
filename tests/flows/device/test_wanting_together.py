"""What goes together or waits: Atomics that are refused in every shape, users who come and go."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.device.rude import LOGIN, Rude, Twist, rude
from tests.flows.device.test_wanting import LENGTH, state
from tests.flows.device.wearer import asked
from tests.flows.home import OPERATOR, Home, open_home

from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import assigning, profiles
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.wire.syncml.model import Alert, BodyPart, Group, Item, Message, Meta, Status

ROOT = "./Device/Vendor/MSFT/VPNv2/Plant"
SERVERS, ROUTING, PROTOCOL = (
    f"{ROOT}/NativeProfile/{name}"
    for name in ("Servers", "RoutingPolicyType", "NativeProtocolType")
)
PLANT = {SERVERS: "vpn.example.org", ROUTING: "ForceTunnel", PROTOCOL: "IKEv2"}
PAGES = "./User/Vendor/MSFT/Policy/Config/Settings/PageVisibilityList"
EFFECT = PAGES.replace("Config", "Result")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


def body(settings: dict[str, str]) -> ProfileBody:
    """Return a profile's body."""
    rows = (ProfileSetting(uri, value, acknowledged=True) for uri, value in settings.items())
    return ProfileBody(tuple(rows))


async def profile(home: Home, settings: dict[str, str]) -> assigning.Assigned:
    """Make a profile and assign it to all."""
    draft = profiles.Draft("wanted", "", body(settings))
    saved = await profiles.create_profile(home.house, OPERATOR, draft)
    return await assigning.assign(home.house, OPERATOR, saved.profile.id, ALL_DEVICES)


def refusing(group: int | None, *children: int | None) -> Twist:
    """Return what undoes every Atomic and answers with these codes; None: not at all."""

    def twist(headset: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        codes: dict[str, int | None] = {}
        for each in reply.body:
            if isinstance(each, Group):
                codes[each.cmd_id] = group
                refs = [command.cmd_id for command in each.commands if hasattr(command, "cmd_id")]
                codes.update(zip(refs, children, strict=True))
                for uri in PLANT:
                    headset.tree.remove(uri)
        told: list[BodyPart] = []
        for part in parts:
            if not isinstance(part, Status) or part.cmd_ref not in codes:
                told.append(part)
            elif (code := codes[part.cmd_ref]) is not None:
                told.append(replace(part, code=code))
        return told

    return twist


SHAPES: dict[str, Twist] = {
    "one is at fault": refusing(507, 216, 500, 215),
    "the first is at fault": refusing(507, 500, 215, 215),
    "nobody is at fault": refusing(507, 215, 215, 215),
    "all are undone": refusing(507, 216, 216, 216),
    "undoing fails": refusing(507, 516, 516, 516),
    "all say yes": refusing(507, 200, 200, 200),
    "only the group answers": refusing(507, None, None, None),
    "only the commands answer": refusing(None, 216, 500, 215),
    "the group says yes": refusing(200, 200, 500, 200),
    "it is not known": refusing(501, None, None, None),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
async def test_an_atomic_that_is_refused_for_ever_fails_and_stops_nobody(
    home: Home, shape: Twist
) -> None:
    headset = await rude(home)
    await headset.sync()
    await profile(home, {**PLANT, LENGTH: "8"})
    headset.twist = shape
    sent: list[str] = []

    for _ in range(10):
        sent += asked(await headset.sync(), "add", "replace")
        home.clock.advance(hours=25)

    assert max(map(sent.count, PLANT)) <= 4
    assert headset.messages < 60
    for uri in PLANT:
        found, text = await state(home, headset, uri)
        assert found is SettingState.FAILED
        assert "Given up" in text
    assert (await state(home, headset, LENGTH))[0] is SettingState.VERIFIED


async def test_one_node_of_the_atomic_is_withdrawn_alone(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    made = await profile(home, PLANT)
    await headset.sync()
    assert made.assignment is not None
    rest = {SERVERS: PLANT[SERVERS], PROTOCOL: PLANT[PROTOCOL]}
    await profiles.save_revision(
        home.house, OPERATOR, made.assignment.profile, body(rest), base=1, reason="less"
    )

    await headset.sync()
    quiet = await headset.sync()

    assert [headset.value(uri) for uri in PLANT] == ["vpn.example.org", None, "IKEv2"]
    assert asked(quiet, "add", "replace", "delete", "get") == []


@pytest.mark.parametrize(
    "order",
    [
        ("none", "others", "user", "none"),
        ("user", "none", "others", "user"),
        ("others", "user"),
        ("", "user", ""),
    ],
)
async def test_who_is_signed_in_decides_in_whatever_order_they_come(
    home: Home, order: tuple[str, ...]
) -> None:
    headset = await rude(home)
    await headset.sync("none")
    await profile(home, {PAGES: "hide:maps-maps", LENGTH: "8"})
    was_there = False

    for user in order:
        done = await headset.sync(user)
        was_there = was_there or user == "user"
        about_user = [each.uri for each in done if each.uri.startswith("./User")]
        assert user == "user" or about_user == []
        found, text = await state(home, headset, PAGES)
        assert found is (SettingState.VERIFIED if was_there else SettingState.PENDING), text
        home.clock.advance(hours=25)

    assert headset.value(LENGTH) == "8"


async def test_a_user_who_is_not_ready_is_waited_for(home: Home) -> None:
    """405 until the user's own management exists: asked once a session, never failed."""
    headset = await rude(home)
    await headset.sync("none")
    await profile(home, {PAGES: "hide:maps-maps"})
    headset.failing = {PAGES: 405, EFFECT: 405}

    for _ in range(6):
        done = await headset.sync("user")
        assert len(done) <= 4
        assert (await state(home, headset, PAGES))[0] is SettingState.PENDING
        home.clock.advance(hours=1)
    headset.failing = {}
    await headset.sync("user")

    assert (await state(home, headset, PAGES))[0] is SettingState.VERIFIED


async def test_a_user_who_signs_out_in_the_middle_is_waited_for(home: Home) -> None:
    headset = await rude(home)
    await headset.sync("none")
    await profile(home, {PAGES: "hide:maps-maps"})

    def leaves(_: Rude, _reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        return [*parts, Alert("0", 1224, (Item(meta=Meta(type=LOGIN), data="none"),))]

    headset.twist = leaves
    done = await headset.sync("user")
    found, text = await state(home, headset, PAGES)
    headset.twist = None
    await headset.sync("user")

    assert asked(done, "replace") == []
    assert found is SettingState.PENDING
    assert "signed in" in text
    assert (await state(home, headset, PAGES))[0] is SettingState.VERIFIED
