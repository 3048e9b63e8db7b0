"""Tokens that our own sign-in page gave: good ones, of people who are still welcome."""

from collections.abc import Mapping

from lenskeep.base.errors import Missing, Refusal, Refused
from lenskeep.enrollment.credentials import CodeStanding, judge_code
from lenskeep.enrollment.web.ticket import (
    TicketStanding,
    judge_ticket,
    read_wresult,
    ticket_digest,
)
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.entrance import ItemKind, Ticket, TicketKind, Way
from lenskeep.flows.house import House
from lenskeep.flows.records import Principal, PrincipalKind
from lenskeep.wire.soap import BinaryToken


async def prove_ticket(house: House, _asked: Asked, token: BinaryToken) -> Proven:
    """Return who signed in. Raises Refused: the same for everything that is wrong with a token.

    GetPolicies and the token request judge alike; the token is spent when the enrollment is
    stored, with it or not at all.
    """
    ticket = await _find(house, token)
    verdict = judge_ticket(TicketStanding(ticket.expires_at, ticket.used_at), house.clock.now())
    if not verdict.accepted:
        raise _wrong(verdict.value)
    body = ticket.body
    principal = Principal(PrincipalKind(body["by"]), body["id"], body["name"])
    hint = await _still_welcome(house, principal, body)
    return Proven(principal, Way.FEDERATED, principal.name, tickets=(ticket.digest,), hint=hint)


async def _find(house: House, token: BinaryToken) -> Ticket:
    wresult = read_wresult(token.data)
    if wresult is None:
        raise _wrong("not a token of our sign-in page")
    digest = ticket_digest(house.keyring.digest, wresult)
    ticket = await house.entry.tickets.find(TicketKind.WEB_TOKEN, digest)
    if ticket is None:
        raise _wrong("a token of our sign-in page that nobody was given")
    return ticket


async def _still_welcome(house: House, principal: Principal, body: Mapping[str, str]) -> str:
    """Return by whom somebody was vouched for. Raises Refused where that ended meanwhile."""
    if principal.kind is PrincipalKind.FEDERATED:
        try:
            provider = await house.entry.items.item(ItemKind.PROVIDER, body["provider"])
        except Missing:
            raise _wrong("the provider was removed meanwhile") from None
        if provider.disabled_at is not None:
            raise _wrong("the provider was disabled meanwhile")
        return provider.name
    if principal.kind is PrincipalKind.CODE:
        code = await house.enrollments.code_by_digest(bytes.fromhex(body["code"]))
        if code is None:
            raise _wrong("the code is gone")
        standing = CodeStanding(code.uses_left, code.expires_at, code.exhausted_at)
        verdict = judge_code(standing, house.clock.now())
        if not verdict.accepted:
            raise _wrong(f"the code: {verdict.value}")
        return "one-time code"
    account = await house.enrollments.account_by_name(principal.name)
    if account is None or account.id != principal.id or account.disabled_at is not None:
        raise _wrong("the account was disabled meanwhile")
    return "account"


def _wrong(reason: str) -> Refused:
    return Refused(Refusal.AUTHENTICATION, reason)
