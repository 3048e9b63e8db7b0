"""What is sent again, what is never sent again, what goes alone, and in which order."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.session.client import (
    Row,
    Shelf,
    alerts,
    answer,
    commands,
    header,
    package1,
    says,
    statuses,
)

from lenskeep.session.answers import MAX_LATE
from lenskeep.session.ledger import MAX_DELIVERIES
from lenskeep.session.state import NoteKind, Phase
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.wire.syncml.model import Alert, BodyPart, CommandName, Item, Message, Meta, Status
from lenskeep.wire.syncml.read import read_message

SWV = "./DevDetail/SwV"
HWV = "./DevDetail/HwV"
NODE = "./Vendor/MSFT/WiFi/Profile/Guest"
REBOOT = "./Device/Vendor/MSFT/Reboot/RebootNow"
USER = "./User/Vendor/MSFT/Policy/Config/Experience/AllowCortana"


def uris(reply: bytes) -> list[str | None]:
    """Where the reply's commands go."""
    return [each.items[0].target for each in commands(reply)]


def test_what_a_lost_session_left_unanswered_is_sent_again_alone() -> None:
    """Each of them gets a message of its own, in the order of the queue."""
    shelf = Shelf()
    one, two = shelf.queue("get", SWV), shelf.queue("get", HWV)
    first = shelf.take(package1("1"))

    again = shelf.take(package1("2"))
    then = shelf.take(answer(again.reply))
    shelf.take(answer(then.reply))

    assert uris(first.reply) == [SWV, HWV]
    assert uris(again.reply) == [SWV]
    assert uris(then.reply) == [HWV]
    lost = again.notes[0]
    assert lost.kind is NoteKind.SESSION_LOST
    assert lost.detail == {"session": "1", "unanswered": "2 to be sent again"}
    assert {(OperationState.DONE, 2)} == {
        (shelf.rows[each].state, shelf.rows[each].deliveries) for each in (one, two)
    }


def test_an_exec_is_sent_once_and_then_its_outcome_is_unknown() -> None:
    """Silence after an Exec is never answered with a second one."""
    shelf = Shelf()
    run = shelf.queue("exec", REBOOT)
    shelf.take(package1("1"))

    again = shelf.take(package1("2"))

    assert commands(again.reply) == []
    assert shelf.rows[run].state is OperationState.UNKNOWN
    assert "not sent again" in shelf.rows[run].text
    assert again.notes[0].detail["unanswered"] == "1 of unknown outcome"


def test_a_late_status_resolves_an_unknown_outcome_in_the_same_session() -> None:
    """The package came without the status; a later one brings it."""
    shelf = Shelf()
    run = shelf.queue("exec", REBOOT)
    shelf.queue("get", SWV)
    first = shelf.take(package1())
    sent = commands(first.reply)[0]
    second = shelf.take(says("1", "2"))
    assert shelf.rows[run].state is OperationState.UNKNOWN

    late = Status("9", "1", sent.cmd_id, "Exec", 500)
    said = answer(second.reply)
    shelf.take(says("1", "3", late, *said.body[1:]))

    assert shelf.rows[run].state is OperationState.FAILED
    assert shelf.rows[run].status == 500


def test_an_exec_goes_alone_and_keeps_its_place_in_the_queue() -> None:
    """What is queued before goes before, what is queued after goes after."""
    shelf = Shelf()
    for verb, uri in (("get", SWV), ("exec", REBOOT), ("get", HWV)):
        shelf.queue(verb, uri)

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply))
    third = shelf.take(answer(second.reply))

    assert [uris(each.reply) for each in (first, second, third)] == [[SWV], [REBOOT], [HWV]]


def test_a_poison_operation_is_given_up_and_stops_nobody() -> None:
    """Three messages dropped: it fails with a text that says what to do, the next one goes."""
    shelf = Shelf()
    poison, good = shelf.queue("replace", NODE, "chr", "x"), shelf.queue("get", SWV)
    for number in range(1, MAX_DELIVERIES + 1):
        shelf.take(package1(str(number)))
    assert shelf.rows[poison].state is OperationState.SENT

    turn = shelf.take(package1("9"))
    shelf.take(answer(turn.reply))

    assert shelf.rows[poison].state is OperationState.FAILED
    assert shelf.rows[poison].status is None
    assert "dropped the message each time" in shelf.rows[poison].text
    assert shelf.rows[good].state is OperationState.DONE


