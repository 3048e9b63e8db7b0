"""Packages: made with their account, kept sealed, read again on record, gone with their account."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from tests.flows.desired.wants import CAMERA, body
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home

from lenskeep.access import Caller
from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.secret import Secret
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.enrollment.package.definition import FirstRun, Proof, Wifi
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.device.enrolling import headers
from lenskeep.flows.device.proving.asked import Asked, Visitor
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.entrance import ItemKind, Way
from lenskeep.flows.entry.bulk import list_bulk
from lenskeep.flows.entry.package import wish as wishing
from lenskeep.flows.entry.package.keeping import (
    add_package,
    get_package,
    how_to_build,
    list_packages,
    open_package,
    remove_package,
)
from lenskeep.flows.entry.package.wish import PackageWish, UserWish
from lenskeep.flows.reading import PageRequest, list_audit
from lenskeep.wire.soap import UsernameToken

WISH = PackageWish("Ward 7")
FULL = PackageWish(
    "Ward 7",
    uses=20,
    wifi=(Wifi("Ward", Secret("long enough")),),
    user=UserWish("ward"),
    time_zone="W. Europe Standard Time",
    first_run=FirstRun(skip_wifi=True),
    device_name="W7-%SERIAL%",
)
NS = "{urn:schemas-microsoft-com:windows-provisioning}"

# Origin: written by hand on 2026-11-23 after CSP: AssignedAccess.
KIOSK = """<AssignedAccessConfiguration
 xmlns="http://schemas.microsoft.com/AssignedAccess/2017/config">
 <Profiles><Profile Id="{8739C257-184F-45DD-8657-C235620172EE}"><AllAppsList><AllowedApps>
 <App AppUserModelId="Microsoft.MicrosoftEdge.Stable_8wekyb3d8bbwe!App" />
 </AllowedApps></AllAppsList>
 <StartLayout><![CDATA[<LayoutModificationTemplate
 xmlns:defaultlayout="http://schemas.microsoft.com/Start/2014/FullDefaultLayout"
 xmlns:start="http://schemas.microsoft.com/Start/2014/StartLayout" Version="1"
 xmlns="http://schemas.microsoft.com/Start/2014/LayoutModification">
 <RequiredStartGroupsCollection><RequiredStartGroups><AppendGroup Name="">
 <start:Tile Size="2x2" Column="0" Row="0"
 AppUserModelID="Microsoft.MicrosoftEdge.Stable_8wekyb3d8bbwe!App"/>
 </AppendGroup></RequiredStartGroups></RequiredStartGroupsCollection>
 </LayoutModificationTemplate>]]></StartLayout><Taskbar ShowTaskbar="true"/></Profile></Profiles>
 <Configs><Config><Account>ward</Account>
 <DefaultProfile Id="{8739C257-184F-45DD-8657-C235620172EE}"/></Config></Configs>
