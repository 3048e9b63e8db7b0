"""The headset's private keys: RSA, one for every enrollment, made ahead of time for a fleet."""

import asyncio
import os
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
    """Return the key of a PEM file."""
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
