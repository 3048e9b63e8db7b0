"""Certificates as values: base64 of DER, an address that names the same one, and whether it holds.

Nothing here is trusted or verified: the findings are for the person who is about to send it.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1

from lenskeep.desired.guard.places import place
from lenskeep.desired.validate.circumstances import UNKNOWN, Circumstances
from lenskeep.desired.validate.finding import Finding, Found, refused, warned
from lenskeep.tree.uri import LocUri

MAX_CERTIFICATE: Final = 64 * 1024
"""Characters of base64; a certificate with every extension imaginable has a tenth of it."""
_FORM: Final = "the certificate's DER in base64, without -----BEGIN lines"
_THUMBPRINT: Final = re.compile("[0-9A-Fa-f]{40}")


SOON: Final = timedelta(days=30)
"""How long before its end a certificate is spoken of: time for a roll-over on a whole fleet."""
_LEAST_RSA: Final = 2048
_LEAST_EC: Final = 256
"""Bits; [NIST SP 800-131A] 3: less is disallowed."""


_ODD_EXTENSIONS: Final = (
    *(ValueError, TypeError),
    *(x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What the library raises for extensions that it cannot read."""


def certificate(uri: LocUri, value: str, around: Circumstances = UNKNOWN) -> Found:
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
        names = parsed.subject, parsed.issuer  # read by the library only when they are asked for
    except (binascii.Error, ValueError, TypeError, x509.InvalidVersion):
        return (refused("is not a certificate", _FORM),)
    named = _names_it(uri, digest)
    is_own = names[0] == names[1]
    of_kind = _store(uri, _is_authority(parsed), is_own=is_own)
    return (*named, *_dates(parsed, around), *_strength(parsed, is_own=is_own), *of_kind)


def _names_it(uri: LocUri, digest: str) -> Found:
    node = uri.segments[-2] if len(uri.segments) > 1 else ""
    if not _THUMBPRINT.fullmatch(node):
        return (warned("is not a thumbprint", digest.upper(), node, field="uri"),)
    if node.casefold() != digest:
        return (refused("is the thumbprint of another", digest.upper(), node, field="uri"),)
    return ()


def _dates(parsed: x509.Certificate, around: Circumstances) -> Iterator[Finding]:
    """Compare its validity [RFC 5280] 4.1.2.5 with the moment, where there is one."""
    if around.now is None:
        return
    first, last = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    if around.now < first:
        yield warned(f"is a certificate that is not valid before {first:%Y-%m-%d}")
    elif around.now > last:
        yield warned(f"is a certificate that expired on {last:%Y-%m-%d}", "a valid one")
    elif last - around.now <= SOON:
        yield warned(f"is a certificate that expires on {last:%Y-%m-%d}", "one that lasts")


def _strength(parsed: x509.Certificate, *, is_own: bool) -> Iterator[Finding]:
    """Notice short keys and broken digests; the digest of a root's own signature means nothing."""
    try:
        key = parsed.public_key()
        digest = parsed.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        yield warned("is a certificate of a key or signature that headsets may not know")
        return
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA:
        yield warned(f"is a certificate of an RSA key of {key.key_size} bits", f"{_LEAST_RSA} bits")
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _LEAST_EC:
        yield warned(f"is a certificate of a key of {key.key_size} bits", f"{_LEAST_EC} bits")
    if isinstance(digest, SHA1 | MD5) and not is_own:
        yield warned(f"is a certificate signed with {digest.name.upper()}", "SHA-256 or better")


def _store(uri: LocUri, is_authority: bool, *, is_own: bool) -> Iterator[Finding]:
    """Check that it is of the kind its store is for.

    CSP: RootCATrustedCertificates, CertificateStore. [RFC 5280] 4.2.1.9: it is an authority's
    only when its basic constraints say so.
    """
    store = next((each for each in place(uri.key).split("/")[1:2]), "")
    if store not in ("root", "ca"):
        return
    if not is_authority:
        yield warned(
            f"is no authority's certificate, and goes to the store {store.upper()}", "a CA"
        )
    elif store == "root" and not is_own:
        yield warned("is an intermediate certificate in the store of roots", "the store CA")
    elif store == "ca" and is_own:
        yield warned("is a root certificate in the store of intermediates", "the store Root")


def _is_authority(parsed: x509.Certificate) -> bool:
    try:
        return parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *_ODD_EXTENSIONS):
        return False


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
