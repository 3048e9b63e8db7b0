"""Groups that take effect whole or not at all: how they travel, and what their answers mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.session.client import (
    Row,
    Shelf,
    answer,
    commands,
    groups,
    header,
    inside,
    package1,
    says,
)

from lenskeep.base.identifiers import OperationId
from lenskeep.session.ledger import MAX_DELIVERIES
from lenskeep.session.outbox import MAX_COMMANDS
from lenskeep.session.state import NoteKind, Phase, Turn
from lenskeep.tree.operation import OperationState, make_operation
from lenskeep.wire.syncml.model import Alert, Item, Message, Meta, Request, Status
from lenskeep.wire.syncml.read import read_message

SWV = "./DevDetail/SwV"
ROOT = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/A"
NODES = [f"{ROOT}/Install/{name}" for name in ("ServerURL", "Challenge", "KeyLength")]
USER = "./User/Vendor/MSFT/ClientCertificateInstall/SCEP/A/Install/ServerURL"
DONE, FAILED, SENT = OperationState.DONE, OperationState.FAILED, OperationState.SENT


def queue(shelf: Shelf, *uris: str, verb: str = "add", atomic: str = "scep") -> list[OperationId]:
    """Queue operations that belong together."""
    return [shelf.queue(verb, uri, "chr", "x", atomic) for uri in uris]


def sent(turn: Turn) -> list[list[str | None]]:
    """The nodes of the reply's Atomics."""
    return [[each.items[0].target for each in inside(group)] for group in groups(turn.reply)]


def begin() -> tuple[Shelf, list[OperationId]]:
    """Send the three in one Atomic: CmdID 5, its commands 6, 7 and 8, in message 1."""
    shelf = Shelf()
    ids = queue(shelf, *NODES)
    assert sent(shelf.take(package1())) == [NODES]
    return shelf, ids


def told(*codes: int | None) -> list[Status]:
    """Statuses of the Atomic and its three commands; None for one that does not come."""
    names = ("Atomic", "Add", "Add", "Add")
    said = zip(range(5, 9), names, codes, strict=True)
    return [
        Status(str(number), "1", str(number), name, code)
        for number, name, code in said
        if code is not None
    ]


# --- how it travels -----------------------------------------------------------------------


