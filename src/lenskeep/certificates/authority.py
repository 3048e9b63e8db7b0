"""Our own authority: a root, an issuer for devices, an issuer for servers, and what they issue.

The root signs the two issuers once and can then be taken offline: nothing else needs its private
key, the renewal of the server's own certificate included. Pure: time and serial numbers come from
arguments, nothing is stored; private keys leave as PKCS#8 for the caller to seal.

All three are RSA-3072 with SHA-256: schannel has met such chains everywhere, and signing for a
client whose own key is RSA keeps one algorithm from end to end (assumed: ECDSA issuers would
work too; no headset has been seen with one). The server's own TLS key is ECDSA P-256.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.certificates.keys import IssuerKey, PublicKey

ROOT_LIFETIME: Final = timedelta(days=20 * 365)
"""It is installed on every headset before enrollment: replacing it means touching each."""

ISSUER_LIFETIME: Final = timedelta(days=10 * 365)
"""Half of the root's: one renewal with the root at hand."""

DEVICE_LIFETIME: Final = timedelta(days=365)
"""As `certificateValidity` in the policy answer says."""

SERVER_LIFETIME: Final = timedelta(days=397)
"""[CA/B BR] 6.3.2: at most 398 days, the slack below included; clients may enforce it."""

CLOCK_SLACK: Final = timedelta(minutes=5)
"""NotBefore is this much in the past, for clocks that run behind, and no more: a back-dated
certificate opens its renewal window early (seen: peers that back-dated by months).
"""

ISSUER_KEY_BITS: Final = 3072
"""[NIST SP 800-57] 5.6.1: 128 bits of strength, good beyond 2030."""

_SERIAL_BYTES: Final = 16
"""[RFC 5280] 4.1.2.2 allows 20; 126 random bits cannot be guessed nor meet twice."""

_UNIT: Final = "Lenskeep"
_MAX_COMMON_NAME: Final = 64
"""[RFC 5280] ub-common-name."""


class IssuerRole(Enum):
    """What an issuer may issue, enforced by its own extended key usage."""

    DEVICES = "devices"
    SERVERS = "servers"

    @property
    def usage(self) -> x509.ObjectIdentifier:
        """The extended key usage of the issuer and of all it issues."""
        if self is IssuerRole.DEVICES:
            return ExtendedKeyUsageOID.CLIENT_AUTH
        return ExtendedKeyUsageOID.SERVER_AUTH


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others, with its private key."""

    certificate: x509.Certificate
    key: IssuerKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeviceLeaf:
    """A device certificate to be issued: its key, and the name that we chose for it."""

    spki_der: bytes = field(repr=False)
    common_name: str
    """Ours (enrollment id or DevId), never copied from the request; at most 64 characters."""
    lifetime: timedelta = DEVICE_LIFETIME


def make_root(label: str, now: datetime, randomness: Randomness) -> Authority:
    """Return a new self-signed root. `label` (a host name) tells two installations apart."""
    key = _issuer_key()
    name = _name(_labeled("Lenskeep Root CA", label))
    span = _Span(now - CLOCK_SLACK, now + ROOT_LIFETIME)
    body = _body(name, key.public_key(), span, randomness).issuer_name(name)
    body = _as_authority(body, path_length=1)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    body = body.add_extension(own, critical=False)
    return Authority(body.sign(key, hashes.SHA256()), key)


def make_issuer(
    root: Authority, role: IssuerRole, label: str, now: datetime, randomness: Randomness
) -> Authority:
    """Return a new issuer under the root that can issue for this role only."""
    key = _issuer_key()
    name = _name(_labeled(f"Lenskeep {role.value.capitalize()} CA", label))
    body = _body(name, key.public_key(), _span(root, now, ISSUER_LIFETIME), randomness)
    body = _as_authority(body, path_length=0)
    body = body.add_extension(x509.ExtendedKeyUsage([role.usage]), critical=False)
    return Authority(_sign(root, body), key)


def issue_device(
    issuer: Authority, leaf: DeviceLeaf, now: datetime, randomness: Randomness
) -> x509.Certificate:
    """Return the device's certificate for TLS client authentication.

    Raises Unavailable once the issuer itself has ended.
    """
    key = load_der_public_key(leaf.spki_der)
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise Invalid.field("public key", "neither RSA nor ECDSA")
    name = _name(leaf.common_name, unit=_UNIT)
    body = _body(name, key, _span(issuer, now, leaf.lifetime), randomness)
    return _sign(issuer, _as_leaf(body, key, IssuerRole.DEVICES))


def issue_server(
    issuer: Authority,
    names: Sequence[str],
    key: PublicKey,
    now: datetime,
    randomness: Randomness,
) -> x509.Certificate:
    """Return the server's TLS certificate for these DNS names and IP addresses."""
    if not names:
        raise Invalid.field("names", "a server certificate needs a name")
    first = names[0] if len(names[0]) <= _MAX_COMMON_NAME else _UNIT
    body = _body(_name(first), key, _span(issuer, now, SERVER_LIFETIME), randomness)
    body = _as_leaf(body, key, IssuerRole.SERVERS)
    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    return _sign(issuer, body.add_extension(alternatives, critical=False))


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a certificate is good."""

    start: datetime
    end: datetime


def _span(issuer: Authority, now: datetime, lifetime: timedelta) -> _Span:
    """Return a span within the issuer's own ([RFC 5280] 6.1: a chain is as good as its parts)."""
    certificate = issuer.certificate
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Unavailable("the issuing certificate is not good at this time")
    start = max(now - CLOCK_SLACK, certificate.not_valid_before_utc)
    return _Span(start, min(now + lifetime, certificate.not_valid_after_utc))


