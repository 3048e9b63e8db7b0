"""The answer file: what stands where, written by hand here from exported ones and the reference."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.building import build_command, building, ppkg_name
from lenskeep.enrollment.package.customizations import customizations
from lenskeep.enrollment.package.definition import (
    Endpoints,
    FirstRun,
    Kept,
    LocalUser,
    Package,
    Proof,
    Root,
    SignIn,
    Wifi,
    file_names,
)

ENDPOINTS = Endpoints(
    "https://mdm.example/EnrollmentServer/Discovery.svc",
    "https://mdm.example/EnrollmentServer/Policy.svc",
    "https://mdm.example/EnrollmentServer/Enrollment.svc",
)
BARE = Package("9d1f4cda-5c3c-4b59-9f0e-0c5e6a2b7d11", "Ward 7", ENDPOINTS)
SIGN_IN = SignIn("ward7@example.org", Proof.PASSWORD, Secret('a<b&c"d'))
FULL = replace(
    BARE,
    version="1.2",
    sign_in=SIGN_IN,
    roots=(Root("Lenskeep Root CA mdm.example", b"one"), Root("Next", b"two")),
    wifi=(Wifi("Ward", Secret("long enough")), Wifi("Guests", hidden=True)),
    user=LocalUser("ward", Secret("p@ss word"), owner=False),
    time_zone="W. Europe Standard Time",
    first_run=FirstRun(skip_calibration=True, skip_wifi=True, region=94),
    kiosk="<AssignedAccessConfiguration/>",
    device_name="W7-%SERIAL%",
)

# Origin: written by hand on 2026-11-23, after answer files that Configuration Designer exported.
HAND = """<?xml version="1.0" encoding="UTF-8"?><WindowsCustomizations>\
<PackageConfig xmlns="urn:schemas-Microsoft-com:Windows-ICD-Package-Config.v1.0">\
<ID>{9d1f4cda-5c3c-4b59-9f0e-0c5e6a2b7d11}</ID><Name>Ward 7</Name><Version>1.2</Version>\
<OwnerType>ITAdmin</OwnerType><Rank>0</Rank></PackageConfig>\
<Settings xmlns="urn:schemas-microsoft-com:windows-provisioning"><Customizations><Common>\
<Accounts><Users><User UserName="ward" Name="ward"><Password>p@ss word</Password>\
<UserGroup>Standard Users</UserGroup></User></Users></Accounts>\
<AssignedAccess><MultiAppAssignedAccessSettings>kiosk.xml</MultiAppAssignedAccessSettings>\
</AssignedAccess>\
<Certificates><RootCertificates>\
<RootCertificate CertificateName="Lenskeep Root CA mdm.example"\
 Name="Lenskeep Root CA mdm.example"><CertificatePath>root.cer</CertificatePath>\
</RootCertificate>\
<RootCertificate CertificateName="Next" Name="Next"><CertificatePath>root-2.cer\
</CertificatePath></RootCertificate></RootCertificates></Certificates>\
<ConnectivityProfiles><WLAN><WLANSetting>\
<WLANConfig SSID="Ward" Name="Ward"><WLANXmlSettings><AutoConnect>True</AutoConnect>\
<HiddenNetwork>False</HiddenNetwork><SecurityKey>long enough</SecurityKey>\
<SecurityType>WPA2-Personal</SecurityType></WLANXmlSettings></WLANConfig>\
<WLANConfig SSID="Guests" Name="Guests"><WLANXmlSettings><AutoConnect>True</AutoConnect>\
<HiddenNetwork>True</HiddenNetwork><SecurityType>Open</SecurityType></WLANXmlSettings>\
</WLANConfig></WLANSetting></WLAN></ConnectivityProfiles>\
<DevDetail><DNSComputerName>W7-%SERIAL%</DNSComputerName></DevDetail>\
<FirstExperience><PreferredRegion>94</PreferredRegion>\
<SkipCalibration>True</SkipCalibration><SkipWifi>True</SkipWifi></FirstExperience>\
<Policies><TimeLanguageSettings><ConfigureTimeZone>W. Europe Standard Time</ConfigureTimeZone>\
</TimeLanguageSettings></Policies>\
<Workplace><Enrollments><UPN UPN="ward7@example.org" Name="ward7@example.org">\
<AuthPolicy>OnPremise</AuthPolicy>\
<DiscoveryServiceFullUrl>https://mdm.example/EnrollmentServer/Discovery.svc\
</DiscoveryServiceFullUrl>\
<EnrollmentServiceFullUrl>https://mdm.example/EnrollmentServer/Enrollment.svc\
</EnrollmentServiceFullUrl>\
<PolicyServiceFullUrl>https://mdm.example/EnrollmentServer/Policy.svc</PolicyServiceFullUrl>\
<Secret>a&lt;b&amp;c"d</Secret></UPN></Enrollments></Workplace>\
</Common></Customizations></Settings></WindowsCustomizations>"""


