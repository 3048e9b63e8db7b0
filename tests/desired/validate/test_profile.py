"""A whole profile against the catalog that came with us: settings alone, together, lock-outs."""

import time
from datetime import UTC, datetime

import pytest
from tests.desired.validate.content.kiosk.written import INSPECT, MULTI, config, with_configs

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.guard.danger import LockoutKind
from lenskeep.desired.inventory import HOLOLENS_2
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.finding import Setting
from lenskeep.desired.validate.profile import ProfileFindings, check_profile
from lenskeep.files.catalog import shipped_catalog
from lenskeep.tree.catalog.load import load_catalog

CATALOG = load_catalog(shipped_catalog())
V = "./Device/Vendor/MSFT"
P = f"{V}/Policy/Config"
TENANT = "11111111-2222-3333-4444-555555555555"
APP = f"{V}/EnterpriseModernAppManagement/AppInstallation/Contoso.Inspect_8wekyb3d8bbwe"
KIOSK = f"{V}/AssignedAccess/Configuration"
WLAN = f"{V}/WiFi/Profile/Hall%20B/WlanXml"


def body(*settings: tuple[str, str | None], acknowledged: bool = False) -> ProfileBody:
    rows = (ProfileSetting(uri, value, acknowledged=acknowledged) for uri, value in settings)
    return ProfileBody(tuple(rows))


def check(
    *settings: tuple[str, str | None], build: str = "", others: dict[str, str | None] | None = None
) -> ProfileFindings:
    device = DeviceFacts(HOLOLENS_2, 0x88, build) if build else None
    return check_profile(CATALOG, body(*settings), device=device, others=others)


def seconds(part: str, value: int) -> str:
    return f'<enabled/><data id="{part}" value="{value}"/>'


def notes(found: ProfileFindings) -> list[tuple[int, str]]:
    return [(each.index, each.finding.problem) for each in found.warnings]


def test_a_sound_profile_has_nothing_to_say() -> None:
    found = check((f"{P}/Update/AllowAutoUpdate", "1"), (f"{P}/Bluetooth/LocalDeviceName", "Lens"))

    assert found.complaints() == ()
    assert found.warnings == ()
    assert found.is_accepted
    found.require()
    assert [each.findings.wire is not None for each in found.settings] == [True, True]


def test_every_complaint_comes_at_once_with_the_place_of_its_setting() -> None:
    found = check(
        (f"{P}/Update/AllowAutoUpdate", "99"),
        (f"{P}/Bluetooth/LocalDeviceName", "Lens"),
        ("nonsense", "1"),
        (f"{P}/Wifi/AllowWiFi", "0"),
    )

    fields = [each.field for each in found.complaints()]

    assert fields == ["settings[0].value", "settings[2].uri", "settings[3].acknowledged"]
    with pytest.raises(Invalid) as raised:
        found.require()
    assert raised.value.complaints == found.complaints()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{P}/Bluetooth/LocalDeviceName", "./Vendor/MSFT/Policy/Config/Bluetooth/LocalDeviceName"),
        (f"{P}/Bluetooth/LocalDeviceName", f"{P}/bluetooth/LOCALDEVICENAME"),
        (f"{V}/WiFi/Profile/Hall%20B/WiFiCost", "./Vendor/MSFT/WiFi/Profile/hall%20b/WiFiCost"),
    ],
)
def test_the_same_node_twice_is_refused_in_whatever_spelling(one: str, other: str) -> None:
    found = check((one, "1"), (other, "1"))

    assert found.complaints() == (
        Complaint(
            "settings[1].uri", "the uri is of the same node as settings[0]", "each node once"
        ),
    )
    assert found.settings[0].findings.wire is not None
    assert found.settings[1].findings.wire is None


def test_the_scopes_are_different_nodes() -> None:
    cost = "Vendor/MSFT/WiFi/Profile/Hall%20B/WiFiCost"

    assert check((f"./Device/{cost}", "1"), (f"./User/{cost}", "2")).complaints() == ()


