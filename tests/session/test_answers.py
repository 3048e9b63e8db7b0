"""Values that come back: alone, in lists, in pieces, and not at all."""

import base64
import json

import pytest
from tests.session.client import (
    NOW,
    Shelf,
    alerts,
    answer,
    commands,
    header,
    package1,
    says,
    statuses,
)

from lenskeep.session.answers import MAX_OBJECT
from lenskeep.session.state import NoteKind, Phase, Turn
from lenskeep.tree.operation import OperationState
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.model import Alert, Item, Message, Meta, Results, Status
from lenskeep.wire.syncml.read import read_message

SWV = "./DevDetail/SwV"
WIFI = "./Vendor/MSFT/WiFi/Profile"
BLOB = "./DevDetail/Ext/DeviceHardwareData"


def ask(shelf: Shelf, uri: str = SWV) -> Turn:
    """Queue a Get and begin a session; the Get has CmdID 5 in message 1."""
    shelf.queue("get", uri)
    turn = shelf.take(package1())
    assert [each.cmd_id for each in commands(turn.reply)] == ["5"]
    return turn


def ok(code: int = 200) -> Status:
    """The status of the Get."""
    return Status("2", "1", "5", "Get", code)


def results(*items: Item, meta: Meta | None = None, cmd_id: str = "3") -> Results:
    """The values of the Get."""
    return Results(cmd_id, "1", "5", items, meta or Meta())


def piece(data: str, *, more: bool = True, size: int | None = None, uri: str = SWV) -> Results:
    """A piece of a value."""
    return results(Item(source=uri, meta=Meta(size=size), data=data, more_data=more))


@pytest.mark.parametrize(
    ("item", "meta", "value", "form"),
    [
        (Item(source=SWV, data="10.0"), None, "10.0", "chr"),
        (Item(source="./DEVDETAIL/swv", data="10.0"), None, "10.0", "chr"),
        (Item(source=SWV, meta=Meta(format="int"), data="5"), None, "5", "int"),
        (Item(source=SWV, data="true"), Meta(format="bool"), "true", "bool"),
        (Item(data="unnamed"), None, "unnamed", "chr"),
        (Item(source=SWV), None, "", "chr"),
        (Item(source=SWV, meta=Meta(format="node"), data="a/b"), None, "a/b", "node"),
    ],
)
def test_a_value_is_taken_with_and_without_meta(
    item: Item, meta: Meta | None, value: str, form: str
) -> None:
    """Format at the item, at the Results, or nowhere: then it is text."""
    shelf = Shelf()
    ask(shelf)

    turn = shelf.take(says("1", "2", ok(), results(item, meta=meta)))

    (row,) = shelf.rows.values()
    assert (row.state, row.result, row.form) == (OperationState.DONE, value, form)
    assert [(value, 200)] == [(fact.value, fact.status) for fact in turn.facts]


def test_the_value_may_come_before_its_status() -> None:
    """Order within a message does not matter."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", results(Item(source=SWV, data="1")), ok()))

    (row,) = shelf.rows.values()
    assert (row.status, row.result) == (200, "1")


def test_a_value_in_a_later_message_of_the_package_is_waited_for() -> None:
    """200 now, the value after the next message."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", ok(), final=False))
    shelf.take(says("1", "3", results(Item(source=SWV, data="1"))))

    (row,) = shelf.rows.values()
    assert (row.state, row.result) == (OperationState.DONE, "1")


def test_200_without_a_value_is_no_success() -> None:
    """A Get that brought nothing has failed, in words."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", ok()))

    (row,) = shelf.rows.values()
    assert (row.state, row.status) == (OperationState.FAILED, 200)
    assert "sent no value" in row.text


def test_a_value_without_a_status_is_taken() -> None:
    """What was read was read; the text says what was missing."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", results(Item(source=SWV, data="1"))))

    (row,) = shelf.rows.values()
    assert (row.state, row.status, row.result) == (OperationState.DONE, None, "1")
    assert "no status" in row.text


