"""A tenant as it lies in the store: what the administrator said, and the keys fetched since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lenskeep.enrollment.entra.keys import KeyRing, SigningKey
from lenskeep.enrollment.entra.tenant import Cloud, ScopeRule, Tenant, Trust
from lenskeep.flows.entrance import Item, Plain


@dataclass(frozen=True, slots=True)
class KeptTenant:
    """One tenant."""

    item: Item
    label: str
    """What people call it; may be empty."""
    trust: Trust
    trouble: str
    """Why its keys could not be fetched the last time; empty where they could."""

    @property
    def is_on(self) -> bool:
        """Whether its tokens are believed at all."""
        return self.item.disabled_at is None

    def with_ring(self, ring: KeyRing, trouble: str = "") -> "KeptTenant":
        """Return the tenant with these keys."""
        return replace(self, trust=replace(self.trust, ring=ring), trouble=trouble)


def read_tenant(item: Item) -> KeptTenant:
    """Return the tenant that this item holds."""
    body = item.body
    tenant = Tenant(
        id=item.name,
        audiences=tuple(_texts(body, "audiences")),
        client_id=_text(body, "client_id"),
        cloud=Cloud(_text(body, "cloud")),
        scope=ScopeRule(_text(body, "scope")),
    )
    ring = KeyRing(
        url=_text(body, "keys_url"),
        keys=tuple(_keys(body)),
        fetched_at=_moment(_text(body, "fetched_at")),
        tried_at=_moment(_text(body, "tried_at")),
    )
    return KeptTenant(item, _text(body, "label"), Trust(tenant, ring), _text(body, "trouble"))


def item_of(kept: KeptTenant) -> Item:
    """Return the item that holds this tenant."""
    tenant, ring = kept.trust.tenant, kept.trust.ring
    body: dict[str, Plain] = {
        "label": kept.label,
        "audiences": list(tenant.audiences),
        "client_id": tenant.client_id,
        "cloud": tenant.cloud.value,
        "scope": tenant.scope.value,
        "keys_url": ring.url,
        "keys": [
            {"kid": each.kid, "n": each.modulus, "e": each.exponent, "issuer": each.issuer}
            for each in ring.keys
        ],
        "fetched_at": ring.fetched_at.isoformat() if ring.fetched_at else "",
        "tried_at": ring.tried_at.isoformat() if ring.tried_at else "",
        "trouble": kept.trouble,
    }
    return replace(kept.item, name=tenant.id, body=body)


def _keys(body: Mapping[str, Plain]) -> list[SigningKey]:
    listed = body.get("keys")
    return [
        SigningKey(*(_text(each, name) for name in ("kid", "n", "e", "issuer")))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
    ]


def _text(body: Mapping[str, Plain], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _texts(body: Mapping[str, Plain], name: str) -> list[str]:
    value = body.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
