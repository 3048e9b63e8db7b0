"""What can lock a headset out. Kiosk documents are by hand, from the published rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.guard.danger import LockoutKind
from lenskeep.desired.guard.kiosk import SETTINGS_NEW, SETTINGS_OLD
from lenskeep.desired.guard.lockdown import is_lockdown
from lenskeep.desired.guard.lockout import Around, Lockout, lockouts, lockouts_of
from lenskeep.desired.guard.pages import read_pages
from lenskeep.tree.uri import node_key

V = "./Device/Vendor/MSFT"
P = f"{V}/Policy/Config"
BY_HAND = f"{P}/Wifi/AllowManualWiFiConfiguration"
WLAN = f"{V}/WiFi/Profile/Hall%20B/WlanXml"
APP = f"{V}/EnterpriseModernAppManagement/AppInstallation/Contoso.Inspect_8wekyb3d8bbwe"
TRUST = f"{P}/ApplicationManagement/AllowAllTrustedApps"
KIOSK_AT = f"{V}/AssignedAccess/Configuration"


def kiosk(*apps: str, config: str) -> str:
    rows = "".join(f'<App AppUserModelId="{each}"/>' for each in apps)
    return f"""<AssignedAccessConfiguration
      xmlns="http://schemas.microsoft.com/AssignedAccess/2017/config"
      xmlns:g="http://schemas.microsoft.com/AssignedAccess/2020/config"
      xmlns:x="http://schemas.microsoft.com/AssignedAccess/202010/config">
      <Profiles><Profile Id="{{a}}"><AllAppsList><AllowedApps>{rows}</AllowedApps></AllAppsList>
      </Profile></Profiles><Configs>{config}</Configs></AssignedAccessConfiguration>"""


GLOBAL = '<g:GlobalProfile Id="{A}"/>'
GLOBAL_BUT_OWNERS = (
    '<g:GlobalProfile Id="{A}"><x:Exclusions><x:SpecialGroup Name="DeviceOwner"/></x:Exclusions>'
    "</g:GlobalProfile>"
)
VISITOR = '<Config><SpecialGroup Name="Visitor"/><DefaultProfile Id="{a}"/></Config>'
INSPECT = "Contoso.Inspect_8wekyb3d8bbwe!App"


def kinds(found: tuple[Lockout, ...]) -> list[LockoutKind]:
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("uri", "dangerous", "harmless", "kind"),
    [
        (f"{P}/Wifi/AllowWiFi", "0", "1", LockoutKind.WIFI_OFF),
        (BY_HAND, "0", "1", LockoutKind.WIFI_BY_HAND),
        (f"{P}/MixedReality/VisitorAutoLogon", "1", "0", LockoutKind.VISITOR_SIGN_IN),
        (f"{P}/MixedReality/AutoLogonUser", "eve@contoso.com", "", LockoutKind.USER_SIGN_IN),
        (f"{V}/TenantLockdown/RequireNetworkInOOBE", "true", "false", LockoutKind.TENANT),
        ("./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE", "TRUE", "0", LockoutKind.TENANT),
        (
            f"{P}/Settings/PageVisibilityList",
            "hide:Network-WiFi",
            "hide:reset",
            LockoutKind.NETWORK_PAGE,
        ),
        (
            f"{P}/Settings/PageVisibilityList",
            "showonly:network-wifi",
            "showonly:network-wifi;workplace",
            LockoutKind.SYNC_PAGE,
        ),
        (f"{P}/System/AllowStorageCard", "0", "1", LockoutKind.STORAGE),
        (f"{P}/Security/AllowAddProvisioningPackage", "0", "1", LockoutKind.PACKAGES_ADD),
        (f"{P}/Security/AllowRemoveProvisioningPackage", "0", "1", LockoutKind.PACKAGES_REMOVE),
        (f"{V}/NetworkProxy/ProxyServer/ProxyAddress", "proxy:8080", "", LockoutKind.PROXY),
        (f"{V}/NetworkProxy/SetupScriptUrl", "https://proxy/pac", "", LockoutKind.PROXY),
        (
            KIOSK_AT,
            kiosk(INSPECT, config=GLOBAL),
            kiosk(INSPECT, SETTINGS_OLD, config=GLOBAL),
            LockoutKind.KIOSK,
        ),
    ],
)
def test_each_dangerous_value_is_a_lock_out_and_its_harmless_one_is_none(
    uri: str, dangerous: str, harmless: str, kind: LockoutKind
) -> None:
    (found,) = lockouts([(uri, dangerous)])

    assert (found.kind, found.uri, found.key) == (kind, uri, node_key(uri))
    assert found.why
    assert found.recover
    assert found.leaves
    assert lockouts([(uri, harmless)]) == ()


def test_no_network_by_hand_strands_for_sure_where_no_wifi_profile_is_wanted() -> None:
    (alone,) = lockouts([(BY_HAND, "0")])
    (with_profile,) = lockouts([(BY_HAND, "0"), (WLAN, "<x/>")])
    (with_others,) = lockouts([(BY_HAND, "0")], Around(others={WLAN: "<x/>"}))
    (unknown,) = lockouts_of(BY_HAND, "0")

    assert (alone.is_certain, alone.leaves) == (True, "an Ethernet adapter at the USB-C port")
    assert (with_profile.is_certain, with_profile.leaves) == (False, "Wi-Fi Hall B")
    assert with_others == with_profile
    assert not unknown.is_certain


@pytest.mark.parametrize("way", ["", "/HostedInstall"])
def test_trusting_no_packages_locks_out_only_line_of_business_apps(way: str) -> None:
    (found,) = lockouts([(TRUST, "0"), (APP + way, None)])

    assert found.kind is LockoutKind.APPS
    assert found.uri == TRUST
    assert lockouts([(TRUST, "0")]) == ()
    assert lockouts([(TRUST, "0"), (APP, None), (f"{APP}/StoreInstall", "<x/>")]) == ()
    assert lockouts([(TRUST, "1"), (APP + way, None)]) == ()


@pytest.mark.parametrize("uri", [WLAN, WLAN.removesuffix("/WlanXml")])
def test_a_wifi_profile_is_not_taken_away_from_who_cannot_join_by_hand(uri: str) -> None:
    last = lockouts([(BY_HAND, "0")], Around(withdrawn=[uri]))
    other = lockouts(
        [(BY_HAND, "0"), (f"{V}/WiFi/Profile/Yard/WlanXml", "<x/>")], Around(withdrawn=[uri])
    )

    assert kinds(last) == [LockoutKind.WIFI_BY_HAND, LockoutKind.WIFI_WITHDRAWN]
    assert last[1].uri == uri
    assert last[1].is_certain
    assert (other[1].is_certain, other[1].leaves) == (False, "Wi-Fi Yard")
    assert lockouts([(BY_HAND, "1")], Around(withdrawn=[uri])) == ()
    assert kinds(lockouts([(BY_HAND, "0"), (WLAN, "<x/>")], Around(withdrawn=[WLAN]))) == [
        LockoutKind.WIFI_BY_HAND
    ]


def test_a_kiosk_that_exempts_owners_or_is_for_some_locks_nobody_out() -> None:
    for_some = '<Config><Account>eve</Account><DefaultProfile Id="{a}"/></Config>'

    assert lockouts([(KIOSK_AT, kiosk(INSPECT, config=GLOBAL_BUT_OWNERS))]) == ()
    assert lockouts([(KIOSK_AT, kiosk(INSPECT, config=for_some))]) == ()
    assert lockouts([(KIOSK_AT, kiosk(INSPECT, SETTINGS_NEW.upper(), config=GLOBAL))]) == ()
    assert lockouts([(KIOSK_AT, "no document")]) == ()


def test_a_kiosk_for_visitors_locks_out_where_the_headset_signs_one_in_itself() -> None:
    document = kiosk(INSPECT, config=VISITOR)
    visitors = (f"{P}/MixedReality/VisitorAutoLogon", "1")

    assert lockouts([(KIOSK_AT, document)]) == ()
    assert LockoutKind.KIOSK in kinds(lockouts([visitors, (KIOSK_AT, document)]))


def test_lock_outs_of_others_are_not_told_again() -> None:
    assert lockouts([(WLAN, "<x/>")], Around(others={BY_HAND: "0"})) == ()


def test_a_lock_out_holds_no_value() -> None:
    (found,) = lockouts([(f"{P}/MixedReality/AutoLogonUser", "eve@contoso.com")])

    assert "eve@" not in repr(found)


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        (f"{P}/Wifi/AllowWiFi", True),
        ("./Vendor/MSFT/policy/config/wifi/allowmanualwificonfiguration", True),
        (f"{V}/TenantLockdown/RequireNetworkInOOBE", True),
        (f"{P}/Connectivity/AllowUSBConnection", True),
        (f"{P}/Security/AllowAddProvisioningPackage", True),
        (f"{P}/Settings/PageVisibilityList", True),
        (TRUST, False),
        (f"{P}/Power/StandbyTimeoutOnBattery", False),
        (WLAN, False),
        ("nonsense", False),
    ],
)
def test_lock_downs_are_known_by_their_node(uri: str, answer: bool) -> None:
    assert is_lockdown(uri) is answer


@pytest.mark.parametrize("value", ["", "reset", "<enabled/>", "show:reset"])
def test_what_is_no_list_of_pages_is_not_read(value: str) -> None:
    assert read_pages(value) is None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([f"{P}/Wifi/AllowWiFi", BY_HAND, KIOSK_AT, TRUST, WLAN, "x"]),
    st.none() | st.text(max_size=40),
)
def test_no_value_breaks_the_guard(uri: str, value: str | None) -> None:
    first = lockouts([(uri, value)])

    assert first == lockouts([(uri, value)])
