"""Renewal requests signed by two other libraries and by hand (origin: the rules of [RFC 5652]),
the one published with [MS-WSTEP] where it lies beside the repository, and hostile ones.
"""

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import Authority, DeviceLeaf, issue_device
from lenskeep.certificates.keys import dump_certificate, key_pem, pem, spki
from lenskeep.certificates.request import read_request
from lenskeep.certificates.signed_request import (
    MAX_SIGNED_BYTES,
    named_certificate,
    read_signed_request,
    verify_signature,
)

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Hash: TypeAlias = type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]

PUBLISHED = Path(__file__).parents[3] / "shared/samples/mswstep-renew-request.xml"

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
SHA256 = bytes.fromhex("0609608648016503040201")
MD5 = bytes.fromhex("06082a864886f70d0205")
NULL = b"\x05\x00"
RSA = bytes.fromhex("06092a864886f70d010101")
SHA1_RSA = bytes.fromhex("06092a864886f70d010105")
SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
PSS = bytes.fromhex("06092a864886f70d01010a")


def tlv(tag: int, *parts: bytes) -> bytes:
    """One field, its length in the shortest form."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


@dataclass(frozen=True)
class Holder:
    """A headset's key and certificate, and the request for the next one."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    request: bytes

    def sign(self, data: bytes) -> bytes:
        """Sign as Windows does."""
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    @property
    def name(self) -> bytes:
        """What names it: issuer and serial number."""
        number = self.certificate.serial_number
        serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return tlv(0x30, self.certificate.issuer.public_bytes(), tlv(0x02, serial))


@pytest.fixture(scope="module")
def holder(device_key: rsa.RSAPrivateKey, device_der: bytes) -> Holder:
    """The headset that renews."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "next")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    certificate = x509.load_der_x509_certificate(device_der)
    return Holder(device_key, certificate, request.public_bytes(Encoding.DER))


@pytest.fixture(scope="module")
def other(devices: Authority, now: datetime) -> x509.Certificate:
    """Another headset's certificate, of the same issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = DeviceLeaf(spki(key.public_key()), "enr_2")
    return issue_device(devices, leaf, now, SystemRandomness())


def attribute(kind: bytes, *values: bytes) -> bytes:
    return tlv(0x30, kind, tlv(0x31, *values))


def bound(content: bytes) -> tuple[bytes, ...]:
    """The two attributes that bind a signature to its content."""
    digest = tlv(0x04, hashlib.sha256(content).digest())
    return (attribute(CONTENT_TYPE, DATA), attribute(MESSAGE_DIGEST, digest))


def signer_info(
    holder: Holder,
    attributes: tuple[bytes, ...] | None = None,
    *,
    version: bytes = b"\x02\x01\x01",
    digest: bytes = SHA256 + NULL,
    algorithm: bytes = RSA + NULL,
    name: bytes | None = None,
    signature: bytes | None = None,
    after: bytes = b"",
) -> bytes:
    """One SignerInfo; the attributes are signed as a SET and sent as `[0]`."""
    signed = holder.request if attributes is None else tlv(0x31, *attributes)
    sent = b"" if attributes is None else tlv(0xA0, *attributes)
    octets = tlv(0x04, holder.sign(signed) if signature is None else signature)
    name = holder.name if name is None else name
    return tlv(0x30, version, name, tlv(0x30, digest), sent, tlv(0x30, algorithm), octets, after)


def message(
    holder: Holder,
    *infos: bytes,
    version: bytes = b"\x02\x01\x01",
    content: bytes | None = None,
    certificates: tuple[bytes, ...] | None = None,
    kind: bytes = SIGNED_DATA,
    before_signers: bytes = b"",
) -> bytes:
    """A whole SignedData."""
    if content is None:
        content = tlv(0x30, DATA, tlv(0xA0, tlv(0x04, holder.request)))
    own = (dump_certificate(holder.certificate),) if certificates is None else certificates
    embedded = tlv(0xA0, *own) if own else b""
    digests, signers = tlv(0x31, tlv(0x30, SHA256, NULL)), tlv(0x31, *infos)
    body = tlv(0x30, version, digests, content, embedded, before_signers, signers)
    return tlv(0x30, kind, tlv(0xA0, body))


def refusal(read: Callable[[], object]) -> Refusal:
    """Return the kind of refusal that this ends in."""
    with pytest.raises(Refused) as caught:
        read()
    return caught.value.kind


