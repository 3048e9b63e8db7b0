"""Which way to the server a headset has left after what it was told."""

import pytest
from tests.virtual.tree.test_verbs import POLICY, do, plant

from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.world.network import By, Network, Stranded, Way, proxy_of, way_out

PROFILE = "./Vendor/MSFT/WiFi/Profile/Ward%207"
WLAN = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">'
    "<name>Ward 7</name></WLANProfile>"
)


@pytest.fixture
def tree() -> Tree:
    return plant()


def add_profile(tree: Tree) -> None:
    assert do(tree, "add", f"{PROFILE}/WlanXml", WLAN, "chr").status == 200


def forbid(tree: Tree, policy: str) -> None:
    assert do(tree, "replace", f"{POLICY}Wifi/{policy}", "0", "int").status == 200


def test_a_new_headset_is_on_the_wifi_that_its_wearer_joined(tree: Tree) -> None:
    assert way_out(tree, Network()) == Way(By.HAND, "Lab")


def test_without_wifi_only_a_cable_helps(tree: Tree) -> None:
    add_profile(tree)
    forbid(tree, "AllowWiFi")

    assert isinstance(way_out(tree, Network()), Stranded)
    assert way_out(tree, Network(ethernet=True)) == Way(By.CABLE)


def test_manual_wifi_forbidden_strands_a_headset_without_a_profile(tree: Tree) -> None:
    forbid(tree, "AllowManualWiFiConfiguration")
    before = way_out(tree, Network())
    add_profile(tree)

    after = way_out(tree, Network())

    assert isinstance(before, Stranded)
    assert isinstance(after, Way)
    assert (after.by, after.name) == (By.PROFILE, "Ward 7")


def test_a_profile_out_of_reach_is_no_way(tree: Tree) -> None:
    add_profile(tree)

    assert isinstance(way_out(tree, Network(by_hand=None, away=("Ward 7",))), Stranded)


def test_deleting_the_profile_in_use_strands_the_headset(tree: Tree) -> None:
    add_profile(tree)
    before = way_out(tree, Network(by_hand=None))
    do(tree, "delete", PROFILE)

    assert isinstance(before, Way)
    assert isinstance(way_out(tree, Network(by_hand=None)), Stranded)


def test_a_users_profile_needs_the_user(tree: Tree) -> None:
    uri = "./User/Vendor/MSFT/WiFi/Profile/Ward%207/WlanXml"
    assert do(tree, "add", uri, WLAN, "chr").status == 200

    assert isinstance(way_out(tree, Network(by_hand=None)), Way)
    assert isinstance(way_out(tree, Network(by_hand=None), with_user=False), Stranded)


@pytest.mark.parametrize(
    "value", [WLAN.replace("Ward 7", "Ward 8"), WLAN.replace("</name>", ""), "<WLANProfile>"]
)
def test_a_profile_must_be_whole_and_bear_its_nodes_name(tree: Tree, value: str) -> None:
    assert do(tree, "add", f"{PROFILE}/WlanXml", value, "chr").status == 500


def test_what_is_no_profile_is_kept_and_never_used(tree: Tree) -> None:
    assert do(tree, "add", f"{PROFILE}/WlanXml", "<x/>", "chr").status == 200

    assert isinstance(way_out(tree, Network(by_hand=None)), Stranded)


def test_the_proxy_is_the_devices_or_the_profiles(tree: Tree) -> None:
    add_profile(tree)
    way = way_out(tree, Network(by_hand=None))
    assert isinstance(way, Way)
    before = proxy_of(tree, way)
    do(tree, "add", f"{PROFILE}/Proxy", "proxy.example:8080", "chr")
    by_profile = proxy_of(tree, way)
    uri = "./Vendor/MSFT/NetworkProxy/ProxyServer/ProxyAddress"
    do(tree, "replace", uri, "all.example:8080", "chr")

    assert (before, by_profile) == ("", "proxy.example:8080")
    assert proxy_of(tree, way) == "all.example:8080"
