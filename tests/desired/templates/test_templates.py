"""Templates: valid to the last value, safe to start from, and told apart by stable ids."""

import base64
import csv
import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.desired.document.catalogs import shipped

from lenskeep.base.errors import Invalid, Missing
from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.changes import ChangeKind, changes
from lenskeep.desired.document.profile import ProfileDocument
from lenskeep.desired.document.read import read_document
from lenskeep.desired.document.write import write_document
from lenskeep.desired.guard.lockout import lockouts
from lenskeep.desired.inventory import HOLOLENS_2
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.templates.blank import NO, YES
from lenskeep.desired.templates.documents import admx
from lenskeep.desired.templates.every import template, templates
from lenskeep.desired.templates.template import Template
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.finding import Setting, Weight
from lenskeep.tree.uri import node_key

DATA: Final = Path(__file__).parents[3].parent / "shared" / "data"
PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "templates.md"
M: Final = "./Device/Vendor/MSFT/"
P: Final = f"{M}Policy/Config/"
TENANT: Final = "11111111-2222-3333-4444-555555555555"
WLAN: Final = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"><name>Ward 7</name>'
    "<SSIDConfig><SSID><name>Ward 7</name></SSID></SSIDConfig><connectionType>ESS</connectionType>"
    "<connectionMode>auto</connectionMode><MSM><security><authEncryption>"
    "<authentication>open</authentication><encryption>none</encryption><useOneX>false</useOneX>"
    "</authEncryption></security></MSM></WLANProfile>"
)


@cache
def certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Contoso")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(400))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def answers(wanted: Template) -> dict[str, str]:
    """Return an answer to everything, yes to every question."""
    given = {each.name: each.example for each in wanted.blanks}
    der = certificate()
    for each in given:
        if each.endswith("_thumbprint"):
            given[each] = hashlib.sha1(der).hexdigest()
        elif each.endswith("_certificate"):
            given[each] = base64.b64encode(der).decode()
        elif each == "wlan_profile":
            given[each] = WLAN
    return given


def problems(body: ProfileBody) -> list[str]:
    return [
        f"{each.uri}: {found.problem}"
        for each in body.settings
        for found in validate(shipped(), Setting(each.uri, each.value, format=each.format)).refusals
    ]


EVERY: Final = pytest.mark.parametrize("wanted", templates(), ids=lambda each: each.id)


def test_ids_are_distinct_and_stay() -> None:
    assert [each.id for each in templates()] == [
        "baseline-standard",
        "baseline-advanced",
        "cloud-connected",
        "corporate-connected",
        "offline-secure",
        "restricted-network",
        "isolated-lan",
        "moving-platform",
        "kiosk-apps",
        "lending",
        "exhibition",
        "common-restrictions",
        "update-ring",
        "storage",
        "new-user-speed",
        "shared-account",
        "peripheral-lock",
    ]
    assert template("lending").title == "Headsets lent to others"
    with pytest.raises(Missing):
        template("nobody")


@EVERY
def test_every_value_is_valid_when_everything_is_filled_in(wanted: Template) -> None:
    body = wanted.fill(answers(wanted))

    assert len(body.settings) == len(wanted.settings)
    assert problems(body) == []
    assert wanted.left_out(answers(wanted)) == ()


@EVERY
def test_with_nothing_filled_in_the_rest_is_valid_and_what_is_missing_is_said(
    wanted: Template,
) -> None:
    body = wanted.fill()

    assert problems(body) == []
    assert len(body.settings) + len(wanted.left_out()) == len(wanted.settings)
    assert not any("${" in f"{each.uri}{each.value}" for each in body.settings)
    assert all(each.because for each in wanted.left_out())


@EVERY
def test_nothing_is_acknowledged_and_nothing_severs_without_a_yes(wanted: Template) -> None:
    body = wanted.fill()

    assert not any(each.acknowledged for each in wanted.fill(answers(wanted)).settings)
    assert body.get(f"{P}Wifi/AllowWiFi") is None
    assert body.get(f"{M}TenantLockdown/RequireNetworkInOOBE") is None


@EVERY
def test_each_node_is_set_once_and_every_blank_is_used_and_known(wanted: Template) -> None:
    names = {each.name for each in wanted.blanks}
    used = {name for each in wanted.settings for name in (*each.needs, each.when) if name}
    keys = [each.key for each in wanted.fill(answers(wanted)).settings]

    assert names == used
    assert len(names) == len(wanted.blanks)
    assert len(set(keys)) == len(keys)


