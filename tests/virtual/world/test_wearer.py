"""What the wearer sees of settings, with what each build gets wrong."""

import base64

import pytest
from tests.virtual.tree.test_verbs import POLICY, RESULT, do, plant

from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.tree.mirror import settle
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.world.kiosk import Visit
from lenskeep.virtual.world.wearer import Wearer, app_control, view

TRUSTED = POLICY + "ApplicationManagement/AllowAllTrustedApps"
PAGES = "Settings/PageVisibilityList"


def seen(tree: Tree, build: str, blocking: tuple[str, ...] = ()) -> Wearer:
    return view(tree, find_profile(build), blocking, Visit())


@pytest.mark.parametrize(
    ("build", "starts"),
    [
        ("HL2-19041.1128", True),
        ("HL2-20346.1002", False),
        ("HL2-20348.1447", False),
        ("HL2-20348.1503", True),
    ],
)
def test_edge_once_needed_own_apps_to_be_allowed(build: str, starts: bool) -> None:
    tree = plant(build)
    do(tree, "replace", TRUSTED, "0", "int")

    assert seen(tree, build).edge_starts is starts
    assert not seen(tree, build).own_apps_install


@pytest.mark.parametrize(
    ("build", "proxy", "closes", "vpn", "wipe"),
    [
        ("HL2-20348.1447", False, True, False, False),
        ("HL2-20348.1503", True, True, False, True),
        ("HL2-22621.1113", True, True, True, True),
        ("HL2-insider", True, False, True, True),
    ],
)
def test_builds_own_up_to_their_mistakes(
    build: str, proxy: bool, closes: bool, vpn: bool, wipe: bool
) -> None:
    look = seen(plant(build), build)

    assert (look.syncs_over_proxy, look.update_closes_own_app) == (proxy, closes)
    assert (look.vpn_replaced_in_one_session, look.confirms_wipe) == (vpn, wipe)


def test_pages_are_hidden_by_a_plain_text_alone() -> None:
    """A group policy's fragment is answered 200, is there to be read, and does nothing."""
    tree, build = plant(), "HL2-20348.1503"
    do(tree, "replace", POLICY + PAGES, "hide:network-wifi", "chr")
    plain = seen(tree, build).pages
    fragment = '<enabled/><data id="SettingsPageVisibilityBox" value="hide:network-wifi"/>'

    status = do(tree, "replace", POLICY + PAGES, fragment, "chr").status

    assert (plain, status) == ("hide:network-wifi", 200)
    assert do(tree, "get", POLICY + PAGES).found[0].value == fragment
    assert do(tree, "get", RESULT + PAGES).status == 404
    assert seen(tree, build).pages == ""


def test_app_control_acts_until_a_restart() -> None:
    tree, build = plant(), "HL2-20348.1503"
    name = "33333333-0000-0000-0000-000000000000"
    uri = f"./Vendor/MSFT/ApplicationControl/Policies/{name}/Policy"
    assert do(tree, "add", uri, base64.b64encode(b"policy").decode(), "b64").status == 200
    acting = app_control(tree)
    assert do(tree, "delete", uri.rpartition("/")[0]).status == 200

    assert acting == (name,)
    assert seen(tree, build, acting).blocking == (name,)
    assert app_control(tree) == ()


def test_some_settings_wait_for_a_restart() -> None:
    """Policy/Config has the new value at once, Policy/Result once the headset was off."""
    tree = plant("HL2-22621.1244")
    mode = "MixedReality/HeadTrackingMode"
    do(tree, "replace", POLICY + mode, "1", "int")
    before = do(tree, "get", RESULT + mode).status
    settle(tree, "1")
    after = do(tree, "get", RESULT + mode).found[0].value
    do(tree, "delete", POLICY + mode)
    still = do(tree, "get", RESULT + mode).status
    settle(tree, "1")

    assert (before, after, still) == (404, "1", 200)
    assert do(tree, "get", RESULT + mode).status == 404


def test_a_new_name_waits_for_a_restart_and_fills_in_the_serial_number() -> None:
    tree = plant()
    uri = "./DevDetail/Ext/Microsoft/DNSComputerName"
    do(tree, "replace", uri, "LAB-%SERIAL%-%RAND:2%", "chr")
    before = do(tree, "get", uri).found[0].value
    settle(tree, "0042")

    name = do(tree, "get", uri).found[0].value or ""

    assert before == "HOLOLENS-1"
    assert name[:9] == "LAB-0042-"
    assert name[9:].isdecimal()
    assert len(name) == 11
