"""Entra tenants: told to us, changed, taken away; their keys fetched; a token tried on them."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final, TypeVar

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing, Refused
from lenskeep.enrollment.entra.keys import KeyRing, is_fetchable, read_jwks
from lenskeep.enrollment.entra.tenant import Cloud, ScopeRule, Tenant, Trust
from lenskeep.enrollment.entra.token import Check, checks
from lenskeep.flows.entra.believing import bring, tenants
from lenskeep.flows.entra.kept import KeptTenant, item_of
from lenskeep.flows.entrance import Item, ItemKind
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.records import Audit

MAX_AUDIENCES: Final = 8
MAX_AUDIENCE: Final = 256
MAX_LABEL: Final = 80
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")

T = TypeVar("T", bound=Enum)


@dataclass(frozen=True, slots=True)
class TenantDraft:
    """What an administrator says of a tenant; None leaves it as it is, or as usual."""

    audiences: tuple[str, ...] | None = None
    client_id: str | None = None
    label: str | None = None
    cloud: str | None = None
    scope: str | None = None
    enabled: bool | None = None
    keys_url: str | None = None
    """Where the keys are, where that is not where Entra has them."""
    jwks: str | None = field(default=None, repr=False)
    """The keys themselves, for a site without a way out; they are never fetched then."""


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant as it is shown."""

    id: str
    tenant: str
    label: str
    audiences: tuple[str, ...]
    client_id: str
    cloud: str
    scope: str
    enabled: bool
    created_at: datetime
    keys_url: str
    """Empty: the keys were put in by hand."""
    keys: tuple[str, ...]
    """Their ids."""
    keys_at: datetime | None
    keys_trouble: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of a token, and why."""

    believed: bool
    tenant: str
    """The tenant it was tried on; empty where there is none to try it on."""
    checks: tuple[Check, ...]


async def add_tenant(
    house: House, caller: Caller, tenant_id: str, draft: TenantDraft
) -> TenantView:
    """Believe a tenant's tokens from now on. Raises Invalid, Conflict where it is there already,
    and Unavailable where its keys can neither be fetched nor were given.
    """
    demand(caller, Permission.ADMINISTER)
    tenant = Tenant(tenant_id.strip().lower(), ())
    empty = Item(house.ids.new("ten"), ItemKind.TENANT, tenant.id, {}, "", house.clock.now())
    ring = KeyRing(tenant.keys_url)
    kept = _changed(house, KeptTenant(empty, "", Trust(tenant, ring), ""), draft)
    if not kept.trust.ring.is_offline:
        kept = await _with_fetched_keys(house, kept)
    line = audit_line(house, caller, "tenant.add", kept.item.id, _detail(kept))
    await house.entry.items.add(item_of(kept), line)
    return _view(kept)


async def list_tenants(house: House, caller: Caller) -> tuple[TenantView, ...]:
    """Return all tenants."""
    demand(caller, Permission.SEE)
    return tuple(_view(each) for each in await tenants(house))


async def show_tenant(house: House, caller: Caller, reference: str) -> TenantView:
    """Return the tenant of this id, ours or Entra's. Raises Missing."""
    demand(caller, Permission.SEE)
    return _view(await _one(house, reference))


async def change_tenant(
    house: House, caller: Caller, reference: str, draft: TenantDraft
) -> TenantView:
    """Change what the draft names. Raises Missing, Invalid, Unavailable."""
    demand(caller, Permission.ADMINISTER)
    before = await _one(house, reference)
    kept = _changed(house, before, draft)
    if kept.trust.ring.url != before.trust.ring.url and not kept.trust.ring.is_offline:
        ring = (await _with_fetched_keys(house, kept)).trust.ring
        kept = _changed(house, await _one(house, reference), draft).with_ring(ring)
    line = audit_line(house, caller, "tenant.change", kept.item.id, _detail(kept))
    return await _store(house, kept, line)


async def remove_tenant(house: House, caller: Caller, reference: str) -> None:
    """Believe its tokens no more; headsets that are enrolled stay as they are. Raises Missing."""
    demand(caller, Permission.ADMINISTER)
    kept = await _one(house, reference)
    detail = {"tenant": kept.trust.tenant.id}
    line = audit_line(house, caller, "tenant.remove", kept.item.id, detail)
    await house.entry.items.remove(ItemKind.TENANT, kept.item.id, line)


async def refresh_keys(
    house: House, caller: Caller, reference: str, jwks: str | None = None
) -> TenantView:
    """Fetch the keys now, or put in those given, which are never fetched anew from then on.

    Raises Missing, Unavailable, Invalid (for a tenant whose keys are not fetched, too), and
    Conflict where somebody else put keys in meanwhile.
    """
    demand(caller, Permission.ADMINISTER)
    kept = await _one(house, reference)
    if jwks is not None:
        kept = kept.with_ring(KeyRing("", read_jwks(jwks), house.clock.now()))
    elif kept.trust.ring.is_offline:
        raise Invalid.field("jwks", "the keys of this tenant are put in by hand", "a JWKS")
    else:
        ring = (await _with_fetched_keys(house, kept)).trust.ring
        kept = await _one(house, reference)
        if kept.trust.ring.url != ring.url:
            raise Conflict("where the keys come from was changed meanwhile")
        kept = kept.with_ring(ring)
    detail = {"tenant": kept.trust.tenant.id, "keys": str(len(kept.trust.ring.keys))}
    line = audit_line(house, caller, "tenant.keys", kept.item.id, detail)
    return await _store(house, kept, line)


