"""What is filled in is exactly what goes on the wire, and comes back into the same fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.console.profiles.controls.test_control import MSFT, POLICY, catalog, control

from lenskeep.web.console.profiles.controls.admx import ABSENT, Fields
from lenskeep.web.console.profiles.controls.control import Control, Shape, control_for
from lenskeep.web.console.profiles.controls.fields import fields_of, first_value, text_of
from lenskeep.web.console.profiles.controls.spoken import spoken

NTP = POLICY + "MixedReality/ConfigureNtpClient"
IDS = POLICY + "DeviceInstallation/AllowInstallationOfMatchingDeviceIDs"
FLAGS = MSFT + "DMClient/Provider/x/FirstSyncStatus/BlockInStatusPage"


@pytest.mark.parametrize(
    ("uri", "fields", "wire"),
    [
        (POLICY + "Wifi/AllowWiFi", {"v": ("1",)}, "1"),
        (POLICY + "Wifi/AllowWiFi", {}, "0"),
        (MSFT + "TenantLockdown/RequireNetworkInOOBE", {}, "false"),
        (POLICY + "Privacy/LetAppsAccessCamera", {"v": ("2",)}, "2"),
        (FLAGS, {"v": ("0x1", "0x4")}, "5"),
        (FLAGS, {}, "0"),
        (POLICY + "Update/ActiveHoursStart", {"v": ("17",)}, "17"),
        (
            POLICY + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps",
            {"v": ("Contoso.A_8wekyb3d8bbwe", "", "Contoso.B_8wekyb3d8bbwe", "")},
            "Contoso.A_8wekyb3d8bbwe;Contoso.B_8wekyb3d8bbwe",
        ),
        (MSFT + "AssignedAccess/Configuration", {"v": ("<a>\r\n</a>",)}, "<a>\n</a>"),
        (MSFT + "ApplicationControl/Policies/x/Policy", {"v": ("BwAAAA==",)}, "BwAAAA=="),
        (NTP, {"s": ("disabled",), "d.W32TIME_Type": ("NTP",)}, "<disabled/>"),
        (NTP, {"s": (ABSENT,)}, None),
        (
            NTP,
            {
                "s": ("enabled",),
                "d.W32TIME_NtpServer": ('a"b<c>,0x9',),
                "d.W32TIME_Type": ("NTP",),
                "d.W32TIME_SpecialPollInterval": ("",),
            },
            '<enabled/><data id="W32TIME_NtpServer" value="a&quot;b&lt;c&gt;,0x9"/>'
            '<data id="W32TIME_Type" value="NTP"/>',
        ),
        (
            IDS,
            {"s": ("enabled",), "d.DeviceInstall_IDs_Allow_List": ("USB\\A", "", "USB\\B")},
            '<enabled/><data id="DeviceInstall_IDs_Allow_List"'
            ' value="1\uf000USB\\A\uf0002\uf000USB\\B"/>',
        ),
    ],
)
def test_fields_become_exactly_the_wire_text(uri: str, fields: Fields, wire: str | None) -> None:
    assert text_of(control(uri), fields) == wire


def test_a_list_is_joined_by_its_own_delimiter() -> None:
    listed = Control(Shape.ROWS, delimiter="\uf000")

    assert text_of(listed, {"v": ("a", "", "b")}) == "a\uf000b"
    assert fields_of(listed, "a\uf000b") == {"v": ("a", "b")}


def test_the_default_of_every_setting_fits_its_control() -> None:
    for record in (each for each in catalog() if each.is_settable):
        made = control_for(record, record.uri)
        value = first_value(made, record.default)
        fields = fields_of(made, value)
        assert fields is not None, record.uri
        if value is not None:
            assert text_of(made, fields) == value, record.uri


SHAPES = (
    POLICY + "Wifi/AllowWiFi",
    POLICY + "Privacy/LetAppsAccessCamera",
    FLAGS,
    POLICY + "Update/ActiveHoursStart",
    POLICY + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps",
    MSFT + "AssignedAccess/Configuration",
    NTP,
    IDS,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SHAPES), st.text(alphabet="01 abc;\uf000<>&/='\"x\n\r", max_size=12))
def test_a_value_is_shown_faithfully_or_not_at_all(uri: str, value: str) -> None:
    """A control that would change what it shows is not used: the value is shown as text."""
    made = control(uri)
    fields = fields_of(made, value)

    if fields is not None and made.shape is not Shape.ADMX:
        assert text_of(made, fields) == value


def test_an_admx_value_written_by_hand_keeps_its_meaning() -> None:
    fields = fields_of(control(NTP), ' <enabled />\n<data value="NTP" id="W32TIME_Type" /> ')
    unknown = fields_of(control(NTP), '<enabled/><data id="Other" value="1"/>')

    assert fields == {"s": ("enabled",), "d.W32TIME_Type": ("NTP",)}
    assert unknown is None


@pytest.mark.parametrize(
    ("uri", "value", "said"),
    [
        (POLICY + "Wifi/AllowWiFi", "0", "Off (0)"),
        (POLICY + "Wifi/AllowWiFi", "7", "7"),
        (POLICY + "Privacy/LetAppsAccessCamera", "2", "Never (2)"),
        (POLICY + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps", "a;b", "2 entries: a, b"),
        (FLAGS, "5", "bit 0x1, bit 0x4 (5)"),
        (NTP, "<disabled/>", "disabled"),
        (MSFT + "AssignedAccess/Configuration", "x" * 500, "a document of 500 characters"),
        (MSFT + "WiFi/Profile/a/WlanXml", "hunter2", "a secret"),
    ],
)
def test_a_value_is_said_in_plain_words(uri: str, value: str, said: str) -> None:
    found = catalog().match(uri)
    assert found is not None

    assert spoken(found.record, uri, value) == said