</AssignedAccessConfiguration>"""


def texts(xml: bytes, name: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(xml).iter(NS + name)]


async def test_its_addresses_are_where_the_server_answers() -> None:
    assert headers.DISCOVERY_PATH == wishing.DISCOVERY_PATH
    assert headers.POLICY_PATH == wishing.POLICY_PATH
    assert headers.ENROLLMENT_PATH == wishing.ENROLLMENT_PATH


async def test_a_headset_can_enroll_with_what_is_in_the_answer_file(home: Home) -> None:
    folder = await add_package(home.house, ADMIN, WISH)

    xml = folder.files["customizations.xml"]
    (upn,) = ET.fromstring(xml).iter(NS + "UPN")
    (secret,) = texts(xml, "Secret")
    token = UsernameToken(upn.attrib["UPN"], Secret(secret))
    proven = await prove(home.house, Asked(token, Visitor("192.0.2.7"), b"", issuing=True))
    assert Way.PACKAGE is proven.way
    assert "package-ward-7@localhost" == upn.attrib["UPN"]
    assert home.house.trust.root_der == folder.files["root.cer"]
    assert secret not in repr(folder)


async def test_with_a_certificate_its_key_is_in_the_folder(home: Home) -> None:
    folder = await add_package(home.house, ADMIN, replace(WISH, proof=Proof.CERTIFICATE))

    xml = folder.files["customizations.xml"]
    (password,) = texts(xml, "CertificatePassword")
    key, certificate, _ = pkcs12.load_key_and_certificates(
        folder.files["enrollment.pfx"], password.encode()
    )
    assert key is not None
    assert certificate is not None
    (account,) = await list_bulk(home.house, ADMIN)
    assert account.certificate_sha256 is not None
    assert any("no headset has been seen" in each for each in folder.warnings)


async def test_a_package_may_only_prepare(home: Home) -> None:
    folder = await add_package(home.house, ADMIN, replace(FULL, proof=None))

    assert () == await list_bulk(home.house, ADMIN)
    assert [] == texts(folder.files["customizations.xml"], "Secret")
    assert folder.user_password is not None
    assert [folder.user_password.reveal()] == texts(folder.files["customizations.xml"], "Password")


async def test_what_is_kept_is_sealed_and_read_again_on_record(home: Home) -> None:
    made = await add_package(home.house, ADMIN, FULL)

    item = await home.house.entry.items.item(ItemKind.PACKAGE, "ward 7")
    for secret in ("long enough", texts(made.files["customizations.xml"], "Secret")[0]):
        assert secret not in str(item.body)
        assert secret not in item.sealed
    again = await open_package(home.house, ADMIN, made.listed.id)
    assert made.files == again.files
    assert again.user_password is None
    lines = await list_audit(home.house, ADMIN, PageRequest())
    assert "package.read" == lines.items[0].action


async def test_its_account_has_the_end_and_the_cap_asked_for(home: Home) -> None:
    await add_package(home.house, ADMIN, replace(FULL, days=30, upn="ward@example.org"))

    (account,) = await list_bulk(home.house, ADMIN)
    assert "ward@example.org" == account.name
    assert START + timedelta(days=30) == account.expires_at
    assert 20 == account.uses_left


async def test_everything_wrong_is_said_at_once_and_nothing_is_made(home: Home) -> None:
    bad = replace(
        FULL,
        version="one",
        wifi=(Wifi("", Secret("x")),),
        roots=(b"no certificate",),
        kiosk="<html/>",
    )
    with pytest.raises(Invalid) as caught:
        await add_package(home.house, ADMIN, bad)

    fields = [each.field for each in caught.value.complaints]
    assert {"version", "wifi.ssid", "wifi.key", "roots.1", "kiosk"} == set(fields)
    assert () == await list_packages(home.house, VIEWER)
    assert () == await list_bulk(home.house, ADMIN)


async def test_a_wrong_user_name_is_said_of_its_own_field(home: Home) -> None:
    with pytest.raises(Invalid, match=r"^upn: "):
        await add_package(home.house, ADMIN, replace(WISH, upn="nobody"))


async def test_a_name_is_given_once_and_no_account_is_left_over(home: Home) -> None:
    await add_package(home.house, ADMIN, WISH)

    with pytest.raises(Conflict):
        await add_package(home.house, ADMIN, replace(WISH, name="WARD 7", upn="b@example.org"))
    assert 1 == len(await list_bulk(home.house, ADMIN))


async def test_a_kiosk_is_looked_at_and_travels_as_a_file(home: Home) -> None:
    folder = await add_package(home.house, ADMIN, replace(FULL, kiosk=KIOSK))

    assert KIOSK == folder.files["kiosk.xml"].decode()
    assert any(each.startswith("Kiosk: ") for each in folder.warnings)


async def test_a_profiles_kiosk_is_taken_by_its_name(home: Home) -> None:
    setting = ProfileSetting("./Vendor/MSFT/AssignedAccess/Configuration", KIOSK, acknowledged=True)
    draft = Draft("Front desk", "", ProfileBody((setting,)))
    await create_profile(home.house, ADMIN, draft)
    other = Draft("Bright", "", body((CAMERA, "1")))
    await create_profile(home.house, ADMIN, other)

    folder = await add_package(home.house, ADMIN, replace(FULL, kiosk_profile="front DESK"))

    assert KIOSK == folder.files["kiosk.xml"].decode()
    with pytest.raises(Invalid, match=r"^kiosk_profile: "):
        await add_package(home.house, ADMIN, replace(WISH, name="b", kiosk_profile="Bright"))
    both = replace(WISH, name="b", kiosk_profile="Front desk", kiosk=KIOSK)
    with pytest.raises(Invalid, match=r"^kiosk: "):
        await add_package(home.house, ADMIN, both)


async def test_another_profiles_kiosk_is_missing_where_there_is_none(home: Home) -> None:
    with pytest.raises(Missing):
        await add_package(home.house, ADMIN, replace(WISH, kiosk_profile="Front desk"))


async def test_its_removal_ends_its_account(home: Home) -> None:
    made = await add_package(home.house, ADMIN, WISH)

    await remove_package(home.house, ADMIN, made.listed.name)

    (account,) = await list_bulk(home.house, ADMIN)
    assert account.disabled_at is not None
    assert () == await list_packages(home.house, VIEWER)
    with pytest.raises(Missing):
        await open_package(home.house, ADMIN, made.listed.id)


async def test_viewers_see_how_it_is_built_and_no_secret(home: Home) -> None:
    made = await add_package(home.house, ADMIN, FULL)
    secret = texts(made.files["customizations.xml"], "Secret")[0]

    listed = await get_package(home.house, VIEWER, made.listed.id)
    built, warned = await how_to_build(home.house, VIEWER, "Ward 7")

    assert made.listed == listed
    assert secret not in str((listed, built, warned))
    assert "icd.exe" in built.command
    assert made.building == built


@pytest.mark.parametrize("caller", [VIEWER, OPERATOR])
async def test_only_administrators_make_read_and_remove_them(home: Home, caller: Caller) -> None:
    await add_package(home.house, ADMIN, WISH)

    for flow in (
        add_package(home.house, caller, replace(WISH, name="b")),
        remove_package(home.house, caller, "Ward 7"),
    ):
        with pytest.raises(Refused):
            await flow
    with pytest.raises(Refused):
        await open_package(home.house, caller, "Ward 7")
