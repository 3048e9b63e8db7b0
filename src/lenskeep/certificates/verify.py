"""Whose certificate a peer shows: read it, check that we issued it for a device.

Needed even where TLS has checked the chain: a resumed TLS session is not verified again, and a
proxy's forwarded certificate was never seen by our TLS. That a certificate is bound to a living
enrollment and not revoked is the store's to say, by its SHA-256.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from lenskeep.base.errors import Refusal, Refused

MAX_CERTIFICATE_BYTES: Final = 8 * 1024
"""Ours are below 1.5 kB."""

MAX_HEADER_CHARACTERS: Final = 4 * MAX_CERTIFICATE_BYTES
"""Base64 by 4/3, and up to three characters for one where it is URL-encoded."""

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_XFCC: Final = re.compile(r'(?:^|[;,])\s*Cert="([^"]*)"', re.IGNORECASE)
"""Envoy's X-Forwarded-Client-Cert: `Hash=...;Cert="<URL-encoded PEM>";Subject="..."`."""


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """What is looked up, shown and compared of a peer's certificate."""

    sha256: bytes
    """Of its DER: the name under which the store knows it."""
    serial: str
    """Upper-case hexadecimal."""
    spki_sha256: bytes
    not_before: datetime
    not_after: datetime


def fingerprint(der: bytes) -> bytes:
    """Return the SHA-256 under which the store knows a certificate; nothing is read or checked."""
    return hashlib.sha256(der).digest()


def read_peer(der: bytes) -> PeerCertificate:
    """Return what a certificate says, nothing checked. Raises Refused(AUTHENTICATION)."""
    return _peer(_load(der), der)


def verify_device_certificate(
    der: bytes, issuers: Sequence[x509.Certificate], now: datetime
) -> PeerCertificate:
    """Return the peer of a certificate that one of these issuers signed for client use and that
    is good now. Raises Refused(AUTHENTICATION) for any other.
    """
    certificate = _load(der)
    if not any(_issued(certificate, issuer) for issuer in issuers):
        raise _refused("not issued by us")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise _refused("expired or not yet good")
    if not _for_clients(certificate):
        raise _refused("not for client authentication")
    return _peer(certificate, der)


def verify_forwarded(header: str, issuers: Sequence[x509.Certificate], now: datetime) -> bytes:
    """Return the DER of a device certificate that a trusted proxy put into a header, checked as
    by `verify_device_certificate`. Raises Refused(AUTHENTICATION).
    """
    der = read_forwarded(header)
    verify_device_certificate(der, issuers, now)
    return der


def read_forwarded(header: str) -> bytes:
    """Return the DER certificate that a trusted proxy put into a header.

    Forms: URL-encoded PEM (nginx `$ssl_client_escaped_cert`), PEM with its line breaks made
    spaces (Apache), plain base64 DER (Traefik), the same in colons ([RFC 9440] 2.1), and Envoy's
    XFCC. Raises Refused(AUTHENTICATION) for none, and for more than one: a proxy that appends
    instead of replacing would let the client choose.
    """
    if len(header) > MAX_HEADER_CHARACTERS:
        raise _refused("the forwarded certificate is too long")
    quoted = _XFCC.findall(header)
    if len(quoted) > 1:
        raise _refused("more than one forwarded certificate")
    text = unquote(quoted[0] if quoted else header).strip()
    found = _PEM.findall(text)
    if len(found) > 1:
        raise _refused("more than one forwarded certificate")
    body = found[0] if found else text.removeprefix(":").removesuffix(":")
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _refused("the forwarded certificate cannot be read") from None
    if not der:
        raise _refused("no forwarded certificate")
    return der


def _load(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise _refused("too large")
    try:
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        raise _refused("cannot be read") from None
    return certificate


def _peer(certificate: x509.Certificate, der: bytes) -> PeerCertificate:
    try:
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PeerCertificate(
            sha256=fingerprint(der),
            serial=f"{certificate.serial_number:X}",
            spki_sha256=hashlib.sha256(key).digest(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    except (ValueError, UnsupportedAlgorithm):
        raise _refused("cannot be read") from None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _for_clients(certificate: x509.Certificate) -> bool:
    """[RFC 5280] 4.2.1.12, 4.2.1.9: client authentication is named, and it is no authority."""
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        limits = extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage and not limits.ca


def _refused(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, f"client certificate: {reason}")