# --- what is accepted ---------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], [PKCS7Options.NoAttributes]], ids=["bound", "bare"])
@pytest.mark.parametrize("method", [hashes.SHA256, hashes.SHA384, hashes.SHA512])
def test_what_another_library_signs_is_read(
    holder: Holder, method: Hash, options: list[PKCS7Options]
) -> None:
    """With signed attributes and without, by each digest."""
    builder = PKCS7SignatureBuilder().set_data(holder.request)
    signed = builder.add_signer(holder.certificate, holder.key, method()).sign(
        Encoding.DER, [PKCS7Options.Binary, *options]
    )

    read = read_signed_request(signed)

    assert holder.request == read.request
    assert dump_certificate(holder.certificate) == named_certificate(read)
    verify_signature(read, holder.certificate)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="attributes"),
        pytest.param(["-noattr"], id="no attributes"),
        pytest.param(["-keyid"], id="by key identifier"),
        pytest.param(["-nocerts"], id="no certificate"),
        pytest.param(["-md", "sha1"], id="sha-1"),
        pytest.param(["-md", "sha512", "-noattr"], id="sha-512"),
    ],
)
def test_what_openssl_signs_is_read(holder: Holder, tmp_path: Path, options: list[str]) -> None:
    """`openssl cms -sign`, in the forms that it has."""
    signed = by_openssl(tmp_path, holder.key, holder.certificate, holder.request, options)

    read = read_signed_request(signed)

    expected = None if "-nocerts" in options else dump_certificate(holder.certificate)
    assert (holder.request, expected) == (read.request, named_certificate(read))
    verify_signature(read, holder.certificate)


def by_openssl(
    folder: Path, key: Key, certificate: x509.Certificate, content: bytes, options: list[str]
) -> bytes:
    """Sign with another program."""
    (folder / "key.pem").write_text(key_pem(key))
    (folder / "certificate.pem").write_text(pem([certificate]))
    (folder / "content").write_bytes(content)
    files = ["-signer", "certificate.pem", "-inkey", "key.pem", "-in", "content"]
    fixed = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", *files]
    done = subprocess.run([*fixed, *options], cwd=folder, capture_output=True, check=True)
    return done.stdout


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_an_elliptic_signer_is_read(
    devices: Authority, now: datetime, holder: Holder, tmp_path: Path
) -> None:
    """For clients that are not Windows."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = DeviceLeaf(spki(key.public_key()), "enr_3")
    certificate = issue_device(devices, leaf, now, SystemRandomness())

    read = read_signed_request(by_openssl(tmp_path, key, certificate, holder.request, []))

    verify_signature(read, certificate)
    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(
        lambda: verify_signature(read, holder.certificate)
    )


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published sample is not at hand")
def test_the_published_renewal_is_read() -> None:
    """The one real request that was ever published: SHA-1, no attributes, version 1."""
    found = re.search(r"BinarySecurityToken[^>]*>([^<]+)<", PUBLISHED.read_text())
    assert found is not None

    read = read_signed_request(base64.b64decode(found[1]))

    certificate = named_certificate(read)
    assert certificate is not None
    verify_signature(read, x509.load_der_x509_certificate(certificate))
    assert 2048 == read_request(read.request).key_bits


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"algorithm": SHA256_RSA + NULL}, id="algorithm that names its digest"),
        pytest.param({"algorithm": RSA, "digest": SHA256}, id="no parameters"),
        pytest.param({"version": b"\x02\x01\x03"}, id="version 3"),
        pytest.param({"after": tlv(0xA1, attribute(SIGNING_TIME, NULL))}, id="unsigned attributes"),
    ],
)
def test_other_ways_to_write_the_same_are_read(holder: Holder, changed: dict[str, Any]) -> None:
    """Tolerated: what Windows and others may write differently."""
    signed = message(holder, signer_info(holder, bound(holder.request), **changed))

    verify_signature(read_signed_request(signed), holder.certificate)


def test_a_second_signer_does_not_count(holder: Holder, other: x509.Certificate) -> None:
    """The one that names our certificate decides; the other one's signature is anything."""
    number = other.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
    name = tlv(0x30, other.issuer.public_bytes(), tlv(0x02, serial))
    stranger = signer_info(holder, name=name, signature=bytes(256))
    read = read_signed_request(message(holder, stranger, signer_info(holder)))

    verify_signature(read, holder.certificate)
    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(lambda: verify_signature(read, other))


def test_revocation_lists_are_passed_over(holder: Holder) -> None:
    """[RFC 5652] 5.1 has a place for them."""
    signed = message(holder, signer_info(holder), before_signers=tlv(0xA1))

    verify_signature(read_signed_request(signed), holder.certificate)


