"""The truth that the headset tells about its nodes."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.keys import certificate, ec_key

from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Act, Circumstances, Outcome, perform

HARDWARE = Hardware("AB" * 32, "02-00-5E-00-53-10", "012345678901", "HOLOLENS-1")
ACCOUNT = AccountFacts("Keep", "Keep MDM", "https://mdm.example/m", "0A" * 16)
SIGNED_IN = Circumstances(user_present=True, local_time="2026-01-01T00:00:00", provider="Keep")
NOBODY = Circumstances(user_present=False, local_time="", provider="Keep")
POLICY = "./Device/Vendor/MSFT/Policy/Config/"
RESULT = "./Device/Vendor/MSFT/Policy/Result/"


def plant(build: str = "HL2-20348.1503", account: AccountFacts | None = ACCOUNT) -> Tree:
    profile = find_profile(build)
    return Tree(rulebook(profile), seeds(profile, HARDWARE, account))


@pytest.fixture
def tree() -> Tree:
    return plant()


def do(tree: Tree, verb: str, uri: str, value: str | None = None, form: str = "") -> Outcome:
    return perform(tree, Act(Verb(verb), uri, form or None, value), SIGNED_IN)


@pytest.mark.parametrize(
    ("verb", "uri", "value", "form", "status"),
    [
        ("get", "./DevInfo/DevId", None, "", 200),
        ("get", "./Vendor/MSFT/NoSuchThing/Node", None, "", 404),
        ("get", "./Device/Vendor/MSFT/Policy/Config/System/AllowLocation", None, "", 404),
        ("get", "./DevInfo/DevId?prop=ACL", None, "", 406),
        ("get", "./Vendor/MSFT/DeclaredConfiguration/Host", None, "", 406),
        ("get", "./Device/Vendor/MSFT/DMClient/Provider/Other", None, "", 404),
        ("get", "./Device/Vendor/MSFT/DMClient/Provider/Keep/Push/ChannelURI", None, "", 404),
        ("replace", "./DevInfo/Man", "Somebody", "chr", 405),
        ("delete", "./DevInfo/Man", None, "", 405),
        ("exec", "./DevInfo/Man", None, "", 405),
        ("add", "./DevInfo/Man", "Somebody", "chr", 418),
        ("replace", POLICY + "System/AllowLocation", "2", "int", 200),
        ("replace", POLICY + "System/AllowLocation", "7", "int", 500),
        ("replace", POLICY + "System/AllowLocation", "much", "int", 500),
        ("replace", POLICY + "System/AllowLocation", "2", "chr", 415),
        ("replace", POLICY + "System/AllowLocation", "2", "colour", 415),
        ("add", POLICY + "System/AllowLocation", "2", "int", 200),
        ("replace", POLICY + "Camera/AllowCamera", "0", "int", 404),
        ("replace", RESULT + "System/AllowLocation", "2", "int", 405),
        ("delete", POLICY + "System/AllowLocation", None, "", 404),
        ("replace", "./Vendor/MSFT/WiFi/Profile/Lab/WlanXml", "<x/>", "chr", 404),
        ("add", "./Vendor/MSFT/WiFi/Profile/Lab/WlanXml", "<x/>", "chr", 200),
        ("exec", "./Vendor/MSFT/RemoteLock/Lock", None, "", 200),
        ("exec", "./Vendor/MSFT/RemoteWipe/doWipe", None, "", 202),
        ("exec", "./Vendor/MSFT/RemoteWipe/doWipeProtected", None, "", 404),
        ("exec", "./Vendor/MSFT/DMClient/Unenroll", "Keep", "chr", 200),
        ("exec", "./Vendor/MSFT/DMClient/Unenroll", "Other", "chr", 500),
        ("exec", "./Vendor/MSFT/Reboot/RebootNow", None, "", 404),
        ("get", "not a locuri", None, "", 404),
    ],
)
def test_each_verb_has_its_truth(
    tree: Tree, verb: str, uri: str, value: str | None, form: str, status: int
) -> None:
    assert status == do(tree, verb, uri, value, form).status


def test_an_account_may_not_be_deleted_from_under_itself(tree: Tree) -> None:
    name = hashlib.sha256(b"Keep").hexdigest()

    assert do(tree, "delete", f"./SyncML/DMAcc/{name}").status == 425


def test_an_interior_node_lists_its_children(tree: Tree) -> None:
    outcome = do(tree, "get", "./DevInfo")

    assert outcome.found[0].value == "DevId/DmV/Ext/Lang/Man/Mod"
    assert outcome.found[0].format is Format.NODE


def test_the_root_lists_the_standard_objects(tree: Tree) -> None:
    names = (do(tree, "get", ".").found[0].value or "").split("/")

    assert {"DevInfo", "DevDetail", "SyncML", "Device", "User"} <= set(names)


def test_a_subtree_is_told_with_and_without_data(tree: Tree) -> None:
    uri = "./Vendor/MSFT/DeviceStatus/NetworkIdentifiers"

    told = do(tree, "get", uri + "?list=StructData").found
    shape = do(tree, "get", uri + "?list=Struct").found

    assert [each.uri for each in told] == [each.uri for each in shape]
    assert told[0].uri == uri
    assert told[0].value is None
    assert "Lab" in [each.value for each in told]
    assert {each.value for each in shape} == {None}


def test_answers_repeat_the_spelling_of_the_question(tree: Tree) -> None:
    outcome = do(tree, "get", "./Vendor/MSFT/devicestatus/os/EDITION")

    assert [(each.uri, each.value) for each in outcome.found] == [
        ("./Vendor/MSFT/devicestatus/os/EDITION", "136")
    ]


def test_two_spellings_are_one_node(tree: Tree) -> None:
    do(tree, "replace", "./Vendor/MSFT/Policy/Config/System/AllowLocation", "2", "int")

    found = do(tree, "get", POLICY + "System/AllowLocation").found

    assert found[0].value == "2"


def test_a_policy_shows_in_its_result_until_it_is_deleted(tree: Tree) -> None:
    do(tree, "replace", POLICY + "System/AllowLocation", "2", "int")
    in_force = do(tree, "get", RESULT + "System/AllowLocation")
    do(tree, "delete", POLICY + "System/AllowLocation")

    assert in_force.found[0].value == "2"
    assert do(tree, "get", RESULT + "System/AllowLocation").status == 404
    assert do(tree, "get", POLICY[:-1]).found[0].value == ""


@pytest.mark.parametrize(
    ("uri", "value", "form"),
    [
        ("./Vendor/MSFT/AccountManagement/UserProfileManagement/DeletionPolicy", "0", "int"),
        ("./Vendor/MSFT/NetworkProxy/AutoDetect", "0", "int"),
        ("./Vendor/MSFT/DMClient/Provider/Keep/RequireMessageSigning", "true", "bool"),
    ],
)
def test_a_permanent_node_that_is_deleted_holds_its_default_again(
    tree: Tree, uri: str, value: str, form: str
) -> None:
    first = do(tree, "get", uri).found[0].value
    do(tree, "replace", uri, value, form)
    changed = do(tree, "get", uri).found[0].value
    status = do(tree, "delete", uri).status

    assert (changed, status) == (value, 200)
    assert do(tree, "get", uri).found[0].value == first != value
    assert do(tree, "add", uri, value, form).status == 418


POLICIES = sorted(
    rule.path
    for rule in rulebook(find_profile("HL2-22621.1244")).rules
    if "/Policy/Config/" in rule.path and rule.made
)


@given(st.sampled_from(POLICIES), st.sampled_from(["0", "1", "2", "text", "<enabled/>", "<x/>"]))
@settings(max_examples=60, deadline=None)
def test_a_policy_that_is_deleted_leaves_nothing(uri: str, value: str) -> None:
    """Whatever was set: Config and Result are gone as if it had never been."""
    tree = plant("HL2-22621.1244")
    before = set(tree.under("."))

    status = do(tree, "replace", uri, value).status
    deleted = do(tree, "delete", uri).status

    assert (status, deleted) in ((200, 200), (500, 404))
    assert set(tree.under(".")) == before


def test_nodes_that_the_headset_names_are_not_made_by_a_server(tree: Tree) -> None:
    apps = "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/nonStore/"

    assert do(tree, "add", apps + "Some_app", None, "node").status == 405


def test_an_installed_admx_file_brings_its_policies(tree: Tree) -> None:
    """And takes them away with it. CSP: Policy/ConfigOperations/ADMXInstall."""
    install = "./Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Edge/Policy/Main"
    uri = POLICY + "Edge~Policy~microsoft_edge/Popups"
    text = '<policyDefinitions><policies><policy name="Popups"/></policies></policyDefinitions>'
    before = do(tree, "replace", uri, "<enabled/>", "chr").status
    broken = do(tree, "add", install, text[:-1], "chr").status
    installed = do(tree, "add", install, text, "chr").status

    plain = do(tree, "replace", uri, "yes", "chr").status
    kept = do(tree, "replace", uri, "<enabled/>", "chr").status

    assert (before, broken, installed, plain, kept) == (404, 500, 200, 500, 200)
    assert do(tree, "get", uri).found[0].value == "<enabled/>"
    in_force = do(tree, "get", uri.replace("Config", "Result"))
    assert in_force.found[0].value == "<enabled/>"
    assert do(tree, "replace", uri.replace("Popups", "Tabs"), "<enabled/>", "chr").status == 404


def test_the_users_tree_needs_a_user(tree: Tree) -> None:
    act = Act(Verb.GET, "./User/Vendor/MSFT/Policy/Config")

    assert perform(tree, act, NOBODY).status == 405
    assert perform(tree, act, SIGNED_IN).status == 200


def test_a_wifi_profile_comes_and_goes_with_its_parents(tree: Tree) -> None:
    uri = "./Vendor/MSFT/WiFi/Profile"
    do(tree, "add", uri + "/Lab%20One/WlanXml", "<x/>", "chr")
    there = do(tree, "get", uri).found[0].value
    do(tree, "delete", uri + "/Lab%20One")

    assert there == "Lab%20One"
    assert do(tree, "get", uri).found[0].value == ""


def test_a_named_node_brings_its_permanent_leaves(tree: Tree) -> None:
    do(tree, "add", "./Vendor/MSFT/NodeCache/Keep", None, "node")

    assert do(tree, "get", "./Vendor/MSFT/NodeCache/Keep/ChangedNodes").found[0].value == ""


def test_the_node_cache_tells_what_is_not_as_expected(tree: Tree) -> None:
    node = "./Vendor/MSFT/NodeCache/Keep/Nodes/7/"
    do(tree, "add", node + "NodeURI", "./DevInfo/Lang", "chr")
    do(tree, "add", node + "ExpectedValue", "de-DE", "chr")
    changed = do(tree, "get", "./Vendor/MSFT/NodeCache/Keep/ChangedNodes").found[0].value
    do(tree, "replace", node + "ExpectedValue", "en-US", "chr")

    assert changed == "7"
    assert do(tree, "get", "./Vendor/MSFT/NodeCache/Keep/ChangedNodes").found[0].value == ""


def test_a_certificate_must_be_one_and_bear_its_thumbprint(tree: Tree) -> None:
    root = "./Vendor/MSFT/RootCATrustedCertificates/Root/"
    value = base64.b64encode(b"no certificate").decode()

    outcome = do(tree, "add", f"{root}{'AB' * 20}/EncodedCertificate", value, "b64")

    assert outcome.status == 500
    assert do(tree, "get", root[:-1]).found[0].value == ""


@pytest.mark.parametrize(
    ("build", "uri", "status"),
    [
        ("HL2-19041.1103", "./Vendor/MSFT/RemoteLock", 404),
        ("HL2-19041.1128", "./Vendor/MSFT/RemoteLock", 200),
        ("HL2-20348.1503", "./Vendor/MSFT/Reboot", 404),
        ("HL2-22621.1244", "./Vendor/MSFT/Reboot", 200),
        ("HL1-17763-Dev", "./Vendor/MSFT/Policy/Config", 404),
        ("HL1-17763-Dev", "./Vendor/MSFT/NodeCache", 200),
        ("HL1-17763-Dev", "./Vendor/MSFT/WindowsLicensing/Edition", 200),
        ("HL1-17763-Business", "./Vendor/MSFT/Policy/Config", 200),
        ("HL1-17763-Business", "./Vendor/MSFT/DeviceManageability", 404),
        ("HL2-18362.1039", "./Vendor/MSFT/WindowsLicensing", 404),
    ],
)
def test_builds_and_editions_have_the_providers_that_were_published(
    build: str, uri: str, status: int
) -> None:
    assert do(plant(build), "get", uri).status == status


def test_a_policy_is_there_from_its_build_on() -> None:
    uri, value = POLICY + "MixedReality/ConfigureMovingPlatform", "1"

    assert do(plant("HL2-19041.1128"), "replace", uri, value, "int").status == 404
    assert do(plant("HL2-20348.1447"), "replace", uri, value, "int").status == 200


def test_without_an_account_there_is_no_provider() -> None:
    uri = "./Device/Vendor/MSFT/DMClient/Provider"

    assert do(plant(account=None), "get", uri).found[0].value == ""


def test_changes_are_all_that_is_needed_to_grow_the_same_tree(tree: Tree) -> None:
    do(tree, "replace", POLICY + "System/AllowLocation", "2", "int")
    do(tree, "delete", "./Device/Vendor/MSFT/DMClient/Provider/Keep/EntDMID")
    profile = find_profile("HL2-20348.1503")

    again = Tree(rulebook(profile), seeds(profile, HARDWARE, ACCOUNT), tree.changes)

    assert set(tree.under(".")) == set(again.under("."))
    assert plant().changes.nodes == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["get", "add", "replace", "delete", "exec"]),
            st.sampled_from(
                ["System", "System/AllowLocation", "WiFi", "Bluetooth/LocalDeviceName", ".."]
            ),
            st.sampled_from([None, "1", "true", "word"]),
            st.sampled_from(["", "int", "chr", "bool", "node"]),
        ),
        max_size=12,
    )
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_asked_parents_exist_and_undoing_is_whole(
    asked: list[tuple[str, str, str | None, str]],
) -> None:
    tree = plant()
    before = tree.snapshot()

    for verb, below, value, form in asked:
        do(tree, verb, POLICY + below, value, form)
        for node in tree.under("."):
            assert node.path == "." or tree.find(node.path.rpartition("/")[0] or ".")
    tree.restore(before)

    assert tree.snapshot() == before
    assert tree.changes.nodes == ()


NAME = b"\x06\x03\x55\x04\x03\x0c"
VERSION = b"\xa0\x03\x02\x01\x02"


@pytest.mark.parametrize(
    ("right", "wrong"), [(NAME, NAME[:-1] + b"\x08"), (VERSION, VERSION[:-1] + b"\x07")]
)
def test_a_certificate_that_cannot_be_read_is_refused(
    tree: Tree, right: bytes, wrong: bytes
) -> None:
    """A name in an encoding that is none, and a version that nobody knows."""
    der = certificate(ec_key()).public_bytes(Encoding.DER)
    spoiled = der.replace(right, wrong)
    thumbprint = hashlib.sha1(spoiled).hexdigest()
    node = f"./Vendor/MSFT/RootCATrustedCertificates/Root/{thumbprint}/EncodedCertificate"

    outcome = do(tree, "add", node, base64.b64encode(spoiled).decode(), "b64")

    assert der != spoiled
    assert 500 == outcome.status
