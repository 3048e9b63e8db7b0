"""Tokens and keys of Entra and of sign-in providers; what is JSON is signed by a key we trust.

The input is `{"header": ..., "claims": ..., "jwks": ...}`, or a text as a headset packs it.
"""

import base64
import json
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import KeySet, RSAKey
from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import plain

from lenskeep.base.errors import Invalid, Refused
from lenskeep.enrollment.entra.decode import MAX_TOKEN, token_text
from lenskeep.enrollment.entra.keys import MAX_KEYS, KeyRing, read_jwks
from lenskeep.enrollment.entra.tenant import Tenant, Trust
from lenskeep.enrollment.entra.token import checks, judge, read_token
from lenskeep.enrollment.web.identity import judge_claims
from lenskeep.enrollment.web.provider import Provider
from lenskeep.enrollment.web.ticket import read_wresult
from lenskeep.outside.openid import metadata
from lenskeep.outside.openid.id_token import Expected, UnknownKey, read_id_token
from lenskeep.virtual.enrollment.passage import claims_in

TENANT: Final = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
AUDIENCE: Final = "https://mdm.example.org"
ISSUER: Final = "https://id.example.org"
_LATE: Final = keys.NOW.timestamp() + 40_000 * 86_400 - 3600
_PROVIDER: Final = Provider(
    "Example", ISSUER, "lenskeep", required_claim="realm_access.roles", required_value="wearer"
)


def url64(data: bytes) -> str:
    """Return base64url without padding ([RFC 7515] 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def jwk() -> dict[str, str]:
    """Return our key as a list of keys has it."""
    modulus = keys.rsa_key().public_key().public_numbers().n
    return {"kty": "RSA", "kid": "one", "n": url64(modulus.to_bytes(256, "big")), "e": "AQAB"}


@cache
def _trust() -> Trust:
    ring = KeyRing("", read_jwks(json.dumps({"keys": [jwk()]})))
    return Trust(Tenant(TENANT, (AUDIENCE,)), ring)


@cache
def _keys() -> KeySet:
    return KeySet([RSAKey.import_key(dict(jwk()))])


def run(data: bytes) -> None:
    """Read what is packed, or what is signed."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        given = None
    if isinstance(given, dict):
        _signed(_compact(given))
        _lists(given.get("jwks"))
        _described(given.get("claims"))
    else:
        _packed(data.decode("utf-8", "replace"))


def _compact(given: dict[str, Any]) -> str:
    head, body = (url64(json.dumps(given.get(n)).encode()) for n in ("header", "claims"))
    signed = f"{head}.{body}".encode()
    return (
        f"{head}.{body}.{url64(keys.rsa_key().sign(signed, padding.PKCS1v15(), hashes.SHA256()))}"
    )


def _signed(compact: str) -> None:
    claims_in(compact)
    token = read_token(compact)
    if token is not None:
        found = judge(token, _trust(), keys.NOW)
        passed = all(each.passed for each in checks(token, _trust(), keys.NOW))
        demand(passed is not isinstance(found, Refused), "believed when every check has passed")
        demand(all(len(each.found) < 2000 for each in checks(token, _trust(), keys.NOW)), "short")
        if not isinstance(found, Refused) and float(str(token.claims.get("exp"))) < _LATE:
            late = judge(token, _trust(), keys.NOW + timedelta(days=40_000))
            demand(isinstance(late, Refused), "no token is good for longer than it says")
    expected = Expected(ISSUER, "lenskeep", "nonce", "", keys.NOW)
    with suppress(UnknownKey):
        claims = attempt(Refused, read_id_token, compact, _keys(), expected)
        demand(claims is None or claims.get("iss") == ISSUER, "the issuer that was asked")


def _lists(given: object) -> None:
    """Read a list of keys: an administrator's copy, Entra's, a provider's."""
    text = json.dumps(given)
    found = attempt(Invalid, read_jwks, text)
    demand(found is None or 0 < len(found) <= MAX_KEYS, "as many keys as it says")
    listed = given.get("keys") if isinstance(given, dict) else None
    for each in listed[:50] if isinstance(listed, list) else ():
        demand(len(list(metadata._key(each))) <= 1, "a key, or none")


def _described(given: object) -> None:
    """Read claims as a provider's, and a provider's description of itself."""
    if isinstance(given, dict):
        judge_claims(_PROVIDER, given)
        attempt(Invalid, metadata._check_abilities, given)
        metadata._auth_method(given)
        for name in ("authorization_endpoint", "jwks_uri", "iss"):
            attempt(Invalid, metadata._endpoint, ISSUER, given, name)


def _packed(text: str) -> None:
    token = token_text(text)
    if token is not None:
        demand(len(token) <= MAX_TOKEN, "no longer than it says")
        same(token, token_text(token), "what is unpacked stays so")
        _signed(token)
    secret = read_wresult(text)
    demand(secret is None or len(secret.reveal()) == 32, "a whole token or none")
    attempt(Invalid, read_jwks, text)
    claims_in(text)


TARGET: Final = Target(
    name="token",
    covers=(
        "lenskeep.enrollment.entra.decode:token_text",
        "lenskeep.enrollment.entra.token:read_token",
        "lenskeep.enrollment.entra.token:judge",
        "lenskeep.enrollment.entra.keys:read_jwks",
        "lenskeep.enrollment.web.ticket:read_wresult",
        "lenskeep.enrollment.web.identity:judge_claims",
        "lenskeep.outside.openid.id_token:read_id_token",
        "lenskeep.outside.openid.metadata:fetch_metadata",
        "lenskeep.outside.openid.metadata:fetch_keys",
        "lenskeep.virtual.enrollment.passage:claims_in",
    ),
    run=run,
    mutate=plain.mutate,
    max_bytes=1 << 16,
    slow=3.0,
)
