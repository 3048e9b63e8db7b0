"""What a planner asks and sends: when it is heard, in which company, and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.session.client import (
    Shelf,
    alerts,
    answer,
    commands,
    header,
    package1,
    says,
    statuses,
)

from lenskeep.base.identifiers import OperationId
from lenskeep.session.ledger import MAX_DELIVERIES
from lenskeep.session.outbox import MAX_ASKS
from lenskeep.session.state import LoginStatus, News, NoteKind, Open, Phase, Planned, Turn
from lenskeep.tree.operation import OperationState, make_operation
from lenskeep.wire.syncml.model import Alert, BodyPart, Item, Message, Meta, Results, Status

SWV = "./DevDetail/SwV"
POLICY = "./Device/Vendor/MSFT/Policy/Config"
ONE, TWO, THREE = (f"{POLICY}/{name}" for name in ("Camera/AllowCamera", "A/B", "C/D"))
USER = "./User/Vendor/MSFT/Policy/Config/Experience/AllowCortana"
REBOOT = "./Device/Vendor/MSFT/Reboot/RebootNow"


def want(uri: str, value: str = "0", verb: str = "replace") -> Open:
    """A planned operation."""
    operation = make_operation(verb, uri, "chr", value)
    id_ = OperationId(f"want|{verb}|{operation.uri.key}")
    return Open(id_, operation, OperationState.QUEUED)


@dataclass
class Plan:
    """Wants its operations until they end, and its asks until something is known of them."""

    asks: Sequence[str] = ()
    wants: Sequence[Open] = ()
    ended: set[OperationId] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def learn(self, told: News | Turn) -> None:
        """Take what is known now; a turn that asks no planner teaches too."""
        self.known |= {fact.uri for fact in told.facts}
        self.ended |= {each.id for each in told.changes if not each.state.is_open}

    def __call__(self, news: News) -> Planned:
        self.learn(news)
        asks = tuple(uri for uri in self.asks if uri not in self.known)
        return Planned(asks, tuple(each for each in self.wants if each.id not in self.ended))


def asked(reply: bytes) -> list[list[str | None]]:
    """The nodes of each command of the reply."""
    return [[item.target for item in each.items] for each in commands(reply)]


# --- when it is heard ---------------------------------------------------------------------


def test_the_planner_is_told_all_that_the_message_settled() -> None:
    """Facts, what became of operations, who is signed in, and when the session began."""
    shelf = Shelf(planner=Plan())
    id_ = shelf.queue("get", SWV)

    first = shelf.take(package1(user="others"))
    shelf.take(answer(first.reply, values={SWV: "1"}))

    opening, after = shelf.news
    assert [fact.uri for fact in opening.facts] == ["./DevInfo/Mod", "./DevInfo/Lang"]
    assert (opening.login, opening.changes) == (LoginStatus.OTHERS, ())
    assert [(fact.uri, fact.value) for fact in after.facts] == [(SWV, "1")]
    assert [(each.id, each.state) for each in after.changes] == [(id_, OperationState.DONE)]
    assert after.started_at == opening.started_at == first.session.started_at


@pytest.mark.parametrize(
    "message",
    [
        says("1", "2", final=False),
        says("1", "2", Alert("2", 1223)),
        says(
            "1",
            "2",
            Alert("2", 1226, (Item(meta=Meta(type="com.microsoft:mdm.unenrollment.userrequest")),)),
        ),
        says("1", "2", Status("2", "1", "5", "Get", 101)),
    ],
    ids=["more to come", "broken off", "leaving", "still running"],
)
def test_the_planner_is_not_heard_where_nothing_may_be_sent(message: Message) -> None:
    """Only where commands may go, and once."""
    shelf = Shelf(planner=Plan(wants=[want(ONE)]))
    shelf.queue("get", SWV)
    shelf.take(package1())

    turn = shelf.take(message)

    assert len(shelf.news) == 1
    assert commands(turn.reply) == []


def test_a_session_with_nothing_planned_ends_as_before() -> None:
    """An empty plan keeps nobody up."""
    turn = Shelf(planner=Plan()).take(package1())

    assert turn.session.phase is Phase.ENDED
    assert turn.asked == ()


# --- asking -------------------------------------------------------------------------------


def test_asks_go_in_one_get_and_keep_the_session_up() -> None:
    """An Item each; the values are facts, no operation changes."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO, ONE]))

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply, codes={TWO: 404}, values={ONE: "1"}))

    assert asked(first.reply) == [[ONE, TWO]]
    assert first.asked == (ONE, TWO)
    assert first.session.phase is Phase.OPEN
    assert first.changes == second.changes == ()
    assert {(fact.uri, fact.status, fact.value) for fact in second.facts} == {
        (ONE, 200, "1"),
        (TWO, 404, None),
    }
    assert second.session.phase is Phase.ENDED


