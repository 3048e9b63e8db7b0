"""Every published HoloLens 2 policy: there from its build on, legal values kept, others refused."""

import csv
from importlib.resources import files
from typing import Any

import pytest
from tests.virtual.tree.test_verbs import POLICY, RESULT, do, plant

from lenskeep.tree.catalog.allowed import Kind
from lenskeep.virtual.builds import PROFILES, Profile, find_profile
from lenskeep.virtual.tree.book import csp_versions, rulebook
from lenskeep.virtual.tree.having import has, headset_nodes
from lenskeep.virtual.tree.rules import Rule

TABLE = files("lenskeep.tree").joinpath("data/hololens_policies.csv").read_text("utf-8")
ROWS = [row for row in csv.DictReader(TABLE.splitlines()) if row["hololens2"] == "yes"]
SECOND = [each for each in PROFILES if each.generation == 2]

Row = dict[str, str]


def _named(row: Row) -> str:
    return f"{row['area']}/{row['policy']}"


def _has(row: Row, profile: Profile) -> bool:
    """Say whether a build has the policy, from release dates alone (the published build list)."""
    first, mine = _build(row["min_build"]), profile.version
    june_2021 = {(19041, 1154): (20348, 1007)}
    if first in june_2021 and mine[0] in (20346, 20348):
        first = june_2021[first]
    return mine >= first


def _build(text: str) -> tuple[int, int]:
    build, revision = text.split(".")
    return int(build), int(revision)


def _legal(rule: Rule) -> str:
    allowed = rule.allowed
    match allowed.kind:
        case Kind.ENUM:
            return allowed.values[-1]
        case Kind.RANGE:
            return str(allowed.ranges[0][1])
        case Kind.ADMX:
            return '<enabled/><data id="Some" value="1"/>'
        case Kind.XSD:
            return "<Some/>"
        case _:
            return "1" if rule.format.value == "int" else "some text"


def _illegal(rule: Rule) -> tuple[str, str, int]:
    """Return a value that the node cannot take, its format, and the status it deserves."""
    match rule.allowed.kind:
        case Kind.ENUM:
            return "987654", rule.format.value, 500
        case Kind.RANGE:
            beyond = rule.allowed.ranges[0][1] + 1
            return str(beyond), rule.format.value, 500
        case Kind.ADMX:
            return "some text", rule.format.value, 500
        case Kind.XSD:
            return "<Some>", rule.format.value, 500
        case _:
            return "1", "bool", 415


def test_the_table_is_the_published_one() -> None:
    assert len(ROWS) == 147


@pytest.mark.parametrize("row", [row for row in ROWS if row["area"] != "RemoteLock"], ids=_named)
def test_a_policy_of_the_table(row: Row) -> None:
    """Kept and in force on builds that have it, refused where illegal, 404 on builds before."""
    name = _named(row)
    for profile in SECOND:
        rule = rulebook(profile).find(POLICY + name)
        assert (rule is not None) is _has(row, profile), profile.name
    newest = SECOND[-1]
    rule = rulebook(newest).find(POLICY + name)
    assert rule is not None
    tree = plant(newest.name)
    value, form, status = _illegal(rule)

    refused = do(tree, "replace", POLICY + name, value, form).status
    absent = do(tree, "get", POLICY + name).status
    kept = do(tree, "replace", POLICY + name, _legal(rule), rule.format.value).status
    read = do(tree, "get", POLICY + name).found[0].value
    in_force = do(tree, "get", RESULT + name)
    deleted = do(tree, "delete", POLICY + name).status

    assert (refused, absent, kept, read, deleted) == (status, 404, 200, _legal(rule), 200)
    if rule.reboot.value == "none":
        assert in_force.found[0].value == _legal(rule)
        assert do(tree, "get", RESULT + name).status == 404
    assert do(tree, "get", POLICY + name).status == 404


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_a_policy_is_not_found_on_an_older_build(row: Row) -> None:
    """Where there is an older build that lacks it, it answers 404 there."""
    older = [each for each in SECOND if not _has(row, each)]
    if not older:
        assert _build(row["min_build"]) <= (18362, 1039)
        return

    status = do(plant(older[-1].name), "replace", POLICY + _named(row), "1", "").status

    assert status == 404


