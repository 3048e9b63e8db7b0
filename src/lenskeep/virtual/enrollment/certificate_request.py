"""The certificate request exactly as a Windows enrollment client makes it, DER by hand.

No library writes what Windows 10 does: a PrintableString that holds `!` and ends in NUL, an
extension whose content is no DER, and SHA-1 signatures under an identifier of 1994.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SHA_256: Final = "2.16.840.1.101.3.4.2.1"
"""NIST's identifier of the hash, as a policy names it."""

_SHA256_WITH_RSA: Final = "1.2.840.113549.1.1.11"
_OIW_SHA1_WITH_RSA: Final = "1.3.14.3.2.29"
"""seen: Windows 10 19043, where the policy names no hash."""

_COMMON_NAME: Final = "2.5.4.3"
_EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"
_DEVICE_ID_EXTENSION: Final = "1.3.6.1.4.1.311.66.1.0"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_CLIENT_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.2"

_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_INTEGER: Final = 0x02
_BIT_STRING: Final = 0x03
_OCTET_STRING: Final = 0x04
_NULL: Final = b"\x05\x00"
_OBJECT_IDENTIFIER: Final = 0x06
_UTF8_STRING: Final = 0x0C
_PRINTABLE_STRING: Final = 0x13
_ATTRIBUTES: Final = 0xA0

_GUID_CHARACTERS: Final = 30
"""seen: the common name begins with this much of a GUID, then `!` and the DeviceID."""


class Style(Enum):
    """Whose habits the request shows."""

    WINDOWS_10 = "windows 10"
    WINDOWS_11 = "windows 11"


@dataclass(frozen=True, slots=True)
class Wish:
    """What goes into the request. `hash_oid` is the policy's, None where it names none."""

    guid: str
    device_id: str
    hash_oid: str | None
    style: Style


def certificate_request(key: rsa.RSAPrivateKey, wish: Wish) -> bytes:
    """Return the signed request as DER ([RFC 2986], bent as Windows bends it)."""
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    information = _sequence(
        _tlv(_INTEGER, b"\x00"), _subject(wish), public, _tlv(_ATTRIBUTES, _extensions(wish))
    )
    modern = wish.hash_oid in (SHA_256, _SHA256_WITH_RSA)
    algorithm: hashes.HashAlgorithm = hashes.SHA256() if modern else hashes.SHA1()  # noqa: S303
    signature = key.sign(information, padding.PKCS1v15(), algorithm)
    identifier = _SHA256_WITH_RSA if modern else _OIW_SHA1_WITH_RSA
    return _sequence(
        information, _sequence(_oid(identifier), _NULL), _tlv(_BIT_STRING, b"\x00" + signature)
    )


def _subject(wish: Wish) -> bytes:
    name = f"{wish.guid.upper()[:_GUID_CHARACTERS]}!{wish.device_id}".encode("ascii")
    if wish.style is Style.WINDOWS_10:
        text = _tlv(_PRINTABLE_STRING, name + b"\x00")
    else:
        text = _tlv(_UTF8_STRING, name)
    return _sequence(_tlv(_SET, _sequence(_oid(_COMMON_NAME), text)))


def _extensions(wish: Wish) -> bytes:
    """Return the extensionRequest attribute; the DeviceID stands in it as it is, NUL-ended."""
    raw = wish.device_id.encode("ascii") + b"\x00"
    extensions = [_sequence(_oid(_DEVICE_ID_EXTENSION), _tlv(_OCTET_STRING, raw))]
    if wish.style is Style.WINDOWS_11:
        usage = _sequence(_oid(_CLIENT_AUTHENTICATION))
        extensions.append(_sequence(_oid(_EXTENDED_KEY_USAGE), _tlv(_OCTET_STRING, usage)))
    return _sequence(_oid(_EXTENSION_REQUEST), _tlv(_SET, _sequence(*extensions)))


def _sequence(*parts: bytes) -> bytes:
    return _tlv(_SEQUENCE, b"".join(parts))


def _tlv(tag: int, content: bytes) -> bytes:
    """Return tag, length and content ([X.690] 8.1)."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content


def _oid(text: str) -> bytes:
    """Return an object identifier ([X.690] 8.19)."""
    first, second, *rest = (int(number) for number in text.split("."))
    content = b"".join(_base128(number) for number in (first * 40 + second, *rest))
    return _tlv(_OBJECT_IDENTIFIER, content)


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(0x80 | (number & 0x7F))
    return bytes(reversed(digits))
