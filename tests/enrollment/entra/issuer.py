"""A test issuer of Entra tokens, written from [RFC 7515] with `cryptography` alone."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lenskeep.enrollment.entra.keys import KeyRing, read_jwks
from lenskeep.enrollment.entra.tenant import ScopeRule, Tenant, Trust

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TENANT = "6f0a7c1e-52a4-4a4e-9a0c-1f2e3d4c5b6a"
OTHER_TENANT = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
AUDIENCE = "https://mdm.example.org"
CLIENT_ID = "9d3a1f52-7c84-4e0b-b6a1-2c3d4e5f6071"
OID = "11112222-3333-4444-8555-666677778888"
DEVICE = "aaaabbbb-cccc-4ddd-8eee-ffff00001111"


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def number(value: int) -> str:
    """Return a Base64urlUInt ([RFC 7518] 2)."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@cache
def _key(name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def private_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key by name, the same one each time."""
    return _key(name, bits)


def jwk(name: str, bits: int = 2048, **extra: object) -> dict[str, object]:
    """Return the public half as a JWK whose kid is the name."""
    numbers = private_key(name, bits).public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": name,
        "n": number(numbers.n),
        "e": number(numbers.e),
        **extra,
    }


def jwks(*names: str) -> str:
    """Return a list of keys as text."""
    return json.dumps({"keys": [jwk(name) for name in names]})


def claims(**changed: object) -> dict[str, object]:
    """Return what a v1 token of a join says, changed; None takes a claim out."""
    at = int(NOW.timestamp())
    plain: dict[str, object] = {
        "aud": AUDIENCE,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": at - 60,
        "nbf": at - 60,
        "exp": at + 3600,
        "tid": TENANT,
        "oid": OID,
        "upn": "ada@example.org",
        "unique_name": "ada@example.org",
        "scp": "mdm_delegation",
        "deviceid": DEVICE,
        "ver": "1.0",
        **changed,
    }
    return {name: value for name, value in plain.items() if value is not None}


def v2_claims(**changed: object) -> dict[str, object]:
    """Return what a v2 token of a join says, changed."""
    return claims(
        **{
            "aud": CLIENT_ID,
            "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "ver": "2.0",
            "upn": None,
            "unique_name": None,
            "preferred_username": "ada@example.org",
            **changed,
        }
    )


def signing_input(header: object, payload: object) -> str:
    """Return the two parts that are signed."""
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}"


def token(
    payload: object | None = None,
    *,
    key: str = "one",
    kid: str | None = None,
    digest: hashes.HashAlgorithm | None = None,
    **header: object,
) -> str:
    """Return a token signed with the key of that name."""
    head = {"typ": "JWT", "alg": "RS256", "kid": kid or key, **header}
    text = signing_input(head, claims() if payload is None else payload)
    signer = private_key(key)
    signed = signer.sign(text.encode(), padding.PKCS1v15(), digest or hashes.SHA256())
    return f"{text}.{b64(signed)}"


def unsigned(payload: object | None = None, algorithm: str = "none") -> str:
    """Return a token with an empty signature."""
    head = {"typ": "JWT", "alg": algorithm, "kid": "one"}
    return f"{signing_input(head, payload or claims())}."


def hmac_signed(secret: bytes, payload: object | None = None) -> str:
    """Return a token signed by HS256 with a secret of the sender's choice."""
    text = signing_input({"typ": "JWT", "alg": "HS256", "kid": "one"}, payload or claims())
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def public_forms(name: str = "one") -> tuple[bytes, ...]:
    """Return the public key in every form that somebody might take for an HMAC secret."""
    public = private_key(name).public_key()
    formats = serialization.PublicFormat
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    modulus = jwk(name)["n"]
    assert isinstance(modulus, str)
    return (
        public.public_bytes(pem, formats.SubjectPublicKeyInfo),
        public.public_bytes(pem, formats.PKCS1),
        public.public_bytes(der, formats.SubjectPublicKeyInfo),
        modulus.encode("ascii"),
        json.dumps(jwk(name)).encode(),
        b"",
    )


def trust(
    *keys: str,
    tenant: str = TENANT,
    client_id: str = CLIENT_ID,
    scope: ScopeRule = ScopeRule.USERS,
    audiences: tuple[str, ...] = (AUDIENCE,),
) -> Trust:
    """Return the tenant with these keys, fetched an hour ago."""
    ring = KeyRing(
        "https://keys.example.org/keys",
        read_jwks(jwks(*(keys or ("one",)))),
        NOW - timedelta(hours=1),
        NOW - timedelta(hours=1),
    )
    return Trust(Tenant(tenant, audiences, client_id, scope=scope), ring)
