"""A headset enrolls by a provisioning package, with nobody there to help it."""

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.virtual.double import Authority, Double, fault
from tests.virtual.gate import Gate

from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.ways import Package
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.transport import Patience
from lenskeep.virtual.trouble import NoConnection, WrongState
from lenskeep.wire.security import BinaryToken, UsernameToken

Server = tuple[Gate, Double]
HABITS = Habits(style=Style.WINDOWS_11, patience=Patience(retries=0))

# Origin: written by hand from the published settings of Windows Configuration Designer.
ANSWER_FILE = """<?xml version="1.0" encoding="utf-8"?>
<WindowsCustomizations>
 <PackageConfig xmlns="urn:schemas-Microsoft-com:Windows-ICD-Package-Config.v1.0">
  <ID>{{11111111-2222-4333-8444-555555555555}}</ID><Name>Ward 7</Name><Version>1.0</Version>
  <OwnerType>ITAdmin</OwnerType><Rank>0</Rank>
 </PackageConfig>
 <Settings xmlns="urn:schemas-microsoft-com:windows-provisioning"><Customizations><Common>
  <Accounts><Users><User UserName="visitor" Name="visitor"><Password>local</Password>
   <UserGroup>Standard Users</UserGroup></User></Users></Accounts>
  <Certificates><RootCertificates>
   <RootCertificate CertificateName="root" Name="root">
    <CertificatePath>C:\\work\\root.cer</CertificatePath></RootCertificate>
  </RootCertificates></Certificates>
  <ConnectivityProfiles><WLAN><WLANSetting><WLANConfig SSID="Ward" Name="Ward"/></WLANSetting>
  </WLAN></ConnectivityProfiles>
  <Workplace><Enrollments><UPN UPN="ward7@example.org" Name="ward7@example.org">
   <AuthPolicy>{policy}</AuthPolicy>{urls}<Secret>{secret}</Secret></UPN></Enrollments></Workplace>
 </Common></Customizations></Settings>
</WindowsCustomizations>"""


def package(
    server: Server, *, policy: str = "OnPremise", secret: str = "open", urls: str = ""
) -> Package:
    found, running = server
    discovery = f"{found.base}/EnrollmentServer/Discovery.svc"
    urls = urls or f"<DiscoveryServiceFullUrl>{discovery}</DiscoveryServiceFullUrl>"
    text = ANSWER_FILE.format(policy=policy, secret=secret, urls=urls)
    root = running.authority.root.public_bytes(Encoding.DER)
    return Package(text.encode(), files=(("root.cer", root),))


def test_what_a_package_enrolls_with_has_no_secret_in_its_text() -> None:
    assert "open" not in repr(Package(ANSWER_FILE.encode()))


async def test_a_package_enrolls_without_a_hand(gate: Server) -> None:
    found, _ = gate
    headset = VirtualHeadset.create()

    await headset.enroll_as(package(gate), habits=HABITS)

    assert found.discovered is not None
    assert found.discovered.auth_policies == ("OnPremise",)
    assert found.discovered.email_address == "ward7@example.org"
    assert all(
        isinstance(token, UsernameToken) and token.password.reveal() == "open"
        for token in found.tokens
    )
    assert {"UXInitiated": "false", "TargetedUserLoggedIn": "false", "EnrollmentType": "Full"} == {
        name: found.item(name) for name in ("UXInitiated", "TargetedUserLoggedIn", "EnrollmentType")
    }
    state = headset.device.state
    assert (state.local_user, state.network.by_hand) == ("visitor", "Ward")


async def test_services_named_outright_need_no_discovery(gate: Server) -> None:
    found, running = gate
    urls = (
        f"<PolicyServiceFullUrl>{found.base}/Policy</PolicyServiceFullUrl>"
        f"<EnrollmentServiceFullUrl>{found.base}/Enroll</EnrollmentServiceFullUrl>"
    )

    await VirtualHeadset.create().enroll_as(package(gate, urls=urls), habits=HABITS)

    assert ["/Policy", "/Enroll"] == [call.path for call in running.calls]


def pfx(authority: Authority) -> tuple[bytes, str]:
    key = rsa.generate_private_key(65537, 2048)
    certificate = authority.issue(key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH)
    data = pkcs12.serialize_key_and_certificates(
        b"bulk", key, certificate, None, BestAvailableEncryption(b"word")
    )
    return data, hashlib.sha1(certificate.public_bytes(Encoding.DER)).hexdigest()


