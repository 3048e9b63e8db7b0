"""Every policy that a HoloLens 2 has, one by one: assigned, verified, unassigned, gone.

Driven by the table of the catalog (facts of the published lists). All of them are in one profile,
which four headsets get: one whose build has every policy, and three of which each lacks some. What
happened is recorded once, and looked at row by row.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import pytest
from tests.journeys.conftest import Headset, Server, serving
from tests.journeys.wishes import (
    CONFIG,
    Plain,
    assign,
    made,
    profile,
    settings,
    unassign,
    wish,
)

from lenskeep.desired.builds import has_hololens_build
from lenskeep.desired.validate.content.admx import PARTS
from lenskeep.files.catalog import shipped_catalog
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.record import Record

Row = dict[str, str]

HAS_ALL: Final = "HL2-22621.1244"
OLD: Final = "HL2-18362.1039"
FIRST_BUSINESS: Final = "HL1-17763-Business"
FIRST_DEVELOPMENT: Final = "HL1-17763-Dev"
ROUNDS: Final = 4
"""Sessions that each headset has: lock-downs wait for the first headset's second one."""


def table() -> list[Row]:
    """Return the policies that a HoloLens 2 has; RemoteLock/Lock is an action, see below."""
    text = (files("lenskeep.tree") / "data" / "hololens_policies.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return [each for each in rows if each["hololens2"] == "yes"]


ROWS: Final = table()
SETTINGS: Final = [each for each in ROWS if each["area"] != "RemoteLock"]


def name(row: Row) -> str:
    """Return `Area/Name`."""
    return f"{row['area']}/{row['policy']}"


@cache
def catalog() -> Catalog:
    """Return the catalog that comes with us."""
    return load_catalog(shipped_catalog())


# --- values -------------------------------------------------------------------------------

FAMILY: Final = "Contoso.Inspect_8wekyb3d8bbwe"
OWNERS: Final = (
    '<GroupConfiguration><accessgroup desc="Device Owners"><group action="U"/>'
    '<add member="AzureAD\\eve@contoso.com"/></accessgroup></GroupConfiguration>'
)
RESTART: Final = (
    '<ForceRestart StartDateTime="2026-03-31T22:00:00" Recurrence="Daily"'
    ' RunIfTaskIsMissed="true"/>'
)
TEXTS: Final = {
    "ScheduleForceRestartForUpdateFailures": (RESTART, "<Restart/>"),
    "PreferredAadTenantDomainName": ("contoso.com", "contoso"),
    "LocalDeviceName": ("Lens 7", " "),
    "DOCacheHost": ("cache.contoso.com,10.0.0.7", "http://cache.contoso.com/"),
    "Configure": (OWNERS, "Device Owners"),
    "AutoLogonUser": ("kiosk@contoso.com", "kiosk"),
    "VisitorAutoLogon": ("0", "2"),  # with AutoLogonUser it would contradict itself
    "PageVisibilityList": ("showonly:network-wifi;workplace", "network-wifi"),
    "ConfigureTimeZone": ("W. Europe Standard Time", "Europe/Berlin"),
}
DATA_OF: Final = {
    "W32TIME_NtpServer": "time.windows.com,0x9",
    "W32TIME_Type": "NTP",
    "DeviceInstall_IDs_Allow_List": "1&#xF000;USB\\VID_045E",
}


def values(row: Row, record: Record) -> tuple[str, str]:
    """Return a legal value and an illegal one."""
    policy = row["policy"]
    if policy in TEXTS:
        return TEXTS[policy]
    if policy.endswith("TheseApps"):
        return f"{FAMILY};{FAMILY}", "Contoso.Inspect"
    match record.allowed.kind:
        case Kind.ENUM:
            return record.allowed.values[-1], "77"
        case Kind.RANGE:
            low, high = record.allowed.ranges[0]
            return str(high), str(high + 1) if high < 2**32 - 1 else str(low - 1)
        case Kind.ADMX:
            parts = PARTS.get(name(row).casefold(), ())
            data = "".join(
                f'<data id="{each.id}" value="{DATA_OF.get(each.id, "1")}"/>' for each in parts
            )
            return f"<enabled/>{data}", "60"
    raise AssertionError(f"no value is known for {record.uri}: {record.allowed}")


def legal(row: Row) -> str:
    """Return a value that the policy takes."""
    return values(row, record_of(row))[0]


def record_of(row: Row) -> Record:
    """Return the catalog's record of the policy."""
    match = catalog().match(CONFIG + name(row))
    assert match is not None
    return match.record


def has(build: str, row: Row) -> bool:
    """Return whether the published lists say that the headset has the policy."""
    if build == FIRST_DEVELOPMENT:
        return False  # eight CSPs and no policies, until its edition is upgraded
    if build == FIRST_BUSINESS:
        return row["hololens1_comm"] == "yes"
    return has_hololens_build(build.removeprefix("HL2-"), row["min_build"])


# --- what happened ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happened:
    """Per headset: how the settings stood, what was asked of it, what it held then and after."""

    waiting: set[str]
    """What the newest headset had accepted, but not in force, before it was restarted."""
    stood: dict[str, dict[str, Plain]]
    asked: dict[str, set[str]]
    held: dict[str, dict[str, str | None]]
    stood_after: dict[str, dict[str, Plain]]
    held_after: dict[str, dict[str, str | None]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for this table."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def happened(server: Server) -> Happened:
    """Assign everything, let the headsets call, take it away, let them call again."""
    headsets = {
        build: server.enroll_virtual(build)
        for build in (HAS_ALL, OLD, FIRST_BUSINESS, FIRST_DEVELOPMENT)
    }
    wanted = profile(server, "all policies", *(wish(name(row), legal(row)) for row in SETTINGS))
    assignment = assign(server, wanted)
    asked = let_call(headsets)
    waiting = applied(settings(server, headsets[HAS_ALL]))
    for each in headsets.values():
        each.virtual.restart()
        each.sync()
    stood = {build: settings(server, each) for build, each in headsets.items()}
    held = {build: holds(each) for build, each in headsets.items()}
    unassign(server, assignment)
    let_call(headsets)
    return Happened(
        waiting,
        stood,
        asked,
        held,
        {build: settings(server, each) for build, each in headsets.items()},
        {build: holds(each) for build, each in headsets.items()},
    )


def let_call(headsets: dict[str, Headset]) -> dict[str, set[str]]:
    """Let each headset have its sessions; return what each was asked to set or to take away."""
    asked: dict[str, set[str]] = {build: set() for build in headsets}
    for _ in range(ROUNDS):
        for build, headset in headsets.items():
            report = headset.sync()
            asked[build] |= {each.uri for each in report.commands if each.verb != "get"}
    return asked


def applied(stood: dict[str, Plain]) -> set[str]:
    """Return what was accepted and could not be verified."""
    return {uri for uri, each in stood.items() if each["state"] == "applied"}


def holds(headset: Headset) -> dict[str, str | None]:
    """Return what the headset's own tree holds of each policy."""
    return {name(row): headset.virtual.value(CONFIG + name(row)) for row in SETTINGS}


# --- row by row ---------------------------------------------------------------------------


def test_the_table_has_every_usable_policy() -> None:
    assert len(ROWS) == 147
    assert len(SETTINGS) == 146


@pytest.mark.parametrize("row", SETTINGS, ids=name)
def test_it_is_verified_where_it_is_and_never_sent_where_it_is_not(
    row: Row, happened: Happened
) -> None:
    uri = CONFIG + name(row)
    lacking = [build for build in (OLD, FIRST_BUSINESS, FIRST_DEVELOPMENT) if not has(build, row)]

    assert happened.stood[HAS_ALL][uri]["state"] == "verified", happened.stood[HAS_ALL][uri]
    assert happened.held[HAS_ALL][name(row)] is not None
    assert uri not in happened.stood_after[HAS_ALL]
    assert happened.held_after[HAS_ALL][name(row)] is None
    assert lacking
    for build in lacking:
        assert happened.stood[build][uri]["state"] == "not applicable", build
        assert "not applicable on" in happened.stood[build][uri]["text"]
        assert uri not in happened.asked[build]


def test_what_takes_a_restart_is_not_called_verified_before_it(happened: Happened) -> None:
    policies = {uri.removeprefix(CONFIG) for uri in happened.waiting}

    assert policies == {"MixedReality/HeadTrackingMode", "MixedReality/ConfigureNtpClient"}


@pytest.mark.parametrize("row", SETTINGS, ids=name)
def test_an_older_headset_that_has_it_verifies_it_too(row: Row, happened: Happened) -> None:
    uri = CONFIG + name(row)
    having = [build for build in (OLD, FIRST_BUSINESS) if has(build, row)]

    for build in having:
        assert happened.stood[build][uri]["state"] == "verified", (
            build,
            happened.stood[build][uri],
        )
        assert happened.held_after[build][name(row)] is None


@pytest.fixture(scope="module")
def complaints(server: Server) -> dict[str, Plain]:
    """Ask for every illegal value at once; return what is said of each."""
    wanted = [wish(name(row), values(row, record_of(row))[1]) for row in SETTINGS]
    body = {"name": "illegal", "settings": wanted, "reason": "a journey"}
    answer = server.request("POST", "/api/v1/profiles", body)
    assert answer.status_code == 422, answer.text
    return {each["field"]: each for each in answer.json()["complaints"]}


@pytest.mark.parametrize("row", SETTINGS, ids=name)
def test_an_illegal_value_is_refused_with_what_is_allowed(
    row: Row, complaints: dict[str, Plain]
) -> None:
    number = SETTINGS.index(row)

    found = complaints[f"settings[{number}].value"]

    assert found["message"]
    assert found["allowed"]


def test_an_action_is_no_setting_but_can_be_sent(server: Server) -> None:
    """RemoteLock/Lock stands in the published list of policies."""
    lock = "./Device/Vendor/MSFT/RemoteLock/Lock"
    headset = server.enroll_virtual(HAS_ALL)
    headset.sync()
    body = {"name": "lock", "settings": [{"uri": lock, "value": "1"}], "reason": "a journey"}

    refused = server.request("POST", "/api/v1/profiles", body)
    device = server.device_of(headset)["id"]
    operation = made(server, "POST", f"/devices/{device}/operations", {"verb": "exec", "uri": lock})
    headset.sync()

    assert refused.status_code == 422
    assert "settings[0]" in refused.text
    assert server.operation(device, operation["id"])["state"] == "done"