@pytest.mark.parametrize(
    ("verb", "code", "lost", "state"),
    [
        ("add", 418, 1, OperationState.DONE),
        ("add", 418, 0, OperationState.FAILED),
        ("delete", 404, 1, OperationState.DONE),
        ("delete", 404, 0, OperationState.FAILED),
        ("add", 500, 1, OperationState.FAILED),
    ],
)
def test_an_error_that_proves_an_earlier_delivery_is_a_success(
    verb: str, code: int, lost: int, state: OperationState
) -> None:
    """418 on an Add and 404 on a Delete, where the answer to the first delivery was lost."""
    shelf = Shelf()
    id_ = shelf.queue(verb, NODE)
    turn = shelf.take(package1("1"))
    for number in range(lost):
        turn = shelf.take(package1(str(number + 2)))

    shelf.take(answer(turn.reply, codes={NODE: code}))

    assert shelf.rows[id_].state is state
    assert shelf.rows[id_].status == code
    if state is OperationState.DONE:
        assert "earlier delivery" in shelf.rows[id_].text


@pytest.mark.parametrize(
    ("code", "state"),
    [(200, "done"), (202, "done"), (405, "failed"), (507, "failed"), (216, "failed")],
)
def test_a_status_ends_an_operation_in_words(code: int, state: str) -> None:
    """Accepted is done, with words that say it is pending; errors fail with their meaning."""
    shelf = Shelf()
    id_ = shelf.queue("replace", NODE, "chr", "x")

    shelf.take(answer(shelf.take(package1()).reply, codes={NODE: code}))

    row = shelf.rows[id_]
    assert (row.state.value, row.status) == (state, code)
    assert row.text
    assert ("later" in row.text) == (code == 202)


def test_user_operations_wait_until_the_enrolled_user_is_there() -> None:
    """They stay queued and hold nobody back; the timeline says that they wait."""
    shelf = Shelf()
    waits, goes = shelf.queue("get", USER), shelf.queue("get", SWV)

    first = shelf.take(package1("1", user="others"))
    shelf.take(answer(first.reply))
    assert shelf.rows[waits].state is OperationState.QUEUED
    assert shelf.rows[goes].state is OperationState.DONE
    note = next(each for each in first.notes if each.kind is NoteKind.MESSAGE)

    second = shelf.take(package1("2", user="user"))

    assert uris(first.reply) == [SWV]
    assert note.detail["waiting"] == "1 for the enrolled user to sign in"
    assert uris(second.reply) == [USER]


def test_the_login_status_may_change_within_a_session() -> None:
    """A user who signs in during the session gets what waits."""
    shelf = Shelf()
    shelf.queue("get", USER)
    shelf.queue("get", SWV)
    first = shelf.take(package1(user="none"))
    kind = Meta(type="COM.Microsoft/mdm/loginstatus")

    said = answer(first.reply)
    signed_in = Alert("90", 1224, (Item(meta=kind, data="User"),))
    second = shelf.take(says("1", "2", *said.body[1:], signed_in))

    assert uris(second.reply) == [USER]


def test_questions_go_first_and_once_a_session() -> None:
    """One Get with an Item each; what the headset says to them are facts, not operations."""
    shelf = Shelf(questions=(SWV, HWV, "./DevDetail/FwV"))
    shelf.queue("get", NODE)

    first = shelf.take(package1())
    said = answer(first.reply, codes={HWV: 404}, values={SWV: "10.0.1.2"})
    second = shelf.take(said)

    asked = commands(first.reply)
    assert [item.target for item in asked[0].items] == [SWV, HWV, "./DevDetail/FwV"]
    assert asked[1].items[0].target == NODE
    learned = {fact.uri: (fact.status, fact.value) for fact in second.facts}
    assert learned[SWV] == (200, "10.0.1.2")
    assert learned[HWV] == (404, None)
    assert second.reply == b""
    assert second.session.asked


def test_one_status_for_all_items_of_a_question_counts_for_each() -> None:
    """assumed: a headset may fold equal statuses into one without TargetRef."""
    shelf = Shelf(questions=(SWV, HWV))
    first = shelf.take(package1())
    asked = commands(first.reply)[0]

    turn = shelf.take(says("1", "2", Status("2", "1", asked.cmd_id, "Get", 406)))

    assert {(SWV, 406), (HWV, 406)} == {(fact.uri, fact.status) for fact in turn.facts}


