"""What is in force and what is set up: the rules, and which ways in could work at all."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from lenskeep.enrollment.offering import SetUp
from lenskeep.enrollment.rules.read import read_rules
from lenskeep.enrollment.rules.rules import WAYS, Rules
from lenskeep.enrollment.rules.ways import Need
from lenskeep.enrollment.web.callback import read_domain
from lenskeep.flows.entrance import DocumentKind, Item, ItemKind
from lenskeep.flows.house import House
from lenskeep.flows.records import Account

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules in force."""

    rules: Rules
    version: int = 0
    """0: none were ever set."""
    at: datetime | None = None
    actor: str = ""


async def rules_in_force(house: House) -> Standing:
    """Return the latest rules; nothing was set: those that let everybody in."""
    found = await house.entry.documents.latest(DocumentKind.RULES)
    if found is None:
        return Standing(Rules())
    return Standing(_read(found.body), found.version, found.at, found.actor)


@lru_cache(maxsize=4)
def _read(body: str) -> Rules:
    """Read what we wrote, once a version: ten thousand serial numbers take a while."""
    return read_rules(json.loads(body), zone)


def zone(name: str) -> tzinfo | None:
    """Return the time zone of that name, of those that this machine knows."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # KeyError: ZoneInfoNotFoundError
        return None


def open_ways(rules: Rules) -> frozenset[str]:
    """Return the ways that the rules leave open."""
    return frozenset(WAYS) if rules.ways is None else rules.ways


async def set_up(house: House, rules: Rules, *, bulk: bool) -> SetUp:
    """Return what discovery goes by; bulk accounts are looked for only where asked."""
    tenants = await _active(house, ItemKind.TENANT)
    providers = await _active(house, ItemKind.PROVIDER)
    domains = [_domains(each) for each in providers]
    accounts = await _bulk_needs(house) if bulk else frozenset()
    return SetUp(
        ways=open_ways(rules),
        tenants=bool(tenants),
        provider=any(not each for each in domains),
        provider_domains=frozenset[str]().union(*domains),
        bulk_passwords=Need.BULK_PASSWORD in accounts,
        bulk_certificates=Need.BULK_CERTIFICATE in accounts,
    )


async def is_in_autopilot(house: House, rules: Rules, serial: str) -> bool:
    """Return whether there is an Autopilot record, where a rule asks for one."""
    if not rules.devices.autopilot or not serial:
        return False
    return await house.entry.autopilot.by_serial(serial) is not None


async def needs_met(house: House) -> frozenset[Need]:
    """Return which of the things that ways need are set up."""
    met: set[Need] = set(await _bulk_needs(house))
    if await _active(house, ItemKind.TENANT):
        met.add(Need.TENANT)
    if await _has_secret(house):
        met |= {Need.SECRET, Need.SIGN_IN}
    if await _active(house, ItemKind.PROVIDER):
        met.add(Need.SIGN_IN)
    return frozenset(met)


async def _active(house: House, kind: ItemKind) -> list[Item]:
    items = await house.entry.items.items(kind)
    return [each for each in items if each.disabled_at is None]


def _domains(provider: Item) -> frozenset[str]:
    """Return the domains of a provider; none: it is for everybody."""
    found = provider.body.get("domains")
    texts = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
    return frozenset(each for each in map(read_domain, texts) if each)


async def _bulk_needs(house: House) -> frozenset[Need]:
    """Return which kinds of bulk accounts could enroll a headset now."""
    password, certificate = await house.enrollments.bulk_proofs(house.clock.now())
    found = ((Need.BULK_PASSWORD, password), (Need.BULK_CERTIFICATE, certificate))
    return frozenset(need for need, is_met in found if is_met)


async def _has_secret(house: House) -> bool:
    """Return whether somebody could type something that is right."""
    async for each in _usable_accounts(house):
        if not each.bulk:
            return True
    now, after = house.clock.now(), None
    while True:
        page = await house.people.codes(after, _PAGE)
        if any(each.uses_left > 0 and each.expires_at > now for each in page.items):
            return True
        if page.next is None:
            return False
        after = page.next


async def _usable_accounts(house: House) -> AsyncIterator[Account]:
    now, after = house.clock.now(), None
    while True:
        page = await house.people.accounts(after, _PAGE)
        for each in page.items:
            ended = each.expires_at is not None and each.expires_at <= now
            if each.disabled_at is None and not ended and each.uses_left != 0:
                yield each
        if page.next is None:
            return
        after = page.next
