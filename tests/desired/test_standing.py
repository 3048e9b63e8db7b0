"""How a device stands, kept between messages."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import (
    DeviceStanding,
    NodeStanding,
    SettingState,
    load_standing,
)
from lenskeep.tree.operation import Verb

NOW = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)
OWNER = Owner(ProfileId("prf_a"), "Base \N{SNOWMAN}", 3)

moments = st.none() | st.integers(0, 10**9).map(lambda each: NOW + timedelta(microseconds=each))
nodes = st.builds(
    NodeStanding,
    uri=st.sampled_from(["./Vendor/MSFT/A", "./Device/Vendor/MSFT/B", "./User/Vendor/MSFT/C"]),
    state=st.sampled_from(SettingState),
    since=moments.map(lambda each: each or NOW),
    text=st.text(max_size=9),
    owners=st.lists(st.just(OWNER), max_size=2).map(tuple),
    mark=st.text(max_size=5),
    set_mark=st.text(max_size=5),
    ours=st.booleans(),
    status=st.none() | st.integers(100, 600),
    verb=st.none() | st.sampled_from(Verb),
    deliveries=st.integers(0, 3),
    asks=st.integers(0, 3),
    failures=st.integers(0, 4),
    retry_at=moments,
    read_at=moments,
    sure_at=moments,
    changed_at=moments,
    emptied=st.booleans(),
)
standings = st.builds(
    DeviceStanding,
    tree=st.text(max_size=5),
    nodes=st.lists(nodes, max_size=3, unique_by=lambda each: each.key).map(
        lambda each: tuple(sorted(each, key=lambda node: node.key))
    ),
    due_at=moments,
    device_print=st.text(max_size=5),
    network_changed_at=moments,
)


def node(uri: str, state: SettingState) -> NodeStanding:
    return NodeStanding(uri, state, NOW)


@settings(max_examples=60, deadline=None)
@given(standing=standings)
def test_what_is_stored_comes_back_and_the_same_gives_the_same_bytes(
    standing: DeviceStanding,
) -> None:
    stored = standing.dump()
    assert load_standing(stored) == standing
    assert load_standing(stored).dump() == stored


def test_nothing_stored_is_a_device_never_planned_for() -> None:
    assert load_standing(b"") == DeviceStanding()
    assert DeviceStanding().is_settled


def test_a_device_is_settled_once_nothing_waits_is_on_its_way_or_is_removed() -> None:
    busy = {SettingState.PENDING, SettingState.SENT, SettingState.REMOVING}
    for state in SettingState:
        standing = DeviceStanding(nodes=(node("./Vendor/MSFT/A", state),))
        assert standing.is_settled is (state not in busy)


def test_trouble_is_what_somebody_should_look_at() -> None:
    trouble = {each for each in SettingState if each.is_trouble}
    assert trouble == {SettingState.FAILED, SettingState.DRIFTED, SettingState.CONFLICTING}


def test_nodes_are_found_in_any_spelling_and_kept_in_order() -> None:
    one, two = node("./Vendor/MSFT/B", SettingState.SENT), node("./Device/x", SettingState.SENT)
    before = DeviceStanding("t", due_at=NOW, device_print="p", network_changed_at=NOW)
    standing = before.with_nodes([two, one])
    assert standing.nodes == (one, two)
    assert standing.by_key["./device/vendor/msft/b"] is one
    kept = (standing.tree, standing.due_at, standing.device_print, standing.network_changed_at)
    assert kept == ("t", NOW, "p", NOW)


def test_states_are_counted_each_of_them() -> None:
    standing = DeviceStanding(
        nodes=(node("./a", SettingState.SENT), node("./b", SettingState.SENT))
    )
    count = standing.count()
    assert count[SettingState.SENT] == 2
    assert set(count) == set(SettingState)


def test_a_command_is_on_its_way_while_its_verb_is_known() -> None:
    assert not node("./a", SettingState.PENDING).is_on_its_way
    assert NodeStanding("./a", SettingState.REMOVING, NOW, verb=Verb.DELETE).is_on_its_way


@settings(max_examples=60, deadline=None)
@given(standing=standings, seconds=st.integers(0, 1000))
def test_nothing_happened_in_the_future(standing: DeviceStanding, seconds: int) -> None:
    """Where the clock was set back, what is later than now is taken for now."""
    now = NOW + timedelta(seconds=seconds)

    found = standing.as_of(now)

    for before, after in zip(standing.nodes, found.nodes, strict=True):
        for was, is_ in (
            (before.since, after.since),
            (before.read_at, after.read_at),
            (before.sure_at, after.sure_at),
            (before.changed_at, after.changed_at),
        ):
            assert is_ == (min(was, now) if was else None)
        assert after.retry_at == before.retry_at, "seconds ahead are a plausible wait"
    assert found.as_of(now) is found


def test_nothing_is_due_later_than_any_rule_says() -> None:
    """A day is the longest wait; a month comes of a clock that ran ahead."""
    node = NodeStanding("./Vendor/MSFT/A", SettingState.FAILED, NOW, retry_at=NOW + timedelta(30))
    standing = DeviceStanding(nodes=(node,), due_at=NOW + timedelta(30))

    found = standing.as_of(NOW)

    assert found.due_at == NOW
    assert found.nodes[0].retry_at == NOW
