"""What stands in the tokens that Entra gives a headset, as claims; nothing is signed here.

`assumed:` the claim sets are put together from published descriptions; no token of a real headset
was ever captured. v1 tokens name the audience by its App ID URI, v2 tokens by the client id.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from lenskeep.virtual.entra.wrong import Wrong

DELEGATION: Final = "mdm_delegation"
"""The scope with which an enrollment client asks."""

_ENROLLMENT_CLIENT: Final = "29d9ed98-a469-4536-ade2-f981bc1d605e"
"""`assumed:` the client that asks for tokens on a headset; servers must not depend on it."""

_SPACE: Final = uuid.UUID("6b0f1c52-3b8e-4a41-9d0a-6f5f4f0d5e2b")
"""Our own namespace for identifiers that are made from names ([RFC 9562] 5.5)."""


class Kind(Enum):
    """What a token is for; the value is its name on the command line."""

    JOIN = "join"
    ACCOUNT = "account"
    TERMS = "terms"
    DEVICE = "device"
    BULK = "bulk"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Shape:
    """How one token departs from the usual. `changes` sets claims; None takes one away."""

    version: int = 1
    wrong: Wrong | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    issued_at: datetime | None = None
    lifetime: timedelta = timedelta(hours=1)
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Tenant:
    """Who issues, and for which application."""

    id: str
    audience: str
    client_id: str


def issuer_of(tenant: str, version: int) -> str:
    """Return the issuer's name in tokens of that version."""
    if version == 1:
        return f"https://sts.windows.net/{tenant}/"
    return f"https://login.microsoftonline.com/{tenant}/v2.0"


def claims_of(kind: Kind, user: str, tenant: Tenant, shape: Shape, now: datetime) -> dict[str, Any]:
    """Return the claims of a good token."""
    since = int((shape.issued_at or now).timestamp())
    found: dict[str, Any] = {
        "aud": tenant.audience if shape.version == 1 else tenant.client_id,
        "iss": issuer_of(tenant.id, shape.version),
        "iat": since,
        "nbf": since,
        "exp": since + int(shape.lifetime.total_seconds()),
        "tid": tenant.id,
        "scp": DELEGATION,
        "ver": f"{shape.version}.0",
        "uti": uuid.uuid4().hex,
        **_who(kind, user, tenant, shape),
    }
    found["appid" if shape.version == 1 else "azp"] = _ENROLLMENT_CLIENT
    return found


def _who(kind: Kind, user: str, tenant: Tenant, shape: Shape) -> dict[str, Any]:
    """Return the claims that say who asks: a user, a device, or both."""
    device = shape.device_id or made_id(tenant.id, "device", user)
    if kind is Kind.DEVICE:  # no upn at all: nobody is signed in
        object_id = made_id(tenant.id, "device object", device)
        return {"oid": object_id, "sub": object_id, "deviceid": device}
    if kind is Kind.BULK:
        user = user or f"package_{made_id(tenant.id, 'package', '')}@{tenant.id}"
    object_id = made_id(tenant.id, "user", user)
    found = {"oid": object_id, "sub": object_id, "upn": user}
    found["unique_name" if shape.version == 1 else "preferred_username"] = user
    if kind is not Kind.TERMS:  # the device is registered only once the terms are accepted
        found["deviceid"] = device
    return found


def made_id(tenant: str, what: str, name: str) -> str:
    """Return the identifier that this tenant always gives to that name."""
    return str(uuid.uuid5(_SPACE, f"{tenant.casefold()} {what} {name.casefold()}"))
