"""Requests as real clients send them, built here byte by byte (origin: the rules of PKCS#10 and
what captures of Windows 10 and 11 are reported to hold), and hostile ones.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.request import MAX_REQUEST_BYTES, read_request

Sign: TypeAlias = Callable[[bytes], bytes]

DEVICE_ID = "0123456789ABCDEF0123456789ABCDEF"
COMMON_NAME = f"0F1E2D3C-4B5A-6978-8796-A5B4C3!{DEVICE_ID}"

OIW_SHA1_RSA = bytes.fromhex("06052b0e03021d 0500")
SHA1_RSA = bytes.fromhex("06092a864886f70d010105 0500")
SHA256_RSA = bytes.fromhex("06092a864886f70d01010b 0500")
MD5_RSA = bytes.fromhex("06092a864886f70d010104 0500")
SHA256_RSA_ODD = bytes.fromhex("06092a864886f70d01010b 020105")
SHA256_ECDSA = bytes.fromhex("06082a8648ce3d040302")
SHA1_ECDSA = bytes.fromhex("06072a8648ce3d0401")

CN = bytes.fromhex("0603550403")
EXTENSION_REQUEST = bytes.fromhex("06092a864886f70d01090e")
DEVICE_ID_EXTENSION = bytes.fromhex("060a2b060104018237420100")


def tlv(tag: int, *parts: bytes) -> bytes:
    """One field, its length in the shortest form."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def name(value: bytes, tag: int = 0x0C) -> bytes:
    """A subject of one common name."""
    return tlv(0x30, tlv(0x31, tlv(0x30, CN, tlv(tag, value))))


def attributes(value: bytes) -> bytes:
    """An extension request for the DeviceID extension alone, its value put in as it is."""
    extension = tlv(0x30, DEVICE_ID_EXTENSION, tlv(0x04, value))
    return tlv(0xA0, tlv(0x30, EXTENSION_REQUEST, tlv(0x31, tlv(0x30, extension))))


def request(
    key: bytes,
    sign: Sign,
    algorithm: bytes = SHA256_RSA,
    subject: bytes = name(COMMON_NAME.encode()),
    extra: bytes = attributes(DEVICE_ID.encode() + b"\0"),
    version: bytes = b"\x02\x01\x00",
) -> bytes:
    """A signed request."""
    info = tlv(0x30, version, subject, key, extra)
    return tlv(0x30, info, tlv(0x30, algorithm), tlv(0x03, b"\0", sign(info)))


def spki_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signer(key: rsa.RSAPrivateKey, algorithm: hashes.HashAlgorithm) -> Sign:
    return lambda data: key.sign(data, padding.PKCS1v15(), algorithm)


@pytest.fixture(scope="module")
def windows_10(device_key: rsa.RSAPrivateKey) -> bytes:
    """As reported of 19043 without a hash in the policy: everything wrong at once."""
    return request(
        spki_of(device_key),
        signer(device_key, hashes.SHA1()),
        algorithm=OIW_SHA1_RSA,
        subject=name(COMMON_NAME.encode() + b"\0", tag=0x13),
    )


def test_a_windows_10_request_is_read(windows_10: bytes, device_key: rsa.RSAPrivateKey) -> None:
    """PrintableString with `!` and NUL, a raw extension, SHA-1 by its old name: all accepted."""
    read = read_request(windows_10)

    assert read.common_name == COMMON_NAME
    assert read.device_id == DEVICE_ID
    assert read.signature_algorithm == "1.3.14.3.2.29"
    assert read.key_bits == 2048
    assert read.public_key == device_key.public_key()
    assert read.spki_sha256 == hashlib.sha256(spki_of(device_key)).digest()


def test_the_ready_parser_still_refuses_a_windows_10_request(windows_10: bytes) -> None:
    """The day this fails, the reader by hand can be thought over."""
    with pytest.raises(ValueError, match="parsing"):
        assert x509.load_der_x509_csr(windows_10).subject


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_with_the_windows_10_request(windows_10: bytes, tmp_path: Path) -> None:
    """Our request by hand is a request to another library too, and its signature verifies."""
    path = tmp_path / "request.der"
    path.write_bytes(windows_10)

    command = ["openssl", "req", "-inform", "DER", "-in", str(path), "-verify", "-noout"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.strip()) == (
        0,
        "Certificate request self-signature verify OK",
    )


