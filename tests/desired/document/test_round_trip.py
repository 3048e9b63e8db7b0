"""What is written is read back as it was: legal values of every policy, and hostile texts."""

import csv
import string
from importlib import resources
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.desired.document.catalogs import shipped

from lenskeep.base.errors import Invalid
from lenskeep.desired.document.nodes import read_nodes
from lenskeep.desired.document.profile import ProfileDocument
from lenskeep.desired.document.read import read_document, read_documents
from lenskeep.desired.document.write import write_document, write_documents
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.content.admx import PARTS
from lenskeep.desired.validate.finding import Setting
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.value import Format

P: Final = "./Device/Vendor/MSFT/Policy/Config/"
HOSTILE: Final = (
    *("no", "on", "1.10", "0x10", "0o17", "1_000", "1:30", "~", "null", "true", "True", ".inf"),
    *("", " ", "\n", "a\n", "a\n\n", "a\nb", "a\nb\n\n\n", "\na", " a\nb", "a\n b", "a\n \nb"),
    *("a\r\nb", "a\tb", "\ta", "a\n\tb", "- a", "a: b", "a #b", "#a", "'", '"', "\\", "%a", "@a"),
    *(
        "<<",
        "...",
        "---",
        "a\n---\nb",
        "a\n...\nb",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "|",
        ">",
        "?",
        "{",
    ),
    *("\u0085", "a\u2028b", "\ufeff", "\xa0", "\U0001f453", "\uf000", "1\uf000a", "\x7f", "é\nß"),
    *("2026-11-23", "=", "a ", "a\nb ", "[1, 2]", "a,b", "y", "N", "Off", "0", "-0", "007", "+1"),
)


def policies() -> list[str]:
    """Return `Area/Name` of every policy that a HoloLens 2 has."""
    table = resources.files("lenskeep.tree") / "data" / "hololens_policies.csv"
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    names = [f"{each['area']}/{each['policy']}" for each in rows if each["hololens2"] == "yes"]
    return [each for each in names if not each.startswith("RemoteLock/")]


FAMILIES: Final = "Contoso.Inspect_8wekyb3d8bbwe;Contoso.Guide_8wekyb3d8bbwe"
TEXTS: Final = {
    "ScheduleForceRestartForUpdateFailures": '<ForceRestart StartDateTime="2026-03-31T22:00:00"'
    ' Recurrence="Daily" RunIfTaskIsMissed="true"/>',
    "PreferredAadTenantDomainName": "contoso.com",
    "LocalDeviceName": "Lens 7",
    "DOCacheHost": "cache.contoso.com,10.0.0.7",
    "Configure": '<GroupConfiguration>\n  <accessgroup desc="Device Owners">\n'
    '    <group action="U"/>\n    <add member="AzureAD\\eve@contoso.com"/>\n'
    "  </accessgroup>\n</GroupConfiguration>\n",
    "AutoLogonUser": "kiosk@contoso.com",
    "PageVisibilityList": "showonly:network-wifi;workplace",
    "ConfigureTimeZone": "W. Europe Standard Time",
}
DATA: Final = {
    "W32TIME_NtpServer": "time.windows.com,0x9",
    "W32TIME_Type": "NTP",
    "DeviceInstall_IDs_Allow_List": "1&#xF000;USB\\VID_045E&#xF000;2&#xF000;USB\\VID_046D",
}


def legal(policy: str, record: Record) -> list[str]:
    """Return legal values of a policy, every choice where there are choices."""
    name = policy.partition("/")[2]
    if name in TEXTS:
        return [TEXTS[name]]
    if name.endswith("TheseApps"):
        return [FAMILIES, FAMILIES.partition(";")[0]]
    if record.allowed.kind is Kind.ENUM:
        return list(record.allowed.values)
    if record.allowed.kind is Kind.RANGE:
        return [str(each) for span in record.allowed.ranges for each in span]
    parts = PARTS.get(policy.casefold(), ())
    plain = "".join(f'<data id="{each.id}" value="{DATA.get(each.id, "1")}"/>' for each in parts)
    written = plain.replace("&#xF000;", "\uf000")
    return ["<disabled/>", f"<enabled/>{plain}", f"<enabled/>{written}", f"<enabled />\n{plain}"]


