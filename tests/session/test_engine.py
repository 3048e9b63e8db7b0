"""A session from package 1 to the end: what is said, when, and what is never said."""

from itertools import product

import pytest
from tests.session.client import (
    DEV,
    URL,
    Shelf,
    alerts,
    answer,
    commands,
    dev_info,
    header,
    package1,
    says,
    statuses,
)

from lenskeep.session.engine import MAX_MESSAGES, TRANSITIONS, Action, Event
from lenskeep.session.state import LoginStatus, NoteKind, Phase, Turn
from lenskeep.tree.operation import OperationState
from lenskeep.wire.syncml.model import (
    Alert,
    CommandName,
    Group,
    GroupName,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Status,
    Unknown,
)
from lenskeep.wire.syncml.read import read_message

SWV = "./DevDetail/SwV"
CAMERA = "./Vendor/MSFT/Policy/Config/Camera/AllowCamera"
REBOOT = "./Device/Vendor/MSFT/Reboot/RebootNow"

# Written by hand from the rules of package 1 ([MS-MDM] 2.2.3 to 2.2.7), for these tests, 2026-05.
PACKAGE_1 = b"""<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>
<VerProto>DM/1.2</VerProto><SessionID>7</SessionID><MsgID>1</MsgID>
<Target><LocURI>https://mdm.example.org/ManagementServer/MDM.svc</LocURI></Target>
<Source><LocURI>8A25C6D1F0B94E3E9D7C1B2A3F4E5D6C</LocURI></Source></SyncHdr><SyncBody>
<Alert><CmdID>2</CmdID><Data>1201</Data></Alert>
<Alert><CmdID>3</CmdID><Data>1224</Data><Item><Meta><Type xmlns="syncml:metinf">
com.microsoft/MDM/LoginStatus</Type></Meta><Data>others</Data></Item></Alert>
<Replace><CmdID>4</CmdID><Item><Source><LocURI>./DevInfo/Mod</LocURI></Source>
<Data>HoloLens 2</Data></Item></Replace><Final/></SyncBody></SyncML>"""


def kinds(turn: Turn) -> list[NoteKind]:
    """The kinds of the turn's notes."""
    return [note.kind for note in turn.notes]


def test_every_phase_has_a_step_for_every_event() -> None:
    """The table has no hole."""
    assert set(product(Phase, Event)) == set(TRANSITIONS)


def test_nothing_leads_out_of_the_end_and_no_command_is_sent_there() -> None:
    """An ended session stays ended, whatever comes."""
    steps = [step for (phase, _), step in TRANSITIONS.items() if phase is Phase.ENDED]

    assert {Phase.ENDED} == {step.phase for step in steps}
    assert Action.SEND not in {step.action for step in steps}


def test_a_hand_written_first_package_is_answered_status_by_status() -> None:
    """SyncHdr first, then a status for every command, in order, with its numbers."""
    turn = Shelf().take(read_message(PACKAGE_1))

    reply = read_message(turn.reply)
    assert (reply.header.session_id, reply.header.msg_id) == ("7", "1")
    assert (reply.header.target, reply.header.source) == (DEV, URL)
    assert reply.header.meta.max_msg_size is None
    assert reply.final
    told = [(each.cmd_ref, each.cmd, each.code) for each in statuses(turn.reply)]
    assert told == [
        ("0", "SyncHdr", 200),
        ("2", "Alert", 200),
        ("3", "Alert", 200),
        ("4", "Replace", 200),
    ]
    assert [each.cmd_id for each in statuses(turn.reply)] == ["1", "2", "3", "4"]


def test_a_first_package_teaches_who_is_there_and_what_it_is() -> None:
    """DevInfo becomes facts, the login status part of the session."""
    turn = Shelf().take(read_message(PACKAGE_1))

    assert [(fact.uri, fact.value, fact.status) for fact in turn.facts] == [
        ("./DevInfo/Mod", "HoloLens 2", 200)
    ]
    assert turn.session.login is LoginStatus.OTHERS
    started = turn.notes[0]
    assert started.kind is NoteKind.SESSION_STARTED
    assert started.detail == {"user": "another user is signed in", "started by": "the headset"}


def test_a_session_with_nothing_to_do_ends_with_the_first_statuses() -> None:
    """Package 1 always gets its statuses; then the session is over."""
    turn = Shelf().take(package1())

    assert len(statuses(turn.reply)) == 4
    assert turn.session.phase is Phase.ENDED
    assert kinds(turn)[-1] is NoteKind.SESSION_ENDED


