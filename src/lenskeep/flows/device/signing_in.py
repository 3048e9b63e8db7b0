"""Signing in on our page before a headset enrolls ([MS-MDE2] 3.2): here, or with a provider.

Strangers leave nothing in the store: a visit to a provider travels in the browser's own cookie,
and only somebody whom the provider vouched for, or who proved a secret, gets a ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.errors import Conflict, Invalid, Missing, Refusal, Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import WRONG_PER_ADDRESS, code_digest, normalize_code
from lenskeep.enrollment.web.identity import Person, judge_claims
from lenskeep.enrollment.web.round_trip import (
    ROUND_TRIP_LIFE,
    ROUND_TRIP_PURPOSE,
    ReturnVerdict,
    RoundTrip,
    judge_return,
    load_round_trip,
    state_digest,
)
from lenskeep.enrollment.web.ticket import TICKET_LIFE, new_wresult, ticket_digest
from lenskeep.flows.device.proving.passwords import principal_of
from lenskeep.flows.entrance import Ticket, TicketKind
from lenskeep.flows.entry.providers import (
    CALLBACK_PATH,
    active_provider,
    active_providers,
    provider_for,
    settings_of,
)
from lenskeep.flows.guarding.counting import ENROLLMENT, count_wrong
from lenskeep.flows.house import House
from lenskeep.flows.ports import Begun
from lenskeep.flows.records import Principal, PrincipalKind

MAX_CODE: Final = 4096
"""Characters of an authorization code; some providers put kilobytes into one."""
MAX_COOKIE: Final = 4096


@dataclass(frozen=True, slots=True)
class Visit:
    """Who opened the page, to hand the token to whom."""

    appru: str
    hint: str
    address: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider as the page offers it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SetOut:
    """Whither the browser goes, and the cookie by which it is known again."""

    url: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser comes back with."""

    cookie: str = field(repr=False)
    state: str = field(repr=False)
    code: Secret
    issuer: str
    error: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The token, and the address that the headset waits at for it."""

    appru: str
    wresult: Secret
    user: str


async def direct_choice(house: House, hint: str) -> Choice | None:
    """Return the provider that the name typed before belongs to."""
    provider = await provider_for(house, hint)
    return Choice(provider.id, provider.name) if provider else None


async def choices(house: House) -> tuple[Choice, ...]:
    """Return the providers to choose from."""
    return tuple(Choice(each.id, each.name) for each in await active_providers(house))


# --- with a provider ----------------------------------------------------------------------


async def set_out(house: House, visit: Visit, provider_id: str) -> SetOut:
    """Return the way to a provider. Raises Missing, and Unavailable where it cannot be asked."""
    provider = await active_provider(house, provider_id)
    try:
        begun = await house.entry.sign_in.begin(
            settings_of(provider), house.settings.url(CALLBACK_PATH), visit.hint
        )
    except Invalid as invalid:  # the administrator's mistake, not the wearer's
        raise Unavailable(str(invalid)) from None
    trip = RoundTrip(
        provider_id=provider.id,
        issuer=provider.issuer,
        state=begun.state,
        nonce=begun.nonce,
        verifier=begun.verifier,
        appru=visit.appru,
        hint=visit.hint,
        expires_at=house.clock.now() + ROUND_TRIP_LIFE,
    )
    return SetOut(begun.url, house.keyring.seal(ROUND_TRIP_PURPOSE, trip.dump()))


async def come_back(house: House, returned: Return) -> HandOver:
    """Return the token for somebody whom a provider vouches for. Raises Refused, Unavailable."""
    trip = read_trip(house, returned.cookie)
    if trip is None:
        raise _wrong("this browser did not set out from here")
    verdict = judge_return(trip, returned.state, returned.issuer, house.clock.now())
    if verdict is not ReturnVerdict.GOOD:
        raise _wrong(verdict.value)
    if not returned.code or len(returned.code.reveal()) > MAX_CODE:
        raise _wrong(f"the provider gives no code: {returned.error or 'no reason'}")
    spent = state_digest(house.keyring.digest, trip.state)
    if await house.entry.tickets.find(TicketKind.WEB_STATE, spent) is not None:
        raise _wrong("this visit has ended before")
    person = await _vouched(house, trip, returned)
    await _end_visit(house, trip, spent)
    principal = Principal(PrincipalKind.FEDERATED, person.id, person.name)
    return await _hand_over(house, trip.appru, principal, {"provider": trip.provider_id})


def read_trip(house: House, cookie: str) -> RoundTrip | None:
    """Return the visit that a cookie of ours stands for."""
    if not cookie or len(cookie) > MAX_COOKIE:
        return None
    try:
        return load_round_trip(house.keyring.open(ROUND_TRIP_PURPOSE, cookie))
    except Unavailable:  # not sealed by us, or with a key that was dropped
        return None


async def _vouched(house: House, trip: RoundTrip, returned: Return) -> Person:
    """Ask the provider about a code, and judge the answer; wrong codes count as wrong secrets do.

    Whoever makes up codes is stopped before the provider is asked, which else might shut us out.
    """
    guard, address = house.guard.enrollment, returned.address
    if guard.suspicion(address, house.clock.now()) > WRONG_PER_ADDRESS:
        raise Refused(Refusal.TOO_MANY_ATTEMPTS, "too many wrong codes", retry_after_s=60)
    try:
        provider = await active_provider(house, trip.provider_id)
    except Missing:
        raise _wrong("the provider was removed meanwhile") from None
    begun = Begun("", trip.state, trip.nonce, trip.verifier)
    redirect_uri = house.settings.url(CALLBACK_PATH)
    sign_in = house.entry.sign_in
    try:
        vouched = await sign_in.finish(settings_of(provider), redirect_uri, begun, returned.code)
    except Refused:
        await count_wrong(house, ENROLLMENT, trip.state, address)
        raise
    person = judge_claims(provider, {**vouched.claims, "sub": vouched.subject})
    if isinstance(person, Refused):
        raise person
    return person


async def _end_visit(house: House, trip: RoundTrip, digest: bytes) -> None:
    """Keep that this visit was used; of two at once one gets through."""
    now = house.clock.now()
    spent = Ticket(digest, TicketKind.WEB_STATE, {}, now, trip.expires_at, used_at=now)
    try:
        await house.entry.tickets.add(spent)
    except Conflict:
        raise _wrong("this visit has just ended") from None


# --- here ---------------------------------------------------------------------------------


async def sign_in_here(house: House, visit: Visit, name: str, secret: Secret) -> HandOver:
    """Return the token for an account's password or a one-time code; no use is consumed yet.

    Raises Refused as for a password that a headset sends itself, and counts wrong ones with it.
    """
    principal = await principal_of(house, name, secret, visit.address)
    more: dict[str, str] = {}
    if principal.kind is PrincipalKind.CODE:
        letters = normalize_code(secret.reveal()) or ""
        more["code"] = code_digest(house.keyring.digest, letters).hex()
    elif principal.kind is not PrincipalKind.ACCOUNT:
        raise _wrong("an account for packages was typed on the page")
    return await _hand_over(house, visit.appru, principal, more)


async def _hand_over(
    house: House, appru: str, principal: Principal, more: Mapping[str, str]
) -> HandOver:
    """Make the token and keep what it stands for."""
    wresult = new_wresult(house.randomness)
    now = house.clock.now()
    body = {"by": principal.kind.value, "id": principal.id, "name": principal.name, **more}
    digest = ticket_digest(house.keyring.digest, wresult)
    ticket = Ticket(digest, TicketKind.WEB_TOKEN, body, now, now + TICKET_LIFE)
    await house.entry.tickets.add(ticket)
    return HandOver(appru, wresult, principal.name)


def _wrong(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, reason)
