"""Many settings, large and strange values, and headsets that talk without end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.flows.device.rude import Rude, retold, rude
from tests.flows.device.test_wanting import CONFIG, LENGTH, state, want
from tests.flows.device.wearer import asked
from tests.flows.home import OPERATOR, Home, open_home, shipped

from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.standing import SettingState
from lenskeep.desired.validate.values import fitting
from lenskeep.flows.desired import rolling
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    CommandName,
    Group,
    Item,
    Message,
    Meta,
    Request,
    Results,
    Status,
)
from lenskeep.wire.syncml.read import read_message

HEADSET = DeviceFacts("HoloLens 2", 136, "22621.1244")
PAGES = CONFIG + "Settings/PageVisibilityList"
WLAN = "./Device/Vendor/MSFT/WiFi/Profile/{}/WlanXml"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


def numbers(most: int) -> list[tuple[str, str]]:
    """Return so many policies that this headset has, each with its default."""
    catalog = shipped()
    found: list[tuple[str, str]] = []
    for number in range(len(catalog)):
        record = catalog.record(number)
        plain = record.allowed.kind in (Kind.ENUM, Kind.RANGE) and record.format is Format.INT
        if not (plain and record.default and record.uri.startswith(CONFIG)):
            continue
        fits = not fitting(record.allowed, record.format, record.default)[1]
        if fits and applies(record, HEADSET).verdict is Verdict.YES:
            found.append((record.uri, record.default))
    return found[:most]


def network(name: str, more: str = "") -> str:
    """Return a network's profile."""
    return (
        '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">'
        f"<name>{name}</name><SSIDConfig><SSID><name>{name}</name></SSID></SSIDConfig>"
        "<connectionType>ESS</connectionType><connectionMode>auto</connectionMode><MSM><security>"
        "<authEncryption><authentication>open</authentication><encryption>none</encryption>"
        f"<useOneX>false</useOneX></authEncryption></security></MSM>{more}</WLANProfile>"
    )


async def counted(home: Home, headset: Rude) -> Counter[SettingState]:
    """Return how many settings are in each state."""
    shown = await rolling.device_settings(home.house, OPERATOR, headset.device)
    return Counter(each.state for each in shown.settings)


async def test_hundreds_of_settings_in_few_messages(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    wishes = numbers(300)
    await want(home, *wishes, ("./Device/Vendor/MSFT/DMClient/Provider/Lenskeep/Push/PFN", "x"))
    headset.messages = 0

    done = await headset.sync()
    again = await headset.sync()

    found = await counted(home, headset)
    assert len(wishes) > 100
    assert found[SettingState.VERIFIED] >= len(wishes)
    assert set(Counter(asked(done, "replace")).values()) == {1}
    assert headset.messages <= 4 * len(wishes) // 50 + 6
    assert asked(again, "replace") == []


async def test_values_of_every_character_and_size(home: Home) -> None:
    """Markup, quotes, line ends, other planes, the separator U+F000, 200 kB: each comes back."""
    headset = await rude(home)
    await headset.sync()
    long = network("Long", f"<!-- {'x' * 200_000} -->")
    strange = network("Strange &amp;", "<!-- <&amp;> ]]> \" ' \U0001f576 \u20ac \u00a0 \u2028 -->")
    wishes = (
        (PAGES, "hide:" + ";".join(f"page{n}" for n in range(3000))),
        (WLAN.format("Long"), long),
        (WLAN.format("Strange%20%26"), strange),
    )
    await want(home, *wishes)

    await headset.sync()
    await headset.sync()  # pages are hidden once it has come back over the new networks
    again = await headset.sync()

    for uri, value in wishes:
        assert headset.value(uri) == value
        assert (await state(home, headset, uri))[0] is SettingState.VERIFIED, uri
    assert asked(again, "replace", "add") == []


async def test_a_session_without_end_is_ended(home: Home) -> None:
    """The headset says something in every message, and does nothing it is told."""
    headset = await rude(home)
    await headset.sync()
    await want(home, *numbers(40))

    headset.session += 1
    parts: tuple[BodyPart, ...] = (Alert("2", 1201), login("user"))
    busy = []
    for number in range(1, 401):
        body = headset.write(number, parts)
        answered = await manage(home.house, Proof(headset.der), body)
        home.clock.advance(milliseconds=20)
        parts = (login("none" if number % 2 else "user"),)
        said = read_message(answered.body).body
        busy.append(any(isinstance(each, Request | Group) for each in said))

    assert sum(busy) <= 40 * 6
    assert not any(busy[-100:])
    assert (await counted(home, headset))[SettingState.FAILED] == 40


def login(user: str) -> Alert:
    """Return who is there."""
    return Alert("3", 1224, (Item(meta=Meta(type="com.microsoft/MDM/LoginStatus"), data=user),))


async def test_answers_that_flap_in_every_message_do_not_keep_a_session_alive(
    home: Home,
) -> None:
    """Values nobody asked for now, other ones each time, statuses for everything."""
    headset = await rude(home)
    await headset.sync()
    await want(home, *numbers(20), (LENGTH, "8"))
    flap = count()

    def twist(_: Rude, _reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        def change(item: Item) -> Item:
            if "/Policy/" not in (item.source or ""):
                return item
            return replace(item, data=str(next(flap) % 5))

        return [retold(each, change) for each in parts]

    headset.twist = twist
    headset.messages = 0
    for _ in range(10):
        await headset.sync()
        home.clock.advance(hours=25)

    assert headset.messages < 100


async def test_nodes_that_nobody_asked_for_are_not_kept(home: Home) -> None:
    """A headset that reports without end fills neither the store nor the standing."""
    headset = await rude(home)
    await headset.sync()
    await want(home, *numbers(10))

    def twist(_: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        gets = [e for e in reply.body if isinstance(e, Request) and e.name is CommandName.GET]
        more = tuple(
            Item(source=f"{uri}/{n}", data="y" * 100)
            for each in gets
            for uri in (each.items[-1].target,)
            for n in range(900)
        )
        lies = [Results("0", reply.header.msg_id, each.cmd_id, more) for each in gets]
        return [*lies, *parts]

    headset.twist = twist
    for _ in range(3):
        await headset.sync()
        home.clock.advance(hours=25)

    assert (await counted(home, headset))[SettingState.VERIFIED] == 10
    detail = await home.house.fleet.device(headset.device)
    assert len(detail.known) < 400_000


async def test_statuses_for_thousands_of_things_are_passed_over(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *numbers(10))

    def twist(_: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        stray = [Status("0", reply.header.msg_id, str(n), "Get", 500) for n in range(500, 4000)]
        return [*parts, *stray]

    headset.twist = twist
    await headset.sync()

    assert (await counted(home, headset))[SettingState.VERIFIED] == 10
    timeline = await home.house.fleet.timeline(headset.device, None, 200)
    assert len(timeline.items) < 60
    assert read_message(headset.replies[0]).body
