"""The certificate that a peer shows: its name in the store, and whether we issued it for a device.

Every request is looked up by that name; that the certificate is bound to a living enrollment, in
time and not revoked is the store's to say. The check is for what a proxy forwards: our own TLS,
which trusts the issuer for devices alone, never saw it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

from lenskeep.base.errors import Refusal, Refused

MAX_CERTIFICATE_BYTES: Final = 8 * 1024
"""Ours are below 1.5 kB."""

MAX_HEADER_CHARACTERS: Final = 4 * MAX_CERTIFICATE_BYTES
"""Base64 by 4/3, and up to three characters for one where it is URL-encoded."""

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_XFCC: Final = re.compile(r'(?:^|[;,])\s*Cert="([^"]*)"', re.IGNORECASE)
"""Envoy's X-Forwarded-Client-Cert: `Hash=...;Cert="<URL-encoded PEM>";Subject="..."`."""


def fingerprint(der: bytes) -> bytes:
    """Return the SHA-256 under which the store knows a certificate; nothing is read or checked."""
    return hashlib.sha256(der).digest()


def verify_device_certificate(
    der: bytes, issuers: Sequence[x509.Certificate], now: datetime
) -> None:
    """Raise Refused(AUTHENTICATION) unless one of these issuers signed it for client use, and it
    is good now.
    """
    certificate = _load(der)
    if not any(_issued(certificate, issuer) for issuer in issuers):
        raise _refused("not issued by us")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise _refused("expired or not yet good")
    if not _for_clients(certificate):
        raise _refused("not for client authentication")


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
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
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
