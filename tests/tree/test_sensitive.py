"""Nodes that may hold a secret are known by name, however it is spelled."""

import json

import pytest

from lenskeep.tree.sensitive import REDACTED, is_sensitive, redacted

WLAN = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"


@pytest.mark.parametrize(
    "uri",
    [
        WLAN,
        WLAN.lower(),
        "./Vendor/MSFT/WiFi/Profile/ward/Wlan%58ml",
        "./Vendor/MSFT/VPNv2/clinic/ProfileXML",
        "./Device/Vendor/MSFT/Accounts/Users/kiosk/Password",
        "./Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/a/PFXCertBlob",
        "./Vendor/MSFT/ClientCertificateInstall/SCEP/a/Install/Challenge",
        "./Vendor/MSFT/WindowsLicensing/UpgradeEditionWithProductKey",
        "./Vendor/MSFT/DiagnosticLog/DiagnosticArchive/ArchiveDefinition",
        "./SyncML/DMAcc/x/AppAuth/CLCRED/AAuthSecret",
        "./Vendor/MSFT/VPNv2/clinic/NativeProfile/Authentication/User/Eap/Configuration",
    ],
)
def test_a_node_that_may_hold_a_secret_is_not_shown(uri: str) -> None:
    assert is_sensitive(uri)
    assert redacted(uri, "hunter2") == REDACTED
    assert redacted(uri, None) is None


@pytest.mark.parametrize(
    "uri",
    [
        "./DevDetail/SwV",
        "./Vendor/MSFT/Policy/Config/Privacy/LetAppsAccessCamera_ForceAllowTheseApps",
        "./Vendor/MSFT/Policy/Config/DeviceLock/AllowSimpleDevicePassword",
        "./Device/Vendor/MSFT/Policy/Result/DeviceLock/MinDevicePasswordLength",
        "./Vendor/MSFT/Policy/Config/Experience/AllowCortana",
    ],
)
def test_what_holds_no_secret_is_shown(uri: str) -> None:
    assert redacted(uri, "4") == "4"


def test_a_subtree_is_redacted_node_by_node() -> None:
    nodes = {WLAN: "<key/>", "./Vendor/MSFT/WiFi/Profile/ward/ProxyPacUrl": "http://p", "./a": None}

    shown = redacted("./Vendor/MSFT/WiFi?list=StructData", json.dumps(nodes))

    assert shown is not None
    assert json.loads(shown) == {**nodes, WLAN: REDACTED}


@pytest.mark.parametrize("value", ['["WlanXml"]', "not JSON, and a password"])
def test_a_list_that_cannot_be_read_is_not_shown_where_it_names_a_secret(value: str) -> None:
    assert redacted("./Vendor/MSFT/WiFi?list=Struct", value) == REDACTED


def test_a_list_that_is_nested_without_end_is_not_shown() -> None:
    assert REDACTED == redacted("./Vendor/MSFT/A?list=StructData", "[" * 100_000 + '"password"')
