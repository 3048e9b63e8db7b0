"""The headset's private keys: RSA, one for every enrollment, made ahead of time for a fleet."""

import asyncio
import math
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DEFAULT_BITS: Final = 2048
"""[MS-MDE2] 3.3: what a client uses where no policy says otherwise."""

_EXPONENT: Final = 65537


class KeySource(Protocol):
    """Gives private keys, each only once."""

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return a fresh RSA key of that length."""
        ...


class FreshKeys:
    """Makes each key when it is asked for, in a thread."""

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return a fresh RSA key of that length."""
        return await asyncio.to_thread(make_key, bits)


class KeyPool:
    """Makes keys ahead of time on all processors; nobody gets a key twice.

    Use as a context manager; keys of another length than the pool's are made on the spot.
    """

    def __init__(self, count: int, *, bits: int = DEFAULT_BITS, workers: int = 0) -> None:
        self._bits = bits
        self._left = count
        workers = workers or min(count, os.cpu_count() or 1)
        self._executor = ProcessPoolExecutor(max(workers, 1), mp_context=get_context("spawn"))
        self._pending = [self._executor.submit(_make_encoded, bits) for _ in range(count)]

    def __enter__(self) -> "KeyPool":
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return the next key of the pool, waiting for it where it is not made yet."""
        if bits != self._bits or not self._pending:
            return await asyncio.to_thread(make_key, bits)
        encoded = await asyncio.wrap_future(self._pending.pop(0))
        return load_key(encoded)


class SharedPrimes:
    """Makes keys of a few primes that they share: each key is another one, and none is a secret.

    Whoever sees two of them can work both out, so they are good for playing thousands of headsets
    and for nothing else. The primes grow with the square root of the number of keys: 10,000 keys
    are made of 142.
    """

    def __init__(self) -> None:
        self._primes: dict[int, list[int]] = {}
        self._pairs: dict[int, Iterator[tuple[int, int]]] = {}

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        """Return a key that this source has not given before."""
        pairs = self._pairs.setdefault(bits, self._endless_pairs(bits))
        return _of_primes(*next(pairs))

    def _endless_pairs(self, bits: int) -> Iterator[tuple[int, int]]:
        primes = self._primes.setdefault(bits, [])
        while True:
            numbers = make_key(bits).private_numbers()
            for fresh in (numbers.p, numbers.q):
                yield from ((fresh, other) for other in tuple(primes))
                primes.append(fresh)


def _of_primes(one: int, other: int) -> rsa.RSAPrivateKey:
    """Return the RSA key of two primes of the same length ([RFC 8017] 3.2)."""
    p, q = max(one, other), min(one, other)
    d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(_EXPONENT, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)  # the primes are OpenSSL's


def make_key(bits: int) -> rsa.RSAPrivateKey:
    """Return a new RSA key."""
    return rsa.generate_private_key(_EXPONENT, bits)


def _make_encoded(bits: int) -> bytes:
    return encode_key(make_key(bits))


def encode_key(key: rsa.RSAPrivateKey) -> bytes:
    """Return the key as unencrypted PEM, for a file that only its owner can read."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Return the key of a PEM file that we wrote: its numbers are not tried again (40 ms)."""
    key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
