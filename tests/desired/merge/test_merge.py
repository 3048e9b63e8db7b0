"""Many profiles, one wanted tree: who wins a node, and what is said of it."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.merge.merge import merge
from lenskeep.desired.merge.wish import Assigned, ClashKind, Merged
from lenskeep.desired.profile import Drift, Owner, ProfileBody, ProfileSetting
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.record import Conflict, Placeholder, Record
from lenskeep.tree.sensitive import REDACTED
from lenskeep.tree.uri import Scope, node_key
from lenskeep.tree.value import Format

POLICY = "./Device/Vendor/MSFT/Policy/Config"
NONE, LAST = f"{POLICY}/A/None", f"{POLICY}/A/Last"
LOW, HIGH = f"{POLICY}/A/Low", f"{POLICY}/A/High"
LOW_FREE, HIGH_FREE = f"{POLICY}/A/LowFree", f"{POLICY}/A/HighFree"
LOW_TEXT = f"{POLICY}/A/LowText"
KEY = "./Device/Vendor/MSFT/X/Password"
VPN = "./Device/Vendor/MSFT/VPNv2/office"
SERVER, ALWAYS, DNS, LEVEL = (f"{VPN}/{each}" for each in ("Server", "Always", "Dns", "Level"))

CORRECT = Drift.CORRECT


def record(
    uri: str,
    conflict: Conflict = Conflict.NO_MERGE,
    form: Format = Format.INT,
    root: str | None = None,
) -> Record:
    """Return a node of the catalog."""
    return Record(
        uri,
        Scope.DEVICE,
        "X",
        "",
        uri.rpartition("/")[2],
        frozenset(),
        form,
        allowed=Allowed(Kind.ANY),
        conflict=conflict,
        atomic_root=root,
        placeholders=(Placeholder("ProfileName"),) if root else (),
    )


def vpn(name: str, conflict: Conflict = Conflict.NO_MERGE) -> Record:
    """Return a node of the catalog that travels with its neighbors."""
    root = "./Device/Vendor/MSFT/VPNv2/{ProfileName}"
    form = Format.CHR if conflict is Conflict.NO_MERGE else Format.INT
    return record(f"{root}/{name}", conflict, form, root)


RECORDS = {
    node_key(uri): found
    for uri, found in {
        NONE: record(NONE),
        LAST: record(LAST, Conflict.LAST_WRITE, Format.CHR),
        LOW: record(LOW, Conflict.LOWEST),
        HIGH: record(HIGH, Conflict.HIGHEST),
        LOW_FREE: record(LOW_FREE, Conflict.LOWEST_ZERO_UNLIMITED),
        HIGH_FREE: record(HIGH_FREE, Conflict.HIGHEST_ZERO_UNLIMITED),
        LOW_TEXT: record(LOW_TEXT, Conflict.LOWEST, Format.CHR),
        KEY: record(KEY, form=Format.CHR),
        SERVER: vpn("Server"),
        ALWAYS: vpn("Always"),
        DNS: vpn("Dns"),
        LEVEL: vpn("Level", Conflict.LOWEST),
    }.items()
}


def mark(text: str) -> str:
    """Return a digest; the house's own is keyed."""
    return hashlib.sha256(text.encode()).hexdigest()


def wants(
    name: str,
    priority: int = 0,
    drift: Drift = CORRECT,
    guards: dict[str, str] | None = None,
    **values: str,
) -> Assigned:
    """Return a profile; its nodes are named by the variables of this module."""
    found = [ProfileSetting(globals()[node], value) for node, value in values.items()]
    owner = Owner(ProfileId(f"prf_{name}"), name, 1)
    return Assigned(owner, priority, ProfileBody(tuple(found), drift), guards or {})


def merged(*assigned: Assigned) -> Merged:
    """Return the merge, having made sure that the order of the profiles does not matter."""
    found = merge(assigned, lambda uri: RECORDS.get(node_key(uri)), mark)
    for seed in range(3):
        other = list(assigned)
        random.Random(seed).shuffle(other)
        assert found == merge(other, lambda uri: RECORDS.get(node_key(uri)), mark)
    return found