def test_what_cannot_be_written_fails_and_stops_nobody() -> None:
    """A control character has no place in XML."""
    shelf = Shelf()
    bad, good = shelf.queue("replace", NODE, "chr", "ab"), shelf.queue("get", SWV)
    shelf.rows[bad] = Row(replace(shelf.rows[bad].operation, value="a\x01b"))

    turn = shelf.take(package1())

    assert shelf.rows[bad].state is OperationState.FAILED
    assert "base64" in shelf.rows[bad].text
    assert shelf.rows[good].state is OperationState.SENT
    assert uris(turn.reply) == [SWV]


def test_a_stated_message_size_is_kept() -> None:
    """As many operations as fit; the rest in the next message."""
    shelf = Shelf()
    for number in range(20):
        shelf.queue("replace", f"{NODE}{number}/WlanXml", "chr", "x" * 200)
    message = Message(header("1", "1", Meta(max_msg_size=2048)), package1().body)

    turn = shelf.take(message)
    rounds = 0
    while turn.reply:
        assert len(turn.reply) <= 2048
        rounds += 1
        turn = shelf.take(answer(turn.reply))

    assert rounds > 3
    assert {OperationState.DONE} == {row.state for row in shelf.rows.values()}
    assert {1} == {row.deliveries for row in shelf.rows.values()}


moods = st.sampled_from(["fine", "fine", "half", "silent", "abort", "reply lost", "answer lost"])
"""What a headset may do with each reply."""