async def try_token(house: House, caller: Caller, packed: str) -> Tried:
    """Return what would become of this token now, check by check. Nothing of it is kept."""
    demand(caller, Permission.ADMINISTER)
    brought = await bring(house, packed)
    if isinstance(brought, Refused):
        reason = brought.reason.partition(": ")[2]
        return Tried(believed=False, tenant="", checks=(Check("token", reason),))
    trust = brought.kept.trust
    found = tuple(checks(brought.token, trust, house.clock.now()))
    return Tried(all(each.passed for each in found), trust.tenant.id, found)


# --- parts --------------------------------------------------------------------------------


async def _one(house: House, reference: str) -> KeptTenant:
    wanted = reference.strip().lower()
    for each in await tenants(house):
        if wanted in (each.item.id.lower(), each.trust.tenant.id):
            return each
    raise Missing("tenant", reference)


async def _store(house: House, kept: KeptTenant, line: Audit) -> TenantView:
    await house.entry.items.change(item_of(kept), line)
    return _view(kept)


async def _with_fetched_keys(house: House, kept: KeptTenant) -> KeptTenant:
    url, now = kept.trust.ring.url, house.clock.now()
    keys = read_jwks(await house.entry.keys.fetch(url))
    return kept.with_ring(KeyRing(url, keys, fetched_at=now, tried_at=now))


def _changed(house: House, kept: KeptTenant, draft: TenantDraft) -> KeptTenant:
    """Return the tenant with what the draft names. Raises Invalid with every complaint."""
    complaints: list[Complaint] = []
    before = kept.trust.tenant
    tenant = Tenant(
        id=before.id,
        audiences=_given(draft.audiences, before.audiences),
        client_id=_given(draft.client_id, before.client_id).strip().lower(),
        cloud=_choice(Cloud, draft.cloud, before.cloud, "cloud", complaints),
        scope=_choice(ScopeRule, draft.scope, before.scope, "scope", complaints),
    )
    label = _given(draft.label, kept.label).strip()
    complaints += _complaints(tenant, label)
    ring = kept.trust.ring
    if ring.url == before.keys_url != tenant.keys_url:  # another cloud, and its keys
        ring = KeyRing(tenant.keys_url)
    ring = _ring(house, ring, draft, complaints)
    if complaints:
        raise Invalid(*complaints)
    item, now = kept.item, house.clock.now()
    if draft.enabled is not None:
        item = replace(item, disabled_at=None if draft.enabled else (item.disabled_at or now))
    return KeptTenant(item, label, Trust(tenant, ring), kept.trouble)


G = TypeVar("G")


def _given(value: G | None, otherwise: G) -> G:
    return otherwise if value is None else value


def _choice(
    kind: type[T], text: str | None, otherwise: T, field_name: str, complaints: list[Complaint]
) -> T:
    found = [each for each in kind if text is None or each.value == text.strip().lower()]
    if text is None:
        return otherwise
    if not found:
        allowed = ", ".join(str(each.value) for each in kind)
        complaints.append(Complaint(field_name, "there is no such choice", allowed))
        return otherwise
    return found[0]


def _complaints(tenant: Tenant, label: str) -> list[Complaint]:
    found: list[Complaint] = []
    if not _GUID.fullmatch(tenant.id):
        where = "the Directory (tenant) ID of Entra, a GUID"
        found.append(Complaint("tenant", "this is no tenant id", where))
    if not tenant.audiences and not tenant.client_id:
        allowed = "the Application ID URI, e.g. https://mdm.example.org"
        found.append(Complaint("audiences", "one is needed", allowed))
    if len(tenant.audiences) > MAX_AUDIENCES:
        found.append(Complaint("audiences", "these are too many", f"up to {MAX_AUDIENCES}"))
    found += [
        Complaint("audiences", "this is no Application ID URI", "e.g. https://mdm.example.org")
        for each in tenant.audiences
        if len(each) > MAX_AUDIENCE or not _URI.fullmatch(each)
    ]
    if tenant.client_id and not _GUID.fullmatch(tenant.client_id):
        found.append(Complaint("client_id", "this is no client id", "a GUID"))
    if len(label) > MAX_LABEL or not (label == "" or label.isprintable()):
        found.append(Complaint("label", "this cannot be shown", f"up to {MAX_LABEL} characters"))
    return found


def _ring(house: House, ring: KeyRing, draft: TenantDraft, complaints: list[Complaint]) -> KeyRing:
    if draft.jwks is not None and draft.keys_url:
        complaints.append(Complaint("jwks", "keys are either given or fetched", "one of both"))
    elif draft.jwks is not None:
        try:
            return KeyRing("", read_jwks(draft.jwks), house.clock.now())
        except Invalid as invalid:
            complaints.extend(invalid.complaints)
    elif draft.keys_url is not None:
        if is_fetchable(draft.keys_url):
            return KeyRing(draft.keys_url)
        complaints.append(Complaint("keys_url", "keys are not fetched from there", "https://..."))
    return ring


def _view(kept: KeptTenant) -> TenantView:
    tenant, ring = kept.trust.tenant, kept.trust.ring
    return TenantView(
        id=kept.item.id,
        tenant=tenant.id,
        label=kept.label,
        audiences=tenant.audiences,
        client_id=tenant.client_id,
        cloud=tenant.cloud.value,
        scope=tenant.scope.value,
        enabled=kept.is_on,
        created_at=kept.item.created_at,
        keys_url=ring.url,
        keys=tuple(each.kid for each in ring.keys),
        keys_at=ring.fetched_at,
        keys_trouble=kept.trouble,
    )


def _detail(kept: KeptTenant) -> dict[str, str]:
    tenant = kept.trust.tenant
    return {
        "tenant": tenant.id,
        "audiences": " ".join(tenant.audiences),
        "client_id": tenant.client_id,
        "scope": tenant.scope.value,
        "keys": "by hand" if kept.trust.ring.is_offline else kept.trust.ring.url,
        "enabled": "yes" if kept.is_on else "no",
    }