def node(found: Merged, uri: str) -> WantedNode:
    """Return the node of the wanted tree."""
    return found.tree.by_key[node_key(uri)]


def names(owners: tuple[Owner, ...]) -> str:
    """Return the owners by name."""
    return " ".join(each.name for each in owners)


# --- One and many ---------------------------------------------------------------------------------


def test_what_one_profile_wants_is_wanted_as_it_is() -> None:
    found = merged(wants("a", NONE="7"))

    assert ((node(found, NONE)),) == found.tree.nodes
    assert ("7", Format.INT, "a") == (
        node(found, NONE).value,
        node(found, NONE).format,
        names(node(found, NONE).owners),
    )
    assert () == found.clashes


def test_the_mark_tells_values_apart_and_nothing_else() -> None:
    seven = node(merged(wants("a", NONE="7")), NONE)

    assert seven.mark == node(merged(wants("b", 5, LOW="1", NONE="7")), NONE).mark
    assert seven.mark != node(merged(wants("a", NONE="8")), NONE).mark
    assert seven.mark != node(merged(wants("a", LAST="7")), LAST).mark


def test_who_agrees_owns_it_together_however_the_value_is_spelled() -> None:
    found = merged(wants("b", 1, NONE="7"), wants("a", NONE="0x7"))

    assert ("7", "b a") == (node(found, NONE).value, names(node(found, NONE).owners))
    assert () == found.clashes


def test_one_node_may_be_spelled_in_several_ways() -> None:
    short = Assigned(
        Owner(ProfileId("prf_a"), "a", 1),
        9,
        ProfileBody((ProfileSetting(NONE.replace("/Device", "").lower(), "1"),)),
    )

    found = merged(short, wants("b", NONE="1"))

    assert ["a b"] == [names(each.owners) for each in found.tree.nodes]


def test_a_profile_given_twice_counts_once_at_its_higher_priority() -> None:
    found = merged(wants("a", 1, NONE="1"), wants("b", 2, NONE="2"), wants("a", 3, NONE="1"))

    assert ("1", "a", "b") == (
        node(found, NONE).value,
        names(node(found, NONE).owners),
        names(node(found, NONE).overruled),
    )


def test_drift_is_corrected_if_any_of_the_winners_says_so() -> None:
    report = wants("a", 1, Drift.REPORT, NONE="1")

    assert node(merged(report), NONE).drift is Drift.REPORT
    assert node(merged(report, wants("b", NONE="1")), NONE).drift is Drift.CORRECT
    assert node(merged(report, wants("b", NONE="2")), NONE).drift is Drift.REPORT


def test_a_node_waits_for_the_staged_roll_out_of_who_wins_it() -> None:
    guarded = wants("a", 1, guards={node_key(NONE): "prf_a/1"}, NONE="1", LOW="5")

    assert "prf_a/1" == node(merged(guarded, wants("b", NONE="1")), NONE).guard
    assert "" == node(merged(guarded, wants("b", 2, NONE="2")), NONE).guard
    assert "" == node(merged(guarded), LOW).guard


# --- The node's own rule --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("LOW", ("3", "0x1", "2"), "0x1"),
        ("LOW", ("3", "0", "-1"), "-1"),
        ("HIGH", ("3", "10", "9"), "10"),
        ("LOW_FREE", ("0", "9", "4"), "4"),
        ("LOW_FREE", ("0", "0", "9"), "9"),
        ("HIGH_FREE", ("0", "4", "6"), "6"),
        ("HIGH_FREE", ("0", "-4", "-6"), "-4"),
    ],
)
def test_the_node_s_own_rule_wins_over_priority(
    name: str, values: tuple[str, ...], best: str
) -> None:
    """Priorities here are all against it."""
    order = sorted(values, key=lambda each: each == best)
    profiles = [
        wants(f"p{n}", 9 - n, CORRECT, None, **{name: value}) for n, value in enumerate(order)
    ]

    found = merged(*profiles)

    wanted = node(found, globals()[name])
    assert (best, "p2", "p0 p1") == (wanted.value, names(wanted.owners), names(wanted.overruled))
    (clash,) = found.clashes
    assert clash.kind is ClashKind.OWN_RULE
    assert clash.words.startswith("merged by the node's own rule")
    assert () == found.conflicts