def respond(reply: bytes, mood: str) -> list[BodyPart]:
    """What a headset in that mood says to the reply."""
    said = list(answer(reply).body[1:])
    if mood == "half":
        return said[: len(said) // 2]
    if mood == "silent":
        return []
    if mood == "abort":
        return [Alert("99", 1223)]
    return said


def play(shelf: Shelf, number: int, schedule: list[str], ran: list[str]) -> None:
    """Go through one session in the moods of the schedule, then stay silent."""
    turn = shelf.take(package1(str(number)))
    for at, mood in enumerate(schedule):
        asked = commands(turn.reply) if turn.reply else []
        if not asked or mood == "reply lost":
            return
        executed = [each for each in asked if each.name is CommandName.EXEC]
        assert not executed or len(asked) == 1
        ran += [str(each.items[0].target) for each in executed]
        if mood == "answer lost":
            return
        turn = shelf.take(says(str(number), str(at + 2), *respond(turn.reply, mood)))


verbs = st.lists(st.sampled_from([verb.value for verb in Verb]), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(verbs=verbs, schedule=st.lists(st.lists(moods, max_size=8), max_size=6))
def test_under_any_losses_no_exec_is_sent_twice_and_everything_ends(
    verbs: list[str], schedule: list[list[str]]
) -> None:
    """Whatever is lost, an Exec is delivered at most once and the queue comes to its end."""
    shelf = Shelf(questions=(SWV,))
    for at, verb in enumerate(verbs):
        value = "x" if verb in ("replace", "add") else None
        shelf.queue(verb, f"{NODE}{at}", "chr" if value else None, value)
    ran: list[str] = []

    for number, moods_ in enumerate(schedule, start=1):
        play(shelf, number, moods_, ran)
    for number in range(100, 100 + MAX_DELIVERIES):
        play(shelf, number, ["fine"] * 30, ran)

    assert len(ran) == len(set(ran))
    for row in shelf.rows.values():
        assert not row.state.is_open
        assert row.deliveries <= MAX_DELIVERIES
        if row.operation.verb is Verb.EXEC:
            assert row.deliveries <= 1
        else:
            assert row.state in (OperationState.DONE, OperationState.FAILED)


@settings(max_examples=40, deadline=None)
@given(verbs=verbs, doubled=st.integers(0, 3))
def test_what_is_said_twice_changes_nothing_more(verbs: list[str], doubled: int) -> None:
    """Repeated statuses and values, in the same message and in later ones, are heard once."""
    once, twice = Shelf(), Shelf()
    for at, verb in enumerate(verbs):
        for shelf in (once, twice):
            value = "x" if verb in ("replace", "add") else None
            shelf.queue(verb, f"{NODE}{at}", "chr" if value else None, value)

    play(once, 1, ["fine"] * 30, [])
    earlier: list[BodyPart] = []
    turn = twice.take(package1("1"))
    for at in range(30):
        if not turn.reply or not commands(turn.reply):
            break
        said = respond(turn.reply, "fine")
        turn = twice.take(says("1", str(at + 2), *said, *said * doubled, *earlier))
        earlier += said

    assert NoteKind.UNEXPECTED not in {note.kind for note in turn.notes}
    assert [(row.state, row.result, row.status) for row in once.rows.values()] == [
        (row.state, row.result, row.status) for row in twice.rows.values()
    ]


def test_an_answer_to_nothing_is_noted_and_has_no_effect() -> None:
    """A status for a command that was never sent."""
    shelf = Shelf()
    id_ = shelf.queue("get", SWV)
    first = shelf.take(package1())

    turn = shelf.take(says("1", "2", Status("2", "1", "77", "Get", 200), *answer(first.reply).body))

    unexpected = [note for note in turn.notes if note.kind is NoteKind.UNEXPECTED]
    assert [note.detail["what"] for note in unexpected] == [
        "status 200 for a command that was not sent"
    ]
    assert shelf.rows[id_].state is OperationState.DONE


def test_the_same_standing_and_message_give_the_same_turn() -> None:
    """Deciding again decides the same."""
    one, two = Shelf(), Shelf()
    for shelf in (one, two):
        shelf.queue("get", SWV)
        shelf.queue("exec", REBOOT)

    assert one.take(package1()) == two.take(package1())


def test_an_operation_cancelled_while_awaited_does_not_disturb() -> None:
    """Its answer finds nothing and says nothing."""
    shelf = Shelf()
    id_ = shelf.queue("get", SWV)
    first = shelf.take(package1())
    del shelf.rows[id_]

    turn = shelf.take(answer(first.reply))

    assert turn.changes == ()
    assert turn.reply == b""
    assert turn.session.phase is Phase.ENDED
    assert statuses(first.reply)
    assert alerts(first.reply) == []
    assert read_message(first.reply).final


def test_a_long_queue_goes_in_messages_of_a_bounded_number_of_operations() -> None:
    """A hundred at a time, in order, each once."""
    shelf = Shelf()
    for number in range(250):
        shelf.queue("get", f"{NODE}{number}")

    turn, counts = shelf.take(package1()), []
    while turn.reply:
        counts.append(len(commands(turn.reply)))
        turn = shelf.take(answer(turn.reply))

    assert counts == [100, 100, 50]
    assert {OperationState.DONE} == {row.state for row in shelf.rows.values()}


def test_the_memory_for_late_answers_is_bounded() -> None:
    """A hundred unanswered commands do not make the session grow for ever."""
    shelf = Shelf()
    for number in range(100):
        shelf.queue("get", f"{NODE}{number}")
    shelf.take(package1())

    turn = shelf.take(says("1", "2"))

    assert sum(each.late for each in turn.session.awaited) == MAX_LATE


def test_what_is_marked_as_sent_and_awaited_by_nobody_is_sent_again() -> None:
    """Nothing stays sent for ever."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    stray = shelf.queue("get", HWV)
    first = shelf.take(package1())
    assert shelf.session is not None
    kept = shelf.session.awaited[:1]
    shelf.session = replace(shelf.session, awaited=kept)

    turn = shelf.take(answer(first.reply, skip=[HWV]))

    assert uris(turn.reply) == [HWV]
    assert shelf.rows[stray].deliveries == 2


@pytest.mark.parametrize("again", ["1", "2"])
def test_the_same_number_with_other_bytes_begins_a_new_session(again: str) -> None:
    """Without 1201 too: what the old numbers stood for is no longer certain."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    first = shelf.take(package1("1", "1"))
    shelf.queue("get", HWV)
    shelf.take(says("1", "2", Alert("8", 1224)))

    turn = shelf.take(says("1", again, *answer(first.reply).body[1:]))

    assert turn.session.messages == 1
    assert NoteKind.SESSION_LOST in {note.kind for note in turn.notes}


def test_a_first_message_is_answered_even_where_there_is_nothing_to_say() -> None:
    """A session that begins with a bare status gets the status of its header."""
    turn = Shelf().take(says("4", "3"))

    assert [each.code for each in statuses(turn.reply)] == [200]


def test_a_command_that_was_in_progress_and_never_ends_counts_as_unanswered() -> None:
    """101, then a complete package without a word of it: it is sent again."""
    shelf = Shelf()
    id_ = shelf.queue("get", SWV)
    first = shelf.take(package1())
    shelf.take(answer(first.reply, codes={SWV: 101}))

    shelf.take(says("1", "3"))

    assert shelf.rows[id_].deliveries == 2