def test_a_failed_get_is_a_fact_too() -> None:
    """404 is known from then on, with its query and the canonical path."""
    shelf = Shelf()
    ask(shelf, WIFI + "?list=StructData")

    turn = shelf.take(says("1", "2", ok(404)))

    (fact,) = turn.facts
    assert fact.uri == "./Device/Vendor/MSFT/WiFi/Profile?list=StructData"
    assert (fact.status, fact.value) == (404, None)


def test_a_subtree_comes_as_one_json_object() -> None:
    """`?list=StructData`: every node with its value, interior ones with null."""
    shelf = Shelf()
    ask(shelf, WIFI + "?list=StructData")
    node = Meta(format="node")
    first = results(Item(source=WIFI, meta=node), Item(source=WIFI + "/A", meta=node))
    second = results(Item(source=WIFI + "/A/X", data="1"), Item(source=WIFI + "/A/Y"), cmd_id="4")

    turn = shelf.take(says("1", "2", ok(), first, second))

    (row,) = shelf.rows.values()
    assert row.result is not None
    assert json.loads(row.result) == {
        WIFI: None,
        WIFI + "/A": None,
        WIFI + "/A/X": "1",
        WIFI + "/A/Y": "",
    }
    assert row.form == "node"
    known = {fact.uri: fact.value for fact in turn.facts}
    assert known["./Device/Vendor/MSFT/WiFi/Profile/A/X"] == "1"
    assert known["./Device/Vendor/MSFT/WiFi/Profile/A"] is None


def test_a_property_is_a_fact_of_its_own() -> None:
    """`?prop=Type` does not overwrite what is known of the value."""
    shelf = Shelf()
    ask(shelf, SWV + "?prop=Type")

    turn = shelf.take(says("1", "2", ok(), results(Item(source=SWV, data="text/plain"))))

    assert [fact.uri for fact in turn.facts] == [SWV + "?prop=Type"]


def test_a_value_of_another_node_is_noted_and_not_taken() -> None:
    """A node that was not asked for."""
    shelf = Shelf()
    ask(shelf)

    turn = shelf.take(says("1", "2", ok(), results(Item(source=WIFI, data="x"))))

    assert turn.facts == ()
    assert NoteKind.UNEXPECTED in {note.kind for note in turn.notes}
    (row,) = shelf.rows.values()
    assert row.state is OperationState.FAILED


