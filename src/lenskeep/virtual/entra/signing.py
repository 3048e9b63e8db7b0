"""Signing tokens by hand ([RFC 7515] 7.1), so that wrong ones can be made as well as right ones.

No library is asked: those that make good tokens refuse to make the bad ones.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lenskeep.virtual.entra.wrong import Wrong

_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the name under which it is published."""

    key: rsa.RSAPrivateKey
    kid: str

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half as an entry of a key set ([RFC 7517])."""
        return {**public_jwk(self.key), "kid": self.kid, "use": "sig", "alg": "RS256"}


def new_signer() -> Signer:
    """Return a new key; its name is its thumbprint ([RFC 7638])."""
    key = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
    return Signer(key, thumbprint(key))


def thumbprint(key: rsa.RSAPrivateKey) -> str:
    """Return the name of a key that follows from its public half ([RFC 7638] 3)."""
    canonical = json.dumps(public_jwk(key), sort_keys=True, separators=(",", ":"))
    return url_base64(hashlib.sha256(canonical.encode()).digest())


def public_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Return `e`, `kty` and `n` of a key's public half."""
    numbers = key.public_key().public_numbers()
    return {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}


def sign(claims: dict[str, Any], signer: Signer, wrong: Wrong | None) -> str:
    """Return the token, spoilt as asked for; the claims are taken as they are."""
    stranger = new_signer() if wrong in _FOREIGN else signer
    header: dict[str, Any] = {"typ": "JWT", "alg": "RS256", "kid": signer.kid}
    header |= _additions(wrong, stranger)
    if wrong is Wrong.NO_KID:
        del header["kid"]
    signed = f"{_part(header)}.{_part(claims)}"
    signature = url_base64(_signature(signed.encode("ascii"), stranger, wrong))
    if wrong is Wrong.TAMPERED:  # somebody else's name, the signature of before
        signed = f"{_part(header)}.{_part({**claims, 'upn': 'mallory@example.com', 'oid': '0'})}"
    return f"{signed}.{signature}"


_FOREIGN: Final = (Wrong.WRONG_KEY, Wrong.EMBEDDED_JWK, Wrong.EMBEDDED_JKU)


def _additions(wrong: Wrong | None, stranger: Signer) -> dict[str, Any]:
    """Return what a wrong token's header has more, or otherwise."""
    match wrong:
        case Wrong.ALGORITHM_NONE:
            return {"alg": "none"}
        case Wrong.HS256_WITH_PUBLIC_KEY:
            return {"alg": "HS256"}
        case Wrong.RS512:
            return {"alg": "RS512"}
        case Wrong.UNKNOWN_KID:
            return {"kid": "nobody-knows-this-key"}
        case Wrong.EMBEDDED_JWK:
            return {"jwk": stranger.jwk, "kid": stranger.kid}
        case Wrong.EMBEDDED_JKU:
            return {"jku": "https://keys.invalid/jwks.json", "kid": stranger.kid}
        case Wrong.CRITICAL_HEADER:
            return {"crit": ["urn:example:understand"], "urn:example:understand": True}
        case _:
            return {}


def _signature(text: bytes, signer: Signer, wrong: Wrong | None) -> bytes:
    match wrong:
        case Wrong.ALGORITHM_NONE | Wrong.NO_SIGNATURE:
            return b""
        case Wrong.HS256_WITH_PUBLIC_KEY:
            return _hmac(signer.key, text)
        case Wrong.RS512:
            return signer.key.sign(text, padding.PKCS1v15(), hashes.SHA512())
        case _:
            return signer.key.sign(text, padding.PKCS1v15(), hashes.SHA256())


def _hmac(key: rsa.RSAPrivateKey, text: bytes) -> bytes:
    """Sign as a careless checker would verify: with the public key's PEM as a password."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hmac.new(public, text, hashlib.sha256).digest()


def _part(value: dict[str, Any]) -> str:
    return url_base64(json.dumps(value, separators=(",", ":")).encode())


def _number(value: int) -> str:
    return url_base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def url_base64(data: bytes) -> str:
    """Return base64url without padding ([RFC 7515] 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
