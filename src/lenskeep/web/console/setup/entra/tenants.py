"""Entra tenants: told to us, changed, switched off, removed; their keys fetched or put in."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing, Unavailable
from lenskeep.enrollment.entra.tenant import Cloud, ScopeRule, Tenant
from lenskeep.flows.device.enrolling.headers import DISCOVERY_PATH, TERMS_PATH
from lenskeep.flows.entry import tenants
from lenskeep.flows.entry.tenants import TenantDraft, TenantView
from lenskeep.web.console.page import Form, Visit, go
from lenskeep.web.console.words import Look

ADDRESS: Final = "/enrollment/entra"
FIELDS: Final = (
    "tenant",
    "label",
    "audiences",
    "client_id",
    "cloud",
    "scope",
    "keys_url",
    "jwks",
)
CLOUDS: Final = {
    Cloud.PUBLIC.value: "Entra (public)",
    Cloud.US_GOVERNMENT.value: "Entra for US government",
    Cloud.CHINA.value: "Entra in China (21Vianet)",
}
SCOPES: Final = {
    ScopeRule.USERS.value: "of tokens with a user (usual)",
    ScopeRule.ALWAYS.value: "of every token",
    ScopeRule.NEVER.value: "of none",
}
_ON: Final = Look("Believed", "good", "Headsets with its tokens are let in, if the rules agree.")
_OFF: Final = Look("Switched off", "calm", "Its tokens are refused.")
_WITHOUT_KEYS: Final = Look("No keys", "bad", "Without keys no token of it can be believed.")
_OLD_KEYS: Final = Look("Keys not fetched", "warn", "The keys known are used for a few days more.")


async def tenants_page(visit: Visit) -> Response:
    """Show the tenants, and what Entra is to be told."""
    return await answer(visit)


async def add(visit: Visit) -> Response:
    """Believe a tenant from now on."""
    texts = typed(visit.form)
    draft = _draft(texts)
    try:
        added = await tenants.add_tenant(visit.house, visit.caller, texts["tenant"], draft)
    except Invalid as invalid:
        return await answer(visit, texts, 422, {"complaints": invalid.complaints})
    except Conflict:
        wrong = (Complaint("tenant", "this tenant is there already"),)
        return await answer(visit, texts, 409, {"complaints": wrong})
    except Unavailable as unavailable:
        return await answer(visit, texts, 503, {"refused": _not_fetched(unavailable)})
    return go(visit.request, f"{ADDRESS}/{added.id}?saved=added")


async def tenant_page(visit: Visit) -> Response:
    """Show one tenant."""
    return await _one(visit)


async def change(visit: Visit) -> Response:
    """Change what is expected of its tokens."""
    texts = typed(visit.form)
    draft = _draft({**texts, "keys_url": "", "jwks": ""})
    return await _changed(visit, draft, texts, "changed")


async def switch(visit: Visit) -> Response:
    """Believe its tokens, or do not."""
    is_on = visit.form.get("do") == "on"
    return await _changed(visit, TenantDraft(enabled=is_on), None, "on" if is_on else "off")


async def bring_keys(visit: Visit) -> Response:
    """Fetch its keys now, from elsewhere if that is typed, or put in those given."""
    texts = typed(visit.form)
    shown = await tenants.show_tenant(visit.house, visit.caller, _id(visit))
    is_put = visit.form.get("do") == "put"
    url = texts["keys_url"].strip()
    try:
        if not is_put and url != shown.keys_url:
            draft = TenantDraft(keys_url=url)
            await tenants.change_tenant(visit.house, visit.caller, shown.id, draft)
        else:
            jwks = texts["jwks"] if is_put else None
            await tenants.refresh_keys(visit.house, visit.caller, shown.id, jwks)
    except Invalid as invalid:
        return await _one(visit, texts, 422, {"complaints": invalid.complaints})
    except Unavailable as unavailable:
        return await _one(visit, texts, 503, {"refused": _not_fetched(unavailable)})
    return go(visit.request, f"{ADDRESS}/{shown.id}?saved=keys#keys")


async def remove(visit: Visit) -> Response:
    """Believe its tokens no more."""
    await tenants.remove_tenant(visit.house, visit.caller, _id(visit))
    return go(visit.request, f"{ADDRESS}?saved=removed")


# --- answers ------------------------------------------------------------------------------


def typed(form: Form) -> dict[str, str]:
    """Return what was typed."""
    return {name: form.get(name, "") for name in FIELDS}


def tenant_look(view: TenantView) -> Look:
    """Return how a tenant stands."""
    if not view.enabled:
        return _OFF
    if not view.keys:
        return _WITHOUT_KEYS
    return _OLD_KEYS if view.keys_trouble else _ON


def usual_keys_url(view: TenantView) -> str:
    """Return where Entra has the keys of this tenant."""
    return Tenant(view.tenant, (), cloud=Cloud(view.cloud)).keys_url


async def answer(
    visit: Visit,
    texts: Mapping[str, str] | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    """Return the page of all tenants."""
    settings = visit.house.settings
    values: dict[str, object] = {
        "tenants": await tenants.list_tenants(visit.house, visit.caller),
        "discovery_url": settings.url(DISCOVERY_PATH),
        "terms_url": settings.url(TERMS_PATH),
        "app_uri": f"https://{settings.host_names[0]}",
        "draft": texts or dict.fromkeys(FIELDS, ""),
        "tried": None,
        **_told(visit),
    }
    return visit.answer("setup/tenants.html", values | dict(said or {}), status)


async def _one(
    visit: Visit,
    texts: Mapping[str, str] | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    view = await tenants.show_tenant(visit.house, visit.caller, _id(visit))
    draft = _texts(view)
    if texts is not None:
        draft |= {name: texts[name] for name in FIELDS if name in visit.form}
    values: dict[str, object] = {
        "view": view,
        "usual_keys_url": usual_keys_url(view),
        "draft": draft,
        **_told(visit),
    }
    return visit.answer("setup/tenant.html", values | dict(said or {}), status)


async def _changed(
    visit: Visit, draft: TenantDraft, texts: Mapping[str, str] | None, saved: str
) -> Response:
    try:
        await tenants.change_tenant(visit.house, visit.caller, _id(visit), draft)
    except Missing:
        raise
    except Invalid as invalid:
        return await _one(visit, texts, 422, {"complaints": invalid.complaints})
    except Unavailable as unavailable:
        return await _one(visit, texts, 503, {"refused": _not_fetched(unavailable)})
    return go(visit.request, f"{ADDRESS}/{_id(visit)}?saved={saved}")


def _told(visit: Visit) -> dict[str, object]:
    return {
        "clouds": CLOUDS,
        "scopes": SCOPES,
        "look": tenant_look,
        "saved": visit.request.query_params.get("saved", ""),
        "complaints": (),
        "refused": "",
    }


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["tenant"])


def _draft(texts: Mapping[str, str]) -> TenantDraft:
    return TenantDraft(
        audiences=tuple(texts["audiences"].split()),
        client_id=texts["client_id"],
        label=texts["label"],
        cloud=texts["cloud"] or None,
        scope=texts["scope"] or None,
        keys_url=texts["keys_url"].strip() or None,
        jwks=texts["jwks"] if texts["jwks"].strip() else None,
    )


def _texts(view: TenantView) -> dict[str, str]:
    return {
        "tenant": view.tenant,
        "label": view.label,
        "audiences": "\n".join(view.audiences),
        "client_id": view.client_id,
        "cloud": view.cloud,
        "scope": view.scope,
        "keys_url": view.keys_url or usual_keys_url(view),
        "jwks": "",
    }


def _not_fetched(unavailable: Unavailable) -> str:
    return f"Nothing was changed: the keys could not be fetched ({unavailable})"