def _body(
    name: x509.Name, key: PublicKey, span: _Span, randomness: Randomness
) -> x509.CertificateBuilder:
    octets = int.from_bytes(randomness.octets(_SERIAL_BYTES), "big")
    bits = 8 * _SERIAL_BYTES
    serial = octets % (1 << bits - 2) | 1 << bits - 2  # positive, and of one length for all
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(span.start)
        .not_valid_after(span.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _sign(issuer: Authority, body: x509.CertificateBuilder) -> x509.Certificate:
    """Name the issuer in the body and sign it."""
    above = issuer.certificate
    known = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    pointer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)
    body = body.issuer_name(above.subject).add_extension(pointer, critical=False)
    return body.sign(issuer.key, hashes.SHA256())


def _as_authority(body: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return body.add_extension(constraints, critical=True).add_extension(usage, critical=True)


def _as_leaf(
    body: x509.CertificateBuilder, key: PublicKey, role: IssuerRole
) -> x509.CertificateBuilder:
    enciphers = isinstance(key, rsa.RSAPublicKey)  # [RFC 5480] 3: not with an ECDSA key
    usage = _usage(digital_signature=True, key_encipherment=enciphers)
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    return (
        body.add_extension(constraints, critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([role.usage]), critical=False)
    )


def _usage(
    *,
    digital_signature: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_encipherment=key_encipherment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=ISSUER_KEY_BITS)


def _labeled(title: str, label: str) -> str:
    return f"{title} {label}".strip()[:_MAX_COMMON_NAME].strip()


def _name(common_name: str, *, unit: str = "") -> x509.Name:
    if not 1 <= len(common_name) <= _MAX_COMMON_NAME:
        raise Invalid.field("common name", f"{len(common_name)} characters", "1 to 64")
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if unit:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name(parts)


def _alternative(name: str) -> x509.GeneralName:
    """Return an address as an address, anything else as a DNS name ([RFC 6125] 6.4)."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.lower())
    except ValueError:
        raise Invalid.field("names", f"{name!r} is no DNS name", "ASCII; xn-- for others") from None