def test_a_status_that_names_another_node_is_not_taken() -> None:
    """TargetRef must be the node that was asked."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", Status("2", "1", "5", "Get", 404, (WIFI,))))

    (row,) = shelf.rows.values()
    assert row.state is OperationState.SENT  # sent a second time in this very turn
    assert row.deliveries == 2


def test_a_large_value_is_joined_from_its_pieces() -> None:
    """213 and 1222 for each piece, then the whole."""
    shelf = Shelf()
    ask(shelf)

    first = shelf.take(says("1", "2", ok(), piece("Hello, ", size=13), final=False))
    second = shelf.take(says("1", "3", piece("wide "), final=False))
    third = shelf.take(says("1", "4", piece("w", more=False)))

    for turn in (first, second):
        told = statuses(turn.reply)[-1]
        assert (told.cmd, told.cmd_ref, told.code) == ("Results", "3", 213)
        assert told.source_refs == (SWV,)
        assert alerts(turn.reply) == [1222]
        assert commands(turn.reply) == []
        assert turn.session.phase is Phase.MORE_COMING
    (row,) = shelf.rows.values()
    assert row.result == "Hello, wide w"
    assert [fact.value for fact in third.facts] == ["Hello, wide w"]


def test_a_large_value_of_another_size_than_announced_fails() -> None:
    """424, to the headset and to the administrator."""
    shelf = Shelf()
    ask(shelf)

    shelf.take(says("1", "2", ok(), piece("abc", size=9), final=False))
    turn = shelf.take(says("1", "3", piece("d", more=False)))

    assert statuses(turn.reply)[-1].code == 424
    (row,) = shelf.rows.values()
    assert (row.state, row.status) == (OperationState.FAILED, 424)


def test_the_size_of_base64_is_that_of_what_it_stands_for() -> None:
    """Octets of the decoded object."""
    shelf = Shelf()
    ask(shelf, BLOB)
    octets = bytes(range(30))
    text = base64.b64encode(octets).decode()
    form = Meta(format="b64", size=len(octets))
    first = results(Item(source=BLOB, meta=form, data=text[:20], more_data=True))
    last = results(Item(source=BLOB, meta=Meta(format="b64"), data=text[20:]))

    shelf.take(says("1", "2", ok(), first, final=False))
    turn = shelf.take(says("1", "3", last))

    (row,) = shelf.rows.values()
    assert row.result == text
    assert turn.facts[0].format is Format.B64


def test_a_value_too_large_is_refused_with_a_status() -> None:
    """416; the operation fails and the session goes on."""
    shelf = Shelf()
    ask(shelf)

    turn = shelf.take(says("1", "2", ok(), piece("x" * (MAX_OBJECT + 1)), final=True))

    assert statuses(turn.reply)[-1].code == 416
    (row,) = shelf.rows.values()
    assert (row.state, row.status) == (OperationState.FAILED, 416)
    assert turn.session.incoming is None


def test_a_new_object_before_the_end_of_the_last_is_told_to_the_headset() -> None:
    """1225; what was incomplete is not taken for a value."""
    shelf = Shelf(questions=(SWV, "./DevDetail/HwV"))
    shelf.take(package1())

    shelf.take(says("1", "2", ok(), piece("half", size=99), final=False))
    turn = shelf.take(says("1", "3", piece("whole", more=False, uri="./DevDetail/HwV")))

    assert alerts(turn.reply) == [1225]
    assert [(fact.uri, fact.value) for fact in turn.facts] == [("./DevDetail/HwV", "whole")]
    assert NoteKind.UNEXPECTED in {note.kind for note in turn.notes}


def small(session: str, msg: str, size: int) -> Message:
    """A first package that states a message size."""
    return Message(header(session, msg, Meta(max_msg_size=size)), package1().body)


def take_pieces(shelf: Shelf, turn: Turn, last: int) -> str:
    """Answer every piece with 213 and the last with `last`; return what arrived."""
    data = ""
    for number in range(2, 200):
        (asked,) = commands(turn.reply)
        item = asked.items[0]
        assert (item.meta.size is not None) == (not data)
        data += item.data or ""
        assert read_message(turn.reply).final == (not item.more_data)
        code = 213 if item.more_data else last
        told = Status("2", str(number - 1), asked.cmd_id, asked.name.value, code)
        more = (Alert("3", 1222),) if item.more_data else ()
        turn = shelf.take(says("1", str(number), told, *more, final=not item.more_data))
        if not item.more_data:
            return data
        assert len(turn.reply) <= 1500
    raise AssertionError("the value never ends")


@pytest.mark.parametrize(("form", "value"), [("chr", "ä<&>x" * 900), ("b64", "QUJD" * 1200)])
def test_a_value_that_does_not_fit_is_sent_in_pieces(form: str, value: str) -> None:
    """Where the headset states a size: Size on the first piece, MoreData on all but the last."""
    shelf = Shelf()
    id_ = shelf.queue("replace", WIFI + "/A/WlanXml", form, value)
    after = shelf.queue("get", SWV)

    first = shelf.take(small("1", "1", 1500))
    size = commands(first.reply)[0].items[0].meta.size
    arrived = take_pieces(shelf, first, 200)

    assert value == arrived
    octets = len(base64.b64decode(value)) if form == "b64" else len(value.encode())
    assert size == octets
    row = shelf.rows[id_]
    assert (row.state, row.status, row.deliveries) == (OperationState.DONE, 200, 1)
    assert shelf.rows[after].state is OperationState.SENT


def test_a_value_in_pieces_that_is_broken_off_begins_anew() -> None:
    """A lost session sends the whole value again."""
    shelf = Shelf()
    id_ = shelf.queue("replace", WIFI + "/A/WlanXml", "chr", "x" * 5000)
    first = shelf.take(small("1", "1", 1500))
    shelf.take(says("1", "2", Status("2", "1", "5", "Replace", 213), Alert("3", 1222)))

    again = shelf.take(small("2", "1", 1500))

    assert commands(first.reply)[0].items[0].data == commands(again.reply)[0].items[0].data
    assert shelf.rows[id_].deliveries == 2


def test_a_piece_refused_ends_the_whole() -> None:
    """416 on the first piece: no second one, the next operation goes."""
    shelf = Shelf()
    id_ = shelf.queue("replace", WIFI + "/A/WlanXml", "chr", "x" * 5000)
    shelf.queue("get", SWV)
    shelf.take(small("1", "1", 1500))

    turn = shelf.take(says("1", "2", Status("2", "1", "5", "Replace", 416)))

    assert (shelf.rows[id_].state, shelf.rows[id_].status) == (OperationState.FAILED, 416)
    assert [each.items[0].target for each in commands(turn.reply)] == [SWV]
    assert turn.session.outgoing is None


def test_facts_carry_the_moment_of_the_turn() -> None:
    """What is learned is dated."""
    shelf = Shelf()
    first = ask(shelf)

    turn = shelf.take(answer(first.reply))

    assert all(fact.learned_at > NOW for fact in turn.facts)


def test_a_subtree_may_come_in_two_messages_of_a_package() -> None:
    """The object is made when the package is complete."""
    shelf = Shelf()
    ask(shelf, WIFI + "?list=StructData")

    shelf.take(says("1", "2", ok(), results(Item(source=WIFI + "/A", data="1")), final=False))
    shelf.take(says("1", "3", results(Item(source=WIFI + "/B", data="2"))))

    (row,) = shelf.rows.values()
    assert row.result is not None
    assert json.loads(row.result) == {WIFI + "/A": "1", WIFI + "/B": "2"}


def test_a_value_in_pieces_of_which_the_headset_missed_the_end_begins_anew() -> None:
    """1225 from the headset: the value is sent again from its beginning, alone."""
    shelf = Shelf()
    id_ = shelf.queue("replace", WIFI + "/A/WlanXml", "chr", "x" * 5000)
    shelf.take(small("1", "1", 1500))

    told = Status("2", "1", "5", "Replace", 213)
    turn = shelf.take(says("1", "2", told, Alert("3", 1225)))

    assert commands(turn.reply)[0].items[0].meta.size == 5000
    assert shelf.rows[id_].deliveries == 2


def test_a_value_in_pieces_survives_a_message_that_only_asks_for_patience() -> None:
    """The next piece follows when the headset is ready."""
    shelf = Shelf()
    shelf.queue("replace", WIFI + "/A/WlanXml", "chr", "x" * 5000)
    first = shelf.take(small("1", "1", 1500))
    pending = Meta(type="Reversed-Domain-Name:com.microsoft.mdm.requestpending")

    shelf.take(says("1", "2", Alert("2", 1224, (Item(meta=pending, data="1"),))))
    told = Status("2", "1", "5", "Replace", 213)
    turn = shelf.take(says("1", "3", told, Alert("3", 1222)))

    sent = len(commands(first.reply)[0].items[0].data or "")
    assert turn.session.outgoing is not None
    assert turn.session.outgoing.offset > sent
    assert commands(turn.reply)[0].items[0].meta.size is None


def test_a_headset_that_waits_for_more_of_a_whole_value_has_not_taken_it() -> None:
    """213 for what was not in pieces is no success."""
    shelf = Shelf()
    id_ = shelf.queue("replace", WIFI + "/A/WlanXml", "chr", "x")
    first = shelf.take(package1())

    shelf.take(answer(first.reply, codes={WIFI + "/A/WlanXml": 213}))

    assert (shelf.rows[id_].state, shelf.rows[id_].status) == (OperationState.FAILED, 213)
