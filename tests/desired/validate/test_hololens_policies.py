"""Every policy that a HoloLens 2 has: a legal value is accepted, an illegal one refused.

Driven by the published table, which lies beside the project only in some workplaces. The catalog
is built from the descriptions there.
"""

import csv
from pathlib import Path
from typing import Final

import pytest

from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.builds import has_hololens_build
from lenskeep.desired.inventory import HOLOLENS_2
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.content.admx import PARTS
from lenskeep.desired.validate.finding import Setting
from lenskeep.desired.validate.values import matches
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.catalog.sources.build import build_catalog
from lenskeep.tree.catalog.sources.overlay import OverlayFiles, read_overlay
from lenskeep.tree.operation import Verb

Row = dict[str, str]

DATA: Final = Path(__file__).parents[3].parent / "shared" / "data"
TABLE: Final = DATA / "hololens_policies.csv"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not TABLE.is_file(), reason="the published tables are not here"),
]


def table() -> list[Row]:
    if not TABLE.is_file():
        return []
    rows = csv.DictReader(TABLE.read_text(encoding="utf-8-sig").splitlines())
    return [each for each in rows if each["hololens2"] == "yes"]


ROWS: Final = table()
IDS: Final = [f"{each['area']}/{each['policy']}" for each in ROWS]
BUILDS: Final = ("18362.1039", "19041.1128", "20346.1002", "20348.1528", "22621.1244")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    files = {path.name: path.read_bytes() for path in (DATA / "ddf").glob("*.xml")}
    own = OverlayFiles(
        policies=TABLE.read_bytes(),
        csps=(DATA / "hololens_csps.csv").read_bytes(),
        supplement=(DATA / "hololens_supplement.jsonl").read_bytes(),
    )
    return load_catalog(build_catalog(files, read_overlay(own)))


def address(row: Row) -> str:
    if row["area"] == "RemoteLock":
        return "./Device/Vendor/MSFT/RemoteLock/Lock"
    return f"./Device/Vendor/MSFT/Policy/Config/{row['area']}/{row['policy']}"


FAMILY: Final = "Contoso.Inspect_8wekyb3d8bbwe"
RESTART: Final = (
    '<ForceRestart StartDateTime="2026-03-31T22:00:00" Recurrence="Daily"'
    ' RunIfTaskIsMissed="true"/>'
)
OWNERS: Final = (
    '<GroupConfiguration><accessgroup desc="Device Owners"><group action="U"/>'
    '<add member="AzureAD\\eve@contoso.com"/></accessgroup></GroupConfiguration>'
)
TEXTS: Final = {
    "ScheduleForceRestartForUpdateFailures": (RESTART, "<Restart/>"),
    "PreferredAadTenantDomainName": ("contoso.com", "contoso"),
    "LocalDeviceName": ("Lens 7", " "),
    "DOCacheHost": ("cache.contoso.com,10.0.0.7", "http://cache.contoso.com/"),
    "Configure": (OWNERS, "Device Owners"),
    "AutoLogonUser": ("kiosk@contoso.com", "kiosk"),
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
    name = row["policy"]
    if name in TEXTS:
        return TEXTS[name]
    if name.endswith("TheseApps"):
        return f"{FAMILY};{FAMILY}", "Contoso.Inspect"
    match record.allowed.kind:
        case Kind.ENUM:
            return record.allowed.values[-1], "77"
        case Kind.RANGE:
            low, high = record.allowed.ranges[0]
            return str(high), str(high + 1) if high < 2**32 - 1 else str(low - 1)
        case Kind.ADMX:
            parts = PARTS.get(f"{row['area']}/{name}".casefold(), ())
            data = "".join(
                f'<data id="{each.id}" value="{DATA_OF.get(each.id, "1")}"/>' for each in parts
            )
            return f"<enabled/>{data}", "60"
    raise AssertionError(f"no value is known for {record.uri}: {record.allowed}")


def test_the_table_has_every_usable_policy() -> None:
    assert len(ROWS) == 147


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_legal_value_is_accepted_and_an_illegal_one_refused(row: Row, catalog: Catalog) -> None:
    uri = address(row)
    match = catalog.match(uri)
    assert match is not None
    if row["area"] == "RemoteLock":
        assert validate(catalog, Setting(uri, None, Verb.EXEC)).is_accepted
        assert validate(catalog, Setting(uri, "now", Verb.EXEC)).refusals
        return
    legal, illegal = values(row, match.record)

    accepted = validate(catalog, Setting(uri, legal), {})
    rejected = validate(catalog, Setting(uri, illegal), {})

    assert accepted.refusals == ()
    assert accepted.require().format is match.record.format
    assert rejected.wire is None
    assert all(each.field == "value" and each.allowed for each in rejected.refusals)


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_it_applies_from_its_documented_build_on_and_not_before(row: Row, catalog: Catalog) -> None:
    match = catalog.match(address(row))
    assert match is not None

    for build in BUILDS:
        answer = applies(match.record, DeviceFacts(HOLOLENS_2, 0x88, build))

        has = has_hololens_build(build, row["min_build"])
        assert answer.verdict is (Verdict.YES if has else Verdict.NO), (build, answer)
        assert has or f"needs {row['min_build']} or later" in answer.reason


def test_every_pattern_of_the_catalog_can_be_tried(catalog: Catalog) -> None:
    unusable = {
        record.uri
        for record in catalog
        if record.allowed.pattern and matches(record.allowed.pattern, "x") is None
    }

    assert unusable == set()


@pytest.mark.parametrize("value", [None, "", "1", "true", "<a/>", "x" * 5000, "\uf000;,|"])
def test_no_node_of_the_catalog_breaks_the_check(value: str | None, catalog: Catalog) -> None:
    for record in catalog:
        findings = validate(catalog, Setting(record.uri, value), {}, DeviceFacts(HOLOLENS_2))

        assert (findings.wire is None) is bool(findings.refusals)


def test_the_published_baseline_passes_but_for_its_trap_and_its_gaps(catalog: Catalog) -> None:
    rows = csv.DictReader((DATA / "hololens_baseline.csv").read_text("utf-8-sig").splitlines())
    whole = [each for each in rows if "{" not in each["oma_uri"] and "<" not in each["value"]]

    refused = {
        each["oma_uri"].rpartition("/")[2]
        for each in whole
        if validate(catalog, Setting(each["oma_uri"], each["value"])).refusals
    }

    assert len(whole) > 60
    assert refused == {"DisplayOffTimeoutPluggedIn"}  # 60, where it has to be an ADMX value