def test_a_rule_about_numbers_says_nothing_of_texts() -> None:
    found = merged(wants("a", 1, LOW_TEXT="9"), wants("b", LOW_TEXT="1"))

    assert "9" == node(found, LOW_TEXT).value
    assert found.clashes[0].kind is ClashKind.PRIORITY


# --- Priority -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["NONE", "LAST"])
def test_without_a_rule_the_higher_priority_wins_and_it_is_said(name: str) -> None:
    found = merged(
        wants("a", 1, CORRECT, None, **{name: "1"}),
        wants("b", 2, CORRECT, None, **{name: "2"}),
        wants("c", 0, CORRECT, None, **{name: "2"}),
    )

    wanted = node(found, globals()[name])
    assert ("2", "b c", "a", "") == (
        wanted.value,
        names(wanted.owners),
        names(wanted.overruled),
        names(wanted.undecided),
    )
    (clash,) = found.conflicts
    assert clash.kind is ClashKind.PRIORITY
    assert clash.words.startswith("'b' and 'c' win by priority over 'a'")
    assert [("b", "2"), ("c", "2")] == [(c.owner.name, c.value) for c in clash.winners]
    assert [("a", "1")] == [(c.owner.name, c.value) for c in clash.losers]


def test_different_values_at_the_highest_priority_are_undecided() -> None:
    found = merged(wants("a", 2, NONE="1"), wants("b", 2, NONE="2"), wants("c", 1, NONE="3"))

    wanted = node(found, NONE)
    assert (None, "", "c", "a b") == (
        wanted.value,
        names(wanted.owners),
        names(wanted.overruled),
        names(wanted.undecided),
    )
    (clash,) = found.conflicts
    assert (ClashKind.UNDECIDED, NONE, ()) == (clash.kind, clash.uri, clash.winners)
    assert "'a' and 'b' want different values at priority 2" in clash.words


def test_the_mark_of_what_is_undecided_follows_the_values() -> None:
    one = merged(wants("a", NONE="1"), wants("b", NONE="2"))
    other = merged(wants("a", NONE="1"), wants("b", NONE="3"))

    assert node(one, NONE).mark != node(other, NONE).mark


def test_a_clash_shows_no_secret() -> None:
    found = merged(wants("a", 1, KEY="hunter2"), wants("b", KEY="swordfish"))

    assert "hunter2" == node(found, KEY).value
    (clash,) = found.clashes
    assert [REDACTED, REDACTED] == [each.value for each in (*clash.winners, *clash.losers)]
    assert "hunter2" not in repr(found)
    assert "swordfish" not in repr(found)


# --- Wholes ---------------------------------------------------------------------------------------


def test_profiles_that_do_not_contradict_each_other_add_to_a_whole() -> None:
    found = merged(wants("a", 1, SERVER="x", LEVEL="3"), wants("b", DNS="y", SERVER="x", LEVEL="2"))

    assert ["y", "2", "x"] == [each.value for each in found.tree.nodes]
    assert () == found.conflicts


def test_of_those_that_do_the_stronger_one_s_part_is_taken_whole() -> None:
    """The weaker one's server goes, and with it all that belongs to that server."""
    found = merged(
        wants("strong", 5, SERVER="x", LEVEL="3"),
        wants("weak", 3, SERVER="y", DNS="1.1.1.1", LEVEL="2"),
        wants("friend", 1, ALWAYS="true", SERVER="x"),
    )

    assert [("Always", "true"), ("Level", "3"), ("Server", "x")] == [
        (each.uri.segments[-1], each.value) for each in found.tree.nodes
    ]
    assert ("strong friend", "weak") == (
        names(node(found, SERVER).owners),
        names(node(found, SERVER).overruled),
    )
    assert [ClashKind.WHOLE, ClashKind.PRIORITY, ClashKind.PRIORITY] == [
        each.kind for each in found.conflicts
    ]
    assert DNS == found.conflicts[0].uri
    assert ["friend", "strong"] == [each.owner.name for each in found.conflicts[0].winners]


