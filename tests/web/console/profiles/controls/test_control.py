"""Which control stands for a node, over all kinds of records of the shipped catalog."""

from functools import cache
from importlib.resources import files

import pytest

from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.web.console.profiles.controls.control import Control, Shape, control_for, plain_text

POLICY = "./Device/Vendor/MSFT/Policy/Config/"
MSFT = "./Device/Vendor/MSFT/"


@cache
def catalog() -> Catalog:
    """The shipped catalog, read once."""
    return load_catalog(files("lenskeep.tree").joinpath("data/catalog.json.gz").read_bytes())


def control(uri: str) -> Control:
    """The control of a node of the catalog."""
    found = catalog().match(uri)
    assert found is not None, uri
    return control_for(found.record, uri)


@pytest.mark.parametrize(
    ("uri", "shape"),
    [
        (POLICY + "Wifi/AllowWiFi", Shape.SWITCH),
        (MSFT + "TenantLockdown/RequireNetworkInOOBE", Shape.SWITCH),
        (POLICY + "Privacy/LetAppsAccessCamera", Shape.CHOICE),
        (MSFT + "DMClient/Provider/x/FirstSyncStatus/BlockInStatusPage", Shape.FLAGS),
        (POLICY + "Update/ActiveHoursStart", Shape.NUMBER),
        (POLICY + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps", Shape.ROWS),
        (POLICY + "Settings/PageVisibilityList", Shape.TEXT),
        (MSFT + "AssignedAccess/Configuration", Shape.LONG),
        (MSFT + "WiFi/Profile/Ward%207/WlanXml", Shape.LONG),
        (MSFT + "ApplicationControl/Policies/x/Policy", Shape.FILE),
        (POLICY + "MixedReality/ConfigureNtpClient", Shape.ADMX),
    ],
)
def test_each_kind_of_record_has_its_control(uri: str, shape: Shape) -> None:
    assert control(uri).shape is shape


def test_every_setting_of_the_catalog_has_a_control_whose_choices_are_allowed() -> None:
    for record in (each for each in catalog() if each.is_settable):
        made = control_for(record, record.uri)
        if made.shape is Shape.SWITCH:
            assert len(made.choices) == 2
        if made.shape in (Shape.CHOICE, Shape.SEVERAL):
            assert {each.value for each in made.choices} == set(record.allowed.values)
        if made.shape in (Shape.ROWS, Shape.SEVERAL):
            assert made.delimiter == record.allowed.delimiter


def test_a_switch_says_what_its_values_mean() -> None:
    wifi = control(POLICY + "Wifi/AllowWiFi").choices
    lock = control(POLICY + "DeviceLock/DevicePasswordEnabled").choices

    assert [(each.value, each.label) for each in wifi] == [("0", "Off"), ("1", "On")]
    assert [(each.value, each.label) for each in lock] == [
        ("0", "A password is wanted"),
        ("1", "No password"),
    ]


def test_the_bounds_of_a_number_are_those_of_the_record() -> None:
    made = control(POLICY + "Update/ActiveHoursStart")

    assert (made.low, made.high) == (0, 23)
    assert made.hint == "0 to 23"


def test_the_parts_of_an_admx_policy_become_fields_of_their_kind() -> None:
    parts = {
        each.id: each for each in control(POLICY + "MixedReality/ConfigureNtpClient").parts or ()
    }
    devices = control(POLICY + "DeviceInstallation/AllowInstallationOfMatchingDeviceIDs").parts

    assert parts["W32TIME_Type"].choices == ("NTP", "NT5DS", "AllSync", "NoSync")
    assert parts["W32TIME_NtpServer"].choices == ()
    assert (parts["W32TIME_CrossSiteSyncFlags"].low, parts["W32TIME_CrossSiteSyncFlags"].high) == (
        0,
        2,
    )
    assert not parts["W32TIME_CrossSiteSyncFlags"].required
    assert devices is not None
    assert devices[0].is_rows


def test_what_may_be_a_secret_is_known_as_one() -> None:
    uri = MSFT + "WiFi/Profile/Ward%207/WlanXml"

    assert control(uri).is_secret
    assert plain_text(uri).is_secret
    assert not control(POLICY + "Wifi/AllowWiFi").is_secret
    assert not control(POLICY + "Browser/AllowPasswordManager").is_secret
    assert control_for(None, "./Vendor/MSFT/Nobody/Password").is_secret
