"""The certificate request is what Windows makes, down to its oddities."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.virtual.enrollment.certificate_request import (
    SHA_256,
    Style,
    Wish,
    certificate_request,
)

GUID = "0f3b8e6c-a271-4556-9b72-a26cbd11aa22"
DEVICE = "8090C8B4000000000000000000000001"
NAME = b"0F3B8E6C-A271-4556-9B72-A26CBD!" + DEVICE.encode()
SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
OIW_SHA1 = bytes.fromhex("06052b0e03021d")
DEVICE_EXTENSION = bytes.fromhex("060a2b060104018237420100")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def make(key: rsa.RSAPrivateKey, style: Style, hash_oid: str | None) -> bytes:
    return certificate_request(key, Wish(GUID, DEVICE, hash_oid, style))


def signed_part(der: bytes) -> bytes:
    """Return the certificationRequestInfo, header included, by counting octets."""
    assert der[:2] == b"\x30\x82"
    assert der[4:6] == b"\x30\x82"
    return der[4 : 8 + int.from_bytes(der[6:8], "big")]


def test_windows_11_makes_a_request_that_everybody_can_read(key: rsa.RSAPrivateKey) -> None:
    request = x509.load_der_x509_csr(make(key, Style.WINDOWS_11, SHA_256))

    assert request.is_signature_valid
    name = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0]
    assert name.value == NAME.decode()
    usage = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CLIENT_AUTH in usage
    own = request.extensions.get_extension_for_oid(
        x509.ObjectIdentifier("1.3.6.1.4.1.311.66.1.0")
    ).value
    assert isinstance(own, x509.UnrecognizedExtension)
    assert own.value == DEVICE.encode() + b"\x00"


def test_windows_10_ends_a_printable_string_in_nul(key: rsa.RSAPrivateKey) -> None:
    der = make(key, Style.WINDOWS_10, SHA_256)

    assert b"\x13" + bytes((len(NAME) + 1,)) + NAME + b"\x00" in der
    assert DEVICE_EXTENSION + b"\x04\x21" + DEVICE.encode() + b"\x00" in der
    with pytest.raises(ValueError, match=r"."):
        _ = x509.load_der_x509_csr(der).subject


@pytest.mark.parametrize(
    ("hash_oid", "identifier", "algorithm"),
    [(SHA_256, SHA256_WITH_RSA, hashes.SHA256()), (None, OIW_SHA1, hashes.SHA1())],
)
def test_the_policys_hash_signs_and_sha_1_where_it_names_none(
    key: rsa.RSAPrivateKey,
    hash_oid: str | None,
    identifier: bytes,
    algorithm: hashes.HashAlgorithm,
) -> None:
    der = make(key, Style.WINDOWS_10, hash_oid)

    part = signed_part(der)
    assert der[4 + len(part) :][2:].startswith(identifier)
    key.public_key().verify(der[-256:], part, padding.PKCS1v15(), algorithm)


def test_the_request_holds_the_public_key(key: rsa.RSAPrivateKey) -> None:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    assert public in make(key, Style.WINDOWS_10, None)
