"""The terms of use as the administrator keeps them: versions, and who accepted them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict
from lenskeep.enrollment.entra.page import TermsText, check_text
from lenskeep.flows.entra.agreed import Terms, read_terms, terms_body
from lenskeep.flows.entrance import Document, DocumentKind, Ticket, TicketKind
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Page

MAX_VERSIONS: Final = 100


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody accepted the terms."""

    user: str
    tenant: str
    user_id: str
    version: int
    accepted_at: datetime
    enrolled_at: datetime | None
    """When a headset was enrolled with it; None: not yet, or never."""
    enrollment: str


async def show_terms(house: House, caller: Caller) -> Terms | None:
    """Return the latest version, switched off or not; None where none was ever written."""
    demand(caller, Permission.SEE)
    return await _latest(house)


async def set_terms(
    house: House, caller: Caller, title: str, text: str, base: int | None = None
) -> Terms:
    """Put a new version in force. Raises Invalid, and Conflict where `base`, if given, is not the
    latest version any more.
    """
    demand(caller, Permission.ADMINISTER)
    checked = check_text(title, text)
    latest = await _latest(house)
    return await _save(house, caller, checked, latest, base=base, on=True)


async def end_terms(house: House, caller: Caller) -> Terms | None:
    """Ask nobody for terms any more; that is a version, too. None where there never were any."""
    demand(caller, Permission.ADMINISTER)
    latest = await _latest(house)
    if latest is None or not latest.on:
        return latest
    return await _save(house, caller, latest.text, latest, base=None, on=False)


async def terms_versions(house: House, caller: Caller) -> tuple[Terms, ...]:
    """Return the newest versions, the newest first."""
    demand(caller, Permission.SEE)
    found = await house.entry.documents.versions(DocumentKind.TERMS, MAX_VERSIONS)
    return tuple(read_terms(each) for each in found)


async def acceptances(house: House, caller: Caller, page: PageRequest) -> Page[Acceptance]:
    """Return who accepted which version, the newest first."""
    demand(caller, Permission.SEE)
    found = await house.entry.tickets.of_kind(TicketKind.TERMS, page.after, page.limit)
    return Page(tuple(_acceptance(each) for each in found.items), found.next)


async def _latest(house: House) -> Terms | None:
    document = await house.entry.documents.latest(DocumentKind.TERMS)
    return read_terms(document) if document else None


async def _save(
    house: House,
    caller: Caller,
    text: TermsText,
    latest: Terms | None,
    *,
    base: int | None,
    on: bool,
) -> Terms:
    number = latest.version if latest else 0
    if base is not None and base != number:
        raise Conflict(f"the terms were changed meanwhile: version {number} is the latest")
    body = terms_body(text, on=on)
    now = house.clock.now()
    document = Document(DocumentKind.TERMS, number + 1, body, now, caller.name)
    detail = {"version": str(number + 1)}
    action = (
        audit_line(house, caller, "terms.set", "terms", detail)
        if on
        else audit_line(house, caller, "terms.off", "terms", detail)
    )
    await house.entry.documents.save(document, number, action)
    return read_terms(document)


def _acceptance(ticket: Ticket) -> Acceptance:
    body = ticket.body
    return Acceptance(
        user=body["user"],
        tenant=body["tenant"],
        user_id=body["user_id"],
        version=int(body["version"]),
        accepted_at=ticket.created_at,
        enrolled_at=ticket.used_at,
        enrollment=ticket.used_for,
    )