def test_asks_and_the_questions_of_the_inventory_are_two_gets() -> None:
    """The inventory's go once a session, asks whenever the planner asks."""
    plan = Plan(asks=[ONE])
    shelf = Shelf(questions=(SWV,), planner=plan)

    first = shelf.take(package1())
    plan.asks = [ONE, TWO]
    second = shelf.take(answer(first.reply))

    assert asked(first.reply) == [[SWV], [ONE]]
    assert first.session.asked
    assert asked(second.reply) == [[TWO]]
    assert second.asked == (TWO,)


def test_the_inventory_does_not_count_as_asked_by_asks() -> None:
    """Only its own questions are asked once a session."""
    shelf = Shelf(planner=Plan(asks=[ONE]))

    assert not shelf.take(package1()).session.asked


def test_as_many_asks_go_as_fit() -> None:
    """The rest when the planner asks again; every message keeps the stated size."""
    uris = [f"{POLICY}/Area{number}/Setting" for number in range(30)]
    shelf = Shelf(planner=Plan(asks=uris))
    turn = shelf.take(Message(header("1", "1", Meta(max_msg_size=2000)), package1().body))
    told: list[str] = []
    rounds = 0

    while turn.reply:
        assert len(turn.reply) <= 2000
        told += turn.asked
        rounds += 1
        turn = shelf.take(answer(turn.reply))

    assert told == uris
    assert rounds > 2


def test_one_message_asks_for_a_bounded_number_of_nodes() -> None:
    """However small they are."""
    shelf = Shelf(planner=Plan(asks=[f"{POLICY}/A/B{number}" for number in range(MAX_ASKS + 7)]))

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply))

    assert [len(first.asked), len(second.asked)] == [MAX_ASKS, 7]


def test_an_ask_that_cannot_be_written_stops_no_other() -> None:
    """It does not go out, and says so by not being among what was asked."""
    shelf = Shelf(planner=Plan(asks=["./a\x01b", ONE]))

    assert shelf.take(package1()).asked == (ONE,)


def test_an_ask_that_is_never_answered_holds_up_no_operation_that_goes_alone() -> None:
    """A dropped message: what was in it goes again first, each alone, then the asks."""
    shelf = Shelf(planner=Plan(asks=[ONE]))
    shelf.queue("get", SWV)
    first = shelf.take(package1("1"))

    again = shelf.take(package1("2"))
    then = shelf.take(answer(again.reply))

    assert asked(first.reply) == [[ONE], [SWV]]
    assert asked(again.reply) == [[SWV]]
    assert asked(then.reply) == [[ONE]]


def get_status(code: int, *refs: str) -> Status:
    """A status of the Get in message 1, which has CmdID 5."""
    return Status("2", "1", "5", "Get", code, refs)


