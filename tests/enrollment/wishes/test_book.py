"""What became of the server's own wishes: taken, refused, lost, and never counted twice."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.enrollment.wishes.book import Book, Told, load_book
from lenskeep.enrollment.wishes.wish import HouseWish, is_house
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.value import Format

ACCOUNT = "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep"


def wish(name: str, value: str | None = "x", **more: bool) -> HouseWish:
    """A text that a node shall hold, or that it shall go."""
    verb, form = (Verb.DELETE, None) if value is None else (Verb.REPLACE, Format.CHR)
    return HouseWish(f"{ACCOUNT}/{name}", verb, form, value, "why", **more)


def after(book: Book, wanted: HouseWish, state: OperationState, status: int | None = None) -> Book:
    """The book once the wish was sent in session `1` and this came of it."""
    sent = [each for each, _ in book.due([wanted], "1")]
    flying = book.sent(sent, {each.id: 1 for each in sent})
    return flying.heard([Told(each.id, state, status) for each in sent], "1")


def due(book: Book, wanted: HouseWish, session: str = "1") -> list[tuple[str, int]]:
    """The verbs that are to be sent now, with their deliveries."""
    return [(each.verb.value, count) for each, count in book.due([wanted], session)]


def test_what_was_taken_is_not_sent_again_until_it_is_another() -> None:
    """By the value; the reason makes no difference."""
    book = after(Book(), wish("HelpWebsite"), OperationState.DONE, 200)

    assert due(book, wish("HelpWebsite")) == []
    assert due(book, wish("HelpWebsite", "y")) == [("replace", 0)]


def test_what_is_on_its_way_is_left_alone() -> None:
    """Another value for the same node waits for the answer too."""
    book = Book().sent([wish("A")], {wish("A").id: 1})

    assert due(book, wish("A")) == []
    assert due(book, wish("A", "y")) == []


def test_what_was_lost_is_sent_again_with_its_count() -> None:
    """So that it goes alone, as all that was lost once."""
    assert due(after(Book(), wish("A"), OperationState.QUEUED), wish("A")) == [("replace", 1)]


def test_a_refusal_ends_a_wish_that_does_not_insist() -> None:
    """It is not asked for in every session for ever."""
    book = after(Book(), wish("A"), OperationState.FAILED, 405)

    assert book.is_done(wish("A"))
    assert due(book, wish("A"), "2") == []


def test_a_wish_that_insists_is_sent_once_a_session() -> None:
    """Until it is taken."""
    insisting = wish("A", insists=True)
    book = after(Book(), insisting, OperationState.FAILED, 405)

    assert not book.is_done(insisting)
    assert due(book, insisting, "1") == []
    assert due(book, insisting, "2") == [("replace", 0)]


def test_a_replace_of_what_is_not_there_becomes_an_add_and_back() -> None:
    """Once; a headset that refuses both has refused it."""
    turning = wish("A", turns=True)
    once = after(Book(), turning, OperationState.FAILED, 404)
    twice = after(once, turning, OperationState.FAILED, 418)

    assert due(once, turning) == [("add", 0)]
    assert twice.is_done(turning)


def test_what_is_gone_already_needs_no_delete() -> None:
    """404 says that it is as wanted."""
    gone = wish("A", None)

    assert after(Book(), gone, OperationState.FAILED, 404).has_taken(gone)


def test_an_answer_to_nothing_says_nothing() -> None:
    """A status that comes twice, or to an id that was never sent."""
    told = [Told(wish("A").id, OperationState.DONE, 200)]
    book = Book().sent([wish("A")], {wish("A").id: 1}).heard(told, "1")

    assert book.heard(told, "1") == book
    assert Book().heard(told, "1") == Book()


def test_what_is_no_longer_wished_is_forgotten_but_what_flies_is_not() -> None:
    """Its answer is still to come."""
    book = after(Book(), wish("A"), OperationState.DONE, 200).sent([wish("B")], {wish("B").id: 1})

    kept = book.only([])

    assert kept.taken == frozenset()
    assert set(kept.flights) == {wish("B").id}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from([OperationState.DONE, OperationState.FAILED, OperationState.QUEUED]),
        st.sampled_from([200, 404, 405, 418, None]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_a_book_is_stored_without_loss(
    steps: list[tuple[str, str, OperationState, int | None]],
) -> None:
    """As JSON, with everything that is under way."""
    book = Book()
    for name, value, state, status in steps:
        book = after(book, wish(name, value, turns=True), state, status)
        assert load_book(json.loads(json.dumps(book.dump()))) == book


def test_ids_are_the_houses_own() -> None:
    """No step of a profile has them."""
    assert is_house(wish("A").id)
    assert wish("A").id == f"want|house|replace|{ACCOUNT.casefold()}/a"