def test_the_row_that_is_no_policy_is_a_node_of_its_own() -> None:
    """RemoteLock/Lock stands among the policies of the list and is a CSP's node."""
    assert do(plant("19041.1103"), "exec", "./Vendor/MSFT/RemoteLock/Lock").status == 404
    assert do(plant("19041.1128"), "exec", "./Vendor/MSFT/RemoteLock/Lock").status == 200


@pytest.mark.parametrize(
    ("build", "uri", "expected"),
    [
        ("HL2-22621.1244", POLICY + "MixedReality/AutoUnlock", False),
        ("HL2-insider", POLICY + "MixedReality/AutoUnlock", True),
        ("HL2-insider", POLICY + "ADMX_Taskbar/NoPinningToTaskbar", False),
        ("HL2-insider", POLICY + "Update/RequireUpdateApproval", False),
        ("HL1-17763-Biz", POLICY + "Update/RequireUpdateApproval", True),
        ("HL1-17763-Biz", POLICY + "MixedReality/MicrophoneDisabled", False),
        ("HL1-17763-Dev", POLICY + "System/AllowLocation", False),
        ("HL1-17763-Dev", "./Device/Vendor/MSFT/WindowsLicensing/UpgradeEditionWithLicense", True),
        ("HL1-17763-Biz", "./Device/Vendor/MSFT/AssignedAccess/Configuration", True),
        ("HL2-insider", "./Device/Vendor/MSFT/AssignedAccess/ShellLauncher", False),
        ("HL2-insider", "./Device/Vendor/MSFT/Firewall/MdmStore/Global", False),
        ("HL2-insider", "./Device/Vendor/MSFT/RemoteWipe/doWipeProtected", False),
        ("HL2-20348.1503", "./Device/Vendor/MSFT/Reboot/Schedule/WeeklyRecurrent", False),
        ("HL2-22621.1113", "./Device/Vendor/MSFT/Reboot/Schedule/WeeklyRecurrent", True),
        ("HL2-20346.1002", "./DevDetail/Ext/Microsoft/FreeStorage", False),
        ("HL2-20348.1447", "./DevDetail/Ext/Microsoft/FreeStorage", True),
        ("HL1-17763-Biz", "./DevDetail/Ext/Microsoft/DNSComputerName", True),
        ("HL2-18362.1039", "./Device/Vendor/MSFT/AccountManagement", True),
        ("HL2-20348.1503", "./DevDetail/Ext/Microsoft/SMBIOSVersion", False),
        ("HL2-22621.1113", "./DevDetail/Ext/Microsoft/SMBIOSVersion", True),
        ("HL2-19041.1128", POLICY + "Nothing/SoNamed", False),
    ],
)
def test_documentation_decides_what_a_headset_has(build: str, uri: str, expected: bool) -> None:
    assert (rulebook(find_profile(build)).find(uri) is not None) is expected


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: str(each.name))
def test_a_headset_reports_versions_that_its_own_nodes_fit(profile: Profile) -> None:
    """No node of a headset needs a newer provider than the headset says that it has."""
    versions = csp_versions(profile)

    for record in headset_nodes():
        if record.csp_version and record.csp_version != "9.9" and has(record, profile):
            needed = _pair(record.csp_version)
            assert needed <= _pair(versions[record.csp]), record.uri


def _pair(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split("."))


def test_headsets_of_a_kind_share_what_is_alike() -> None:
    """A rulebook is made once, and the ground of a tree as well."""
    one: Any = plant()
    other: Any = plant()

    assert one.book is other.book
    assert one._ground is other._ground
