"""A renewal's request: a PKCS#10 inside a PKCS#7 that the old certificate's key signed.

[MS-MDE2] 3.4.4.1.1.1 (renewal), [MS-WSTEP] 3.1.4.1.2.5, [RFC 5652] 5. No library at hand verifies
SignedData, so it is split by hand, strictly as DER, and verified over the very bytes that came.
A signature counts only against a certificate that the caller hands over: what lies embedded says
which one the sender means, and is never believed for itself. Both forms are taken: with signed
attributes (then the content's type and digest are among them and right) and without (seen: the
request published with [MS-WSTEP]). PSS is not read: Windows signs PKCS#1 v1.5 (assumed).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates import der
from lenskeep.certificates.der import BadDer, Field

MAX_SIGNED_BYTES: Final = 32 * 1024
"""32 KiB: a request, the old certificate and what stands above it are below 10 kB."""

MAX_SIGNERS: Final = 4
MAX_CERTIFICATES: Final = 8
"""One of each is expected; more are work that a stranger could give us."""

_DATA: Final = "1.2.840.113549.1.7.1"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"

_SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"

_CONTEXT_1: Final = 0xA1
_CONTEXT_3: Final = 0xA3
_KEY_IDENTIFIER: Final = 0x80
"""`[0]`, primitive: a signer named by SubjectKeyIdentifier."""
_VERSIONS: Final = (b"\x01", b"\x03")
"""[RFC 5652] 5.1, 5.3: 1 by issuer and serial number, 3 otherwise."""

_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",  # seen: the request published with [MS-WSTEP]
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""SHA-1 is good enough here: the signer signs its own words, a collision gains it nothing."""

_HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}

_RSA: Final = {
    "1.2.840.113549.1.1.1": None,  # the digest is the one named beside it
    "1.3.14.3.2.29": "sha1",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}

_ECDSA: Final = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo: whom it names, and what it signed how."""

    issuer: bytes = field(repr=False)
    """DER of the name; empty where the signer is named by `key_identifier`."""
    serial: bytes = field(repr=False)
    key_identifier: bytes = field(repr=False)
    digest: str
    algorithm: str
    """Dotted object identifier of the signature's algorithm."""
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A PKCS#7 whose form is right; whose it is, `verify_signature` says."""

    request: bytes = field(repr=False)
    """The content: a PKCS#10 request, not read yet."""
    signers: tuple[Signer, ...]
    certificates: tuple[bytes, ...] = field(repr=False)
    """What lies embedded, as DER; claims, all of them."""


def read_signed_request(data: bytes) -> SignedRequest:
    """Return the parts of a SignedData. Raises Refused(CERTIFICATE_REQUEST) for anything else."""
    if len(data) > MAX_SIGNED_BYTES:
        raise _malformed(f"{len(data)} bytes, at most {MAX_SIGNED_BYTES}")
    try:
        return _read(data)
    except BadDer as error:
        raise _malformed(str(error)) from None


def named_certificate(signed: SignedRequest) -> bytes | None:
    """Return the embedded certificate (DER) that a signer names; None for none or several."""
    named = [each for each in signed.certificates if _is_named(signed, each)]
    return named[0] if len(set(named)) == 1 else None


def verify_signature(signed: SignedRequest, certificate: x509.Certificate) -> None:
    """Raise Refused(NOT_ELIGIBLE_TO_RENEW) unless exactly one signer names this certificate, and
    its signature is by the certificate's key.
    """
    body = certificate.tbs_certificate_bytes
    found = [each for each in signed.signers if _names(each, body)]
    if len(found) != 1:
        raise _unproven(f"{len(found)} signers name the certificate")
    key, signer = certificate.public_key(), found[0]
    try:
        if isinstance(key, rsa.RSAPublicKey) and signer.algorithm in _RSA:
            method = _method(signer, _RSA[signer.algorithm])
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), method)
        elif isinstance(key, ec.EllipticCurvePublicKey) and signer.algorithm in _ECDSA:
            method = _method(signer, _ECDSA[signer.algorithm])
            key.verify(signer.signature, signer.signed, ec.ECDSA(method))
        else:
            raise _unproven(f"signature algorithm {signer.algorithm} is not accepted here")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise _unproven("the signature is not by the certificate's key") from None