def there_and_back(body: ProfileBody) -> ProfileBody:
    text = write_document(ProfileDocument("A profile", body=body), shipped())
    return read_document(text, shipped()).body


def test_the_table_has_every_policy_but_the_lock() -> None:
    assert len(policies()) == 146


@pytest.mark.parametrize("policy", policies())
def test_legal_values_of_every_policy_come_back_as_they_were(policy: str) -> None:
    match = shipped().match(P + policy)
    assert match is not None

    for value in legal(policy, match.record):
        body = ProfileBody((ProfileSetting(P + policy, value),))
        assert validate(shipped(), Setting(P + policy, value)).is_accepted
        assert there_and_back(body) == body


NODES: Final = (
    P + "Camera/AllowCamera",
    P + "Settings/PageVisibilityList",
    P + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps",
    P + "Power/StandbyTimeoutOnBattery",
    P + "DeviceInstallation/AllowInstallationOfMatchingDeviceIDs",
    P + "Nobody~Knows~This/Policy",
    "./Vendor/MSFT/WiFi/Profile/guest%20net/WlanXml",
    "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE",
    "./User/Vendor/MSFT/Nothing/Known: #here",
    "./Device/Vendor/MSFT/ApplicationControl/Policies/{x}/Policy",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_words_come_back_as_they_were_on_every_kind_of_node(value: str) -> None:
    uris = [each for each in NODES if "here" not in each]
    admx = f'<enabled/><data id="x" value="{value.strip()}"/>'
    values = [admx if "Power" in each else value for each in uris]
    body = ProfileBody(tuple(map(ProfileSetting, uris, values)), Drift.REPORT)
    document = ProfileDocument("Ward", value, value, body)

    read = read_document(write_document(document, shipped()), shipped())

    assert read == document


SAFE: Final = st.characters(exclude_categories=["Cs"])
ODD: Final = st.text(st.sampled_from(" \n\t\r:#-'\"&*!|>%@`{}[],?~\\aé0\u2028\ufeff\uf000;<"))
VALUES: Final = st.one_of(
    st.none(), st.text(SAFE), ODD, st.sampled_from(HOSTILE), st.integers().map(str)
)
SETTINGS: Final = st.builds(
    ProfileSetting,
    uri=st.sampled_from([each for each in NODES if "here" not in each])
    | st.text(string.ascii_letters + "{}%.-~'&!:,[]", min_size=3).map("./Vendor/MSFT/{}".format),
    value=VALUES,
    format=st.none() | st.sampled_from(Format),
    acknowledged=st.booleans(),
)
BODIES: Final = st.builds(
    ProfileBody,
    st.lists(SETTINGS, max_size=6, unique_by=lambda each: each.key).map(tuple),
    st.sampled_from(Drift),
)


@settings(max_examples=60, deadline=None)
@given(BODIES)
@example(ProfileBody())
@example(ProfileBody((ProfileSetting(P + "Camera/AllowCamera", "007"),)))
def test_any_body_comes_back_as_it_was(body: ProfileBody) -> None:
    assert there_and_back(body) == body


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(SAFE, min_size=1, max_size=8), st.text(SAFE, max_size=8)))
def test_admx_data_comes_back_as_it_was(data: dict[str, str]) -> None:
    from lenskeep.desired.document.admx import admx_value

    value = admx_value(data)
    body = ProfileBody((ProfileSetting(P + "Power/StandbyTimeoutOnBattery", value),))

    assert there_and_back(body) == body


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab:- \n#'\"|>&*!%{}[],?\t\\\x00\ud800é0.<")))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_documents(text, shipped())
    except Invalid as invalid:
        raised = invalid.complaints
        assert raised


def test_the_same_profile_gives_the_same_text_and_several_go_in_one() -> None:
    first = ProfileDocument("One", body=ProfileBody((ProfileSetting(NODES[0], "1"),)))
    second = ProfileDocument("Two", "of two", "why not", ProfileBody(drift=Drift.REPORT))

    text = write_documents((first, second), shipped())

    assert write_documents((first, second), shipped()) == text
    assert read_documents(text, shipped()) == (first, second)
    assert len(read_nodes(text)) == 2
