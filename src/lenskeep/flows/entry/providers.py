"""Sign-in providers: which there are, whether they answer, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict, Invalid, Missing, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.web.callback import domain_of, read_domain
from lenskeep.enrollment.web.provider import Provider, provider_complaints, serves
from lenskeep.flows.entrance import Item, ItemKind, Plain
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line, name_complaints
from lenskeep.flows.ports import ProviderSettings

CALLBACK_PATH: Final = "/EnrollmentServer/Authenticate/callback"
SECRET_PURPOSE: Final = "sign-in provider.client secret"  # noqa: S105 - what the key is for
_TEXTS: Final = ("issuer", "client_id", "user_claim", "required_claim", "required_value", "prompt")
_LISTS: Final = ("domains", "scopes", "acr_values")


@dataclass(frozen=True, slots=True)
class Listed:
    """A provider as the administrator sees it; its secret stays sealed."""

    id: str
    provider: Provider
    has_secret: bool
    redirect_uri: str
    """What the provider must be told to send browsers back to."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a provider can be used now, and why not."""

    ok: bool
    words: str
    redirect_uri: str
    page: str = ""
    """The host that wearers are sent to."""


# --- for the administrator ----------------------------------------------------------------


async def add_provider(house: House, caller: Caller, provider: Provider) -> Listed:
    """Add a provider. Raises Conflict where its name or one of its domains is taken."""
    demand(caller, Permission.ADMINISTER)
    provider = _tidy(provider)
    complaints = [*name_complaints(provider.name), *provider_complaints(provider)]
    if complaints:
        raise Invalid(*complaints)
    for each in await active_providers(house):
        shared = sorted(set(each.domains) & set(provider.domains))
        if shared:
            raise Conflict(f"{shared[0]} is served by {each.name}")
    item = Item(
        id=house.ids.new("prv"),
        kind=ItemKind.PROVIDER,
        name=provider.name,
        body=_body(provider),
        sealed=_sealed(house, provider.client_secret),
        created_at=house.clock.now(),
    )
    detail = {"name": provider.name, "issuer": provider.issuer}
    line = audit_line(house, caller, "sign_in_provider.add", item.id, detail)
    await house.entry.items.add(item, line)
    return _listed(house, item)


async def list_providers(house: House, caller: Caller) -> tuple[Listed, ...]:
    """Return all providers, by name."""
    demand(caller, Permission.SEE)
    items = await house.entry.items.items(ItemKind.PROVIDER)
    return tuple(_listed(house, each) for each in items)


async def get_provider(house: House, caller: Caller, reference: str) -> Listed:
    """Return the provider of this id or name. Raises Missing."""
    demand(caller, Permission.SEE)
    return _listed(house, await house.entry.items.item(ItemKind.PROVIDER, reference))


async def check_provider(house: House, caller: Caller, reference: str) -> Checked:
    """Ask the provider how it works, as a sign-in does, and say what came of it."""
    demand(caller, Permission.ADMINISTER)
    item = await house.entry.items.item(ItemKind.PROVIDER, reference)
    redirect_uri = house.settings.url(CALLBACK_PATH)
    try:
        asked = settings_of(_opened(house, item))
        begun = await house.entry.sign_in.begin(asked, redirect_uri)
    except Invalid as invalid:
        return Checked(False, invalid.complaints[0].message, redirect_uri)
    except Unavailable as unavailable:
        return Checked(False, str(unavailable), redirect_uri)
    words = "it answers, and can do what is needed; whether it knows this client shows a sign-in"
    return Checked(True, words, redirect_uri, urlsplit(begun.url).netloc)


async def remove_provider(house: House, caller: Caller, reference: str) -> None:
    """Remove a provider: nobody signs in with it any more; headsets stay managed."""
    demand(caller, Permission.ADMINISTER)
    item = await house.entry.items.item(ItemKind.PROVIDER, reference)
    line = audit_line(house, caller, "sign_in_provider.remove", item.id, {"name": item.name})
    await house.entry.items.remove(ItemKind.PROVIDER, item.id, line)


# --- for whoever signs in -----------------------------------------------------------------


async def active_providers(house: House) -> tuple[Provider, ...]:
    """Return the providers that may be used, by name, their secrets left sealed."""
    items = await house.entry.items.items(ItemKind.PROVIDER)
    return tuple(_provider(each, None) for each in items if each.disabled_at is None)


async def active_provider(house: House, provider_id: str) -> Provider:
    """Return a provider that may be used, with its secret. Raises Missing, and Unavailable where
    the master key that sealed the secret is gone.
    """
    item = await house.entry.items.item(ItemKind.PROVIDER, provider_id)
    if item.id != provider_id or item.disabled_at is not None:
        raise Missing("sign-in provider", provider_id)
    return _opened(house, item)


async def provider_for(house: House, name: str) -> Provider | None:
    """Return the provider that serves the domain of this user name."""
    domain = domain_of(name)
    providers = await active_providers(house) if domain else ()
    return next((each for each in providers if serves(each, domain)), None)


def settings_of(provider: Provider) -> ProviderSettings:
    """Return what is needed to ask it."""
    return ProviderSettings(
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret or Secret(""),
        scopes=provider.scopes,
        acr_values=" ".join(provider.acr_values),
        prompt=provider.prompt,
    )


def _tidy(provider: Provider) -> Provider:
    """Return it with what is only spelled differently in one spelling."""
    domains = dict.fromkeys(read_domain(each) or each for each in provider.domains)
    return replace(
        provider,
        name=provider.name.strip(),
        issuer=provider.issuer.strip(),
        client_id=provider.client_id.strip(),
        client_secret=provider.client_secret or None,
        domains=tuple(domains),
    )


def _body(provider: Provider) -> dict[str, Plain]:
    texts: dict[str, Plain] = {each: getattr(provider, each) for each in _TEXTS}
    return texts | {each: list(getattr(provider, each)) for each in _LISTS}


def _sealed(house: House, secret: Secret | None) -> str:
    return house.keyring.seal(SECRET_PURPOSE, secret.reveal().encode("ascii")) if secret else ""


def _listed(house: House, item: Item) -> Listed:
    return Listed(
        id=item.id,
        provider=_provider(item, None),
        has_secret=bool(item.sealed),
        redirect_uri=house.settings.url(CALLBACK_PATH),
        created_at=item.created_at,
    )


def _opened(house: House, item: Item) -> Provider:
    if not item.sealed:
        return _provider(item, None)
    secret = house.keyring.open(SECRET_PURPOSE, item.sealed).decode("ascii")
    return _provider(item, Secret(secret))


def _provider(item: Item, secret: Secret | None) -> Provider:
    body = item.body
    return Provider(
        id=item.id,
        name=item.name,
        client_secret=secret,
        issuer=_text(body, "issuer"),
        client_id=_text(body, "client_id"),
        domains=_list(body, "domains"),
        scopes=_list(body, "scopes"),
        user_claim=_text(body, "user_claim"),
        required_claim=_text(body, "required_claim"),
        required_value=_text(body, "required_value"),
        acr_values=_list(body, "acr_values"),
        prompt=_text(body, "prompt"),
    )


def _text(body: Mapping[str, Plain], name: str) -> str:
    return str(body.get(name, ""))


def _list(body: Mapping[str, Plain], name: str) -> tuple[str, ...]:
    value = body.get(name)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
