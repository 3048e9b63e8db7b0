"""Serves one-time secrets, and tells who tried to come in lately."""

from datetime import datetime
from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict
from lenskeep.flows.entrance import Attempt, Ticket, TicketKind
from lenskeep.flows.records import Page
from lenskeep.store.entry import rows
from lenskeep.store.rows import micros
from lenskeep.store.sql import Call, Executor, Work
from lenskeep.store.statements.entry.tickets import (
    ADD_ATTEMPT,
    ADD_TICKET,
    ATTEMPTS,
    FORGET_ATTEMPTS,
    TICKET,
    TICKETS,
    USE_TICKET,
)
from lenskeep.store.units.paging import listed, number

KEPT_ATTEMPTS: Final = 2000
"""What somebody looks through who asks why a headset did not come in; strangers cannot fill the
disk with more."""


class Tickets:
    """The TicketStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def add(self, ticket: Ticket) -> None:
        """Add it. Raises Conflict where there is such a ticket."""
        await self._executor.write(partial(_add, ticket))

    async def find(self, kind: TicketKind, digest: bytes) -> Ticket | None:
        """Return the ticket, used and expired ones too."""
        return await self._executor.read(partial(_one, TICKET(digest=digest, kind=kind.value)))

    async def use(
        self, kind: TicketKind, digest: bytes, at: datetime, used_for: str = ""
    ) -> Ticket | None:
        """Spend it; None where it is unknown, spent or expired."""
        call = USE_TICKET(
            of_digest=digest, of_kind=kind.value, now=micros(at), new_used_for=used_for
        )
        return await self._executor.write(partial(_one, call))

    async def of_kind(self, kind: TicketKind, after: str | None, limit: int) -> Page[Ticket]:
        """Newest first."""
        call = TICKETS(kind=kind.value, before=number(after), limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, rows.ticket, "ticket_id"))


class Attempted:
    """The AttemptStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def note(self, attempt: Attempt) -> None:
        """Keep it; only the newest stay."""
        await self._executor.write(partial(_note, attempt))

    async def attempts(self, after: str | None, limit: int) -> Page[Attempt]:
        """Newest first."""
        call = ATTEMPTS(before=number(after), limit=limit + 1)
        return await self._executor.read(
            partial(listed, call, limit, rows.attempt, "attempt_number")
        )


def _add(ticket: Ticket) -> Work[None]:
    try:
        yield ADD_TICKET(**rows.ticket_values(ticket))
    except Conflict:
        raise Conflict("there is such a ticket already") from None


def _one(call: Call) -> Work[Ticket | None]:
    found = yield call
    return rows.ticket(found[0]) if found else None


def _note(attempt: Attempt) -> Work[None]:
    yield ADD_ATTEMPT(**rows.attempt_values(attempt))
    yield FORGET_ATTEMPTS(kept=KEPT_ATTEMPTS)
