"""Certification requests (PKCS#10) as real Windows clients send them.

No ready parser accepts them all: the name may be a PrintableString with `!` and a NUL inside
(seen: Windows 10 19043), the DeviceID extension is raw ASCII instead of DER, and without a hash in
the policy the signature is SHA-1 under an obsolete object identifier. So the request is split by
hand, and its proof of possession verified over the very bytes that were signed. What it asks for
is never copied: the subject of the certificate is ours.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates import der
from lenskeep.certificates.der import BadDer, Field
from lenskeep.certificates.keys import PublicKey, spki

MAX_REQUEST_BYTES: Final = 16 * 1024
"""16 KiB: a request with the largest key we accept is below 3 kB."""

MIN_RSA_BITS: Final = 2048
"""As `minimalKeyLength` in the policy answer says."""

MAX_RSA_BITS: Final = 8192
"""Verification time grows with the square; no client makes more than 4096 (assumed)."""

_MIN_EXPONENT: Final = 65537
_MAX_EXPONENT: Final = 1 << 32
"""[NIST SP 800-56B] 6.2 begins at 65537; above 32 bits is only a way to make us work."""

_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)

_RSA: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "1.3.14.3.2.29": hashes.SHA1,  # OIW sha1WithRSA. seen: Windows 10 19043, policy without a hash
    "1.2.840.113549.1.1.5": hashes.SHA1,
    "1.2.840.113549.1.1.11": hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
}
"""SHA-1 is good enough here: the signer signs its own words, a collision gains it nothing."""

_ECDSA: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "1.2.840.10045.4.3.2": hashes.SHA256,
    "1.2.840.10045.4.3.3": hashes.SHA384,
    "1.2.840.10045.4.3.4": hashes.SHA512,
}

_COMMON_NAME: Final = "2.5.4.3"
_EXTENSION_REQUESTS: Final = ("1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14")
"""[RFC 2985] 5.4.2 and Microsoft's own older name for the same attribute."""
_DEVICE_ID_EXTENSION: Final = "1.3.6.1.4.1.311.66.1.0"