# --- reading ------------------------------------------------------------------------------


def _read(data: bytes) -> SignedRequest:
    """[RFC 5652] 3, 5.1."""
    kind, holder = _exactly(der.only(data, der.SEQUENCE), 2)
    if der.oid(kind) != _SIGNED_DATA:
        raise BadDer("a content that is not signed data")
    (body,) = _exactly(der.expect(holder, der.CONTEXT_0), 1)
    version, digests, content, *rest = _at_least(der.expect(body, der.SEQUENCE), 4)
    _check_version(version)
    der.expect(digests, der.SET)
    request = _content(content)
    certificates: tuple[bytes, ...] = ()
    if rest[0].tag == der.CONTEXT_0:
        certificates = tuple(_certificates(rest.pop(0)))
    if rest and rest[0].tag == _CONTEXT_1:  # revocation lists: the store knows better
        rest.pop(0)
    if len(rest) != 1:
        raise BadDer(f"{len(rest)} parts where the signers belong")
    return SignedRequest(request, tuple(_signers(rest[0], request)), certificates)


def _content(info: Field) -> bytes:
    """[RFC 5652] 5.2: plain data in an OCTET STRING; a detached content is nothing to sign."""
    kind, holder = _exactly(der.expect(info, der.SEQUENCE), 2)
    if der.oid(kind) != _DATA:
        raise BadDer("signed content that is not plain data")
    (octets,) = _exactly(der.expect(holder, der.CONTEXT_0), 1)
    return der.expect(octets, der.OCTET_STRING).content


def _certificates(holder: Field) -> Iterator[bytes]:
    """[RFC 5652] 10.2.2: the plain kind of certificate; the obsolete ones are passed over."""
    found = list(der.fields(holder))
    if len(found) > MAX_CERTIFICATES:
        raise BadDer(f"{len(found)} certificates, at most {MAX_CERTIFICATES}")
    for each in found:
        if each.tag == der.SEQUENCE:
            yield each.raw


def _signers(holder: Field, content: bytes) -> Iterator[Signer]:
    found = list(der.fields(der.expect(holder, der.SET)))
    if not 1 <= len(found) <= MAX_SIGNERS:
        raise BadDer(f"{len(found)} signers, 1 to {MAX_SIGNERS} go")
    for each in found:
        yield _signer(each, content)


def _signer(info: Field, content: bytes) -> Signer:
    """[RFC 5652] 5.3."""
    version, name, digest_field, *rest = _at_least(der.expect(info, der.SEQUENCE), 5)
    _check_version(version)
    issuer, serial, key_identifier = _name(name)
    digest = _digest(digest_field)
    signed = content
    if rest[0].tag == der.CONTEXT_0:
        signed = _signed_attributes(rest.pop(0), digest, content)
    if len(rest) == 3 and rest[2].tag == _CONTEXT_1:  # unsigned attributes say nothing
        rest.pop()
    if len(rest) != 2:
        raise BadDer(f"{len(rest)} parts where algorithm and signature belong")
    algorithm = _algorithm(rest[0])
    signature = der.expect(rest[1], der.OCTET_STRING).content
    return Signer(issuer, serial, key_identifier, digest, algorithm, signed, signature)


def _name(field_: Field) -> tuple[bytes, bytes, bytes]:
    """Return issuer and serial number, or the key identifier, whichever names the signer."""
    if field_.tag == _KEY_IDENTIFIER:
        return b"", b"", field_.content
    issuer, serial = _exactly(der.expect(field_, der.SEQUENCE), 2)
    der.expect(issuer, der.SEQUENCE)
    return issuer.raw, der.expect(serial, der.INTEGER).content, b""