class TestLockouts:
    """What can strand a headset is saved only by who has read it."""

    def test_one_acknowledged_is_accepted_and_still_told(self) -> None:
        asked = body((f"{P}/Wifi/AllowWiFi", "0"), acknowledged=True)

        found = check_profile(CATALOG, asked)

        assert found.complaints() == ()
        (told,) = found.lockouts
        assert told.finding.lockout is not None
        assert told.finding.lockout.kind is LockoutKind.WIFI_OFF
        assert "Ethernet" in told.finding.lockout.leaves

    def test_one_unacknowledged_says_why(self) -> None:
        (complaint,) = check((f"{V}/TenantLockdown/RequireNetworkInOOBE", "true")).complaints()

        assert complaint.field == "settings[0].acknowledged"
        assert complaint.message.startswith("the value makes first run wait")

    def test_a_refusal_and_a_lock_out_of_one_value_are_told_at_once(self) -> None:
        found = check((f"{P}/Settings/PageVisibilityList", "hide:network-wifi;%%"))

        assert [each.field for each in found.complaints()] == [
            "settings[0].value",
            "settings[0].acknowledged",
        ]

    def test_packages_not_trusted_lock_out_apps_of_other_profiles_too(self) -> None:
        trust = f"{P}/ApplicationManagement/AllowAllTrustedApps"

        with_apps = check((trust, "0"), others={APP: None})

        assert check((trust, "0")).lockouts == ()
        assert [
            each.finding.lockout.kind for each in with_apps.lockouts if each.finding.lockout
        ] == [LockoutKind.APPS]

    def test_a_single_setting_is_told_of_lock_outs_too(self) -> None:
        pages = validate(CATALOG, Setting(f"{P}/Settings/PageVisibilityList", "showonly:reset"))

        assert [each.lockout.kind for each in pages.lockouts if each.lockout] == [
            LockoutKind.NETWORK_PAGE,
            LockoutKind.SYNC_PAGE,
        ]
        assert pages.wire is not None


OFF = f"{P}/Power/DisplayOffTimeoutPluggedIn"
STANDBY = f"{P}/Power/StandbyTimeoutPluggedIn"
DISPLAY = seconds("EnterVideoACPowerDownTimeOut", 60)
SERVERS = f"{P}/MixedReality/ConfigureNtpClient"
NTP = f"{P}/MixedReality/NtpClientEnabled"
CLOCK = (
    '<enabled/><data id="W32TIME_NtpServer" value="time.contoso.com,0x9"/>'
    '<data id="W32TIME_Type" value="NTP"/><data id="W32TIME_CrossSiteSyncFlags" value="2"/>'
    '<data id="W32TIME_ResolvePeerBackoffMinutes" value="15"/>'
    '<data id="W32TIME_ResolvePeerBackoffMaxTimes" value="7"/>'
    '<data id="W32TIME_SpecialPollInterval" value="1024"/>'
    '<data id="W32TIME_NtpClientEventLogFlags" value="0"/>'
)
VISITOR = (f"{P}/MixedReality/VisitorAutoLogon", "1")
HELLO = f"{V}/PassportForWork/{TENANT}/Policies"
FOR_VISITORS = (KIOSK, with_configs(config('<SpecialGroup Name="Visitor"/>')))
GROUPS = (
    KIOSK,
    MULTI.replace(
        "</Configs>",
        config(f'<UserGroup Type="AzureActiveDirectoryGroup" Name="{TENANT}"/>') + "</Configs>",
    ),
)
CACHE = (f"{P}/MixedReality/AADGroupMembershipCacheValidityInDays", "7")
LONGEST = (f"{HELLO}/PINComplexity/MaximumPINLength", "6")

Rows = list[tuple[str, str | None]]