# --- what is not --------------------------------------------------------------------------


def test_a_signature_by_another_key_is_refused(holder: Holder, devices: Authority) -> None:
    """The certificate that is named is not the key that signed."""
    forged = devices.key.sign(holder.request, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, arg-type]
    read = read_signed_request(message(holder, signer_info(holder, signature=forged)))

    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(
        lambda: verify_signature(read, holder.certificate)
    )


def test_a_certificate_of_the_same_name_does_not_count(holder: Holder, now: datetime) -> None:
    """Somebody's own certificate with our issuer's name and the same number proves nothing."""
    key = rsa.generate_private_key(65537, 2048)
    ours = holder.certificate
    forged = (
        x509.CertificateBuilder()
        .subject_name(ours.subject)
        .issuer_name(ours.issuer)
        .serial_number(ours.serial_number)
        .public_key(key.public_key())
        .not_valid_before(ours.not_valid_before_utc)
        .not_valid_after(ours.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    builder = PKCS7SignatureBuilder().set_data(holder.request)
    signed = builder.add_signer(forged, key, hashes.SHA256()).sign(
        Encoding.DER, [PKCS7Options.Binary]
    )
    read = read_signed_request(signed)

    assert dump_certificate(ours) != named_certificate(read)
    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(lambda: verify_signature(read, ours))


def test_two_embedded_certificates_of_one_name_are_none(holder: Holder, now: datetime) -> None:
    """Which of them is meant is not ours to choose; the same one twice is one."""
    ours = dump_certificate(holder.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    twin = (
        x509.CertificateBuilder()
        .subject_name(holder.certificate.subject)
        .issuer_name(holder.certificate.issuer)
        .serial_number(holder.certificate.serial_number)
        .public_key(key.public_key())
        .not_valid_before(now)
        .not_valid_after(holder.certificate.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    info = signer_info(holder)
    both = message(holder, info, certificates=(ours, dump_certificate(twin)))

    assert named_certificate(read_signed_request(both)) is None
    twice = message(holder, info, certificates=(ours, ours, b"\x30\x00"))
    assert ours == named_certificate(read_signed_request(twice))


def test_attributes_that_were_signed_do_not_pass_for_a_content(holder: Holder) -> None:
    """A message with attributes, its attributes made the content of one without: no request."""
    signed = tlv(0x31, *bound(holder.request))
    content = tlv(0x30, DATA, tlv(0xA0, tlv(0x04, signed)))
    info = signer_info(holder, signature=holder.sign(signed))

    read = read_signed_request(message(holder, info, content=content))

    verify_signature(read, holder.certificate)
    assert Refusal.CERTIFICATE_REQUEST == refusal(lambda: read_request(read.request))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"algorithm": SHA1_RSA + NULL}, id="digest other than the one beside it"),
        pytest.param({"algorithm": PSS}, id="pss"),
        pytest.param({"algorithm": bytes.fromhex("06082a8648ce3d040302")}, id="ecdsa, rsa key"),
        pytest.param({"signature": b""}, id="no signature"),
        pytest.param({"signature": bytes(256)}, id="zeros"),
        pytest.param({"name": tlv(0x80, bytes(20))}, id="another key identifier"),
        pytest.param({"name": tlv(0x80)}, id="empty key identifier"),
    ],
)
def test_what_does_not_prove_the_key_is_refused(holder: Holder, changed: dict[str, Any]) -> None:
    """Well formed, and not by this certificate's key as far as can be seen."""
    read = read_signed_request(message(holder, signer_info(holder, **changed)))

    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(
        lambda: verify_signature(read, holder.certificate)
    )


def test_two_signers_of_one_name_are_refused(holder: Holder) -> None:
    """Exactly one has to count."""
    read = read_signed_request(message(holder, signer_info(holder), signer_info(holder)))

    assert Refusal.NOT_ELIGIBLE_TO_RENEW == refusal(
        lambda: verify_signature(read, holder.certificate)
    )


def attributes_of(name: str, content: bytes) -> tuple[bytes, ...]:
    """Signed attributes that are wrong in one way."""
    kind, digest = bound(content)
    wrong = {
        "none": (),
        "no digest": (kind,),
        "no content type": (digest,),
        "digest twice": (kind, digest, digest),
        "two digests": (
            kind,
            attribute(MESSAGE_DIGEST, tlv(0x04, bytes(32)), tlv(0x04, bytes(32))),
        ),
        "no value": (kind, attribute(MESSAGE_DIGEST)),
        "another digest": (kind, attribute(MESSAGE_DIGEST, tlv(0x04, bytes(32)))),
        "digest of no octets": (kind, attribute(MESSAGE_DIGEST, NULL)),
        "another type": (attribute(CONTENT_TYPE, SIGNED_DATA), digest),
        "not attributes": (b"\x02\x01\x00",),
    }
    return wrong[name]


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "no digest",
        "no content type",
        "digest twice",
        "two digests",
        "no value",
        "another digest",
        "digest of no octets",
        "another type",
        "not attributes",
    ],
)
def test_attributes_that_do_not_bind_the_content_are_refused(holder: Holder, name: str) -> None:
    """Rightly signed, each of them, over attributes that say nothing of this content."""
    signed = message(holder, signer_info(holder, attributes_of(name, holder.request)))

    assert Refusal.CERTIFICATE_REQUEST == refusal(lambda: read_signed_request(signed))


