"""Certificates of those who connect: issued by the house's own authority, all for one key.

One key for all: making keys is no part of what is measured, and no server sees a difference.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lenskeep.certificates import keys
from lenskeep.certificates.authority import DeviceLeaf, issue_device
from lenskeep.certificates.verify import fingerprint
from lenskeep.flows.house import House

_EXPONENT: Final = 65537
_BITS: Final = 2048
"""As Windows makes them."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One certificate as it is stored and as it is shown."""

    serial: str
    spki_sha256: bytes
    der: bytes
    pem: str

    @property
    def sha256(self) -> bytes:
        """What the server knows it by."""
        return fingerprint(self.der)


def make_key() -> rsa.RSAPrivateKey:
    """Return a key as a headset makes it."""
    return rsa.generate_private_key(_EXPONENT, _BITS)


def key_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the key as the load takes it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")


def papers(house: House, key: rsa.RSAPrivateKey, count: int) -> list[Paper]:
    """Return so many device certificates for this key."""
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest, now = hashlib.sha256(spki).digest(), house.clock.now()
    found = []
    for number in range(count):
        leaf = DeviceLeaf(spki, f"benchmark-{number}", timedelta(days=90))
        issued = issue_device(house.trust.devices, leaf, now, house.randomness)
        der = keys.dump_certificate(issued)
        found.append(Paper(keys.serial_text(issued), digest, der, keys.pem([issued])))
    return found


def many_keys(count: int) -> Iterator[rsa.RSAPrivateKey]:
    """Yield so many different keys, from pairs of a few primes: requests need a key each, and
    to make one takes as long as to answer dozens of them.
    """
    primes: list[int] = []
    while len(primes) * (len(primes) - 1) // 2 < count:
        numbers = make_key().private_numbers()
        primes += [numbers.p, numbers.q]
    pairs = ((p, q) for at, p in enumerate(primes) for q in primes[:at])
    for _, (p, q) in zip(range(count), pairs, strict=False):
        yield _key_of(p, q)


def _key_of(p: int, q: int) -> rsa.RSAPrivateKey:
    private = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private,
        dmp1=private % (p - 1),
        dmq1=private % (q - 1),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)