def values(*uris: str) -> Results:
    """Values of the Get."""
    return Results("9", "1", "5", tuple(Item(source=uri, data="1") for uri in uris))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ([get_status(200), values(ONE, TWO, THREE)], {ONE: 200, TWO: 200, THREE: 200}),
        ([get_status(200), values(ONE)], {ONE: 200}),
        ([get_status(200)], {}),
        ([get_status(404), values(ONE)], {ONE: 200, TWO: 404, THREE: 404}),
        ([values(ONE), get_status(404)], {ONE: 200, TWO: 404, THREE: 404}),
        ([get_status(406)], {ONE: 406, TWO: 406, THREE: 406}),
        ([get_status(404, TWO), values(ONE)], {ONE: 200, TWO: 404}),
        ([get_status(404, TWO.upper()), values(ONE)], {ONE: 200, TWO: 404}),
        ([get_status(404, TWO, THREE), values(ONE)], {ONE: 200, TWO: 404, THREE: 404}),
        ([get_status(405, ONE), get_status(200, TWO), values(TWO)], {ONE: 405, TWO: 200}),
        ([get_status(500), get_status(404, TWO), values(ONE)], {ONE: 200, TWO: 404, THREE: 500}),
        ([get_status(404), get_status(200), values(ONE)], {ONE: 200, TWO: 404, THREE: 404}),
        ([values(ONE, TWO)], {ONE: 200, TWO: 200}),
        ([get_status(200), Results("9", "1", "5", (Item(data="whose?"),))], {}),
        ([get_status(404), values(ONE + "/Below")], {ONE + "/Below": 200, TWO: 404, THREE: 404}),
        ([get_status(404, SWV)], {}),
        ([get_status(404, ""), values(ONE, TWO)], {ONE: 200, TWO: 200, THREE: 404}),
        ([], {}),
    ],
)  # fmt: skip
def test_facts_are_said_of_each_node_by_itself(said: list[BodyPart], known: dict[str, int]) -> None:
    """A status for all, or for each; values for some; nothing is made up for the others."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO, THREE]))
    assert [each.cmd_id for each in commands(shelf.take(package1()).reply)] == ["5"]

    turn = shelf.take(says("1", "2", *said))

    facts: dict[str, int] = {}
    for fact in turn.facts:
        assert facts.setdefault(fact.uri, fact.status) == fact.status
    assert known == facts


def test_a_failure_of_the_whole_waits_for_the_rest_of_the_package() -> None:
    """A value in the next message of the package counts more than an early 404 for all."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO]))
    shelf.take(package1())

    early = shelf.take(says("1", "2", get_status(404), final=False))
    turn = shelf.take(says("1", "3", values(TWO)))

    assert early.facts == ()
    assert {(fact.uri, fact.status) for fact in turn.facts} == {(ONE, 404), (TWO, 200)}


def test_a_failure_of_the_whole_is_not_lost_where_the_headset_breaks_off() -> None:
    """What was said was said."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO]))
    shelf.take(package1())

    turn = shelf.take(says("1", "2", get_status(405), Alert("3", 1223)))

    assert {(fact.uri, fact.status) for fact in turn.facts} == {(ONE, 405), (TWO, 405)}


def test_one_value_too_many_does_not_hide_the_others() -> None:
    """A value of the wrong size is refused for its node; the next one is heard."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO]))
    shelf.take(package1())
    begun = Item(source=ONE, meta=Meta(size=9), data="ab", more_data=True)

    shelf.take(says("1", "2", get_status(200), Results("3", "1", "5", (begun,)), final=False))
    rest = (Item(source=ONE, data="c"), Item(source=TWO, data="1"))
    turn = shelf.take(says("1", "3", Results("4", "1", "5", rest)))

    assert {(fact.uri, fact.status) for fact in turn.facts} == {(ONE, 424), (TWO, 200)}
    assert 424 in [each.code for each in statuses(turn.reply)]


def test_an_answer_that_comes_twice_is_heard_once() -> None:
    """In the same message, and again in the next one."""
    shelf = Shelf(planner=Plan(asks=[ONE, TWO]))
    shelf.queue("get", SWV)
    first = shelf.take(package1())
    said = answer(first.reply, codes={TWO: 404}).body[1:]

    turn = shelf.take(says("1", "2", *said, *said))
    later = shelf.take(says("1", "3", *said))

    assert {fact.uri for fact in turn.facts} == {ONE, TWO, SWV}
    assert later.facts == ()
    assert later.changes == ()
    assert NoteKind.UNEXPECTED not in {note.kind for note in (*turn.notes, *later.notes)}


# --- sending ------------------------------------------------------------------------------


def test_planned_operations_go_behind_a_persons_own() -> None:
    """They are sent, answered and settled like any other."""
    planned = want(ONE)
    shelf = Shelf(planner=Plan(wants=[planned]))
    own = shelf.queue("get", SWV)

    first = shelf.take(package1())
    second = shelf.take(answer(first.reply, codes={ONE: 405}))

    assert asked(first.reply) == [[SWV], [ONE]]
    sent = {each.id: (each.state, each.deliveries) for each in first.changes}
    assert sent == {own: (OperationState.SENT, 1), planned.id: (OperationState.SENT, 1)}
    settled = {each.id: (each.state, each.status) for each in second.changes}
    assert settled[planned.id] == (OperationState.FAILED, 405)
    assert second.session.phase is Phase.ENDED


