"""Certificates as values. The certificate here is made for the test; its key is thrown away."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509.oid import ExtensionOID, NameOID

from lenskeep.desired.validate.circumstances import Circumstances
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
    return key, issued(key)


def issued(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    issuer: str = "Contoso Root",
    *,
    ca: bool | None = True,
) -> x509.Certificate:
    """Return a certificate of Contoso Root for this key, valid from 2026 to the end of 2035."""
    subject, name = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)])
        for each in ("Contoso Root", issuer)
    )
    builder = x509.CertificateBuilder(name, subject, key.public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.sign(key, hashes.SHA256())


def at(thumbprint: str, store: str = "Root") -> LocUri:
    text = f"./Vendor/MSFT/RootCATrustedCertificates/{store}/{thumbprint}/EncodedCertificate"
    return parse_uri(text)


def said(certificate_: x509.Certificate, store: str = "Root", now: datetime | None = None) -> str:
    """Return what is said of a certificate under its own thumbprint: nothing, or warnings."""
    where = at(certificate_.fingerprint(hashes.SHA1()).hex(), store)
    found = certificate(where, b64(certificate_.public_bytes(Encoding.DER)), Circumstances(now=now))
    assert {each.weight for each in found} <= {Weight.WARNING}
    return "; ".join(each.problem for each in found)


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


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (None, ""),
        (datetime(2025, 12, 31, tzinfo=UTC), "not valid before 2026-01-01"),
        (datetime(2026, 1, 1, tzinfo=UTC), ""),
        (datetime(2035, 12, 1, tzinfo=UTC), ""),
        (datetime(2035, 12, 2, tzinfo=UTC), "expires on 2036-01-01"),
        (datetime(2036, 1, 1, 0, 0, 1, tzinfo=UTC), "expired on 2036-01-01"),
    ],
)
def test_its_dates_are_held_against_the_moment(
    made: Made, now: datetime | None, words: str
) -> None:
    told = said(made[1], now=now)

    assert words in told
    assert bool(words) is bool(told)


def test_each_store_is_for_its_kind() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    root, middle = issued(key), issued(key, "Contoso Policy")

    assert said(root, "Root") == ""
    assert said(middle, "CA") == ""
    assert said(issued(key, ca=None), "TrustedPublisher") == ""
    assert "intermediate" in said(middle, "Root")
    assert "root certificate in the store of inter" in said(root, "CA")
    assert "no authority's" in said(issued(key, ca=False), "Root")
    assert "no authority's" in said(issued(key, "Contoso Policy", ca=None), "CA")


def test_a_short_key_is_a_warning() -> None:
    short, long = (issued(rsa.generate_private_key(65537, bits)) for bits in (1024, 2048))

    assert "RSA key of 1024 bits" in said(short)
    assert said(long) == ""


def test_a_signature_with_sha_1_is_a_warning_but_for_a_root() -> None:
    """The algorithm's last byte is changed from SHA-256 to SHA-1, 1.2.840.113549.1.1.11 to .5."""
    key = rsa.generate_private_key(65537, 2048)
    sha_256, sha_1 = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05"))
    root, middle = (
        x509.load_der_x509_certificate(each.public_bytes(Encoding.DER).replace(sha_256, sha_1))
        for each in (issued(key), issued(key, "Contoso Policy"))
    )

    assert said(root) == ""
    assert "signed with SHA1" in said(middle, "CA")


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


@pytest.mark.parametrize("tag", [b"\x08", b"\x03"])  # no text at all; a text of bits
def test_a_certificate_whose_names_cannot_be_read_is_refused(made: Made, tag: bytes) -> None:
    der = made[1].public_bytes(Encoding.DER)
    common_name = b"\x06\x03\x55\x04\x03\x0c"
    spoiled = der.replace(common_name, common_name[:-1] + tag)

    found = certificate(at("0" * 40), b64(spoiled))

    assert der != spoiled
    assert ["is not a certificate"] == [each.problem for each in found]


def test_a_certificate_with_a_name_of_a_kind_that_nobody_reads_is_no_authority() -> None:
    """An x400Address among its other names ([RFC 5280] 4.2.1.6)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Odd")])
    odd = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x02\xa3\x00")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    parsed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, moment, moment)
        .add_extension(odd, critical=False)
        .sign(key, hashes.SHA256())
    )

    assert "is no authority's certificate" in said(parsed)