def test_neighbors_of_one_name_go_in_one_atomic_with_numbers_of_their_own() -> None:
    """CmdIDs count on inside; what stands before and behind goes beside it."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    queue(shelf, *NODES)
    shelf.queue("get", SWV)

    turn = shelf.take(package1())

    (group,) = groups(turn.reply)
    assert [each.cmd_id for each in commands(turn.reply)] == ["5", "10"]
    assert (group.name.value, group.cmd_id) == ("Atomic", "6")
    assert [each.cmd_id for each in inside(group)] == ["7", "8", "9"]
    assert {1} == {row.deliveries for row in shelf.rows.values()}
    note = next(each for each in turn.notes if each.kind is NoteKind.MESSAGE)
    assert note.detail["sent"] == "4 statuses, 2 Gets, 1 Atomic, 3 Adds"


def test_one_alone_goes_in_an_atomic_too() -> None:
    """Where the node demands it."""
    shelf = Shelf()
    queue(shelf, NODES[0])

    assert sent(shelf.take(package1())) == [NODES[:1]]


def test_groups_of_different_names_do_not_mix() -> None:
    """Nor does what lies between."""
    shelf = Shelf()
    queue(shelf, *NODES[:2], atomic="one")
    queue(shelf, NODES[2], atomic="two")
    shelf.queue("get", SWV)
    queue(shelf, ROOT, atomic="two")

    turn = shelf.take(package1())

    assert sent(turn) == [NODES[:2], NODES[2:], [ROOT]]


def test_no_get_goes_inside_and_user_does_not_mix_with_device() -> None:
    """They part, whatever was asked for."""
    shelf = Shelf()
    queue(shelf, NODES[0], USER)
    shelf.rows[OperationId("op_3")] = Row(make_operation("get", SWV), atomic="scep")

    turn = shelf.take(package1(user="user"))

    assert sent(turn) == [[NODES[0]], [USER]]
    assert [each.items[0].target for each in commands(turn.reply)] == [SWV]


def test_a_user_group_waits_for_the_user() -> None:
    """Whole."""
    shelf = Shelf()
    queue(shelf, USER, USER + "2")

    turn = shelf.take(package1(user="none"))

    assert sent(turn) == []
    note = next(each for each in turn.notes if each.kind is NoteKind.MESSAGE)
    assert note.detail["waiting"] == "2 for the enrolled user to sign in"


def small(session: str = "1") -> Message:
    """A first package that states a message size."""
    return Message(header(session, "1", Meta(max_msg_size=2000)), package1().body)


def test_a_group_that_does_not_fit_with_others_goes_in_the_next_message() -> None:
    """It is never split, though one command of it would have fitted."""
    shelf = Shelf()
    shelf.queue("replace", SWV, "chr", "x" * 300)
    queue(shelf, *NODES)

    first = shelf.take(small())
    second = shelf.take(answer(first.reply))

    assert (len(commands(first.reply)), sent(first)) == (1, [])
    assert sent(second) == [NODES]
    assert max(len(first.reply), len(second.reply)) <= 2000


def test_a_group_larger_than_a_message_goes_alone_and_whole() -> None:
    """Not in pieces; what stands behind it follows."""
    shelf = Shelf()
    ids = [shelf.queue("add", uri, "chr", "x" * 2000, "scep") for uri in NODES]
    shelf.queue("get", SWV)

    first = shelf.take(small())
    second = shelf.take(answer(first.reply))

    (group,) = groups(first.reply)
    assert [len(each.items[0].data or "") for each in inside(group)] == [2000] * 3
    assert read_message(first.reply).final
    assert commands(first.reply) == []
    assert {DONE} == {shelf.rows[each].state for each in ids}
    assert len(commands(second.reply)) == 1


def test_a_group_of_more_commands_than_a_message_takes_goes_alone() -> None:
    """All of it at once."""
    shelf = Shelf()
    shelf.queue("get", SWV)
    uris = [f"{ROOT}{number}" for number in range(MAX_COMMANDS + 1)]
    queue(shelf, *uris)

    first = shelf.take(package1())

    assert sent(first) == []
    assert sent(shelf.take(answer(first.reply))) == [uris]


def test_what_cannot_be_written_takes_its_group_with_it() -> None:
    """The others say which one it was; what stands behind goes."""
    shelf = Shelf()
    one, bad = queue(shelf, *NODES[:2])
    operation = make_operation("add", NODES[1], "chr", "x")
    unwritable = type(operation)(operation.verb, operation.uri, operation.format, "a\x01b")
    shelf.rows[bad] = Row(unwritable, atomic="scep")
    shelf.queue("get", SWV)

    turn = shelf.take(package1())

    assert sent(turn) == []
    assert {FAILED} == {shelf.rows[each].state for each in (one, bad)}
    assert "base64" in shelf.rows[bad].text
    assert f"{NODES[1]} in it cannot be written" in shelf.rows[one].text
    assert len(commands(turn.reply)) == 1


# --- what its answers mean ----------------------------------------------------------------


def test_a_group_that_succeeds_is_done() -> None:
    """Its own status and one for each command."""
    shelf, ids = begin()

    turn = shelf.take(says("1", "2", *told(200, 200, 200, 200)))

    assert [(DONE, 200)] * 3 == [(shelf.rows[each].state, shelf.rows[each].status) for each in ids]
    assert turn.session.phase is Phase.ENDED
    assert turn.session.groups == ()


def test_a_group_that_fails_names_who_was_at_fault() -> None:
    """507: the one that failed keeps its code; the others say whose fault it was."""
    shelf, ids = begin()

    shelf.take(says("1", "2", *told(507, 216, 404, 215)))

    one, two, three = (shelf.rows[each] for each in ids)
    assert {FAILED} == {row.state for row in (one, two, three)}
    assert [row.status for row in (one, two, three)] == [216, 404, 215]
    assert two.text.startswith("There is no such node")
    for row in (one, three):
        assert row.text.startswith("Not in effect")
        assert f"{NODES[1]} answered 404: There is no such node" in row.text


@pytest.mark.parametrize(
    ("codes", "states", "status", "words"),
    [
        ((507, 200, 404, 215), "fff", 507, "Not in effect"),
        ((500, None, 404, None), "fff", 500, f"{NODES[1]} answered 404"),
        ((507, None, None, None), "fff", 507, "did not say which command was at fault"),
        ((507, 216, 216, 215), "fff", 216, "It answered 507 for the group"),
        ((516, 516, 404, 215), "fff", 516, "could not be undone"),
        ((507, 516, 404, 215), "fff", 516, "Read the node back"),
        ((516, 200, 404, 215), "fff", 516, "may be in effect"),
        ((None, 216, 404, 215), "fff", 216, f"{NODES[1]} answered 404"),
        ((None, 200, 404, None), "fff", None, f"{NODES[1]} answered 404"),
        ((None, 200, 200, 200), "ddd", 200, "Done."),
        ((200, None, 200, 200), "ddd", 200, "nothing of this command"),
        ((200, None, None, None), "ddd", 200, "nothing of this command"),
        ((202, None, None, None), "ddd", 202, "nothing of this command"),
        ((200, 200, 404, 200), "dfd", 200, "Done."),
    ],
)
def test_missing_and_odd_statuses_are_made_sense_of(
    codes: tuple[int | None, ...], states: str, status: int | None, words: str
) -> None:
    """The states of all three, and the code and the words of the first."""
    shelf, ids = begin()

    turn = shelf.take(says("1", "2", *told(*codes)))

    rows = [shelf.rows[each] for each in ids]
    assert states == "".join(row.state.value[0] for row in rows)
    assert rows[0].status == status
    assert words in rows[0].text
    assert turn.session.awaited == ()


@pytest.mark.parametrize("codes", [(None, None, None, None), (None, 200, 200, None)])
def test_a_group_of_which_too_little_was_said_goes_again_whole_and_alone(
    codes: tuple[int | None, ...],
) -> None:
    """Some successes decide nothing; the answer may still come late."""
    shelf, ids = begin()
    shelf.queue("get", SWV)

    turn = shelf.take(says("1", "2", *told(*codes)))
    assert sent(turn) == [NODES]
    assert commands(turn.reply) == []
    assert [(SENT, 2)] * 3 == [
        (shelf.rows[each].state, shelf.rows[each].deliveries) for each in ids
    ]
    shelf.take(says("1", "3", *told(200, 200, 200, 200)))

    assert {DONE} == {shelf.rows[each].state for each in ids}


def test_a_group_that_nobody_answers_is_given_up() -> None:
    """Three times in all, each time whole; then each command fails in words."""
    shelf = Shelf()
    ids = queue(shelf, *NODES)
    turns = [shelf.take(package1(str(number))) for number in range(1, MAX_DELIVERIES + 1)]

    after = shelf.take(package1("9"))

    assert [sent(each) for each in turns] == [[NODES]] * MAX_DELIVERIES
    assert sent(after) == []
    assert {FAILED} == {shelf.rows[each].state for each in ids}
    assert all("dropped the message each time" in shelf.rows[each].text for each in ids)


def test_a_group_with_an_exec_is_sent_once() -> None:
    """An Exec is never delivered twice, so neither is what belongs to it."""
    shelf = Shelf()
    ids = [*queue(shelf, *NODES[:2]), shelf.queue("exec", ROOT + "/Install/Enroll", atomic="scep")]
    first = shelf.take(package1("1"))

    again = shelf.take(package1("2"))

    assert len(sent(first)[0]) == 3
    assert sent(again) == []
    assert {OperationState.UNKNOWN} == {shelf.rows[each].state for each in ids}


def test_a_group_that_was_done_by_a_delivery_before_is_done() -> None:
    """418 on the second delivery: the first one's answer was lost."""
    shelf, ids = begin()
    again = shelf.take(package1("2"))

    shelf.take(answer(again.reply, codes={NODES[0]: 418, NODES[1]: 215, NODES[2]: 215}))

    assert {DONE} == {shelf.rows[each].state for each in ids}
    assert all("earlier delivery" in shelf.rows[each].text for each in ids)