def test_a_get_and_a_replace_are_sent_answered_and_done() -> None:
    """The whole way of two operations, ended by an empty answer."""
    shelf = Shelf()
    read, write = shelf.queue("get", SWV), shelf.queue("replace", CAMERA, "int", "0")

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply, values={SWV: "10.0.22621.1244"}))

    sent = commands(first.reply)
    assert [each.name for each in sent] == [CommandName.GET, CommandName.REPLACE]
    assert sent[1].items[0].meta == Meta(format="int", type="text/plain")
    assert second.reply == b""
    assert shelf.rows[read].result == "10.0.22621.1244"
    assert shelf.rows[read].form == "chr"
    assert {OperationState.DONE} == {row.state for row in shelf.rows.values()}
    assert shelf.rows[write].status == 200
    assert second.facts[0].uri == SWV
    assert second.session.phase is Phase.ENDED


def test_the_next_nonce_goes_out_with_every_200_and_even_at_the_end() -> None:
    """A device that proves itself by digest gets its next nonce in a message, never a 212."""
    shelf = Shelf(nonce="bm9uY2Ugb25l")
    shelf.queue("get", SWV)

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply))

    for reply in (first.reply, second.reply):
        challenge = statuses(reply)[0].challenge
        assert statuses(reply)[0].code == 200
        assert challenge is not None
        assert (challenge.type, challenge.format) == ("syncml:auth-md5", "b64")
        assert challenge.next_nonce == "bm9uY2Ugb25l"
    assert second.session.phase is Phase.ENDED


def test_a_first_message_may_come_as_the_second_after_a_challenge() -> None:
    """The refused message used up MsgID 1."""
    turn = Shelf().take(package1("5", "2"))

    assert read_message(turn.reply).header.msg_id == "2"
    assert kinds(turn)[0] is NoteKind.SESSION_STARTED


def test_a_restarted_first_package_with_the_same_session_id_begins_anew() -> None:
    """1201 begins a session, even where the numbers would continue the one before."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    shelf.take(package1("1", "1"))

    turn = shelf.take(package1("1", "2"))

    assert NoteKind.SESSION_LOST in kinds(turn)
    assert turn.session.messages == 1
    assert len(commands(turn.reply)) == 1


@pytest.mark.parametrize(
    ("dtd", "protocol", "code"), [("1.1", "DM/1.2", 505), ("1.2", "DM/1.1", 513)]
)
def test_a_version_that_is_not_spoken_is_refused_with_its_status(
    dtd: str, protocol: str, code: int
) -> None:
    """A foreign DTD or protocol version ends the session; no operation is sent."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    message = Message(Header("1", "1", URL, DEV, ver_dtd=dtd, ver_proto=protocol), package1().body)

    turn = shelf.take(message)

    assert [code] == [each.code for each in statuses(turn.reply)]
    assert commands(turn.reply) == []
    assert alerts(turn.reply) == [1223]
    assert turn.session.phase is Phase.ENDED


