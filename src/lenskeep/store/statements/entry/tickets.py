"""Statements on one-time secrets, and on who tried to come in."""

from typing import Final

from sqlalchemy import Integer, and_, bindparam, delete, insert, or_, select, update

from lenskeep.flows.entrance import TicketKind
from lenskeep.store.schema import attempt, ticket
from lenskeep.store.sql import Query, labeled

_LIMIT: Final = bindparam("limit", type_=Integer)

# --- tickets ------------------------------------------------------------------------------

ADD_TICKET: Final = Query(insert(ticket))
TICKET: Final = Query(
    select(*labeled(ticket)).where(
        ticket.c.digest == bindparam("digest"), ticket.c.kind == bindparam("kind")
    )
)
_good: Final = and_(
    ticket.c.digest == bindparam("of_digest"),
    ticket.c.used_at.is_(None),
    ticket.c.expires_at > bindparam("now"),
)
USE_TICKET: Final = Query(
    update(ticket)
    .where(_good, ticket.c.kind == bindparam("of_kind"))
    .values(used_at=bindparam("now"), used_for=bindparam("new_used_for"))
    .returning(*labeled(ticket))
)
"""No row comes back where it is unknown, spent or expired."""
SPEND_TICKET: Final = Query(
    update(ticket)
    .where(_good)
    .values(used_at=bindparam("now"), used_for=bindparam("new_used_for"))
    .returning(ticket.c.id)
)
"""Of whatever kind: digests of different kinds are of different purposes."""
TICKETS: Final = Query(
    select(*labeled(ticket))
    .where(ticket.c.kind == bindparam("kind"), ticket.c.id < bindparam("before"))
    .order_by(ticket.c.id.desc())
    .limit(_LIMIT)
)
_old: Final = (
    select(ticket.c.id)
    .where(
        ticket.c.expires_at < bindparam("before"),
        or_(ticket.c.kind != TicketKind.TERMS.value, ticket.c.used_at.is_(None)),
    )
    .limit(_LIMIT)
)
SWEEP_TICKETS: Final = Query(delete(ticket).where(ticket.c.id.in_(_old)).returning(ticket.c.id))
"""Not the terms that somebody enrolled with: they are the record of it."""

# --- attempts -----------------------------------------------------------------------------

ADD_ATTEMPT: Final = Query(insert(attempt))
ATTEMPTS: Final = Query(
    select(*labeled(attempt))
    .where(attempt.c.number < bindparam("before"))
    .order_by(attempt.c.number.desc())
    .limit(_LIMIT)
)
_oldest_kept: Final = (
    select(attempt.c.number)
    .order_by(attempt.c.number.desc())
    .limit(1)
    .offset(bindparam("kept", type_=Integer))
    .scalar_subquery()
)
FORGET_ATTEMPTS: Final = Query(delete(attempt).where(attempt.c.number <= _oldest_kept))