def test_what_did_not_fit_changes_nothing() -> None:
    """Only what went out is told; the rest is planned again."""
    wants = [want(f"{POLICY}/A/B{number}", "x" * 300) for number in range(9)]
    shelf = Shelf(planner=Plan(wants=wants))
    turn = shelf.take(Message(header("1", "1", Meta(max_msg_size=2000)), package1().body))
    sent: list[OperationId] = []

    while turn.reply:
        out = [each.id for each in turn.changes if each.state is OperationState.SENT]
        assert len(out) == len(commands(turn.reply)) < 9
        sent += out
        turn = shelf.take(answer(turn.reply))

    assert sent == [each.id for each in wants]


def test_one_that_is_on_its_way_is_not_sent_again() -> None:
    """The planner may go on wanting it until it is answered."""
    shelf = Shelf(planner=Plan(wants=[want(ONE), want(TWO)]))
    first = shelf.take(package1())

    running = says("1", "2", Status("2", "1", "5", "Replace", 101))
    second = shelf.take(running)
    third = shelf.take(says("1", "3", *answer(first.reply).body[1:]))

    assert commands(second.reply) == []
    assert third.reply == b""
    assert {1} == {row.deliveries for row in shelf.rows.values()}


def test_a_lost_one_goes_again_alone_and_is_given_up_in_the_end() -> None:
    """The law of deliveries: once in company, then alone, three times in all."""
    bad, good = want(ONE), want(TWO)
    shelf = Shelf(planner=Plan(wants=[bad, good]))
    replies = [shelf.take(package1(str(number))).reply for number in range(1, MAX_DELIVERIES + 1)]

    after = shelf.take(package1("9"))

    assert [asked(each) for each in replies] == [[[ONE], [TWO]], [[ONE]], [[ONE]]]
    assert shelf.rows[bad.id].state is OperationState.FAILED
    assert "dropped the message each time" in shelf.rows[bad.id].text
    assert [each.state for each in shelf.news[-1].changes] == [OperationState.FAILED]
    assert asked(after.reply) == [[TWO]]


def test_a_lost_one_that_is_no_longer_wanted_is_not_sent_again() -> None:
    """The planner's word of today counts; a person's operation stays."""
    plan = Plan(wants=[want(ONE), want(TWO)])
    shelf = Shelf(planner=plan)
    shelf.queue("get", SWV)
    shelf.take(package1("1"))
    plan.wants = [want(TWO)]

    turn = shelf.take(package1("2"))
    then = shelf.take(answer(turn.reply))

    assert asked(turn.reply) == [[SWV]]
    assert asked(then.reply) == [[TWO]]


def test_another_value_for_a_lost_one_begins_its_deliveries_anew() -> None:
    """It is another operation, whatever was dropped before."""
    plan = Plan(wants=[want(ONE, "bad"), want(TWO)])
    shelf = Shelf(planner=plan)
    shelf.take(package1("1"))
    plan.wants = [want(ONE, "good"), want(TWO)]

    turn = shelf.take(package1("2"))

    assert [each.items[0].data for each in commands(turn.reply)] == ["good"]
    assert {each.id: each.deliveries for each in turn.changes}[want(ONE).id] == 1


def test_the_deliveries_that_a_planner_remembers_count() -> None:
    """Where the store kept no row of it."""
    shelf = Shelf(planner=Plan(wants=[replace(want(ONE), deliveries=2), want(TWO)]))

    turn = shelf.take(package1())

    assert asked(turn.reply) == [[ONE]]
    assert {each.id: each.deliveries for each in turn.changes} == {want(ONE).id: 3}


def test_planned_user_operations_wait_for_the_user() -> None:
    """And hold nobody up."""
    shelf = Shelf(planner=Plan(wants=[want(USER), want(ONE)]))

    turn = shelf.take(package1(user="none"))

    note = next(each for each in turn.notes if each.kind is NoteKind.MESSAGE)
    assert asked(turn.reply) == [[ONE]]
    assert note.detail["waiting"] == "1 for the enrolled user to sign in"
    assert shelf.rows[want(USER).id].deliveries == 0


