"""Whatever a headset answers, it ends as it is, in a bounded number of messages."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.flows.device.rude import LOGIN, Rude, Twist, items_of, retold, rude
from tests.flows.device.test_wanting import CONFIG, LENGTH, MICROPHONE, state, want
from tests.flows.device.wearer import SERVER, asked
from tests.flows.home import OPERATOR, Home, open_home

from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import rolling
from lenskeep.virtual.session.commands import Done
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    CommandName,
    Header,
    Item,
    Message,
    Meta,
    Results,
    Status,
)
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

HISTORY = CONFIG + "DeviceLock/DevicePasswordHistory"
CORTANA = CONFIG + "Experience/AllowCortana"
ZONE = CONFIG + "TimeLanguageSettings/ConfigureTimeZone"
WISHES = ((LENGTH, "8"), (MICROPHONE, "1"), (HISTORY, "5"), (CORTANA, "0"), (ZONE, "UTC"))

Change = Callable[[Item], Item]
Order = Callable[[tuple[BodyPart, ...]], list[list[BodyPart]]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


def of_items(change: Change) -> Twist:
    """Return what changes every value."""
    return lambda _headset, _reply, parts: [retold(each, change) for each in parts]


def statuses(verb: CommandName, code: int) -> Twist:
    """Return what answers each command of a verb with this code."""

    def twist(_: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        refs = {each.cmd_id for each in reply.body if getattr(each, "name", None) is verb}
        return [
            replace(each, code=code) if isinstance(each, Status) and each.cmd_ref in refs else each
            for each in parts
        ]

    return twist


def without(kind: type) -> Twist:
    """Return what leaves out answers of a kind."""
    return lambda _headset, _reply, parts: [each for each in parts if not isinstance(each, kind)]


def strays(_: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
    """Answer, too, what was never sent."""
    lie = Results("0", "77", "3", (Item(source=LENGTH, data="8"),))
    others = (
        Status("0", "77", "5", "Replace", 500),
        Status("0", reply.header.msg_id, "99", "Get", 299),
    )
    return [*others, *parts, lie, *others]


def spelled(item: Item) -> Item:
    """Write the LocURI another way."""
    source = (item.source or "").replace("./Device/Vendor", "./vendor")
    return replace(item, source=f"  {source.upper()} ")


def as_number(item: Item) -> Item:
    """Write a number in hexadecimal, with white space and a NUL."""
    if not item.data or not item.data.isdigit():
        return item
    return replace(item, meta=Meta(format="int"), data=f" {int(item.data):#x}\n")


HARMLESS: dict[str, Twist] = {
    "no status": without(Status),
    "doubled": lambda _h, _r, parts: [each for one in parts for each in (one, one)],
    "backwards": lambda _h, _r, parts: parts[::-1],
    "answers to nothing": strays,
    "other spellings": of_items(spelled),
    "hexadecimal": of_items(as_number),
    "no format": of_items(lambda item: replace(item, meta=Meta())),
    "a format of no kind": of_items(lambda item: replace(item, meta=Meta(format="wibble"))),
    "202": statuses(CommandName.REPLACE, 202),
    "values with a failure": statuses(CommandName.GET, 500),
}


@pytest.mark.parametrize("twist", HARMLESS.values(), ids=HARMLESS.keys())
async def test_manners_that_do_no_harm(home: Home, twist: Twist) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    headset.twist = twist

    first = await headset.sync()
    second = await headset.sync()

    assert Counter(asked(first, "replace")) == {uri: 1 for uri, _ in WISHES}
    assert headset.messages <= 9
    assert asked(second, "get", "replace") == []
    for uri, _ in WISHES:
        assert (await state(home, headset, uri))[0] is SettingState.VERIFIED, uri


NUMBERS = count(100)


def another(item: Item) -> Item:
    """Tell another value of a policy each time."""
    is_policy = "/Policy/" in (item.source or "")
    return replace(item, data=str(next(NUMBERS))) if is_policy else item


BAD: dict[str, tuple[Twist, SettingState]] = {
    "no values": (without(Results), SettingState.APPLIED),
    "values without names": (
        of_items(lambda item: replace(item, source=None)),
        SettingState.APPLIED,
    ),
    "another value in every message": (
        of_items(another),
        SettingState.FAILED,
    ),
    "nothing at all": (lambda _h, _r, _p: [], SettingState.FAILED),
    "it is never carried out": (statuses(CommandName.REPLACE, 404), SettingState.VERIFIED),
    "an interim answer only": (statuses(CommandName.REPLACE, 101), SettingState.VERIFIED),
    "the next piece, please": (statuses(CommandName.REPLACE, 213), SettingState.VERIFIED),
    "not executed": (statuses(CommandName.REPLACE, 215), SettingState.VERIFIED),
}


@pytest.mark.parametrize(("twist", "end"), BAD.values(), ids=BAD.keys())
async def test_manners_that_do_harm_come_to_an_end(
    home: Home, twist: Twist, end: SettingState
) -> None:
    """A week of sessions, three a day: a bounded number of messages and of deliveries."""
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    headset.twist = twist
    sent: Counter[str] = Counter()

    for _ in range(21):
        sent.update(asked(await headset.sync(), "replace"))
        home.clock.advance(hours=8)

    assert max(sent.values()) <= 12
    assert headset.messages < 250
    for uri, _ in WISHES:
        found, text = await state(home, headset, uri)
        assert found is end, (uri, text)
        assert end is SettingState.VERIFIED or len(text) > 20


async def test_a_headset_that_lies_ends_failed_in_clear_words(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    headset.lies = {LENGTH}
    sent: Counter[str] = Counter()

    for _ in range(30):
        sent.update(asked(await headset.sync(), "replace"))
        home.clock.advance(hours=8)

    found, text = await state(home, headset, LENGTH)
    assert (found, sent[LENGTH]) == (SettingState.FAILED, 4)
    assert "said yes, and then" in text
    assert "Given up" in text
    assert {sent[uri] for uri, _ in WISHES} == {1, 4}


async def test_a_value_that_changes_all_the_time_is_corrected_once_a_day(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    await headset.sync()
    numbers = count()

    async def drift(_: int) -> None:
        headset.tamper(LENGTH, str(4 + next(numbers) % 3))

    headset.between = drift
    sent: Counter[str] = Counter()
    headset.messages = 0

    for _ in range(30):
        home.clock.advance(hours=8)
        sent.update(asked(await headset.sync(), "replace"))

    assert sent[LENGTH] <= 10
    assert headset.messages < 100


async def test_answers_of_the_session_before_are_not_those_of_this_one(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    held: list[BodyPart] = []

    def fall_silent(_: Rude, reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        if any(getattr(each, "name", None) is CommandName.REPLACE for each in reply.body):
            held.extend(replace(x, code=500) for x in parts if isinstance(x, Status))
            raise EOFError
        return parts

    headset.twist = fall_silent
    with pytest.raises(EOFError):
        await headset.sync()
    headset.twist = None

    headset.session += 1
    numbered = [replace(each, cmd_id=str(n)) for n, each in enumerate(held, 4)]
    await headset.say(headset.write(1, (Alert("2", 1201), *numbered)))
    done = await headset.sync()

    assert len(held) == len(WISHES)
    assert asked(done, "replace") == []
    for uri, _ in WISHES:
        assert (await state(home, headset, uri))[0] is SettingState.VERIFIED


async def test_the_same_bytes_again_and_again_change_nothing(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)
    said: list[bytes] = []
    say = headset.say

    async def thrice(body: bytes) -> bytes:
        answer = await say(body)
        for old in (body, *said[-1:], body):
            again = await say(old)
            assert old != body or again == answer
        said.append(body)
        return answer

    headset.say = thrice  # type: ignore[method-assign]
    done = await headset.sync()

    assert Counter(asked(done, "replace")) == {uri: 1 for uri, _ in WISHES}
    assert (await state(home, headset, LENGTH))[0] is SettingState.VERIFIED


# --- answers that come in several messages -------------------------------------------------------


def as_they_come(parts: tuple[BodyPart, ...]) -> list[list[BodyPart]]:
    """Return the answers one a message, each value by itself."""
    split: list[list[BodyPart]] = []
    for each in parts:
        if isinstance(each, Results):
            split += [[replace(each, items=(item,))] for item in each.items]
        else:
            split.append([each])
    return split


def backwards(parts: tuple[BodyPart, ...]) -> list[list[BodyPart]]:
    """Return them the last first."""
    return as_they_come(parts)[::-1]


def effect_last(parts: tuple[BodyPart, ...]) -> list[list[BodyPart]]:
    """Return them with what is in effect behind what is set."""
    return sorted(as_they_come(parts), key=lambda one: "/Result/" in str(one[0]))


async def sync_in_pieces(headset: Rude, order: Order) -> list[Done]:
    """Have a session in which each message has one answer; return what was carried out."""
    headset.session += 1
    done: list[Done] = []
    login = Alert("3", 1224, (Item(meta=Meta(type=LOGIN), data="user"),))
    messages: list[list[BodyPart]] = [[Alert("2", 1201), login]]
    number = 0
    while messages:
        for left, parts in zip(range(len(messages) - 1, -1, -1), messages, strict=True):
            number += 1
            numbered = tuple(replace(each, cmd_id=str(at)) for at, each in enumerate(parts, 1))
            header = Header(str(headset.session), str(number), SERVER, headset.dev_id)
            message = Message(header, numbered, final=not left)
            reply = await headset.say(write_message(message))
        if not reply:
            break
        answers = headset.obey(read_message(reply), "user", done)
        messages = order(answers) if answers else []
    return done


@pytest.mark.parametrize("order", [as_they_come, backwards, effect_last])
async def test_answers_in_several_messages_are_one(home: Home, order: Order) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, *WISHES)

    first = await sync_in_pieces(headset, order)
    second = await sync_in_pieces(headset, order)

    assert Counter(asked(first, "replace")) == {uri: 1 for uri, _ in WISHES}
    assert asked(second, "get", "replace") == []
    assert (await state(home, headset, LENGTH))[0] is SettingState.VERIFIED


@pytest.mark.parametrize("order", [as_they_come, backwards, effect_last])
@pytest.mark.parametrize("was_there", [False, True], ids=["set by us", "there before"])
async def test_what_is_in_effect_counts_in_whichever_message_it_comes(
    home: Home, order: Order, was_there: bool
) -> None:
    headset = await rude(home)
    await headset.sync()
    if was_there:
        headset.tamper(CORTANA, "0")
    headset.twist = of_items(
        lambda item: replace(item, data="1") if "/Result/" in (item.source or "") else item
    )
    await want(home, (CORTANA, "0"))

    await sync_in_pieces(headset, order)
    found, text = await state(home, headset, CORTANA)
    headset.twist = None
    await sync_in_pieces(headset, order)

    assert found is SettingState.APPLIED
    assert "another source decides" in text
    assert (await state(home, headset, CORTANA))[0] is SettingState.VERIFIED


async def test_a_headset_that_tells_what_is_in_effect_and_not_what_is_set_is_not_asked_for_ever(
    home: Home,
) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, (CORTANA, "0"))
    await headset.sync()
    numbers = count()

    def flapping(_: Rude, _reply: Message, parts: list[BodyPart]) -> list[BodyPart]:
        found = [(each, item) for each, item in items_of(parts) if "/Result/" in str(item.source)]
        return [
            replace(each, items=(replace(i, data=str(next(numbers) % 2)),)) for each, i in found
        ]

    headset.twist = flapping
    home.clock.advance(hours=25)
    headset.messages = 0

    for _ in range(3):
        await headset.sync()

    assert headset.messages < 25


def in_pieces(parts: tuple[BodyPart, ...]) -> list[list[BodyPart]]:
    """Return the answers with every value in pieces of 500 characters."""
    messages: list[list[BodyPart]] = [[e for e in parts if not isinstance(e, Results)]]
    for each, item in items_of(parts):
        data = item.data or ""
        cuts = [data[at : at + 500] for at in range(0, len(data), 500)] or [""]
        for at, cut in enumerate(cuts):
            size = len(data) if at == 0 and len(cuts) > 1 else None
            meta = replace(item.meta, size=size)
            more = at < len(cuts) - 1
            piece = replace(item, meta=meta, data=cut, more_data=more)
            messages.append([replace(each, items=(piece,))])
    return messages


async def test_pieces_of_a_value_are_put_together(home: Home) -> None:
    """A long value is told in pieces of 500 characters, 1222 in between."""
    headset = await rude(home)
    await headset.sync()
    pages = CONFIG + "Settings/PageVisibilityList"
    value = "hide:" + ";".join(f"page-{number}" for number in range(200))
    await want(home, (pages, value))

    await sync_in_pieces(headset, in_pieces)
    await sync_in_pieces(headset, in_pieces)

    assert headset.value(pages) == value
    shown = await rolling.device_settings(home.house, OPERATOR, headset.device)
    assert [each.state for each in shown.settings] == [SettingState.VERIFIED]
    assert [each.known for each in shown.settings] == [value]
