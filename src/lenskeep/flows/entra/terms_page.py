"""The page with the terms of use: shown to whoever brings a token, answered once.

The token comes with the page's request alone, so that what it proved is kept under a one-time
state that only the page holds. The blob follows from the state: pressing twice gives it twice.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeAlias

from lenskeep.base.errors import Refused, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.entra import terms as protocol
from lenskeep.enrollment.entra.page import TermsText
from lenskeep.enrollment.entra.terms import TermsError, TermsRefused, TermsRequest
from lenskeep.enrollment.entra.token import EntraIdentity
from lenskeep.flows.entra.agreed import BLOB_LIFE, Terms, blob_digest, terms_in_force
from lenskeep.flows.entra.believing import believe
from lenskeep.flows.entrance import Ticket, TicketKind
from lenskeep.flows.house import House
from lenskeep.flows.people import BASE62, SECRET_CHARACTERS

PAGE_LIFE: Final = timedelta(hours=1)
"""For reading. A token of Entra lives about as long."""
ACCEPT: Final = "accept"
DECLINE: Final = "decline"
_PAGE_PURPOSE: Final = "terms.page"
_BLOB_PURPOSE: Final = "terms.blob of page"
_MAX_STATE: Final = 128


@dataclass(frozen=True, slots=True)
class Shown:
    """The page is shown."""

    text: TermsText
    version: int
    user: str
    may_decline: bool
    state: Secret


@dataclass(frozen=True, slots=True)
class GoTo:
    """The headset is sent back to Windows."""

    url: str = field(repr=False)
    event: str
    """`accepted`, `declined`, `none set` or `refused`."""
    reason: str = ""
    """Why it was refused, for our log."""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """There is nowhere to send the headset: it gets a plain page."""

    reason: str


Answer: TypeAlias = Shown | GoTo | Nowhere


async def open_terms(
    house: House, query: Sequence[tuple[str, str]], authorizations: Sequence[str]
) -> Answer:
    """Answer Windows' request for the terms."""
    asked = protocol.read_terms_request(query, authorizations)
    if isinstance(asked, TermsRefused):
        if not asked.redirect_uri:
            return Nowhere(asked.reason)
        return _failed(asked.redirect_uri, TermsError.INVALID_REQUEST, asked.reason)
    try:
        identity = await believe(house, asked.token, needs_user=True)
        if isinstance(identity, Refused):
            error = TermsError.UNAUTHORIZED_CLIENT
            return _failed(asked.redirect_uri, error, identity.reason)
        terms = await terms_in_force(house)
        if terms is None:
            return _nothing_to_accept(house, asked, identity)
        return await _show(house, asked, identity, terms)
    except Unavailable as unavailable:
        return _failed(asked.redirect_uri, TermsError.SERVER_ERROR, str(unavailable))


async def answer_terms(house: House, state: str, answer: str) -> GoTo | Nowhere:
    """Answer what was pressed on the page of this state."""
    if not 0 < len(state) <= _MAX_STATE or answer not in (ACCEPT, DECLINE):
        return Nowhere("a form that is not ours")
    digest = _page_digest(house, state)
    tickets, now = house.entry.tickets, house.clock.now()
    page = await tickets.find(TicketKind.TERMS_PAGE, digest)
    if page is None or page.expires_at <= now:
        return Nowhere("a page that is unknown or too old")
    if answer == DECLINE and not page.body["may_decline"]:
        return Nowhere("a join was declined, which is not offered")
    if await tickets.use(TicketKind.TERMS_PAGE, digest, now, answer) is None:
        page = await tickets.find(TicketKind.TERMS_PAGE, digest)
        if page is None or page.used_for != answer:
            return Nowhere("the page was answered otherwise before")
    elif answer == ACCEPT:
        await tickets.add(_acceptance(house, page, state))
    redirect_uri, user = page.body["redirect_uri"], page.body["user"]
    if answer == DECLINE:
        return GoTo(protocol.declined(redirect_uri), "declined", user=user)
    return GoTo(protocol.accepted(redirect_uri, _blob(house, state)), "accepted", user=user)


def server_error(redirect_uri: str) -> str | None:
    """Return where to go after a mistake of ours; None where that is not allowed."""
    if not protocol.is_redirect(redirect_uri):
        return None
    return protocol.failed(redirect_uri, TermsError.SERVER_ERROR)


async def _show(house: House, asked: TermsRequest, identity: EntraIdentity, terms: Terms) -> Shown:
    state = house.randomness.choice(BASE62, SECRET_CHARACTERS)
    now = house.clock.now()
    body = {
        "tenant": identity.tenant,
        "user_id": identity.user_id,
        "user": identity.user,
        "version": str(terms.version),
        "redirect_uri": asked.redirect_uri,
        "may_decline": "yes" if asked.may_decline else "",
    }
    digest = _page_digest(house, state)
    ticket = Ticket(digest, TicketKind.TERMS_PAGE, body, now, now + PAGE_LIFE)
    await house.entry.tickets.add(ticket)
    return Shown(terms.text, terms.version, identity.user, asked.may_decline, Secret(state))


def _nothing_to_accept(house: House, asked: TermsRequest, identity: EntraIdentity) -> GoTo:
    """Entra was told of this page, and there are no terms: Windows goes on at once. A blob is
    part of the answer all the same; enrollment does not ask for it.
    """
    blob = house.randomness.choice(BASE62, SECRET_CHARACTERS)
    url = protocol.accepted(asked.redirect_uri, blob)
    return GoTo(url, "none set", user=identity.user)


def _acceptance(house: House, page: Ticket, state: str) -> Ticket:
    now = house.clock.now()
    kept = ("tenant", "user_id", "user", "version")
    return Ticket(
        digest=blob_digest(house, _blob(house, state)),
        kind=TicketKind.TERMS,
        body={name: page.body[name] for name in kept},
        created_at=now,
        expires_at=now + BLOB_LIFE,
    )


def _failed(redirect_uri: str, error: TermsError, reason: str) -> GoTo:
    return GoTo(protocol.failed(redirect_uri, error), "refused", reason)


def _page_digest(house: House, state: str) -> bytes:
    return house.keyring.digest(_PAGE_PURPOSE, state.encode("utf-8", "replace"))


def _blob(house: House, state: str) -> str:
    """Return the secret that Windows carries; without our keys nobody gets from state to it."""
    digest = house.keyring.digest(_BLOB_PURPOSE, state.encode("utf-8", "replace"))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