async def test_a_certificate_signs_what_it_asks(gate: Server) -> None:
    found, running = gate
    found.policy = "Certificate"
    data, thumbprint = pfx(running.authority)
    asked = package(gate, policy="Certificate", secret=thumbprint)

    way = Package(asked.customizations, data, "word", asked.files)
    await VirtualHeadset.create().enroll_as(way, habits=HABITS)

    assert found.discovered is not None
    assert found.discovered.auth_policies == ("Certificate",)
    assert all(b"SignatureValue" in body for body in found.bodies)
    tokens = [each for each in found.tokens if isinstance(each, BinaryToken)]
    assert {hashlib.sha1(base64.b64decode(each.data)).hexdigest() for each in tokens} == {
        thumbprint
    }


async def test_a_certificate_that_the_store_does_not_have_proves_nothing(gate: Server) -> None:
    data, _ = pfx(gate[1].authority)
    asked = package(gate, policy="Certificate", secret="00" * 20)

    for given in (None, data):
        way = Package(asked.customizations, given, "word", asked.files)
        with pytest.raises(EnrollmentRefused) as refused:
            await VirtualHeadset.create().enroll_as(way, habits=HABITS)
        assert refused.value.hresult is Hresult.CERTIFICATE_NOT_FOUND

    assert gate[1].calls == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("OnPremise", "Federated", "AuthPolicy"),
        ("<Secret>open</Secret>", "", "no secret"),
        ("DiscoveryServiceFullUrl", "Elsewhere", "where the server is"),
        ("root.cer", "gone.cer", "no file"),
        ("Workplace", "Nowhere", None),
        ("Enrollments", "Others", "enrolls nowhere"),
        ("</WindowsCustomizations>", "", "cannot be read"),
    ],
)
async def test_a_broken_package_does_nothing(
    gate: Server, old: str, new: str, words: str | None
) -> None:
    good = package(gate)
    text = good.customizations.decode()
    assert old in text
    headset = VirtualHeadset.create()
    way = Package(text.replace(old, new).encode(), files=good.files)

    if words is None:  # the settings are found wherever they stand
        await headset.enroll_as(way, habits=HABITS)
        return
    with pytest.raises(WrongState, match=words):
        await headset.enroll_as(way, habits=HABITS)

    assert headset.kept_package is None


async def test_nobody_is_asked_so_the_headset_tries_again_by_itself(gate: Server) -> None:
    found, _ = gate
    found.refuse = [fault("/Enroll", "s:Authentication", "no")] * 5
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    headset = VirtualHeadset.create()
    await headset.enroll_by_package(package(gate), habits=HABITS, sleep=sleep)

    assert headset.is_enrolled
    assert [0, 0, 0, 15 * 60, 3600] == slept


async def test_a_package_gives_up_until_the_next_start(gate: Server) -> None:
    gate[0].refuse = [fault("/Enroll", "s:Authentication", "no")] * 7
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    headset = VirtualHeadset.create()
    with pytest.raises(EnrollmentRefused):
        await headset.enroll_by_package(package(gate), habits=HABITS, sleep=sleep)
    assert slept[-1] == 4 * 3600

    await headset.enroll_by_package(package(gate), habits=HABITS, sleep=sleep)
    assert headset.is_enrolled


async def test_the_root_of_the_package_is_what_the_headset_trusts(gate: Server) -> None:
    good = package(gate)
    without = good.customizations.replace(b"RootCertificate", b"SomethingElse")

    with pytest.raises(NoConnection, match="not trusted"):
        await VirtualHeadset.create().enroll_as(Package(without), habits=HABITS)


async def test_a_package_outlasts_a_reset_only_where_that_is_asked_for(
    gate: Server, tmp_path: Path
) -> None:
    headset = VirtualHeadset.create(tmp_path / "h")
    way = package(gate)
    await headset.enroll_as(way, habits=HABITS)

    headset.reset(keep_package=True)
    kept = headset.kept_package
    assert kept == way
    await headset.enroll_as(kept, habits=HABITS)
    headset.reset()

    assert headset.kept_package is None


async def test_a_build_without_packages_keeps_none(gate: Server) -> None:
    headset = VirtualHeadset.create(build="HL1 17763 Dev")

    with pytest.raises(WrongState, match="cannot enroll by package"):
        await headset.enroll_as(package(gate), habits=HABITS)

    assert headset.kept_package is None
