"""What a provider says of itself: its discovery document and its keys, read with suspicion.

[OIDC Discovery] 4. What does not fit is said in words for the administrator who set it up.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from lenskeep.base.errors import Invalid, shown
from lenskeep.enrollment.web.provider import is_acceptable_url
from lenskeep.outside.openid.fetching import Question, ask

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
)
"""Signatures with a public key. Never `none`, never HMAC: its key would be the client secret."""
MIN_RSA_BITS: Final = 2048
"""[RFC 7518] 3.3."""
MAX_KEYS: Final = 50
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider is asked what, and the keys that it signs with."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    auth_method: str
    """How a client with a secret shows it at the token endpoint."""
    keys: KeySet = field(repr=False)


async def fetch_metadata(issuer: str) -> Metadata:
    """Return what the provider says of itself. Raises Unavailable, and Invalid with the reason."""
    reply = await ask(Question(issuer.rstrip("/") + _WELL_KNOWN))
    if reply.status != 200:
        raise _unfit(f"its discovery document is answered with {reply.status}")
    said = reply.body
    if said.get("issuer") != issuer:
        raise _unfit(f"it calls itself {shown(str(said.get('issuer')))}; write it like this")
    _check_abilities(said)
    jwks_uri = _endpoint(issuer, said, "jwks_uri")
    return Metadata(
        authorization_endpoint=_endpoint(issuer, said, "authorization_endpoint"),
        token_endpoint=_endpoint(issuer, said, "token_endpoint"),
        jwks_uri=jwks_uri,
        userinfo_endpoint=_endpoint(issuer, said, "userinfo_endpoint", optional=True),
        auth_method=_auth_method(said),
        keys=await fetch_keys(jwks_uri),
    )


async def fetch_keys(url: str) -> KeySet:
    """Return the keys fit to sign, the others left out. Raises Unavailable, and Invalid."""
    reply = await ask(Question(url))
    listed = reply.body.get("keys")
    if reply.status != 200 or not isinstance(listed, list):
        raise _unfit("its keys cannot be read")
    found = [key for each in listed[:MAX_KEYS] for key in _key(each)]
    if not found:
        raise _unfit("it has no key that is fit to sign (RSA of 2048 bits and more, or EC)")
    return KeySet(found)


def _check_abilities(said: Mapping[str, object]) -> None:
    """What is not listed is taken for granted, except that a list which lacks it says no."""
    wanted = (
        ("response_types_supported", ("code",), "sign-in by authorization code"),
        ("code_challenge_methods_supported", ("S256",), "PKCE with S256"),
        ("id_token_signing_alg_values_supported", ALGORITHMS, "a public-key signature we accept"),
    )
    for name, any_of, words in wanted:
        listed = said.get(name)
        if isinstance(listed, list) and not any(each in listed for each in any_of):
            raise _unfit(f"it does not offer {words}")


def _auth_method(said: Mapping[str, object]) -> str:
    """[OIDC Discovery] 3: without a list it is `client_secret_basic`."""
    listed = said.get("token_endpoint_auth_methods_supported")
    offered = listed if isinstance(listed, list) else ["client_secret_basic"]
    usable = ("client_secret_basic", "client_secret_post")
    return next((each for each in usable if each in offered), "client_secret_basic")


def _endpoint(issuer: str, said: Mapping[str, object], name: str, *, optional: bool = False) -> str:
    """Return an address of the provider; one of https never sends us to plain http."""
    url = said.get(name)
    if url is None and optional:
        return ""
    if not isinstance(url, str) or not is_acceptable_url(url) or "#" in url:
        raise _unfit(f"its {name} is missing or no https address")
    if issuer.startswith("https:") and not url.startswith("https:"):
        raise _unfit(f"its {name} is not https")
    return url


def _key(described: object) -> Iterator[Key]:
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return
    public = {name: value for name, value in described.items() if name not in _PRIVATE}
    try:
        if public.get("kty") == "RSA" and _bits(public.get("n")) >= MIN_RSA_BITS:
            yield RSAKey.import_key(public)
        elif public.get("kty") == "EC":
            yield ECKey.import_key(public)
    except (JoseError, ValueError, KeyError, TypeError):
        return


_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def _bits(modulus: object) -> int:
    if not isinstance(modulus, str):
        return 0
    try:
        octets = base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(octets, "big").bit_length()


def _unfit(words: str) -> Invalid:
    return Invalid.field("issuer", f"this provider cannot be used: {words}")
