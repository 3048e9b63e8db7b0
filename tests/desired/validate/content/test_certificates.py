"""Certificates as values. The certificate here is made for the test; its key is thrown away."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from lenskeep.desired.validate.content.certificates import (
    certificate,
    personal_information_exchange,
)
from lenskeep.desired.validate.finding import Weight
from lenskeep.tree.uri import LocUri, parse_uri

Made = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@pytest.fixture(scope="module")
def made() -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Contoso Root")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return key, builder.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())


def at(thumbprint: str) -> LocUri:
    text = f"./Vendor/MSFT/RootCATrustedCertificates/Root/{thumbprint}/EncodedCertificate"
    return parse_uri(text)


def b64(der: bytes) -> str:
    return base64.b64encode(der).decode()


def test_a_certificate_under_its_thumbprint_is_fine(made: Made) -> None:
    digest = made[1].fingerprint(hashes.SHA1()).hex()
    value = b64(made[1].public_bytes(Encoding.DER))

    assert certificate(at(digest), value) == ()
    assert certificate(at(digest.upper()), value[:64] + "\n" + value[64:]) == ()


def test_the_thumbprint_of_another_is_refused_with_the_right_one(made: Made) -> None:
    digest = made[1].fingerprint(hashes.SHA1()).hex()

    (finding,) = certificate(at("ab" * 20), b64(made[1].public_bytes(Encoding.DER)))

    assert (finding.weight, finding.field) == (Weight.REFUSED, "uri")
    assert finding.allowed == digest.upper()


def test_a_node_that_is_no_thumbprint_is_a_warning(made: Made) -> None:
    (finding,) = certificate(at("mine"), b64(made[1].public_bytes(Encoding.DER)))

    assert finding.weight is Weight.WARNING


def test_pem_is_refused_by_name(made: Made) -> None:
    (finding,) = certificate(at("mine"), made[1].public_bytes(Encoding.PEM).decode())

    assert finding.message == "the value is PEM"


@pytest.mark.parametrize("value", ["", "MIIB", "!", b64(b"\x30\x03\x02\x01\x01"), "A" * 70_000])
def test_what_is_no_certificate_is_refused(value: str) -> None:
    assert [Weight.REFUSED] == [each.weight for each in certificate(at("ab" * 20), value)]


def test_a_pfx_file_is_known_by_its_beginning(made: Made) -> None:
    pfx = pkcs12.serialize_key_and_certificates(None, made[0], made[1], None, NoEncryption())

    assert personal_information_exchange(at("x"), b64(pfx)) == ()
    assert personal_information_exchange(at("x"), b64(made[1].public_bytes(Encoding.DER)))
    assert personal_information_exchange(at("x"), "not base64")
