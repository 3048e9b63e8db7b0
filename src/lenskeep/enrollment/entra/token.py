"""Is this token one of a tenant of ours, meant for us, and good now? Everything is asked.

The algorithm is pinned and the key comes from the tenant's list, never from the token: whatever
a header says of keys (`jwk`, `jku`, `x5u`, `x5c`) is not looked at. Reasons name the rule and
never repeat what the token says, so that they can go to a log.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.entra.claims import (
    MAX_USER,
    Claims,
    audience_wrong,
    device_wrong,
    issuer_wrong,
    scope_wrong,
    tenant_wrong,
    text,
    time_wrong,
    times,
    user_of,
    user_wrong,
)
from lenskeep.enrollment.entra.decode import MAX_TOKEN
from lenskeep.enrollment.entra.keys import SigningKey, public_key
from lenskeep.enrollment.entra.tenant import Tenant, Trust
from lenskeep.enrollment.lifecycle import shown

ALGORITHM: Final = "RS256"
"""The one algorithm that Entra signs access tokens with."""


@dataclass(frozen=True, slots=True)
class EntraIdentity:
    """Whom a good token vouches for."""

    tenant: str
    user_id: str
    """Object id (`oid`) of the user; empty where there is no user."""
    user: str
    """User principal name; empty: a headset without a user."""
    entra_device: str
    """Entra device id; empty where the token has none."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """What a token says before anything is checked: enough to choose tenant and key."""

    compact: str = field(repr=False)
    header: Claims = field(repr=False)
    claims: Claims = field(repr=False)

    @property
    def kid(self) -> str:
        """The id of the key that is said to have signed it."""
        return text(self.header, "kid")

    @property
    def tenant(self) -> str:
        """The tenant that is said to have issued it, lower case."""
        return text(self.claims, "tid").lower()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked of a token."""

    name: str
    reason: str = ""
    """What is wrong, fit for a log; empty: it is as it has to be."""
    found: str = field(default="", repr=False)
    """What the token says there. For an administrator who tries a token, and nobody else."""

    @property
    def passed(self) -> bool:
        """Whether it is as it has to be."""
        return not self.reason


def read_token(compact: str) -> Unproven | None:
    """Return the header and the claims of a JWT, or None for what is none. Proves nothing."""
    parts = compact.split(".")
    if len(compact) > MAX_TOKEN or len(parts) != 3:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    return None if header is None or claims is None else Unproven(compact, header, claims)


def judge(
    token: Unproven, trust: Trust, now: datetime, *, needs_user: bool = False
) -> EntraIdentity | Refused:
    """Return whom the token vouches for, or why it is not believed."""
    for check in checks(token, trust, now, needs_user=needs_user):
        if not check.passed:
            return Refused(Refusal.AUTHENTICATION, f"Entra token: {check.reason}")
    claims = token.claims
    return EntraIdentity(
        tenant=trust.tenant.id,
        user_id=text(claims, "oid").lower() if user_of(claims) else "",
        user=user_of(claims),
        entra_device=text(claims, "deviceid").lower(),
    )


def checks(
    token: Unproven, trust: Trust, now: datetime, *, needs_user: bool = False
) -> Iterator[Check]:
    """Ask everything, one after the other; the signature comes before any claim."""
    claims, tenant = token.claims, trust.tenant
    yield from _signature(token, trust, now)
    yield _check("tenant", tenant_wrong(claims, tenant), token.tenant)
    yield _check("issuer", issuer_wrong(claims, tenant), text(claims, "iss"))
    yield _check("audience", audience_wrong(claims, tenant), text(claims, "aud"))
    yield _check("time", time_wrong(claims, now), times(claims))
    yield _check("scope", scope_wrong(claims, tenant), text(claims, "scp"))
    yield _check("user", user_wrong(claims, needs_user=needs_user), user_of(claims))
    yield _check("device", device_wrong(claims), text(claims, "deviceid"))


# --- the signature ------------------------------------------------------------------------


def _signature(token: Unproven, trust: Trust, now: datetime) -> Iterator[Check]:
    header = token.header
    algorithm = "" if header.get("alg") == ALGORITHM else f"the algorithm is not {ALGORITHM}"
    yield _check("algorithm", algorithm, text(header, "alg"))
    odd = "crit" in header or "b64" in header
    yield _check("header", "the header asks for extensions" if odd else "", "")
    yield _check("key", _key_wrong(token, trust, now), token.kid)
    key = trust.ring.find(token.kid)
    right = not algorithm and not odd and key is not None and _is_signed(token, key)
    yield _check("signature", "" if right else "the signature is not that of the key", "")


def _key_wrong(token: Unproven, trust: Trust, now: datetime) -> str:
    key = trust.ring.find(token.kid)
    if trust.ring.is_stale(now):
        return "the tenant's keys could not be fetched for too long"
    if key is None:
        return "its key is not one of the tenant's"
    if not _may_sign_for(key, trust.tenant):
        return "its key is for tokens of another issuer"
    return ""


def _may_sign_for(key: SigningKey, tenant: Tenant) -> bool:
    """Return whether the list lets the key sign for this tenant.

    Entra's lists hold keys of its consumer service too, each with the issuer that it is for.
    """
    return not key.issuer or key.issuer.replace("{tenantid}", tenant.id) in tenant.issuers


def _is_signed(token: Unproven, key: SigningKey) -> bool:
    from joserfc import jws
    from joserfc.errors import JoseError

    # unknown header parameters are passed over ([RFC 7515] 4); those that must not be were asked
    registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    try:
        jws.deserialize_compact(token.compact, public_key(key), registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _check(name: str, reason: str, found: str) -> Check:
    return Check(name, reason, shown(found, MAX_USER))


def _object(part: str) -> Claims | None:
    try:
        found = json.loads(
            urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4)).decode("utf-8")
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