def test_a_whole_that_is_contradicted_at_one_priority_is_not_sent() -> None:
    found = merged(
        wants("a", 5, SERVER="x", ALWAYS="true"), wants("b", 5, SERVER="y"), wants("c", 1, DNS="z")
    )

    assert [("Always", "a"), ("Server", "a b")] == [
        (each.uri.segments[-1], names(each.undecided)) for each in found.tree.nodes
    ]
    assert {None} == {each.value for each in found.tree.nodes}
    assert [ClashKind.UNDECIDED, ClashKind.WHOLE, ClashKind.UNDECIDED] == [
        each.kind for each in found.conflicts
    ]
    assert "'a', 'b' contradict each other at priority 5" in found.conflicts[0].words


def test_weak_profiles_cannot_stop_a_stronger_one_s_whole() -> None:
    found = merged(wants("a", 5, SERVER="x"), wants("b", 1, DNS="y"), wants("c", 1, DNS="z"))

    assert "x" == node(found, SERVER).value
    assert "b c" == names(node(found, DNS).undecided)


def test_another_whole_is_another_matter() -> None:
    home = ProfileSetting(SERVER.replace("office", "home"), "y")
    other = Assigned(Owner(ProfileId("prf_b"), "b", 1), 0, ProfileBody((home,)))

    found = merged(wants("a", 5, SERVER="x"), other)

    assert ["y", "x"] == [each.value for each in found.tree.nodes]
    assert () == found.clashes


# --- Laws -----------------------------------------------------------------------------------------

NODES = ["NONE", "LAST", "LOW", "HIGH", "LOW_FREE", "HIGH_FREE", "SERVER", "DNS", "LEVEL"]
PROFILES = st.builds(
    lambda name, priority, drift, values: wants(name, priority, drift, None, **values),
    st.sampled_from("abcd"),
    st.integers(0, 2),
    st.sampled_from(Drift),
    st.dictionaries(st.sampled_from(NODES), st.sampled_from(["0", "1", "0x1", "2"]), max_size=5),
)
SETS = st.lists(PROFILES, max_size=4, unique_by=lambda each: each.owner)


def _merge(assigned: list[Assigned]) -> Merged:
    return merge(assigned, lambda uri: RECORDS.get(node_key(uri)), mark)


@given(SETS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_profiles_does_not_matter_nor_their_repetition(
    assigned: list[Assigned], dice: random.Random
) -> None:
    other = [*assigned, *assigned]
    dice.shuffle(other)

    assert _merge(assigned).tree.dump() == _merge(other).tree.dump()
    assert _merge(assigned) == _merge(other)


@given(SETS, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_profile_about_other_nodes_changes_nothing_of_these(
    assigned: list[Assigned], priority: int
) -> None:
    found = _merge([*assigned, wants("z", priority, KEY="k", ALWAYS_HOME="x")])

    before = _merge(assigned)
    assert before.clashes == found.clashes
    assert before.tree.nodes == tuple(
        each for each in found.tree.nodes if names(each.owners) != "z"
    )


ALWAYS_HOME = ALWAYS.replace("office", "home")


@given(SETS)
@settings(max_examples=60, deadline=None)
def test_every_wish_is_done_overruled_undecided_or_named_in_a_clash(
    assigned: list[Assigned],
) -> None:
    """Nothing is dropped silently, and nothing is sent that nobody wants."""
    found = _merge(assigned)
    wishes = {(s.key, s.value) for each in assigned for s in each.body.settings}
    clashes = {node_key(each.uri): each for each in found.clashes}

    assert [each.key for each in found.tree.nodes] == sorted(each.key for each in found.tree.nodes)
    for each in found.tree.nodes:
        assert bool(each.owners) is not bool(each.undecided)
        assert each.undecided or (each.key, each.value) in wishes
        assert bool(each.overruled or each.undecided) is (each.key in clashes)
    for one in assigned:
        for setting in one.body.settings:
            wanted = found.tree.by_key.get(setting.key)
            told = clashes.get(setting.key)
            losers = {claim.owner for claim in told.losers} if told else set()
            assert one.owner in losers or (wanted and one.owner in wanted.owners)
