"""The signature of an enrollment by certificate, verified by a library that is not ours."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.exceptions import InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from lenskeep.virtual.enrollment.package.identity import Holder
from lenskeep.virtual.enrollment.proof import by_certificate
from lenskeep.wire.soap import ACTION_GET_POLICIES, MESSAGE_ID_GET_POLICIES
from lenskeep.wire.xcep import GetPolicies, read_get_policies, write_get_policies

URL = "https://mdm.example/Policy"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def holder() -> Holder:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "package")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=30))
    return Holder(builder.sign(key, hashes.SHA256()), key)


def sealed(holder: Holder) -> bytes:
    proof = by_certificate(holder, NOW)
    header = proof.header(ACTION_GET_POLICIES, MESSAGE_ID_GET_POLICIES, URL)
    return proof.seal(write_get_policies(header, GetPolicies()))


def verified(body: bytes, holder: Holder) -> bytes:
    pem = holder.certificate.public_bytes(Encoding.PEM).decode()
    result = XMLVerifier().verify(
        body,
        x509_cert=pem,
        expect_config=SignatureConfiguration(location=".//", verification_time=NOW),
    )
    assert not isinstance(result, list)
    return result.signed_data


def test_the_whole_message_is_signed(holder: Holder) -> None:
    body = sealed(holder)

    covered = verified(body, holder)

    root = etree.fromstring(covered)
    assert etree.QName(root).localname == "Envelope"
    assert b"Signature" not in covered
    assert b"GetPolicies" in covered


def test_a_changed_message_is_not_the_signed_one(holder: Holder) -> None:
    body = sealed(holder)
    assert b"mdm.example" in body

    with pytest.raises(InvalidSignature):
        verified(body.replace(b"mdm.example", b"mdm.exomple"), holder)


def test_the_message_is_still_read_as_before(holder: Holder) -> None:
    header, _ = read_get_policies(sealed(holder))

    assert header.created == NOW
    assert header.expires == NOW + timedelta(minutes=5)
    assert header.token is not None
    assert getattr(header.token, "value_type", "").endswith("#X509v3")