def test_a_windows_11_request_is_read(device_key: rsa.RSAPrivateKey) -> None:
    """UTF8String, SHA-256, client authentication beside the raw extension, by a ready builder.

    [RFC 2985] 5.4.2.
    """
    raw = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.311.66.1.0"), DEVICE_ID.encode() + b"\0"
    )
    built = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)]))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .add_extension(raw, critical=False)
        .sign(device_key, hashes.SHA256())
    )

    read = read_request(built.public_bytes(Encoding.DER))

    assert (read.common_name, read.device_id) == (COMMON_NAME, DEVICE_ID)


def test_an_elliptic_key_is_read() -> None:
    """ECDSA on P-256 with SHA-256, for clients that are not Windows."""
    key = ec.generate_private_key(ec.SECP256R1())

    read = read_request(
        request(spki_of(key), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), SHA256_ECDSA)
    )

    assert (read.key_bits, read.device_id) == (256, DEVICE_ID)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0x0C, "Bürg".encode()),
        (0x16, "Bürg".encode("latin-1")),
        (0x1E, "Bürg".encode("utf-16-be")),
        (0x1C, "Bürg".encode("utf-32-be")),
    ],
)
def test_any_kind_of_string_can_hold_the_name(
    device_key: rsa.RSAPrivateKey, tag: int, value: bytes
) -> None:
    """The common name is decoded by its tag."""
    sign = signer(device_key, hashes.SHA256())

    assert (
        read_request(request(spki_of(device_key), sign, subject=name(value, tag))).common_name
        == "Bürg"
    )


@pytest.mark.parametrize(
    "subject", [tlv(0x30), name(b""), name(b"\xff\xfe\x00\x07")], ids=["none", "empty", "noise"]
)
def test_a_missing_or_broken_name_is_no_reason_to_refuse(
    device_key: rsa.RSAPrivateKey, subject: bytes
) -> None:
    """The name is a claim that nothing hangs on; what cannot be shown is left out."""
    read = read_request(
        request(spki_of(device_key), signer(device_key, hashes.SHA256()), subject=subject)
    )

    assert "\0" not in read.common_name


@pytest.mark.parametrize("extra", [b"", tlv(0xA0)], ids=["no attributes", "empty attributes"])
def test_a_request_without_the_extension_has_no_device_id(
    device_key: rsa.RSAPrivateKey, extra: bytes
) -> None:
    """The DeviceID of the request is welcome, not needed."""
    read = read_request(
        request(spki_of(device_key), signer(device_key, hashes.SHA256()), extra=extra)
    )

    assert read.device_id is None


def test_changing_what_was_signed_is_noticed(windows_10: bytes) -> None:
    """The proof of possession covers the original bytes, the illegal name included.

    [RFC 2986] 4.2.
    """
    with pytest.raises(Refused) as caught:
        read_request(windows_10.replace(b"0F1E2D3C", b"0F1E2D3D"))

    assert caught.value.kind is Refusal.CERTIFICATE_REQUEST
    assert "possession" in caught.value.reason


def test_another_keys_signature_is_no_proof(device_key: rsa.RSAPrivateKey) -> None:
    """Nobody gets a certificate for a key that somebody else holds."""
    other = rsa.generate_private_key(65537, 2048)

    with pytest.raises(Refused, match="possession"):
        read_request(request(spki_of(device_key), signer(other, hashes.SHA256())))


def test_a_short_rsa_key_is_refused() -> None:
    """Below 2048 bits is below our policy."""
    key = rsa.generate_private_key(65537, 1024)

    with pytest.raises(Refused, match="1024 bits"):
        read_request(request(spki_of(key), signer(key, hashes.SHA256())))


def test_an_unusual_exponent_is_refused() -> None:
    """Exponent 3 is a key that no current client makes ([NIST SP 800-56B] 6.2)."""
    key = rsa.generate_private_key(3, 2048)

    with pytest.raises(Refused, match="unusual"):
        read_request(request(spki_of(key), signer(key, hashes.SHA256())))