@pytest.mark.parametrize(
    ("settings", "at", "problem", "harmless"),
    [
        (
            [(OFF, DISPLAY), (STANDBY, seconds("EnterACStandbyTimeOut", 90))],
            1,
            "differs from its twin",
            [(OFF, DISPLAY), (STANDBY, seconds("EnterACStandbyTimeOut", 60))],
        ),
        (
            [(OFF, DISPLAY)],
            0,
            "wants an equal one",
            [(OFF, DISPLAY), (STANDBY, seconds("EnterACStandbyTimeOut", 60))],
        ),
        ([(SERVERS, CLOCK)], 0, "only with the client on", [(SERVERS, CLOCK), (NTP, "<enabled/>")]),
        ([(NTP, "<enabled/>")], 0, "without servers", [(NTP, "<disabled/>")]),
        ([VISITOR], 0, "needs a kiosk for visitors", [VISITOR, FOR_VISITORS]),
        ([GROUPS], 0, "looked up online", [GROUPS, CACHE]),
        (
            [(f"{HELLO}/UsePassportForWork", "true")],
            0,
            "only for Entra users",
            [(f"{V}/PassportForWork/Biometrics/UseBiometrics", "true")],
        ),
        (
            [(f"{V}/PassportForWork/contoso/Policies/UsePassportForWork", "true")],
            0,
            "not the id of a tenant",
            [(f"{HELLO}/UsePassportForWork", "true")],
        ),
        (
            [LONGEST, (f"{HELLO}/PINComplexity/MinimumPINLength", "8")],
            0,
            "less than the shortest",
            [LONGEST, (f"{HELLO}/PINComplexity/MinimumPINLength", "6")],
        ),
        (
            [(f"{P}/DeviceLock/MinDevicePasswordLength", "12"), LONGEST],
            0,
            "passwords of local users",
            [(f"{P}/DeviceLock/MinDevicePasswordLength", "6"), LONGEST],
        ),
        (
            [(f"{P}/DeviceLock/MaxInactivityTimeDeviceLock", "3")],
            0,
            "no timer",
            [(f"{P}/DeviceLock/MaxInactivityTimeDeviceLock", "0")],
        ),
        (
            [(f"{P}/Browser/AllowDoNotTrack", "0")],
            0,
            "never sent",
            [(f"{P}/Browser/AllowDoNotTrack", "1")],
        ),
        (
            [(f"{P}/Connectivity/AllowUSBConnection", "0")],
            0,
            "over USB",
            [(f"{P}/Connectivity/AllowUSBConnection", "1")],
        ),
        (
            [(f"{V}/WiFi/Profile/A/WiFiCost", "1"), (f"{P}/Wifi/AllowWiFi", "0")],
            0,
            "has no effect: Wi-Fi",
            [(f"{V}/WiFi/Profile/A/WiFiCost", "1"), (f"{P}/Wifi/AllowWiFi", "1")],
        ),
    ],
)
def test_settings_that_belong_together_are_looked_at_together(
    settings: Rows, at: int, problem: str, harmless: Rows
) -> None:
    told = [index for index, words in notes(check(*settings)) if problem in words]

    assert at in told, notes(check(*settings))
    assert not any(problem in words for _, words in notes(check(*harmless)))


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        (
            (f"{V}/AssignedAccess/KioskModeApp", f'{{"Account":"eve","AUMID":"{INSPECT}"}}'),
            (KIOSK, MULTI),
            "does nothing beside",
        ),
        (VISITOR, (f"{P}/MixedReality/AutoLogonUser", "eve@contoso.com"), "signs in a visitor"),
    ],
)
def test_a_contradiction_is_refused_within_a_profile_and_a_warning_across_two(
    one: tuple[str, str], other: tuple[str, str], problem: str
) -> None:
    within = check(one, other)
    across = check(other, others={one[0]: one[1]})

    assert [problem in each.finding.problem for each in within.refusals] == [True]
    assert across.refusals == ()
    assert any(problem in words for _, words in notes(across))


