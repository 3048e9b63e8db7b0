"""Private keys and certificates as bytes and text: making, dumping, loading, naming."""

from collections.abc import Iterable
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from lenskeep.base.errors import Invalid

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
IssuerKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def new_server_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key for the server's TLS: ECDSA P-256, cheap at many handshakes a second."""
    return ec.generate_private_key(ec.SECP256R1())


def dump_key(key: IssuerKey) -> bytes:
    """Return the private key as PKCS#8 DER, not encrypted: the caller seals it."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_key(der: bytes) -> IssuerKey:
    """Return the private key of PKCS#8 DER. Raises Invalid, saying nothing of its content."""
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError):
        raise Invalid.field("private key", "not readable", "PKCS#8 DER") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Invalid.field("private key", "neither RSA nor ECDSA")
    return key


def key_pem(key: IssuerKey) -> str:
    """Return the private key as PEM, not encrypted: for a TLS library, never for a log."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode("ascii")


def dump_certificate(certificate: x509.Certificate) -> bytes:
    """Return the certificate as DER."""
    return certificate.public_bytes(Encoding.DER)


def load_certificate(data: bytes) -> x509.Certificate:
    """Return the certificate of DER, or the first one of PEM. Raises Invalid."""
    is_pem = data.lstrip().startswith(b"-----")
    load = x509.load_pem_x509_certificate if is_pem else x509.load_der_x509_certificate
    try:
        found = load(data)
        _ = found.subject, found.issuer  # read by the library only when they are asked for
    except (ValueError, TypeError, x509.InvalidVersion):
        raise Invalid.field("certificate", "not readable", "DER or PEM") from None
    return found


def pem(certificates: Iterable[x509.Certificate]) -> str:
    """Return the certificates as PEM, in the order given (for TLS: the leaf first)."""
    return "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in certificates)


def spki(key: PublicKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo: one key, one form."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def serial_text(certificate: x509.Certificate) -> str:
    """Return the serial number in upper-case hexadecimal, as records keep it."""
    return f"{certificate.serial_number:X}"