def test_a_package_without_final_is_asked_on_and_gets_no_command() -> None:
    """1222 until Final comes; only then do operations go out."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    half = Message(header("1", "1"), (Alert("2", 1201),), final=False)

    first = shelf.take(half)
    second = shelf.take(says("1", "2", dev_info("2")))

    assert alerts(first.reply) == [1222]
    assert commands(first.reply) == []
    assert first.session.phase is Phase.MORE_COMING
    assert len(commands(second.reply)) == 1


def test_a_session_without_end_is_broken_off() -> None:
    """After the bound of messages the server says 1223, with the reason on the timeline."""
    shelf = Shelf()
    shelf.take(Message(header("1", "1"), (Alert("2", 1201),), final=False))
    for number in range(2, MAX_MESSAGES + 1):
        shelf.take(says("1", str(number), final=False))

    turn = shelf.take(says("1", str(MAX_MESSAGES + 1), final=False))

    assert alerts(turn.reply) == [1223]
    assert turn.session.phase is Phase.ENDED
    assert "one message too many" in turn.notes[-1].detail["reason"]


def test_an_abort_ends_the_session_and_gets_only_statuses() -> None:
    """1223: what was awaited is lost, nothing is sent."""
    shelf = Shelf()
    read, run = shelf.queue("get", SWV), shelf.queue("exec", REBOOT)
    first = shelf.take(package1())
    second = shelf.take(answer(first.reply, skip=[SWV]))
    assert shelf.rows[read].state is OperationState.SENT

    turn = shelf.take(says("1", "3", Alert("2", 1223)))

    assert second.reply
    assert [each.code for each in statuses(turn.reply)] == [200, 200]
    assert commands(turn.reply) == []
    assert shelf.rows[read].state is OperationState.QUEUED
    assert shelf.rows[run].state is OperationState.QUEUED
    assert kinds(turn)[-1] is NoteKind.SESSION_ABORTED


def test_what_comes_after_the_end_is_heard_but_gets_no_command() -> None:
    """A late answer in an ended session still settles its operation."""
    shelf = Shelf()
    run = shelf.queue("exec", REBOOT)
    first = shelf.take(package1())
    shelf.take(says("1", "2", Alert("2", 1223)))
    assert shelf.rows[run].state is OperationState.UNKNOWN
    shelf.queue("get", SWV)
    sent = commands(first.reply)[0]

    turn = shelf.take(says("1", "3", Status("2", "1", sent.cmd_id, "Exec", 200)))

    assert shelf.rows[run].state is OperationState.DONE
    assert turn.reply == b""


def test_no_status_is_given_where_none_is_wanted() -> None:
    """NoResp at a command and in the header."""
    quiet = Alert("9", 1226, (Item(meta=Meta(type="com.example:thing"), data="1"),), no_resp=True)
    turn = Shelf().take(package1("1", "1", quiet))
    message = Message(Header("2", "1", URL, DEV, no_resp=True), package1().body)
    silent = Shelf().take(message)

    assert "9" not in [each.cmd_ref for each in statuses(turn.reply)]
    assert silent.reply == b""


@pytest.mark.parametrize(
    ("part", "ref", "cmd", "code"),
    [
        (Unknown("Copy", "8"), "8", "Copy", 406),
        (Unknown("Search", "8"), "8", "Search", 406),
        (Unknown("Bogus", "8"), "8", "Bogus", 400),
        (Unknown("Copy", ""), "", "Copy", 400),
        (Request(CommandName.GET, "8", (Item(target="./x"),)), "8", "Get", 406),
        (Request(CommandName.REPLACE, "8", (Item(source="./Vendor/x"),)), "8", "Replace", 406),
        (Request(CommandName.REPLACE, "8", ()), "8", "Replace", 406),
        (Group(GroupName.ATOMIC, "8", (Alert("9", 1201),)), "8", "Atomic", 406),
        (Alert("", 1224), "", "Alert", 400),
        (Alert("8", 4711), "8", "Alert", 406),
        (Alert("8", 1226), "8", "Alert", 200),
    ],
)
def test_every_command_of_the_headset_gets_one_status(
    part: Alert | Request | Unknown | Group, ref: str, cmd: str, code: int
) -> None:
    """What a headset may not ask is answered too, and the rest of the message still counts.

    [OMA-DM-RepPro 1.2.1].
    """
    turn = Shelf().take(package1("1", "1", part))

    told = [(each.cmd_ref, each.cmd, each.code) for each in statuses(turn.reply)]
    assert told[3] == (ref, cmd, code)
    assert len(told) == 5


def test_a_long_running_command_keeps_the_session_up() -> None:
    """requestpending: nothing is lost, nothing is sent, and the answer is not the empty end."""
    shelf = Shelf()
    read = shelf.queue("get", SWV)
    first = shelf.take(package1())
    pending = Meta(type="Reversed-Domain-Name:com.microsoft.mdm.requestpending")

    second = shelf.take(says("1", "2", Alert("2", 1224, (Item(meta=pending, data="1"),))))
    sent = commands(first.reply)[0]
    third = shelf.take(says("1", "3", Status("2", "1", sent.cmd_id, "Get", 404)))

    assert [each.code for each in statuses(second.reply)] == [200, 200]
    assert second.session.phase is Phase.OPEN
    assert shelf.rows[read].status == 404
    assert third.reply == b""


def test_a_command_in_progress_is_waited_for() -> None:
    """101 is no answer yet."""
    shelf = Shelf()
    read = shelf.queue("get", SWV)
    first = shelf.take(package1())

    second = shelf.take(answer(first.reply, codes={SWV: 101}))

    assert shelf.rows[read].state is OperationState.SENT
    assert len(statuses(second.reply)) == 1
    assert second.session.phase is Phase.OPEN