def test_a_node_that_is_there_fails_the_first_delivery() -> None:
    """418 then is a failure like any other."""
    shelf, ids = begin()

    shelf.take(says("1", "2", *told(507, 418, 215, 215)))

    assert [418, 215, 215] == [shelf.rows[each].status for each in ids]
    assert {FAILED} == {shelf.rows[each].state for each in ids}


def test_the_statuses_of_a_group_may_come_in_two_messages_of_a_package() -> None:
    """What is decided only by silence waits for the end of the package."""
    shelf, ids = begin()

    half = shelf.take(says("1", "2", *told(507, 216, None, None), final=False))
    assert {SENT} == {shelf.rows[each].state for each in ids}
    shelf.take(says("1", "3", *told(None, None, 404, 215)))

    assert len(half.session.groups) == 1
    assert [216, 404, 215] == [shelf.rows[each].status for each in ids]


def test_a_group_that_still_runs_is_waited_for() -> None:
    """101, and nothing is lost."""
    shelf, ids = begin()

    turn = shelf.take(says("1", "2", *told(101, None, None, None)))
    shelf.take(says("1", "3", *told(200, 200, 200, 200)))

    assert turn.session.phase is Phase.OPEN
    assert [(DONE, 1)] * 3 == [
        (shelf.rows[each].state, shelf.rows[each].deliveries) for each in ids
    ]


