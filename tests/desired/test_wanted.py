"""The wanted tree: what the devices of one cohort shall hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import Drift, Owner, ProfileBody, ProfileSetting
from lenskeep.desired.wanted import WantedNode, WantedTree, load_wanted
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format

A, B = Owner(ProfileId("prf_a"), "Base", 1), Owner(ProfileId("prf_b"), "Kiosk \N{SNOWMAN}", 2)

owners = st.lists(st.sampled_from([A, B]), max_size=2, unique=True).map(tuple)
nodes = st.builds(
    WantedNode,
    uri=st.sampled_from(["./Vendor/MSFT/A", "./User/Vendor/MSFT/b", "./DevDetail/C"]).map(
        parse_uri
    ),
    format=st.sampled_from(Format),
    value=st.none() | st.text(max_size=20),
    mark=st.text(max_size=5),
    owners=owners,
    overruled=owners,
    undecided=owners,
    drift=st.sampled_from(Drift),
    guard=st.sampled_from(["", "prf_a/1"]),
)
trees = st.lists(nodes, max_size=3, unique_by=lambda each: each.key).map(
    lambda each: WantedTree(tuple(sorted(each, key=lambda node: node.key)))
)


def node(uri: str, value: str = "1", **more: str) -> WantedNode:
    return WantedNode(parse_uri(uri), Format.INT, value, value, (A,), guard=more.get("guard", ""))


@settings(max_examples=60, deadline=None)
@given(tree=trees)
def test_what_is_stored_comes_back_and_the_same_gives_the_same_bytes(tree: WantedTree) -> None:
    stored = tree.dump()
    assert load_wanted(stored) == tree
    assert load_wanted(stored).dump() == stored


def test_nothing_stored_is_a_tree_in_which_nothing_is_wanted() -> None:
    assert load_wanted(b"") == WantedTree()


def test_a_node_is_found_by_its_key_in_any_spelling() -> None:
    tree = WantedTree((node("./Vendor/MSFT/Thing"),))
    assert tree.by_key["./device/vendor/msft/thing"].uri.text == "./Vendor/MSFT/Thing"


def test_each_staged_roll_out_is_named_once() -> None:
    tree = WantedTree(
        (node("./a", guard="x/1"), node("./b"), node("./c", guard="x/1"), node("./d", guard="y/2"))
    )
    assert tree.guards == ("x/1", "y/2")


def test_owners_are_all_who_have_a_part_each_once() -> None:
    overruled = WantedNode(parse_uri("./b"), Format.INT, "1", "m", (A,), overruled=(B,))
    undecided = WantedNode(parse_uri("./c"), Format.INT, None, "", (), undecided=(B, A))
    assert WantedTree((node("./a"), overruled, undecided)).owners == (A, B)


def test_a_value_is_not_shown_by_accident() -> None:
    tree = WantedTree((WantedNode(parse_uri("./a"), Format.CHR, "s3cret", "m", (A,)),))
    assert "s3cret" not in repr(tree)
    assert "s3cret" not in repr(ProfileBody((ProfileSetting("./a", "s3cret"),)))


def test_a_profile_finds_its_setting_in_any_spelling() -> None:
    body = ProfileBody((ProfileSetting("./Vendor/MSFT/A", "1"),))
    found = body.get("./Device/Vendor/MSFT/a")
    assert found is not None
    assert found.value == "1"
    assert body.get("./Vendor/MSFT/B") is None
