"""Keys and certificates that are the same in every run, made on the spot: none lies in a file.

They protect nothing. RSA keys are made of primes that a seeded generator finds, certificates have
fixed numbers and dates and deterministic signatures, so that the same seeds give the same bytes.
"""

from datetime import UTC, datetime
from functools import cache
from math import gcd
from random import Random
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENDS: Final = datetime(2030, 1, 1, tzinfo=UTC)
_EXPONENT: Final = 65537
_SMALL: Final = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(seed: int = 1, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the RSA key of that seed."""
    random = Random(seed)
    p, q = _prime(random, bits // 2), _prime(random, bits // 2)
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public
    ).private_key()


def ec_key(seed: int = 1) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key of that number."""
    return ec.derive_private_key(0x1234567 + seed, ec.SECP256R1())


def certificate(key: Key, name: str = "Fuzz", *, ca: bool = False) -> x509.Certificate:
    """Return a certificate of that key for itself, with a key identifier."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public = key.public_key()
    builder = (
        x509.CertificateBuilder(subject, subject, public, 0x10203, BEGINS, ENDS)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    if isinstance(key, rsa.RSAPrivateKey):
        return builder.sign(key, hashes.SHA256())
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def _prime(random: Random, bits: int) -> int:
    """Return a prime with its two highest bits set, fit for the exponent."""
    while True:
        number = random.getrandbits(bits) | 3 << bits - 2 | 1
        is_fit = gcd(number - 1, _EXPONENT) == 1 and all(number % each for each in _SMALL)
        if is_fit and _is_prime(number, random):
            return number


def _is_prime(number: int, random: Random) -> bool:
    """Miller and Rabin's test, ten times."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_bears(random.randrange(2, number - 1), number, odd, twos) for _ in range(10))


def _bears(base: int, number: int, odd: int, twos: int) -> bool:
    found = pow(base, odd, number)
    if found in (1, number - 1):
        return True
    for _ in range(twos - 1):
        found = found * found % number
        if found == number - 1:
            return True
    return False