def test_what_was_said_of_a_group_counts_where_the_headset_breaks_off() -> None:
    """The Atomic's own status decides; without a word it is lost."""
    shelf, ids = begin()
    silent, others = begin()

    shelf.take(says("1", "2", *told(507, None, None, None), Alert("99", 1223)))
    silent.take(says("1", "2", Alert("99", 1223)))

    assert {FAILED} == {shelf.rows[each].state for each in ids}
    assert {OperationState.QUEUED} == {silent.rows[each].state for each in others}


def test_statuses_that_name_their_node_and_the_groups_number_count_for_the_command() -> None:
    """assumed: a headset may answer the Atomic once for each node, with TargetRef."""
    shelf, ids = begin()
    codes = zip(NODES, (216, 404, 215), strict=True)
    named = [Status("9", "1", "5", "Add", code, (uri,)) for uri, code in codes]

    shelf.take(says("1", "2", *named))

    assert [216, 404, 215] == [shelf.rows[each].status for each in ids]
    assert {FAILED} == {shelf.rows[each].state for each in ids}


def test_a_status_of_a_group_that_names_another_node_is_that_of_the_group() -> None:
    """Its own TargetRef says nothing of a command."""
    shelf, ids = begin()

    shelf.take(says("1", "2", Status("9", "1", "5", "Atomic", 200, (ROOT,))))

    assert {DONE} == {shelf.rows[each].state for each in ids}


def test_a_command_of_a_group_that_is_gone_does_not_disturb() -> None:
    """Cancelled meanwhile: the others are settled, and it may still be named."""
    shelf, ids = begin()
    del shelf.rows[ids[1]]

    turn = shelf.take(says("1", "2", *told(507, 216, 404, 215)))

    assert {each.id for each in turn.changes} == {ids[0], ids[2]}
    assert f"{NODES[1]} answered 404" in shelf.rows[ids[0]].text


def test_a_group_whose_commands_are_all_gone_is_forgotten() -> None:
    """Nothing is kept for its sake."""
    shelf, _ = begin()
    shelf.rows.clear()

    turn = shelf.take(says("1", "2"))

    assert (turn.session.awaited, turn.session.groups) == ((), ())


@settings(max_examples=40, deadline=None)
@given(
    codes=st.tuples(*[st.sampled_from([None, 200, 404, 215, 216, 507])] * 4),
    doubled=st.integers(1, 3),
)
def test_what_is_said_twice_of_a_group_changes_nothing_more(
    codes: tuple[int | None, ...], doubled: int
) -> None:
    """In the same message, and again later; nothing of it is unexpected."""
    once, ids = begin()
    twice, _ = begin()
    said = told(*codes)

    first = once.take(says("1", "2", *said))
    second = twice.take(says("1", "2", *said * doubled))
    assert (first.reply, first.session) == (second.reply, second.session)
    assert first.changes == second.changes
    before = dict(twice.rows)
    later = twice.take(says("1", "3", *said, final=False))

    if {SENT} != {before[each].state for each in ids}:
        assert (before, ()) == (twice.rows, later.changes)
    assert NoteKind.UNEXPECTED not in {note.kind for note in (*second.notes, *later.notes)}
    states = {before[each].state for each in ids}
    assert states in ({SENT}, {DONE}, {FAILED}, {DONE, FAILED})
    assert states != {DONE, FAILED} or codes[0] == 200


def test_the_engine_writes_requests_inside_with_their_meta() -> None:
    """Target, format and value of each, as outside."""
    shelf = Shelf()
    queue(shelf, NODES[0])

    (group,) = groups(shelf.take(package1()).reply)

    item = Item(NODES[0], None, Meta(format="chr", type="text/plain"), "x")
    (only,) = group.commands
    assert isinstance(only, Request)
    assert only.items == (item,)
