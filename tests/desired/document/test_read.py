"""Documents that people write: what they mean, and everything that is wrong with one at once."""

from pathlib import Path
from typing import Final

import pytest
from tests.desired.document.catalogs import shipped

from lenskeep.base.errors import Invalid
from lenskeep.desired.document.nodes import MAX_CHARACTERS, MAX_EVENTS
from lenskeep.desired.document.profile import ProfileDocument, long_form, short_form
from lenskeep.desired.document.read import KEYS, read_document, read_documents
from lenskeep.desired.document.setting import KEYS as SETTING_KEYS
from lenskeep.desired.document.write import write_document
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting

P: Final = "./Device/Vendor/MSFT/Policy/Config/"
WLAN: Final = "./Vendor/MSFT/WiFi/Profile/lab/WlanXml"
HEAD: Final = "lenskeep: profile/1\nname: Ward\nsettings:\n"


def value_of(node: str, written: str) -> str | None:
    document = read_document(f"{HEAD}  - {node}\n    {written}\n", shipped())
    return document.body.settings[0].value


def complaints(text: str, kept: ProfileBody | None = None) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_document(text, shipped(), kept or ProfileBody())
    return {each.field: each.message for each in caught.value.complaints}


def test_a_document_by_hand_is_read() -> None:
    text = (
        "\ufefflenskeep: profile/1   # kind and version\r\n"
        "name: Ward headsets\r\n"
        "description: |\r\n  For wards.\r\n  All of them.\r\n"
        "reason: audit\r\n"
        "drift: report\r\n"
        "settings:\r\n"
        "  - uri: ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera\r\n"
        "    value: false\r\n"
        "    acknowledged: true\r\n"
        "  - {policy: DeviceLock/MinDevicePasswordLength, value: 8, format: int}\r\n"
    )

    document = read_document(text, shipped())

    assert document.name == "Ward headsets"
    assert document.description == "For wards.\nAll of them.\n"
    assert document.reason == "audit"
    assert document.body.drift is Drift.REPORT
    camera, length = document.body.settings
    assert (camera.uri, camera.value, camera.acknowledged) == (
        f"{P}Camera/AllowCamera",
        "0",
        True,
    )
    assert (length.uri, length.value) == (f"{P}DeviceLock/MinDevicePasswordLength", "8")
    assert document.lines == (9, 12)


@pytest.mark.parametrize(
    ("node", "written", "value"),
    [
        ("policy: Camera/AllowCamera", "value: 1", "1"),
        ("policy: Camera/AllowCamera", 'value: "1"', "1"),
        ("policy: Camera/AllowCamera", "value: true", "1"),
        ("policy: Camera/AllowCamera", "value: no", "no"),
        ("policy: DeviceLock/MinDevicePasswordLength", "value: 0x10", "16"),
        ("policy: DeviceLock/MinDevicePasswordLength", "value: 010", "010"),
        ("policy: DeviceLock/MinDevicePasswordLength", "value: true", "true"),
        ("uri: ./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE", "value: False", "false"),
        ("policy: Bluetooth/LocalDeviceName", "value: 1.10", "1.10"),
        ("policy: Bluetooth/LocalDeviceName", "value: 0x10", "0x10"),
        ("policy: Bluetooth/LocalDeviceName", "value: on", "on"),
        ("policy: Bluetooth/LocalDeviceName", "value: true", "true"),
        ("policy: Bluetooth/LocalDeviceName", "value: 1:30", "1:30"),
        ("policy: Bluetooth/LocalDeviceName", "value: 2026-11-23", "2026-11-23"),
        ("policy: Bluetooth/LocalDeviceName", "value: ~", None),
        ("policy: Bluetooth/LocalDeviceName", "acknowledged: false", None),
        ("policy: DeliveryOptimization/DOCacheHost", "value: [a.com, 10.0.0.7]", "a.com,10.0.0.7"),
        ("policy: Privacy/LetAppsAccessCamera_ForceAllowTheseApps", "value: [a, b]", "a;b"),
        (
            "policy: Power/StandbyTimeoutOnBattery",
            "admx: {enabled: true, EnterDCStandbyTimeOut: 300}",
            '<enabled/><data id="EnterDCStandbyTimeOut" value="300"/>',
        ),
        ("policy: Power/StandbyTimeoutOnBattery", "admx: {enabled: false}", "<disabled/>"),
        ("policy: Power/StandbyTimeoutOnBattery", 'value: "<disabled />"', "<disabled />"),
        (
            "policy: ADMX_DeviceInstallation/DeviceInstall_Removable_Deny",
            "admx: {enabled: true, DenyRemovableDevices: true}",
            '<enabled/><data id="DenyRemovableDevices" value="1"/>',
        ),
        (
            "policy: DeviceInstallation/AllowInstallationOfMatchingDeviceIDs",
            "admx: {enabled: true, DeviceInstall_IDs_Allow_List: ['USB\\A', \"B&\"]}",
            '<enabled/><data id="DeviceInstall_IDs_Allow_List"'
            ' value="1\uf000USB\\A\uf0002\uf000B&amp;"/>',
        ),
        ("uri: ./Vendor/MSFT/Nobody/Knows", "value: 0x10", "0x10"),
    ],
)
def test_the_nodes_format_decides_what_a_word_means(
    node: str, written: str, value: str | None
) -> None:
    assert value_of(node, written) == value


