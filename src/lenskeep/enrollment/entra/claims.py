"""What the claims of a token have to say; each rule returns what is wrong, in words, or nothing.

The words name the rule and never repeat the token: they may go to a log.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from lenskeep.enrollment.entra.tenant import ScopeRule, Tenant
from lenskeep.enrollment.lifecycle import shown

SKEW: Final = timedelta(minutes=5)
"""How far Entra's clock and ours may be apart; Microsoft's own libraries allow as much."""

SCOPE: Final = "mdm_delegation"
"""What a user lets the headset's enrollment client do with us."""

MAX_USER: Final = 256
"""Characters of a user name; a UPN has at most 113 ([MS-ADTS])."""

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES: Final = ("upn", "preferred_username", "unique_name")
"""Claims that name a user: the first of v1, the second of v2, the third of guests."""

Claims: TypeAlias = Mapping[str, object]


def user_of(claims: Claims) -> str:
    """Return the name of the user in the form in which it is shown; empty: there is none."""
    for name in _NAMES:
        found = shown(text(claims, name), MAX_USER)
        if found:
            return found
    return ""


def tenant_wrong(claims: Claims, tenant: Tenant) -> str:
    """Return what is wrong with `tid`."""
    return "" if text(claims, "tid").lower() == tenant.id else "it is of another tenant"


def issuer_wrong(claims: Claims, tenant: Tenant) -> str:
    """Return what is wrong with `iss`."""
    return "" if claims.get("iss") in tenant.issuers else "its issuer is not the tenant's"


def audience_wrong(claims: Claims, tenant: Tenant) -> str:
    """Return what is wrong with `aud`: version 2 always names the client id, version 1 either
    that or the App ID URI, with the last slash or without it (seen: both).
    """
    audience = text(claims, "aud")
    if tenant.client_id and audience.lower() == tenant.client_id:
        return ""
    uris = {each.rstrip("/") for each in tenant.audiences} - {""}
    is_first = claims.get("iss") == tenant.issuers[0]
    right = is_first and audience.removesuffix("/") in uris
    return "" if right else "it is meant for another application"


def time_wrong(claims: Claims, now: datetime) -> str:
    """Return what is wrong with `exp`, `nbf` and `iat`; only the first has to be there."""
    moment, skew = now.timestamp(), SKEW.total_seconds()
    expires = _number(claims, "exp")
    if expires is None:
        return "it does not say when it expires"
    if moment >= expires + skew:
        return "it is expired"
    for name in ("nbf", "iat"):
        if name not in claims:
            continue
        start = _number(claims, name)
        if start is None or moment < start - skew:
            return "it is not valid yet"
    return ""


def scope_wrong(claims: Claims, tenant: Tenant) -> str:
    """Return what is wrong with `scp`: words with blanks between, ours among them."""
    if tenant.scope is ScopeRule.NEVER or SCOPE in text(claims, "scp").split(" "):
        return ""
    if tenant.scope is ScopeRule.USERS and "scp" not in claims and not user_of(claims):
        return ""
    return f"its scope is not {SCOPE}"


def user_wrong(claims: Claims, *, needs_user: bool) -> str:
    """Return what is wrong with the one it is about: a user, with an object id, or a device.

    An application's own token (`idtyp` app) is never a headset's.
    """
    if claims.get("idtyp") == "app":
        return "it is the token of an application"
    if user_of(claims):
        return "" if _is_guid(claims, "oid") else "its user has no object id"
    if needs_user:
        return "it names no user"
    return "" if _is_guid(claims, "deviceid") else "it names neither a user nor a device"


def device_wrong(claims: Claims) -> str:
    """Return what is wrong with `deviceid`, where there is one."""
    given = claims.get("deviceid", "") != ""
    return "its device id is no GUID" if given and not _is_guid(claims, "deviceid") else ""


# --- small readers ------------------------------------------------------------------------


def text(claims: Claims, name: str) -> str:
    """Return a claim that is text; empty where it is missing, or anything else."""
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _number(claims: Claims, name: str) -> float | None:
    """Return a NumericDate ([RFC 7519] 2)."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def times(claims: Claims) -> str:
    """Return the times as they are written."""
    found = ((name, _number(claims, name)) for name in ("nbf", "exp"))
    return ", ".join(f"{name} {value:.0f}" for name, value in found if value is not None)


def _is_guid(claims: Claims, name: str) -> bool:
    return _GUID.fullmatch(text(claims, name).lower()) is not None
