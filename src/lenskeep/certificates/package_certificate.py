"""Certificates that provisioning packages enroll with: made here, or given by an administrator.

Such a certificate is known by its fingerprint alone and signed by nobody but itself: it is none of
our devices', and TLS does not take it for one.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.certificates.authority import CLOCK_SLACK
from lenskeep.certificates.keys import dump_certificate, load_certificate
from lenskeep.certificates.verify import MAX_CERTIFICATE_BYTES

MIN_KEY_BITS: Final = 2048
"""[NIST SP 800-131A] 3: RSA keys below are not to be relied upon."""

_SERIAL_BYTES: Final = 16
_FRIENDLY: Final = b"Lenskeep enrollment"


@dataclass(frozen=True, slots=True)
class PackageCertificate:
    """A new certificate with its key, as Windows takes both."""

    certificate: x509.Certificate
    pfx: bytes = field(repr=False)


def make_package_certificate(
    name: str, password: Secret, ends_at: datetime, now: datetime, randomness: Randomness
) -> PackageCertificate:
    """Return a new one, as PKCS#12 under this password: AES-256, read by Windows since 1709."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=MIN_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    serial = int.from_bytes(randomness.octets(_SERIAL_BYTES), "big") >> 2 | 1
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption = BestAvailableEncryption(password.reveal().encode())
    pfx = pkcs12.serialize_key_and_certificates(_FRIENDLY, key, certificate, None, encryption)
    return PackageCertificate(certificate, pfx)


def read_package_certificate(data: bytes, now: datetime) -> x509.Certificate:
    """Return a certificate that an administrator gave (DER or PEM). Raises Invalid."""
    if len(data) > 4 * MAX_CERTIFICATE_BYTES:
        raise Invalid.field("certificate", f"{len(data)} bytes", "one certificate, DER or PEM")
    certificate = load_certificate(data)
    if len(dump_certificate(certificate)) > MAX_CERTIFICATE_BYTES:
        raise Invalid.field("certificate", "too large", f"{MAX_CERTIFICATE_BYTES} bytes of DER")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise Invalid.field(
            "certificate", "its key cannot sign", f"RSA, {MIN_KEY_BITS} bits or more"
        )
    if certificate.not_valid_after_utc <= now + timedelta(minutes=1):
        raise Invalid.field("certificate", "its time is over")
    return certificate


def thumbprint(certificate: x509.Certificate) -> str:
    """Return the SHA-1 in upper-case hexadecimal, by which Windows finds a certificate."""
    der = dump_certificate(certificate)
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