_CODECS: Final = {
    0x0C: "utf-8",  # UTF8String. seen: Windows 11
    0x13: "latin-1",  # PrintableString, whatever it really holds
    0x14: "latin-1",  # TeletexString
    0x16: "latin-1",  # IA5String
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
_MAX_NAME: Final = 64
"""[RFC 5280] ub-common-name; what is beyond is cut, since we only show it."""


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose sender holds the private key. `common_name` and `device_id` are claims."""

    public_key: PublicKey = field(repr=False)
    spki_der: bytes = field(repr=False)
    """Canonical: the same key always gives the same bytes."""
    spki_sha256: bytes
    common_name: str
    device_id: str | None
    """From the extension 1.3.6.1.4.1.311.66.1.0, as it came; None without one."""
    signature_algorithm: str
    """Dotted object identifier."""
    key_bits: int


def read_request(data: bytes) -> CertificateRequest:
    """Return the request, its form, key and proof of possession checked.

    Raises Refused(CERTIFICATE_REQUEST) for anything else.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise _refused(f"{len(data)} bytes, at most {MAX_REQUEST_BYTES}")
    try:
        return _read(data)
    except BadDer as error:
        raise _refused(f"not a PKCS#10 request: {error}") from None


def _read(data: bytes) -> CertificateRequest:
    """[RFC 2986] 4.2: what was signed, how, and the signature."""
    info, algorithm, signature = _exactly(der.only(data, der.SEQUENCE), 3)
    body = list(der.fields(der.expect(info, der.SEQUENCE)))
    if len(body) not in (3, 4):  # deviates: the attributes are required; nothing hangs on them
        raise BadDer(f"{len(body)} parts in the request")
    if der.expect(body[0], der.INTEGER).content != b"\0":
        raise BadDer("a version other than 1")
    key = _public_key(der.expect(body[2], der.SEQUENCE).raw)
    name = _algorithm(algorithm)
    _verify(key, name, _bits(signature), info.raw)
    canonical = spki(key)
    return CertificateRequest(
        public_key=key,
        spki_der=canonical,
        spki_sha256=hashlib.sha256(canonical).digest(),
        common_name=_common_name(der.expect(body[1], der.SEQUENCE)),
        device_id=_device_id(body[3]) if len(body) == 4 else None,
        signature_algorithm=name,
        key_bits=key.key_size,
    )


def _public_key(data: bytes) -> PublicKey:
    """Return the key if policy accepts it."""
    try:
        key = load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused("the public key cannot be read") from None
    if isinstance(key, rsa.RSAPublicKey):
        return _judge_rsa(key)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    raise _refused("the public key is neither RSA nor ECDSA on P-256 or P-384")


def _judge_rsa(key: rsa.RSAPublicKey) -> rsa.RSAPublicKey:
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise _refused(f"an RSA key of {key.key_size} bits, {MIN_RSA_BITS} to {MAX_RSA_BITS} go")
    numbers = key.public_numbers()
    if not _MIN_EXPONENT <= numbers.e < _MAX_EXPONENT or not numbers.e & numbers.n & 1:
        raise _refused("an RSA key with unusual numbers")
    return key


def _algorithm(field_: Field) -> str:
    """[RFC 4055] 5, [RFC 5758] 3.2: parameters are NULL or absent in all that we accept."""
    parts = list(der.fields(der.expect(field_, der.SEQUENCE)))
    if len(parts) not in (1, 2) or (len(parts) == 2 and parts[1].raw != b"\x05\x00"):
        raise BadDer("a signature algorithm with parameters")
    return der.oid(parts[0])


def _bits(field_: Field) -> bytes:
    content = der.expect(field_, der.BIT_STRING).content
    if content[:1] != b"\0":
        raise BadDer("a signature of uneven bits")
    return content[1:]


def _verify(key: PublicKey, algorithm: str, signature: bytes, signed: bytes) -> None:
    """Check the proof of possession over the original bytes."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm in _RSA:
            key.verify(signature, signed, padding.PKCS1v15(), _RSA[algorithm]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm in _ECDSA:
            key.verify(signature, signed, ec.ECDSA(_ECDSA[algorithm]()))
        else:
            raise _refused(f"signature algorithm {algorithm} is not accepted with this key")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise _refused("the signature does not prove possession of the key") from None


def _common_name(name: Field) -> str:
    """Return the first CN as far as it can be shown; empty for none."""
    for relative in der.fields(name):
        for pair in der.fields(der.expect(relative, der.SET)):
            kind, value = _exactly(der.expect(pair, der.SEQUENCE), 2)
            if der.oid(kind) == _COMMON_NAME:
                text = value.content.decode(_CODECS.get(value.tag, "latin-1"), errors="replace")
                return _printable(text)[:_MAX_NAME]
    return ""


def _device_id(attributes: Field) -> str | None:
    """Return the DeviceID that the extension holds: raw ASCII and a NUL, no DER inside."""
    for extension in _extensions(attributes):
        parts = list(der.fields(der.expect(extension, der.SEQUENCE)))
        if len(parts) not in (2, 3):
            raise BadDer(f"{len(parts)} parts in an extension")
        if der.oid(parts[0]) == _DEVICE_ID_EXTENSION:
            content = der.expect(parts[-1], der.OCTET_STRING).content
            return _printable(content.decode("ascii", errors="replace"))[:_MAX_NAME]
    return None


def _extensions(attributes: Field) -> Iterator[Field]:
    """Yield the extensions that the attributes ask for, unread."""
    for attribute in der.fields(der.expect(attributes, der.CONTEXT_0)):
        kind, values = _exactly(der.expect(attribute, der.SEQUENCE), 2)
        if der.oid(kind) in _EXTENSION_REQUESTS:
            for extensions in der.fields(der.expect(values, der.SET)):
                yield from der.fields(der.expect(extensions, der.SEQUENCE))


def _exactly(parent: Field, count: int) -> list[Field]:
    found = list(der.fields(parent))
    if len(found) != count:
        raise BadDer(f"{len(found)} parts where {count} belong")
    return found


def _printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())


def _refused(reason: str) -> Refused:
    return Refused(Refusal.CERTIFICATE_REQUEST, f"certificate request: {reason}")