def test_a_giant_rsa_key_is_refused_before_it_costs_anything() -> None:
    """A modulus of 32768 bits is judged by its size, not by computing with it."""
    number = tlv(0x02, b"\0" + b"\xff" * 4096)
    bits = tlv(0x03, b"\0", tlv(0x30, number, bytes.fromhex("0203010001")))
    key = tlv(0x30, tlv(0x30, bytes.fromhex("06092a864886f70d010101 0500")), bits)

    with pytest.raises(Refused):
        read_request(request(key, lambda _: b"\x01" * 4096))


@pytest.mark.parametrize("algorithm", [MD5_RSA, SHA1_ECDSA, SHA256_ECDSA, SHA256_RSA_ODD])
def test_other_algorithms_are_refused(device_key: rsa.RSAPrivateKey, algorithm: bytes) -> None:
    """MD5, mismatched kinds and odd parameters have no place here.

    [RFC 4055] 5, [RFC 5758] 3.2.
    """
    sign = signer(device_key, hashes.SHA256())

    with pytest.raises(Refused):
        read_request(request(spki_of(device_key), sign, algorithm))


def test_other_kinds_of_keys_are_refused() -> None:
    """Ed25519 and P-521 are not what a device issuer signs."""
    edwards = ed25519.Ed25519PrivateKey.generate()
    key = edwards.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    large = spki_of(ec.generate_private_key(ec.SECP521R1()))

    for each in (key, large):
        with pytest.raises(Refused, match="neither"):
            read_request(request(each, lambda _: b"", SHA256_ECDSA))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30", id="one byte"),
        pytest.param(b"\x30\x80\x00\x00", id="indefinite"),
        pytest.param(b"\x30" * 10_000, id="deep"),
        pytest.param(b"-----BEGIN CERTIFICATE REQUEST-----", id="PEM"),
        pytest.param(tlv(0x30), id="empty"),
        pytest.param(tlv(0x30, tlv(0x30), tlv(0x30), tlv(0x03)), id="three empty parts"),
        pytest.param(tlv(0x30, bytes(MAX_REQUEST_BYTES)), id="too large"),
        pytest.param(tlv(0x31, tlv(0x30), tlv(0x30), tlv(0x03, b"\0")), id="a set"),
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    """Bytes of any other kind end as Refused, quickly."""
    with pytest.raises(Refused) as caught:
        read_request(data)

    assert caught.value.kind is Refusal.CERTIFICATE_REQUEST


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": b"\x02\x01\x01"}, id="version 2"),
        pytest.param({"version": b"\x04\x01\x00"}, id="version of another type"),
        pytest.param({"extra": tlv(0xA1)}, id="another tag for the attributes"),
        pytest.param({"extra": tlv(0xA0, tlv(0x30))}, id="an empty attribute"),
        pytest.param({"extra": tlv(0xA0) + tlv(0xA0)}, id="attributes twice"),
        pytest.param({"subject": tlv(0x30, tlv(0x31, tlv(0x30)))}, id="an empty name part"),
        pytest.param({"subject": tlv(0x0C, b"CN=x")}, id="a name as text"),
    ],
)
def test_signed_but_misshapen_requests_are_refused(
    device_key: rsa.RSAPrivateKey, change: dict[str, bytes]
) -> None:
    """A good signature does not excuse a broken shape."""
    sign = signer(device_key, hashes.SHA256())
    parts = {"subject": name(b"x"), "extra": tlv(0xA0), "version": b"\x02\x01\x00"} | change

    with pytest.raises(Refused, match="not a PKCS#10"):
        read_request(request(spki_of(device_key), sign, SHA256_RSA, **parts))


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_mutation_escapes_as_anything_but_refused(
    windows_10: bytes, data: st.DataObject
) -> None:
    """Any byte changed, cut or doubled anywhere: Refused, or read as the very same key."""
    at = data.draw(st.integers(0, len(windows_10) - 1))
    put = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 8))
    mutated = windows_10[:at] + put + windows_10[at + cut :]

    try:
        read = read_request(mutated)
    except Refused as refused:
        assert refused.kind is Refusal.CERTIFICATE_REQUEST  # noqa: PT017 - both ends are right
    else:
        assert read == read_request(windows_10)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_refused(noise: bytes) -> None:
    """No bytes at all make the reader fail in another way."""
    with pytest.raises(Refused):
        read_request(noise)
