"""Certificates as values: base64 of DER, and an address that names the same certificate."""

import base64
import binascii
import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from lenskeep.desired.validate.finding import Found, refused, warned
from lenskeep.tree.uri import LocUri

MAX_CERTIFICATE: Final = 64 * 1024
"""Characters of base64; a certificate with every extension imaginable has a tenth of it."""
_FORM: Final = "the certificate's DER in base64, without -----BEGIN lines"
_THUMBPRINT: Final = re.compile("[0-9A-Fa-f]{40}")


def certificate(uri: LocUri, value: str) -> Found:
    """Check a certificate. CSP: RootCATrustedCertificates, CertificateStore: EncodedCertificate.

    Where the node before the last is a thumbprint, it has to be this certificate's (SHA-1).
    """
    if "-----BEGIN" in value[:200]:
        return (refused("is PEM", _FORM),)
    if len(value) > MAX_CERTIFICATE:
        return (refused("is too long for a certificate", f"at most {MAX_CERTIFICATE} characters"),)
    try:
        der = base64.b64decode("".join(value.split()), validate=True)
        parsed = x509.load_der_x509_certificate(der)
        digest = parsed.fingerprint(SHA1()).hex()  # noqa: S303 - the CSP names nodes by it
    except (binascii.Error, ValueError, x509.InvalidVersion):
        return (refused("is not a certificate", _FORM),)
    return _names_it(uri, digest)


def _names_it(uri: LocUri, digest: str) -> Found:
    node = uri.segments[-2] if len(uri.segments) > 1 else ""
    if not _THUMBPRINT.fullmatch(node):
        return (warned("is not a thumbprint", digest.upper(), node, field="uri"),)
    if node.casefold() != digest:
        return (refused("is the thumbprint of another", digest.upper(), node, field="uri"),)
    return ()


def personal_information_exchange(_: LocUri, value: str) -> Found:
    """Check the form of a PFX. CSP: ClientCertificateInstall/PFXCertInstall/{id}/PFXCertBlob.

    It is not opened: its password is another setting. [RFC 7292] 4: a sequence, version 3.
    """
    try:
        der = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return (refused("is not base64", "a .pfx file in base64"),)
    if not re.match(rb"\x30(\x80|[\x00-\x7f]|\x81.|\x82..|\x83...)\x02\x01\x03", der, re.DOTALL):
        return (refused("is not a .pfx file", "a .pfx file in base64"),)
    return ()
