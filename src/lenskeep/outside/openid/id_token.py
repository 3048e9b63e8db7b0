"""Is this ID token the provider's answer to our question? [OIDC Core] 3.1.3.7."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from lenskeep.base.errors import Refusal, Refused
from lenskeep.outside.openid.metadata import ALGORITHMS

LEEWAY_S: Final = 60
"""Clocks that differ."""


class UnknownKey(Exception):
    """The token names a key that is not among those we know: they may have been rotated."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the answer has to fit."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    now: datetime


def read_id_token(text: object, keys: KeySet, expected: Expected) -> Mapping[str, object]:
    """Return the claims of a token that fits. Raises Refused with the reason, and UnknownKey."""
    if not isinstance(text, str):
        raise refused("the provider gave no ID token")
    try:
        token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
        _check(token.header, token.claims, expected)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except JoseError as error:
        raise refused(f"ID token: {error.error} {_claim_of(error)}".rstrip()) from None
    except (ValueError, TypeError, KeyError, RecursionError, UnicodeError) as error:
        raise refused(f"ID token: {type(error).__name__}") from None
    return token.claims


def refused(reason: str) -> Refused:
    """Return the refusal of an answer that proves nothing."""
    return Refused(Refusal.AUTHENTICATION, reason)


def _check(header: Mapping[str, Any], claims: Mapping[str, Any], expected: Expected) -> None:
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "access_token": expected.access_token,
    }
    answer = CodeIDToken(dict(claims), dict(header), options, params)
    answer.validate(int(expected.now.timestamp()), LEEWAY_S)


def _claim_of(error: JoseError) -> str:
    """Return which claim it is about, where the library says so."""
    claim = getattr(error, "claim_name", getattr(error, "claim", ""))
    return str(claim) if isinstance(claim, str) else ""
