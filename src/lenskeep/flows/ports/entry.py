"""Serves the ways in: texts and lists of the administrator, tickets, attempts, Autopilot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from lenskeep.flows.entrance import (
    Attempt,
    AutopilotRecord,
    Document,
    DocumentKind,
    Item,
    ItemKind,
    Ticket,
    TicketKind,
)
from lenskeep.flows.records import Audit, Page


class DocumentStore(Protocol):
    """Texts of the administrator, every version kept."""

    async def latest(self, kind: DocumentKind) -> Document | None:
        """Return the version in force; None: none was ever saved."""
        ...

    async def versions(self, kind: DocumentKind, limit: int) -> tuple[Document, ...]:
        """Newest first."""
        ...

    async def save(self, document: Document, base: int, audit: Audit) -> None:
        """Add a version. Raises Conflict unless `base` is the latest (0: there is none), which
        `document.version` follows.
        """
        ...


class ItemStore(Protocol):
    """Lists of the administrator."""

    async def items(self, kind: ItemKind) -> tuple[Item, ...]:
        """By name."""
        ...

    async def item(self, kind: ItemKind, name_or_id: str) -> Item:
        """Raises Missing."""
        ...

    async def add(self, item: Item, audit: Audit) -> None:
        """Raises Conflict where the name is taken."""
        ...

    async def change(self, item: Item, audit: Audit | None) -> None:
        """Put this in the place of the item with its id; no audit line for what we note down by
        ourselves. Raises Missing, and Conflict where the name is taken.
        """
        ...

    async def remove(self, kind: ItemKind, item_id: str, audit: Audit) -> None:
        """Raises Missing."""
        ...


class TicketStore(Protocol):
    """One-time secrets."""

    async def add(self, ticket: Ticket) -> None: ...

    async def find(self, kind: TicketKind, digest: bytes) -> Ticket | None:
        """Return the ticket, used and expired ones too."""
        ...

    async def use(
        self, kind: TicketKind, digest: bytes, at: datetime, used_for: str = ""
    ) -> Ticket | None:
        """Spend it; None where it is unknown, spent or expired. Of several at once one gets it."""
        ...

    async def of_kind(self, kind: TicketKind, after: str | None, limit: int) -> Page[Ticket]:
        """Newest first: who accepted the terms, say."""
        ...


class AttemptStore(Protocol):
    """Who tried to come in lately."""

    async def note(self, attempt: Attempt) -> None:
        """Keep it; only the newest 2,000 stay."""
        ...

    async def attempts(self, after: str | None, limit: int) -> Page[Attempt]:
        """Newest first."""
        ...


class AutopilotStore(Protocol):
    """Hardware hashes."""

    async def put(self, records: Sequence[AutopilotRecord], audit: Audit) -> tuple[int, int]:
        """Add or change by serial, all or none; return how many were added and changed."""
        ...

    async def records(self, text: str, after: str | None, limit: int) -> Page[AutopilotRecord]:
        """By serial; `text` is looked for in serial, group tag and assigned user, without case."""
        ...

    async def by_serial(self, serial: str) -> AutopilotRecord | None:
        """Compared without case."""
        ...

    async def remove(self, serial: str, audit: Audit) -> None:
        """Raises Missing."""
        ...
