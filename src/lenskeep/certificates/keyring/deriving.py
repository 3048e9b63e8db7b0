"""What is derived from a master key: one key a use, so that none can stand in for another."""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
"""AES-256 and HMAC-SHA256 both take 256 bits."""
SCHEME: Final = "lk1"
ID_BYTES: Final = 6
"""48 bits name a key: enough to tell a handful apart, nothing to learn the key from."""


def key_name(master: bytes) -> str:
    """Return the name by which what a key sealed tells of it."""
    return _expand(master, "key id", ID_BYTES).hex()


def sealing_key(master: bytes) -> bytes:
    """Return the key that seals."""
    return _expand(master, "seal", KEY_BYTES)


def digesting_key(master: bytes) -> bytes:
    """Return the key that makes digests."""
    return _expand(master, "digest", KEY_BYTES)


def _expand(master: bytes, use: str, length: int) -> bytes:
    """[RFC 5869]."""
    info = f"lenskeep {SCHEME} {use}".encode()
    return HKDF(SHA256(), length, salt=None, info=info).derive(master)
