"""The terms of use, accepted by this very user before the headset enrolls.

Windows hands on as EnrollmentData what our page gave it (OpaqueBlob). Only who sees the page of a
join or of an added account can accept: nobody else is asked for it.
"""

from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.entra.agreed import MAX_BLOB, blob_digest, terms_in_force
from lenskeep.flows.entrance import Ticket, TicketKind, Way
from lenskeep.flows.house import House

_ASKED: Final = (Way.ENTRA_JOIN, Way.ENTRA_ACCOUNT)
_WORDS: Final = "Accept the terms of use, then try again."


async def accepted_terms(
    house: House, proven: Proven, context: tuple[tuple[str, str], ...]
) -> tuple[bytes, ...]:
    """Return the digests of the tickets that the enrollment spends. Raises Refused."""
    if proven.way not in _ASKED or await terms_in_force(house) is None:
        return ()
    blobs = [value.strip() for name, value in context if _is_blob(name) and value.strip()]
    if len(blobs) != 1 or len(blobs[0]) > MAX_BLOB:
        raise _refused("no acceptance came with it")
    digest = blob_digest(house, blobs[0])
    ticket = await house.entry.tickets.find(TicketKind.TERMS, digest)
    if ticket is None:
        raise _refused("it is no acceptance of ours")
    wrong = _wrong(house, ticket, proven)
    if wrong:
        raise _refused(wrong)
    return (digest,)


def _is_blob(name: str) -> bool:
    return name.strip().casefold() == "enrollmentdata"


def _wrong(house: House, ticket: Ticket, proven: Proven) -> str:
    if (ticket.body["tenant"], ticket.body["user_id"]) != (proven.tenant, proven.user_id):
        return "it is another user's acceptance"
    if ticket.used_at is not None:
        return "the acceptance was used before"
    return "the acceptance is too old" if ticket.expires_at <= house.clock.now() else ""


def _refused(reason: str) -> Refused:
    return Refused(Refusal.ENROLLMENT_DATA, f"terms of use: {reason}", words=_WORDS)
