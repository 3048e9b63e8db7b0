"""What is known: the newest of each node, bounded, stored without loss."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired import known as module
from lenskeep.desired.known import MAX_VALUE, Known, load_known
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import MAX_LENGTH
from lenskeep.tree.value import Format

START = datetime(2026, 5, 4, tzinfo=UTC)

facts = st.builds(
    Fact,
    uri=st.sampled_from(["./a", "./A", "./Vendor/x", "./Device/Vendor/X", "./b?prop=Type"]),
    status=st.sampled_from([200, 404]),
    learned_at=st.integers(0, 5).map(lambda s: START + timedelta(seconds=s)),
    format=st.sampled_from([None, *Format]),
    value=st.none() | st.text(max_size=5),
)


def fact(uri: str, value: str | None, second: int = 0) -> Fact:
    """A value read at that second."""
    return Fact(uri, 200, START + timedelta(seconds=second), Format.CHR, value)


@settings(max_examples=60, deadline=None)
@given(told=st.lists(facts))
def test_what_is_known_is_stored_and_read_back(told: list[Fact]) -> None:
    """Without loss, and the same bytes for the same knowledge."""
    known = Known().learn(told)

    again = load_known(known.dump())

    assert list(known) == list(again)
    assert known.dump() == again.dump()
    assert known.count == len({each.uri.casefold().replace("device/", "") for each in told})


@settings(max_examples=60, deadline=None)
@given(told=st.lists(facts))
def test_learning_the_same_again_changes_nothing(told: list[Fact]) -> None:
    """Idempotent, and the newest of a node stays."""
    known = Known().learn(told)

    assert list(known) == list(known.learn(list(known)))
    for each in told:
        kept = known.get(each.uri)
        assert kept is not None
        assert kept.learned_at >= each.learned_at


def test_a_node_is_found_in_any_spelling() -> None:
    """Case and the two spellings of the device's tree do not matter; the query does."""
    known = Known().learn([fact("./Device/Vendor/MSFT/X", "1")])

    assert known.get("./vendor/msft/x") == known.get("./Device/Vendor/MSFT/X") != None  # noqa: E711
    assert known.get("./Vendor/MSFT/X?prop=Type") is None


def test_an_older_fact_does_not_replace_a_newer_one() -> None:
    """Order of telling does not matter, the moment does."""
    known = Known().learn([fact("./a", "new", 5), fact("./a", "old", 1)])

    found = known.get("./a")
    assert found is not None
    assert found.value == "new"


def test_a_value_too_long_is_known_by_its_status_alone() -> None:
    """The bound is on the value, not on the fact."""
    known = Known().learn([fact("./a", "x" * (MAX_VALUE + 1)), fact("./b", "x" * MAX_VALUE)])

    lengths = [len(each.value or "") for each in known]
    assert lengths == [0, MAX_VALUE]


def test_a_headset_cannot_fill_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes and characters are bounded; known nodes are still renewed."""
    monkeypatch.setattr(module, "MAX_NODES", 3)
    monkeypatch.setattr(module, "MAX_TOTAL", 10)

    known = Known().learn([fact(f"./{number}", "123456") for number in range(5)])
    known = known.learn([fact("./0", "1234567890", 1)])

    assert known.count == 3
    assert [each.value for each in known] == ["1234567890", None, None]


def test_a_name_longer_than_any_locuri_is_not_kept() -> None:
    """Nodes are counted, so that what each is called must be bounded too."""
    known = Known().learn([fact("./" + "x" * MAX_LENGTH, "1"), fact("./" + "x" * 600, "2")])

    assert [each.value for each in known] == ["2"]


def test_nothing_stored_is_nothing_known() -> None:
    """A device at first contact."""
    assert load_known(b"").count == 0


def test_nothing_was_learned_in_the_future() -> None:
    """A clock that was set back leaves facts of a time to come: newer ones take their place."""
    known = Known().learn([fact("./a", "old", 60), fact("./b", "kept", 1)])
    now = START + timedelta(seconds=5)

    told = known.as_of(now).learn([fact("./a", "new", 5)])

    assert [(each.uri, each.value) for each in told] == [("./a", "new"), ("./b", "kept")]
    assert all(each.learned_at <= now for each in known.as_of(now))
    assert told.as_of(now) is told
