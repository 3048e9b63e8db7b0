"""Whom does this token vouch for? One way for enrollment, terms, sessions and an administrator.

The tenant is chosen by what the token says, its keys by what the tenant's list says; where the
list lacks the key, or is a day old, it is fetched first, and kept for every process.
"""

from dataclasses import dataclass, replace

from lenskeep.base.errors import Invalid, Missing, Refusal, Refused, Unavailable
from lenskeep.enrollment.entra.decode import token_text
from lenskeep.enrollment.entra.keys import KeyRing, read_jwks
from lenskeep.enrollment.entra.token import EntraIdentity, Unproven, judge, read_token
from lenskeep.flows.entra.kept import KeptTenant, item_of, read_tenant
from lenskeep.flows.entrance import ItemKind
from lenskeep.flows.house import House


@dataclass(frozen=True, slots=True)
class Brought:
    """A token that could be read, and the tenant that it is to be judged by."""

    token: Unproven
    kept: KeptTenant


async def believe(
    house: House, packed: str, *, needs_user: bool = False
) -> EntraIdentity | Refused:
    """Return whom the token vouches for, or why it is not believed."""
    brought = await bring(house, packed)
    if isinstance(brought, Refused):
        return brought
    kept = brought.kept
    found = judge(brought.token, kept.trust, house.clock.now(), needs_user=needs_user)
    if isinstance(found, Refused) and kept.trouble:
        return Refused(found.kind, f"{found.reason} (keys: {kept.trouble})")
    return found


async def bring(house: House, packed: str) -> Brought | Refused:
    """Return the token with its tenant, whose keys are as fresh as they can be."""
    text = token_text(packed)
    token = read_token(text) if text is not None else None
    if token is None:
        return _refused("it cannot be read")
    kept = await find(house, token.tenant)
    if kept is not None and kept.is_on and _wants_keys(house, kept, token):
        kept = await renew_keys(house, kept)
    if kept is None or not kept.is_on:  # it may have gone while its keys were fetched
        return _refused("it is of no tenant that is set up")
    return Brought(token, kept)


async def tenants(house: House) -> tuple[KeptTenant, ...]:
    """Return all tenants, those that are switched off too."""
    return tuple(read_tenant(each) for each in await house.entry.items.items(ItemKind.TENANT))


async def find(house: House, tenant_id: str) -> KeptTenant | None:
    """Return the tenant of this id."""
    found = (each for each in await tenants(house) if each.trust.tenant.id == tenant_id)
    return next(found, None)


def _wants_keys(house: House, kept: KeptTenant, token: Unproven) -> bool:
    return kept.trust.ring.wants_fetch(token.kid, house.clock.now())


async def renew_keys(house: House, kept: KeptTenant) -> KeptTenant | None:
    """Return the tenant with its keys fetched anew, or with those it has where that fails; None
    where it was removed meanwhile.

    Both are written down, the one as well as the other: the next fetch has to wait its turn.
    """
    url, keys, trouble = kept.trust.ring.url, None, ""
    try:
        keys = read_jwks(await house.entry.keys.fetch(url))
    except (Unavailable, Invalid) as error:
        trouble = str(error)
    current = await find(house, kept.trust.tenant.id)  # somebody may have changed it meanwhile
    if current is None or current.trust.ring.url != url:
        return current
    now = house.clock.now()
    ring = replace(current.trust.ring, tried_at=now)
    if keys is not None:
        ring = KeyRing(url, keys, fetched_at=now, tried_at=now)
    renewed = current.with_ring(ring, trouble)
    try:
        await house.entry.items.change(item_of(renewed), None)
    except Missing:  # removed in this very moment
        return None
    return renewed


def _refused(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, f"Entra token: {reason}")
