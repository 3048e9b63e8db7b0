"""Proofs inside SyncML: the digests that a credential carries. Computes; decides nothing."""

import hashlib
import hmac
from base64 import b64encode

from lenskeep.base.secret import Secret


def md5_digest(user: str, password: Secret, nonce: bytes) -> str:
    """Return the `Data` of a `syncml:auth-md5` credential; the nonce is raw, not base64.

    [OMA-DM-Security 1.2.1], MD5 credentials: B64(MD5(B64(MD5(user ":" password)) ":" nonce)).
    """
    return _digest(account_digest(user, password).encode("ascii") + b":" + nonce)


def account_digest(user: str, password: Secret) -> str:
    """Return B64(MD5(user ":" password)), the inner part: as good as the password itself."""
    return _digest(f"{user}:{password.reveal()}".encode())


def is_same(expected: str, shown: str) -> bool:
    """Return whether two proofs are the same, compared in constant time."""
    return hmac.compare_digest(expected.encode(), shown.strip().encode())


def _digest(data: bytes) -> str:
    """MD5 is what the standard prescribes; its strength here is that nonces are used once."""
    return b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode("ascii")