def test_everything_wrong_is_said_at_once_with_place_and_line() -> None:
    text = (
        "lenskeep: profile/2\n"
        "nam: x\n"
        "drift: fix\n"
        "settings:\n"
        "  - polcy: a\n"
        "  - policy: Camera/AllowCamera\n"
        "    vlaue: 1\n"
        "    value: [1, 2]\n"
        "    acknowledged: yes\n"
        "  - 5\n"
        "  - policy: Camera/AllowCamera\n"
        "    admx: {enabled: true}\n"
        "  - uri: Vendor\n"
        "    format: integer\n"
    )

    found = complaints(text)

    assert {field: message.partition(":")[0] for field, message in found.items()} == {
        "lenskeep": "line 1",
        "nam": "line 2",
        "name": "line 1",
        "drift": "line 3",
        "settings[0].polcy": "line 5",
        "settings[0].uri": "line 5",
        "settings[1].vlaue": "line 7",
        "settings[1].value": "line 8",
        "settings[1].acknowledged": "line 9",
        "settings[2]": "line 10",
        "settings[3].admx": "line 12",
        "settings[3].uri": "line 11",
        "settings[4].uri": "line 13",
        "settings[4].format": "line 14",
    }


def test_a_mistyped_key_is_told_the_one_that_was_meant() -> None:
    with pytest.raises(Invalid) as caught:
        read_document(HEAD + "  - policy: Camera/AllowCamera\n    vlaue: 1\n", shipped())

    assert [each.allowed for each in caught.value.complaints] == ["value?"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("a: 1\n---\nb: 2\n", "it holds 2 documents"),
        ("a: &x 1\nb: *x\n", "line 1: anchors"),
        ("a: 1\nb: *x\n", "line 2: anchors"),
        ("a: !!python/object:os.system 1\n", "line 1: tags"),
        ("a: !secret 1\n", "line 1: tags"),
        ("%YAML 1.1\n---\na: no\n", "line 2: directives"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is there twice, first in line 1"),
        ("a: 1\n\tb: 2\n", "this is not YAML"),
        ("a: 'x\n", "line 2: this is not YAML"),
        ("a: \x00\n", "characters that YAML does not allow"),
        ("%YAML 1.3\n---\na: 1\n", "YAML of no known version"),
        ('a: "\\ud800"\n', "line 1: half a character"),
        ("[" * 100, "nested too deeply"),
        ("[" + "1," * MAX_EVENTS + "]", "there is too much in it"),
        ("#" * (MAX_CHARACTERS + 1), "characters"),
        ("- a\n", "line 1: it is no profile"),
        ("? [a, b]\n: 1\n", "line 1: a key is more than a word"),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str, says: str) -> None:
    assert says in complaints(text)["document"]


def test_a_bomb_of_aliases_costs_nothing() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: [*a, *a]\n" for n in range(1000))

    assert "line 1: anchors" in complaints(bomb)["document"]


def test_no_value_stands_in_a_complaint() -> None:
    text = HEAD + f"  - uri: {WLAN}\n    value: [hunter2]\n  - uri: {WLAN}\n    secret: hunter2\n"

    assert "hunter2" not in repr(complaints(text))
    assert "hunter2" not in str(complaints(HEAD + f"  - uri: {WLAN}\n    value: 'hunter2\n"))


def test_a_secret_that_was_left_out_is_kept_or_asked_for() -> None:
    body = ProfileBody((ProfileSetting(WLAN, "<hunter2/>"),))
    text = write_document(ProfileDocument("Ward", body=body), shipped(), secrets=False)

    assert "hunter2" not in text
    assert read_document(text, shipped(), body).body == body
    assert "left out" in complaints(text)["settings[0].secret"]
    assert read_documents(text, shipped(), {"Ward": body})[0].body == body
    with pytest.raises(Invalid):
        read_documents(text, shipped(), {"Other": body})


def test_a_secret_and_a_value_are_one_too_many() -> None:
    text = HEAD + f"  - uri: {WLAN}\n    secret: true\n    value: x\n"

    assert "said twice" in complaints(text)["settings[0].value"]


def test_admx_says_whether_it_is_enabled_and_carries_nothing_when_it_is_not() -> None:
    node = HEAD + "  - policy: Power/StandbyTimeoutOnBattery\n    admx: "

    assert "settings[0].admx" in complaints(node + "{Id: 1}\n")
    assert "settings[0].admx" in complaints(node + "5\n")
    assert "settings[0].admx" in complaints(node + "{enabled: false, Id: 1}\n")
    assert "settings[0].admx.Id" in complaints(node + "{enabled: true, Id: }\n")
    assert "settings[0].admx.enabled" in complaints(node + "{enabled: maybe}\n")
    assert "settings[0].admx" in complaints(node + '{enabled: true, Id: "\\0"}\n')


def test_several_documents_are_told_apart_in_complaints() -> None:
    good = "lenskeep: profile/1\nname: One\n"
    with pytest.raises(Invalid) as caught:
        read_documents(f"{good}---\n{good}---\nlenskeep: profile/1\n", shipped())

    fields = [each.field for each in caught.value.complaints]
    assert fields == ["documents[1].name", "documents[2].name"]


def test_a_written_document_names_settings_by_their_title_and_has_its_header() -> None:
    body = ProfileBody((ProfileSetting(f"{P}Wifi/AllowWiFi", "0", acknowledged=True),))

    text = write_document(
        ProfileDocument("Ward", body=body), shipped(), header=("revision 3\nby ada",)
    )

    assert text == (
        "# revision 3 by ada\n"
        "lenskeep: profile/1\n"
        "name: Ward\n"
        "drift: correct\n"
        "settings:\n"
        "  # Wi-Fi\n"
        "  - policy: Wifi/AllowWiFi\n"
        "    value: 0\n"
        "    acknowledged: true\n"
    )


def test_the_short_form_stands_for_exactly_one_address() -> None:
    assert short_form(f"{P}Camera/AllowCamera") == "Camera/AllowCamera"
    assert short_form("./Vendor/MSFT/Policy/Config/Camera/AllowCamera") == ""
    assert short_form(f"{P}Camera/Allow%20Camera") == ""
    assert long_form("Camera/AllowCamera") == f"{P}Camera/AllowCamera"
    assert long_form("Camera") == ""


PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "profile-documents.md"


def test_the_example_of_the_page_is_read_and_is_what_would_be_written() -> None:
    text = PAGE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    secret = ProfileBody((ProfileSetting("./Vendor/MSFT/WiFi/Profile/Ward%207/WlanXml", "<a/>"),))

    document = read_document(text, shipped(), secret)

    assert len(document.body.settings) == 6
    assert write_document(document, shipped(), secrets=False) == text


def test_the_page_tells_every_key() -> None:
    text = PAGE.read_text("utf-8")

    assert [each for each in (*KEYS, *SETTING_KEYS) if f"| `{each}` |" not in text] == []