@EVERY
def test_examples_and_defaults_are_answers_that_are_taken(wanted: Template) -> None:
    for each in wanted.blanks:
        for answer in (each.example, each.default, *each.choices):
            refusals = [found for found in each.wrong(answer) if found.weight is Weight.REFUSED]
            assert not answer or refusals == [], each.name
        assert each.title
        assert each.explanation


@EVERY
def test_everything_in_it_is_there_from_its_first_build_on(wanted: Template) -> None:
    build = wanted.needs.first_build or "18362.1039"
    insider = {"shared-account", "exhibition"}
    facts = DeviceFacts(HOLOLENS_2, 0x88, build)

    for each in wanted.fill(answers(wanted)).settings:
        match = shipped().match(each.uri)
        assert match is not None
        verdict = applies(match.record, facts).verdict
        is_insider = wanted.id in insider and "MixedReality/Configure" in each.uri
        assert verdict is not Verdict.NO or is_insider, each.uri


@EVERY
def test_it_survives_the_way_through_a_document(wanted: Template) -> None:
    body = wanted.fill(answers(wanted))

    text = write_document(ProfileDocument(wanted.title, wanted.summary, body=body), shipped())

    assert read_document(text, shipped()).body == body


@EVERY
def test_what_can_lock_out_says_how(wanted: Template) -> None:
    body = wanted.fill(answers(wanted))

    dangerous = {each.key for each in lockouts((s.uri, s.value) for s in body.settings)}

    dangerous |= {node_key(f"{M}AssignedAccess/Configuration"), node_key(f"{P}Wifi/AllowWiFi")}
    told = {
        setting.key: bool(each.trap)
        for setting, each in zip(body.settings, wanted.settings, strict=True)
    }
    assert [key for key in told if key in dangerous and not told[key]] == []


def test_the_baselines_name_the_traps_of_the_published_values() -> None:
    told = {uri.rpartition("/")[2] for uri, _ in template("baseline-advanced").traps}

    assert told >= {
        "AllowAllTrustedApps",
        "AllowUSBConnection",
        "AllowAddProvisioningPackage",
        "AllowManualWiFiConfiguration",
        "MaxDevicePasswordFailedAttempts",
        "RequireNetworkInOOBE",
        "Policy",
    }


def test_an_answer_is_put_into_addresses_encoded_and_into_documents_escaped() -> None:
    given = {"ssid": "Ward & <7>", "wifi_key": "a<b&c>d\"e'"}

    (wifi,) = [
        each for each in template("cloud-connected").fill(given).settings if "WiFi" in each.uri
    ]

    assert wifi.uri == f"{M}WiFi/Profile/Ward%20%26%20%3C7%3E/WlanXml"
    assert problems(ProfileBody((wifi,))) == []
    assert "<keyMaterial>a&lt;b&amp;c&gt;d" in (wifi.value or "")


def test_wrong_answers_are_told_all_at_once_and_secrets_are_not_repeated() -> None:
    with pytest.raises(Invalid) as caught:
        template("cloud-connected").fill({"ssid": "x" * 33, "wifi_key": "hunt2", "sid": "y"})

    assert [each.field for each in caught.value.complaints] == ["ssid", "wifi_key", "sid"]
    assert caught.value.complaints[2].allowed == "ssid"
    assert "hunt2" not in str(caught.value)


def test_spaces_around_an_answer_are_cut_but_for_those_of_a_secret() -> None:
    given = {"ssid": " Ward ", "wifi_key": " padded key "}

    wifi = template("cloud-connected").fill(given).settings[0]

    assert wifi.uri.endswith("/Profile/Ward/WlanXml")
    assert "<keyMaterial> padded key </keyMaterial>" in (wifi.value or "")


def test_a_question_takes_yes_and_no_alone() -> None:
    restrictions = template("common-restrictions")

    assert restrictions.fill({"wifi_off": YES}).get(f"{P}Wifi/AllowWiFi") is not None
    assert restrictions.fill({"wifi_off": NO}).get(f"{P}Wifi/AllowWiFi") is None
    assert restrictions.fill({"wifi_off": " "}).get(f"{P}Wifi/AllowWiFi") is None
    with pytest.raises(Invalid):
        restrictions.fill({"wifi_off": "maybe"})