def test_an_app_is_told_that_another_profile_stops_it() -> None:
    found = check((APP, None), others={f"{P}/ApplicationManagement/AllowAllTrustedApps": "0"})

    assert any("is stopped" in words for _, words in notes(found))


@pytest.mark.parametrize(
    ("build", "told"), [("", True), ("20348.1528", True), ("19041.1128", False)]
)
def test_the_old_browser_is_gone_since_21h1(build: str, told: bool) -> None:
    found = check((f"{P}/Browser/AllowCookies", "1"), build=build)

    assert any("old Edge" in words for _, words in notes(found)) is told


@pytest.mark.parametrize(("build", "told"), [("20348.1447", True), ("20348.1450", False)])
def test_background_syncs_need_a_build_through_a_proxy(build: str, told: bool) -> None:
    found = check((f"{V}/NetworkProxy/ProxyServer/ProxyAddress", "proxy:8080"), build=build)

    assert any("background" in words for _, words in notes(found)) is told


def test_what_a_device_lacks_is_a_warning_of_a_profile() -> None:
    found = check((f"{P}/MixedReality/NtpClientEnabled", "<disabled/>"), build="19041.1128")

    assert found.complaints() == ()
    assert [each.field for each in found.warnings] == ["settings[0].device"]
    assert found.settings[0].findings.wire is not None


def test_dependencies_count_what_other_profiles_want() -> None:
    length, on = f"{P}/DeviceLock/MinDevicePasswordLength", f"{P}/DeviceLock/DevicePasswordEnabled"

    alone = check((length, "8"))

    assert any(on in words for _, words in notes(alone))
    assert notes(check((length, "8"), others={on: "0"})) == []
    assert notes(check((length, "8"), (on, "0"))) == []


def test_what_stands_in_a_secret_node_is_not_repeated() -> None:
    spoiled = "<WLANProfile><keyMaterial>hunter2</keyMaterial>"
    found = check((WLAN, spoiled), (WLAN, spoiled))

    assert found.complaints()
    assert "hunter2" not in repr(found)


def test_percent_encoded_names_and_lists_of_f000_reach_the_wire_as_written() -> None:
    allow = f"{P}/DeviceInstallation/AllowInstallationOfMatchingDeviceIDs"
    spelled = (
        '<enabled/><data id="DeviceInstall_IDs_Allow_List" value="1&#xF000;USB\\A&#xF000;2'
        '&#xF000;USB\\B"/>'
    )
    itself = spelled.replace("&#xF000;", "\uf000")
    uneven = spelled.replace("2&#xF000;USB\\B", "2")
    cost = "./Vendor/MSFT/WiFi/Profile/100%25%20Hall%2FB/WiFiCost"

    written = check((allow, spelled), (cost, "1"))

    assert written.complaints() == ()
    wires = [each.findings.wire for each in written.settings]
    assert [each.value for each in wires if each] == [spelled, "1"]
    assert [each.uri.text for each in wires if each] == [allow, cost]
    assert check((allow, itself)).complaints() == ()
    assert [each.field for each in check((allow, uneven)).complaints()] == ["settings[0].value"]
    assert [each.field for each in check((cost.replace("%25", "%"), "1")).complaints()] == [
        "settings[0].uri"
    ]


def test_certificates_are_held_against_the_moment_only_where_there_is_one() -> None:
    asked = body((f"{P}/Update/AllowAutoUpdate", "1"))

    assert check_profile(CATALOG, asked, now=datetime(2026, 1, 1, tzinfo=UTC)).warnings == ()


def test_a_large_profile_is_checked_in_no_time() -> None:
    records = [each for each in CATALOG if each.is_settable and "/Policy/Config/" in each.uri]
    rows = [(each.uri, "1") for each in records if not each.is_blanket_admx][:148]
    asked = body(*rows, (KIOSK, MULTI), (WLAN, "<x/>"))
    check_profile(CATALOG, asked)

    started = time.process_time()
    found = check_profile(CATALOG, asked)

    assert time.process_time() - started < 0.15
    assert len(found.settings) == 150