def _signed_attributes(holder: Field, digest: str, content: bytes) -> bytes:
    """Return the bytes that were signed, the two attributes that bind them to the content right.

    [RFC 5652] 5.4, 11.1, 11.2: each there once with one value; signed as a SET, not as `[0]`.
    Attributes that somebody signed cannot be passed off as content: a SET is no request.
    """
    values: dict[str, Field] = {}
    for attribute in der.fields(holder):
        kind, holder_of_values = _exactly(der.expect(attribute, der.SEQUENCE), 2)
        name, members = der.oid(kind), der.fields(der.expect(holder_of_values, der.SET))
        if name in (_CONTENT_TYPE, _MESSAGE_DIGEST):
            (value,) = _of(members, 1)
            if values.setdefault(name, value) is not value:
                raise BadDer("a signed attribute comes twice")
    if len(values) != 2:
        raise BadDer("the signed attributes lack content type or digest")
    if der.oid(values[_CONTENT_TYPE]) != _DATA:
        raise BadDer("the signed content type is another")
    stated = der.expect(values[_MESSAGE_DIGEST], der.OCTET_STRING).content
    if stated != hashlib.new(digest, content).digest():
        raise BadDer("the signed digest is another content's")
    return bytes([der.SET]) + holder.raw[1:]


def _digest(field_: Field) -> str:
    name = _algorithm(field_)
    if name not in _DIGESTS:
        raise BadDer(f"digest algorithm {name}")
    return _DIGESTS[name]


def _algorithm(field_: Field) -> str:
    """[RFC 5754] 2, 3: parameters are NULL or absent in all that is accepted."""
    kind, *parameters = _at_least(der.expect(field_, der.SEQUENCE), 1)
    if [each.raw for each in parameters] not in ([], [b"\x05\x00"]):
        raise BadDer("an algorithm with parameters")
    return der.oid(kind)


def _check_version(field_: Field) -> None:
    if der.expect(field_, der.INTEGER).content not in _VERSIONS:
        raise BadDer("a version other than 1 and 3")


def _exactly(parent: Field, count: int) -> list[Field]:
    return _of(der.fields(parent), count)


def _of(members: Iterator[Field], count: int) -> list[Field]:
    found = list(members)
    if len(found) != count:
        raise BadDer(f"{len(found)} parts where {count} belong")
    return found


def _at_least(parent: Field, count: int) -> list[Field]:
    found = list(der.fields(parent))
    if len(found) < count:
        raise BadDer(f"{len(found)} parts where {count} belong at least")
    return found


# --- naming -------------------------------------------------------------------------------


def _is_named(signed: SignedRequest, data: bytes) -> bool:
    """Strangers' certificates are split by the same hand: no parser is asked to trust them."""
    try:
        certificate, _, _ = _exactly(der.only(data, der.SEQUENCE), 3)
        return any(_names(each, certificate.raw) for each in signed.signers)
    except BadDer:
        return False


def _names(signer: Signer, certificate: bytes) -> bool:
    """Return whether the signer is named by what the certificate's body holds, byte for byte.

    [RFC 5280] 4.1: behind the version, where there is one; the algorithm lies between.
    """
    body = list(der.fields(der.only(certificate, der.SEQUENCE)))
    if body and body[0].tag == der.CONTEXT_0:
        body.pop(0)
    if len(body) < 6:
        raise BadDer(f"{len(body)} parts in a certificate")
    if signer.key_identifier:
        return signer.key_identifier == _key_identifier(body[-1])
    return (signer.issuer, signer.serial) == (body[2].raw, body[0].content)


def _key_identifier(extensions: Field) -> bytes:
    """[RFC 5280] 4.2.1.2; empty for a certificate without one."""
    if extensions.tag != _CONTEXT_3:
        return b""
    (listed,) = _exactly(extensions, 1)
    for extension in der.fields(der.expect(listed, der.SEQUENCE)):
        kind, *rest = _at_least(der.expect(extension, der.SEQUENCE), 2)
        if der.oid(kind) == _SUBJECT_KEY_IDENTIFIER:
            inner = der.expect(rest[-1], der.OCTET_STRING).content
            return der.only(inner, der.OCTET_STRING).content
    return b""


def _method(signer: Signer, named: str | None) -> hashes.HashAlgorithm:
    """[RFC 5754] 3: an algorithm that names a digest names the one beside it."""
    if named not in (None, signer.digest):
        raise _unproven("the signature's digest is not the one named beside it")
    return _HASHES[signer.digest]()


def _malformed(reason: str) -> Refused:
    return Refused(Refusal.CERTIFICATE_REQUEST, f"signed request: {reason}")


def _unproven(reason: str) -> Refused:
    return Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, f"signed request: {reason}")