def test_a_full_package_is_written_as_by_hand() -> None:
    assert HAND.encode() == customizations(FULL)


def test_a_bare_package_sets_up_nothing() -> None:
    root = ET.fromstring(customizations(BARE))

    common = root.find(".//{urn:schemas-microsoft-com:windows-provisioning}Common")
    assert common is not None
    assert [] == list(common)


def test_a_certificate_travels_as_a_file_and_is_named_by_its_thumbprint() -> None:
    sign_in = SignIn("w@example.org", Proof.CERTIFICATE, Secret("AB12"), Secret("pfx word"))
    written = customizations(replace(BARE, sign_in=sign_in)).decode()

    assert "<AuthPolicy>Certificate</AuthPolicy>" in written
    assert "<Secret>AB12</Secret>" in written
    assert "<CertificatePassword>pfx word</CertificatePassword>" in written
    assert "<CertificatePath>enrollment.pfx</CertificatePath>" in written
    assert "<ExportCertificate>False</ExportCertificate>" in written


def test_the_same_package_gives_the_same_bytes() -> None:
    assert customizations(FULL) == customizations(replace(FULL))


def test_the_files_beside_it_are_named() -> None:
    sign_in = SignIn("w@example.org", Proof.CERTIFICATE, Secret("AB12"), Secret("pfx word"))

    assert () == file_names(BARE)
    assert ("root.cer", "root-2.cer", "kiosk.xml") == file_names(FULL)
    assert ("enrollment.pfx",) == file_names(replace(BARE, sign_in=sign_in))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ward 7", "Ward-7.ppkg"), ("Ärzte & Co.", "rzte---Co.ppkg"), ("«»", "package.ppkg")],
)
def test_the_package_file_has_a_name_that_the_builder_can_take(name: str, expected: str) -> None:
    assert expected == ppkg_name(replace(BARE, name=name))


def test_the_command_neither_encrypts_nor_holds_a_blank_or_secret() -> None:
    command = build_command(FULL)

    assert (
        "icd.exe /Build-ProvisioningPackage /CustomizationXML:customizations.xml"
        " /PackagePath:Ward-7.ppkg /StoreFile:Microsoft-Common-Provisioning.dat"
        " -Encrypted +Overwrite"
    ) == command
    told = building(FULL)
    assert ("customizations.xml", "root.cer", "root-2.cer", "kiosk.xml") == told.files
    assert command in told.steps[3]
    assert SIGN_IN.secret.reveal() not in str(told)


def test_no_secret_shows_in_the_value_itself() -> None:
    shown = repr(FULL)

    for secret in (SIGN_IN.secret.reveal(), "long enough", "p@ss word"):
        assert secret not in shown


def test_the_files_hold_what_the_package_says() -> None:
    files = Kept(FULL, b"key and certificate").files()

    assert {
        "root.cer": b"one",
        "root-2.cer": b"two",
        "enrollment.pfx": b"key and certificate",
        "kiosk.xml": b"<AssignedAccessConfiguration/>",
    } == files