def test_a_planned_exec_is_sent_once() -> None:
    """Silence makes its outcome unknown, however often it is wanted."""
    operation = make_operation("exec", REBOOT)
    run = Open(OperationId(f"want|exec|{operation.uri.key}"), operation, OperationState.QUEUED)
    shelf = Shelf(planner=Plan(wants=[run]))
    shelf.take(package1("1"))

    turn = shelf.take(package1("2"))

    assert commands(turn.reply) == []
    assert [each.state for each in shelf.news[-1].changes] == [OperationState.UNKNOWN]


def test_a_large_planned_value_goes_in_pieces() -> None:
    """While its pieces go out, nothing else does and the planner may go on wanting it."""
    planned = want(ONE, "x" * 3000)
    shelf = Shelf(planner=Plan(asks=[TWO], wants=[planned, want(THREE)]))
    turn = shelf.take(Message(header("1", "1", Meta(max_msg_size=1500)), package1().body))
    assert turn.asked == (TWO,)
    turn = shelf.take(answer(turn.reply))
    data = ""

    for number in range(3, 20):
        (piece,) = commands(turn.reply)
        item = piece.items[0]
        if item.target != ONE:
            break
        data += item.data or ""
        code = 213 if item.more_data else 200
        told = Status("2", str(number - 1), piece.cmd_id, "Replace", code)
        more = (Alert("3", 1222),) if item.more_data else ()
        turn = shelf.take(says("1", str(number), told, *more, final=not item.more_data))

    assert data == "x" * 3000
    assert (shelf.rows[planned.id].state, shelf.rows[planned.id].deliveries) == (
        OperationState.DONE,
        1,
    )
    assert asked(turn.reply) == [[THREE]]
    assert alerts(turn.reply) == []


def test_the_same_standing_message_and_plan_give_the_same_turn() -> None:
    """Deciding again decides the same."""
    shelves = [Shelf(planner=Plan(asks=[TWO], wants=[want(ONE)])) for _ in range(2)]

    one, two = (shelf.take(package1()) for shelf in shelves)

    assert one == two


moods = st.sampled_from(["fine", "fine", "half", "silent", "abort", "lost"])
"""What a headset may do with each reply."""


def respond(reply: bytes, mood: str) -> list[BodyPart]:
    """What a headset in that mood says."""
    said = list(answer(reply).body[1:])
    if mood == "abort":
        return [*said[: len(said) // 2], Alert("99", 1223)]
    return {"fine": said, "half": said[: len(said) // 2], "silent": []}[mood]


def play(shelf: Shelf, plan: Plan, number: int, schedule: list[str]) -> None:
    """Go through one session in the moods of the schedule; every group comes whole, or not."""
    turn = shelf.take(package1(str(number)))
    for at, mood in enumerate(schedule, start=2):
        plan.learn(turn)
        sent = [each.id for each in turn.changes if each.state is OperationState.SENT]
        for name in {shelf.rows[each].atomic for each in sent} - {""}:
            whole = {id_ for id_, row in shelf.rows.items() if row.atomic == name}
            assert whole <= set(sent)
        if not turn.reply or mood == "lost":
            return
        turn = shelf.take(says(str(number), str(at), *respond(turn.reply, mood)))
    plan.learn(turn)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(st.sampled_from(["", "", "one", "two"]), min_size=1, max_size=8).map(sorted),
    schedule=st.lists(st.lists(moods, max_size=8), max_size=5),
)
def test_under_any_losses_groups_stay_whole_and_everything_planned_ends(
    names: list[str], schedule: list[list[str]]
) -> None:
    """Nothing is delivered more than three times, and what was asked is known in the end."""
    wants = [
        replace(want(f"{POLICY}/A/B{at}", verb="add"), atomic=name) for at, name in enumerate(names)
    ]
    plan = Plan(asks=[ONE, TWO], wants=wants)
    shelf = Shelf(planner=plan)
    own = shelf.queue("replace", THREE, "chr", "x")

    for number, moods_ in enumerate(schedule, start=1):
        play(shelf, plan, number, moods_)
    for number in range(100, 100 + MAX_DELIVERIES):
        play(shelf, plan, number, ["fine"] * 30)

    assert {ONE, TWO} <= plan.known
    assert {each.id for each in wants} | {own} == set(shelf.rows)
    for row in shelf.rows.values():
        assert row.state in (OperationState.DONE, OperationState.FAILED)
        assert 1 <= row.deliveries <= MAX_DELIVERIES
    for name in set(names) - {""}:
        assert len({row.state for row in shelf.rows.values() if row.atomic == name}) == 1
