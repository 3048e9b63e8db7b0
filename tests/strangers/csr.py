"""Certification requests byte by byte, as Windows 10 and Windows 11 make them."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SHA1_OIW = "1.3.14.3.2.29"
SHA256_RSA = "1.2.840.113549.1.1.11"
SHA256_EC = "1.2.840.10045.4.3.2"
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
DEVICE_ID = "1.3.6.1.4.1.311.66.1.0"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return one DER value."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    """Return an object identifier."""
    first, second, *others = (int(each) for each in dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in others:
        seven = [number & 0x7F]
        while number := number >> 7:
            seven.insert(0, 0x80 | (number & 0x7F))
        out += bytes(seven)
    return tlv(6, bytes(out))


def public_bytes(key: PublicKey) -> bytes:
    """Return a SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def request(
    key: PrivateKey, dev_id: str, *, windows: int, public: PublicKey | None = None
) -> bytes:
    """Return a request of Windows 10 (PrintableString with `!` and NUL, OIW SHA-1) or 11.

    `public`: another key than the one that signs.
    """
    name = f"0F3B8E6C-A271-4556-9B72-A26CBD!{dev_id}".encode()
    value = tlv(0x13, name + b"\0") if windows == 10 else tlv(0x0C, name)
    subject = tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.3"), value)))
    raw = tlv(0x30, oid(DEVICE_ID), tlv(4, dev_id.encode() + b"\0"))
    usage = tlv(0x30, oid("2.5.29.37"), tlv(4, tlv(0x30, oid("1.3.6.1.5.5.7.3.2"))))
    extensions = tlv(0x30, raw) if windows == 10 else tlv(0x30, usage, raw)
    attribute = tlv(0x30, oid(EXTENSION_REQUEST), tlv(0x31, extensions))
    spki = public_bytes(public or key.public_key())
    info = tlv(0x30, tlv(2, b"\0"), subject, spki, tlv(0xA0, attribute))
    algorithm, signature = _proof(key, info, windows)
    return tlv(0x30, info, algorithm, tlv(3, b"\0" + signature))


def _proof(key: PrivateKey, info: bytes, windows: int) -> tuple[bytes, bytes]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return tlv(0x30, oid(SHA256_EC)), key.sign(info, ec.ECDSA(hashes.SHA256()))
    algorithm = tlv(0x30, oid(SHA1_OIW if windows == 10 else SHA256_RSA), b"\x05\0")
    digest = hashes.SHA1() if windows == 10 else hashes.SHA256()
    return algorithm, key.sign(info, padding.PKCS1v15(), digest)
