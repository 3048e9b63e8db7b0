"""A headset's certificate gets old: it renews by itself, as often as it takes, never too late."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.virtual import double
from tests.virtual.double import Authority, Call, Double, Reply, fault
from tests.virtual.gate import Gate, redirect

from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.renewal import Identity, RenewalHabits
from lenskeep.virtual.enrollment.ways import EntraJoin, Local
from lenskeep.virtual.entra.issuer import TokenIssuer
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.state import KEY_FILE, RENEWAL_KEY_FILE
from lenskeep.virtual.transport import Accidents, Patience
from lenskeep.virtual.trouble import Breach, NoConnection, WrongState
from lenskeep.wire.security import UsernameToken
from lenskeep.wire.wstep import RequestType, read_request

Server = tuple[Gate, Double]
ONCE = Patience(retries=0)
HABITS = Habits(style=Style.WINDOWS_11, patience=ONCE)
RENEW = "./Vendor/MSFT/CertificateStore/My/WSTEP/Renew/"

# Origin: written by hand from the published renewal document.
RENEWED = """<wap-provisioningdoc version="1.1">
<characteristic type="CertificateStore">{root}<characteristic type="My">
<characteristic type="{store}"><characteristic type="{print}">
<parm name="EncodedCertificate" value="{client}"/>
<characteristic type="PrivateKeyContainer"/></characteristic></characteristic></characteristic>
</characteristic><characteristic type="APPLICATION">
<parm name="PROVIDER-ID" value="{provider}"/></characteristic></wap-provisioningdoc>"""


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class Renewing(Gate):
    """A gate that renews: it issues for the key in the signed request, and keeps who was shown."""

    issuer: Authority | None = None
    provider: str = "Double"
    store: str = "User"
    key: rsa.RSAPublicKey | None = None
    bring_root: bool = False
    now: Clock

    def __call__(self, call: Call) -> Reply:
        if call.path == "/Enroll" and b"/Renew<" in call.body:
            return self._renewed(call)
        return super().__call__(call)

    def _renewed(self, call: Call) -> Reply:
        header, self.request = read_request(call.body)
        self.tokens.append(header.token)
        if self.refuse:
            return self.refuse.pop(0)
        key = self.key or request_in(self.request.request).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        issuer = self.issuer or self.authority
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        client = issuer.issue(key, usage, days=self.days, now=self.now())
        return double.token(
            RENEWED.format(
                store=self.store,
                provider=self.provider,
                print=client.fingerprint(hashes.SHA1()).hex().upper(),
                client=encoded(client),
                root=root_of(issuer) if self.bring_root else "",
            )
        )


def encoded(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def root_of(authority: Authority) -> str:
    name = authority.root.fingerprint(hashes.SHA1()).hex().upper()
    return (
        f'<characteristic type="Root"><characteristic type="System"><characteristic type="{name}">'
        f'<parm name="EncodedCertificate" value="{encoded(authority.root)}"/>'
        "</characteristic></characteristic></characteristic>"
    )


def request_in(signed: bytes) -> x509.CertificateSigningRequest:
    """Return the request inside the signed data; it stands there as it is ([RFC 5652] 5.2)."""
    start = signed.index(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01") + 11
    at = signed.index(b"\x30\x82", start)
    size = int.from_bytes(signed[at + 2 : at + 4], "big") + 4
    return x509.load_der_x509_csr(signed[at : at + size])


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
async def renewing(gate: Server, clock: Clock) -> Server:
    found, running = gate
    found.__class__ = Renewing
    assert isinstance(found, Renewing)
    found.now = clock
    return found, running


async def enrolled(server: Server, clock: Clock) -> VirtualHeadset:
    headset = VirtualHeadset.create(now=clock)
    way = Local("anna@example.com", "x", server[0].base)
    await headset.enroll_as(way, server[1].authority.pem, habits=HABITS)
    return headset


async def test_nothing_is_renewed_before_the_window_opens(renewing: Server, clock: Clock) -> None:
    headset = await enrolled(renewing, clock)
    end = clock.now + timedelta(days=365)
    calls = len(renewing[1].calls)

    assert abs(headset.renewal_due_at - (end - timedelta(days=42))) < timedelta(minutes=1)
    assert not await headset.renew_if_due()
    assert len(renewing[1].calls) == calls


async def test_the_window_brings_a_new_key_and_a_new_certificate(
    renewing: Server, clock: Clock
) -> None:
    found, running = renewing
    headset = await enrolled(renewing, clock)
    before = headset.identity()
    device_id = headset.device_id
    headset.tamper("./Vendor/MSFT/Policy/Config/System/AllowLocation", "0")
    clock.now = headset.renewal_due_at

    assert await headset.renew_if_due(RenewalHabits(patience=ONCE))

    after = headset.identity()
    assert before.key != after.key
    assert found.request is not None
    assert found.request.request_type is RequestType.RENEW
    assert found.item("DeviceID") == device_id == headset.device_id
    assert running.calls[-1].has_certificate
    assert [call.method for call in running.calls[-3:]] == ["GET", "POST", "POST"]
    assert (headset.value(f"{RENEW}Status"), headset.value(f"{RENEW}ErrorCode")) == ("2", "0")
    assert headset.value("./Vendor/MSFT/Policy/Config/System/AllowLocation") == "0"
    assert headset.renewal_due_at > clock.now
    stored = headset.tree.children("./Device/Vendor/MSFT/CertificateStore/My/User")
    fresh = x509.load_pem_x509_certificate(after.certificate)
    assert [fresh.fingerprint(hashes.SHA1()).hex().upper()] == [
        node.path.rpartition("/")[2] for node in stored
    ]


async def test_the_request_is_signed_by_the_old_certificate(renewing: Server, clock: Clock) -> None:
    found, _ = renewing
    headset = await enrolled(renewing, clock)
    old = x509.load_pem_x509_certificate(headset.identity().certificate)

    await headset.renew(RenewalHabits(patience=ONCE))

    assert found.request is not None
    signers = pkcs7.load_der_pkcs7_certificates(found.request.request)
    assert [old.serial_number] == [each.serial_number for each in signers]
    assert request_in(found.request.request).is_signature_valid
    token = found.tokens[-1]
    assert isinstance(token, UsernameToken)
    assert token.password.reveal() == ""


@pytest.mark.parametrize("value_type", ["wss", "mde"])
@pytest.mark.parametrize("twice", [False, True])
async def test_both_names_and_both_encodings_are_in_use(
    renewing: Server, clock: Clock, value_type: str, *, twice: bool
) -> None:
    found, _ = renewing
    headset = await enrolled(renewing, clock)
    habits = RenewalHabits(twice=twice, patience=ONCE)

    kind = replace(habits, value_type="mde") if value_type == "mde" else habits
    await headset.renew(kind)

    assert found.request is not None
    place = "oasis" if value_type == "wss" else "pki/2009"
    assert place in found.request.value_type
    assert found.request.value_type.endswith("#PKCS7")


async def test_a_failure_is_tried_again_after_the_interval(renewing: Server, clock: Clock) -> None:
    found, running = renewing
    headset = await enrolled(renewing, clock)
    found.refuse = [fault("/Enroll", "s:CertificateRequest", "not now")]
    clock.now = headset.renewal_due_at

    with pytest.raises(EnrollmentRefused, match="0x80180004"):
        await headset.renew_if_due()
    assert headset.value(f"{RENEW}Status") == "3"
    assert headset.value(f"{RENEW}ErrorCode") == str(0x80180004)
    asked = len(running.calls)
    clock.now += timedelta(days=3, hours=23)
    assert not await headset.renew_if_due()
    assert len(running.calls) == asked

    clock.now += timedelta(hours=2)
    assert await headset.renew_if_due()


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    renewing: Server, clock: Clock
) -> None:
    found, _ = renewing
    headset = await enrolled(renewing, clock)
    before = headset.identity()

    with pytest.raises(NoConnection):
        await headset.renew(RenewalHabits(patience=ONCE, accidents=Accidents(lose_answer=3)))
    assert found.request is not None
    first = request_in(found.request.request).public_key()
    assert headset.identity() == before
    assert headset.value(f"{RENEW}ErrorCode") == str(Hresult.CONNECTIVITY.code)
    await headset.renew(RenewalHabits(patience=ONCE))

    assert request_in(found.request.request).public_key() == first


async def test_after_the_end_nothing_is_renewed(renewing: Server, clock: Clock) -> None:
    headset = await enrolled(renewing, clock)
    clock.now += timedelta(days=366)
    calls = len(renewing[1].calls)

    assert not await headset.renew_if_due()
    with pytest.raises(WrongState, match="expired"):
        await headset.renew()

    assert len(renewing[1].calls) == calls


async def test_without_the_server_s_name_for_it_a_headset_does_not_renew(
    renewing: Server, clock: Clock
) -> None:
    renewing[0].document = lambda text: text.replace(
        '<parm name="EntDMID" value="dev-1" datatype="string"/>', ""
    )
    headset = await enrolled(renewing, clock)

    with pytest.raises(WrongState, match="EntDMID"):
        await headset.renew()


async def test_a_redirect_is_not_followed(renewing: Server, clock: Clock) -> None:
    found, _ = renewing
    headset = await enrolled(renewing, clock)
    found.redirected = f"{found.base}/Elsewhere"

    with pytest.raises(EnrollmentRefused, match=r"0x8018001A.*no redirect"):
        await headset.renew()


async def test_discovery_through_a_redirect_is_remembered_as_it_ended(
    renewing: Server, clock: Clock
) -> None:
    found, running = renewing
    found.pages = lambda _: redirect("/EnrollmentServer/Discovery.svc")
    headset = VirtualHeadset.create(now=clock)
    way = Local("anna@example.com", "x", f"{found.base}/start")

    await headset.enroll_as(way, running.authority.pem, habits=HABITS)
    await headset.renew(RenewalHabits(patience=ONCE))

    assert [call.path for call in running.calls].count("/start") == 1


async def test_the_server_may_name_another_address(renewing: Server, clock: Clock) -> None:
    found, running = renewing
    headset = await enrolled(renewing, clock)
    headset.tamper(f"{RENEW}ServerURL", f"{found.base}/Enroll")
    calls = len(running.calls)

    await headset.renew(RenewalHabits(patience=ONCE))

    assert [call.path for call in running.calls[calls:]] == ["/Enroll"]


async def test_a_fault_over_http_200_is_no_answer_to_a_renewal(
    renewing: Server, clock: Clock
) -> None:
    found, _ = renewing
    headset = await enrolled(renewing, clock)
    found.refuse = [fault("/Enroll", "s:CertificateRequest", "no", status=200)]

    with pytest.raises(EnrollmentRefused, match="0x801900C8"):
        await headset.renew()

    assert headset.value(f"{RENEW}ErrorCode") == str(0x801900C8)


async def test_a_new_root_is_known_beside_the_old_one(renewing: Server, clock: Clock) -> None:
    found, _ = renewing
    assert isinstance(found, Renewing)
    headset = await enrolled(renewing, clock)
    found.issuer = double.make_authority()
    found.bring_root = True

    await headset.renew(RenewalHabits(patience=ONCE))

    roots = headset.tree.children("./Device/Vendor/MSFT/CertificateStore/Root/System")
    assert len(roots) == 2


async def test_a_bad_answer_leaves_the_old_certificate(renewing: Server, clock: Clock) -> None:
    found, _ = renewing
    assert isinstance(found, Renewing)
    headset = await enrolled(renewing, clock)
    before = headset.identity()
    stranger = rsa.generate_private_key(65537, 2048).public_key()

    for words, twist in (
        ("PROVIDER-ID", {"provider": "Other"}),
        ("My/System", {"store": "System"}),
        ("another public key", {"key": stranger}),
        ("nobody that is known", {"issuer": double.make_authority()}),
        ("window is open", {"days": 41}),
    ):
        kept = {name: getattr(found, name) for name in twist}
        for name, value in twist.items():
            setattr(found, name, value)
        with pytest.raises(Breach, match=words):
            await headset.renew(RenewalHabits(patience=ONCE))
        for name, value in kept.items():
            setattr(found, name, value)

    assert headset.identity() == before


async def test_somebody_else_s_certificate_can_be_shown(renewing: Server, clock: Clock) -> None:
    found, _ = renewing
    headset, other = await enrolled(renewing, clock), await enrolled(renewing, clock)
    stolen: Identity = other.identity()

    await headset.renew(RenewalHabits(patience=ONCE, signer=stolen, tls=stolen))

    assert found.request is not None
    signers = pkcs7.load_der_pkcs7_certificates(found.request.request)
    theirs = x509.load_pem_x509_certificate(stolen.certificate)
    assert [theirs.serial_number] == [each.serial_number for each in signers]


async def test_a_join_renews_in_the_machine_s_store(renewing: Server, clock: Clock) -> None:
    found, running = renewing
    assert isinstance(found, Renewing)
    found.store = "System"
    headset = VirtualHeadset.create(now=clock)
    way = EntraJoin(TokenIssuer.create().join("anna@contoso.example"), found.base)
    await headset.enroll_as(way, running.authority.pem, habits=HABITS)

    await headset.renew(RenewalHabits(patience=ONCE))

    assert found.item("EnrollmentType") == "Device"
    assert headset.value(f"{RENEW}Status") == "2"


async def test_a_power_cut_between_certificate_and_key_is_mended(
    renewing: Server, clock: Clock, tmp_path: Path
) -> None:
    headset = VirtualHeadset.create(tmp_path / "h", now=clock)
    way = Local("anna@example.com", "x", renewing[0].base)
    await headset.enroll_as(way, renewing[1].authority.pem, habits=HABITS)
    old = headset.identity()
    await headset.renew(RenewalHabits(patience=ONCE))
    new = headset.identity()
    (tmp_path / "h" / RENEWAL_KEY_FILE).write_bytes(new.key)
    (tmp_path / "h" / KEY_FILE).write_bytes(old.key)

    again = VirtualHeadset.open(tmp_path / "h", now=clock)

    assert again.identity() == new
    assert not (tmp_path / "h" / RENEWAL_KEY_FILE).exists()