def malformed(name: str, holder: Holder) -> bytes:
    """A message that is wrong in one way."""
    info, own = signer_info(holder), dump_certificate(holder.certificate)
    detached = tlv(0x30, DATA)
    typed = tlv(0x30, ENVELOPED_DATA, tlv(0xA0, tlv(0x04, holder.request)))
    in_pieces = tlv(0x30, DATA, tlv(0xA0, tlv(0x24, tlv(0x04, holder.request))))
    wrong = {
        "nothing": b"",
        "a bare request": holder.request,
        "cut off": message(holder, info)[:-1],
        "bytes left over": message(holder, info) + b"\0",
        "enveloped data": message(holder, info, kind=ENVELOPED_DATA),
        "no signers": message(holder),
        "five signers": message(holder, *[info] * 5),
        "nine certificates": message(holder, info, certificates=(own,) * 9),
        "version 2": message(holder, info, version=b"\x02\x01\x02"),
        "signer of version 2": message(holder, signer_info(holder, version=b"\x02\x01\x02")),
        "detached": message(holder, info, content=detached),
        "content of another type": message(holder, info, content=typed),
        "content in pieces": message(holder, info, content=in_pieces),
        "md5": message(holder, signer_info(holder, digest=MD5 + NULL)),
        "parameters": message(holder, signer_info(holder, algorithm=RSA + b"\x02\x01\x00")),
        "more behind the signature": message(holder, signer_info(holder, after=NULL)),
        "more before the signers": message(holder, info, before_signers=tlv(0x31)),
        "signer named by a name": message(holder, signer_info(holder, name=tlv(0x31))),
    }
    return wrong[name]


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "a bare request",
        "cut off",
        "bytes left over",
        "enveloped data",
        "no signers",
        "five signers",
        "nine certificates",
        "version 2",
        "signer of version 2",
        "detached",
        "content of another type",
        "content in pieces",
        "md5",
        "parameters",
        "more behind the signature",
        "more before the signers",
        "signer named by a name",
    ],
)
def test_what_is_malformed_is_refused(holder: Holder, name: str) -> None:
    """One way to write it, and one refusal for all others."""
    assert Refusal.CERTIFICATE_REQUEST == refusal(
        lambda: read_signed_request(malformed(name, holder))
    )


def test_what_is_too_large_is_refused_unread() -> None:
    """The limit is above everything real, and far below what would be work."""
    assert Refusal.CERTIFICATE_REQUEST == refusal(
        lambda: read_signed_request(bytes(MAX_SIGNED_BYTES + 1))
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_no_changed_byte_is_accepted_as_another_request(holder: Holder, at: int, flip: int) -> None:
    """Any byte changed: refused, or the very request that was signed, by the same key."""
    octets = bytearray(message(holder, signer_info(holder, bound(holder.request))))
    octets[at % len(octets)] ^= flip

    assert accepted(bytes(octets), holder) in (holder.request, None)


def accepted(data: bytes, holder: Holder) -> bytes | None:
    """Return the request that this message proves, or None where it is refused."""
    try:
        read = read_signed_request(data)
        named_certificate(read)
        verify_signature(read, holder.certificate)
    except Refused:
        return None
    return read.request


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever comes is refused, never an error of another kind."""
    for each in (data, tlv(0x30, SIGNED_DATA, tlv(0xA0, tlv(0x30, data)))):
        assert Refusal.CERTIFICATE_REQUEST == refusal(lambda each=each: read_signed_request(each))  # type: ignore[misc]