def test_what_is_left_out_names_the_question_or_the_blank() -> None:
    because = {each.uri: each.because for each in template("baseline-standard").left_out()}

    assert because[f"{M}TenantLockdown/RequireNetworkInOOBE"] == (
        "Enrolled by Windows Autopilot: no"
    )
    assert because[f"{M}PassportForWork/${{tenant_id}}/Policies/EnablePinRecovery"] == (
        "not filled in: Microsoft Entra tenant"
    )


def test_the_display_of_the_baselines_is_what_a_headset_obeys_and_standby_is_equal() -> None:
    body = template("baseline-standard").fill()

    display = body.get(f"{P}Power/DisplayOffTimeoutPluggedIn")
    standby = body.get(f"{P}Power/StandbyTimeoutPluggedIn")
    assert display is not None
    assert standby is not None
    assert display.value == '<enabled/><data id="EnterVideoACPowerDownTimeOut" value="60"/>'
    assert standby.value == '<enabled/><data id="EnterACStandbyTimeOut" value="60"/>'


def test_a_template_is_compared_with_a_profile_like_two_revisions() -> None:
    wanted = template("moving-platform").fill()
    uri = f"{P}MixedReality/ConfigureMovingPlatform"

    assert changes(wanted, wanted, shipped()) == ()
    (change,) = changes(ProfileBody((ProfileSetting(uri, "1"),)), wanted, shipped())
    assert (change.kind, change.before, change.after) == (ChangeKind.CHANGED, "1", "2")


def test_ids_of_allowed_devices_become_a_numbered_list() -> None:
    body = template("peripheral-lock").fill({"device_ids": "USB\\A; USB\\B;"})

    assert body.settings[-1].value == admx(
        DeviceInstall_IDs_Allow_List="1\uf000USB\\A\uf0002\uf000USB\\B"
    )


# --- The page and the published table -------------------------------------------------------------


def test_the_page_tells_every_template_and_no_other() -> None:
    told = [
        line.split("`")[1]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("## `")
    ]

    assert told == [each.id for each in templates()]


@EVERY
def test_the_page_tells_everything_of_a_template(wanted: Template) -> None:
    text = PAGE.read_text("utf-8")
    chapter = text.partition(f"## `{wanted.id}`")[2].partition("\n## ")[0]
    names = {each.uri.removeprefix(P).removeprefix(M) for each in wanted.settings}
    named = {each.replace("${", "{") for each in names}

    assert {each for each in named if f"`{each}`" not in chapter} == set()
    told = (*(trap for _, trap in wanted.traps), *wanted.warnings, wanted.summary)
    assert [each for each in told if each not in chapter] == []
    plain = [each for each in wanted.settings if re.fullmatch("[0-9a-z]+", each.value or "")]
    rows = [f"| `{each.uri.removeprefix(P).removeprefix(M)}` | `{each.value}` |" for each in plain]
    shown = [each.replace("${", "{") for each in rows]
    assert [each for each in shown if each not in chapter] == []


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the published tables are not here")
@pytest.mark.parametrize("tier", ["standard", "advanced"])
def test_the_baselines_are_those_published_but_for_the_display(tier: str) -> None:
    table = (DATA / "hololens_baseline.csv").read_text("utf-8-sig").splitlines()
    rows = [each for each in csv.DictReader(table) if each["tier"] == tier]
    wanted = template(f"baseline-{tier}")
    body = wanted.fill(answers(wanted))
    known = {each.key: each for each in body.settings}

    told: dict[str, str | None] = {}
    for each in rows:
        uri = each["oma_uri"].replace("{TenantId}", TENANT).replace("{PolicyGUID}", TENANT)
        key = ProfileSetting(uri).key
        if key.endswith(f"applicationcontrol/policies/{TENANT}"):
            continue  # no server may write it: the policy below makes it
        setting = known.pop(key)
        told[each["oma_uri"]] = setting.value
        is_blank = each["value"].startswith(("_", "<"))
        if not is_blank and "DisplayOff" not in uri:
            assert setting.value == each["value"], uri

    assert len(told) == {"standard": 39, "advanced": 68}[tier]
    assert [each.uri for each in known.values()] == [f"{P}Power/StandbyTimeoutPluggedIn"]
