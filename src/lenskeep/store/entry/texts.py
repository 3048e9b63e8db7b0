"""Serves the administrator's texts, every version kept, and lists."""

from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict, Missing
from lenskeep.flows.entrance import Document, DocumentKind, Item, ItemKind
from lenskeep.flows.records import Audit
from lenskeep.store.entry import rows
from lenskeep.store.rows import micros
from lenskeep.store.sql import Executor, Work
from lenskeep.store.statements.entry.texts import (
    ADD_ITEM,
    ADD_VERSION,
    CHANGE_ITEM,
    ITEM,
    ITEMS,
    NOTICE_ALL,
    REMOVE_ITEM,
    VERSIONS,
)
from lenskeep.store.units.journal import record

_SEEN_BY_WEARERS: Final = DocumentKind.WEARER


class Documents:
    """The DocumentStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def latest(self, kind: DocumentKind) -> Document | None:
        """Return the version in force; None: none was ever saved."""
        found = await self.versions(kind, 1)
        return found[0] if found else None

    async def versions(self, kind: DocumentKind, limit: int) -> tuple[Document, ...]:
        """Newest first."""
        return await self._executor.read(partial(_versions, kind, limit))

    async def save(self, document: Document, base: int, audit: Audit) -> None:
        """Add a version; Conflict unless `base` is the latest. Words for wearers are due on every
        device from then on.
        """
        await self._executor.write(partial(_save, document, base, audit))


class Items:
    """The ItemStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def items(self, kind: ItemKind) -> tuple[Item, ...]:
        """By name."""
        return await self._executor.read(partial(_items, kind))

    async def item(self, kind: ItemKind, name_or_id: str) -> Item:
        """Return it; an id goes before a name. Raises Missing."""
        return await self._executor.read(partial(_item, kind, name_or_id))

    async def add(self, item: Item, audit: Audit) -> None:
        """Add it. Raises Conflict where the name is taken."""
        await self._executor.write(partial(_add, item, audit))

    async def change(self, item: Item, audit: Audit | None) -> None:
        """Put this in the place of the item with its id."""
        await self._executor.write(partial(_change, item, audit))

    async def remove(self, kind: ItemKind, item_id: str, audit: Audit) -> None:
        """Remove it. Raises Missing."""
        await self._executor.write(partial(_remove, kind, item_id, audit))


# --- texts --------------------------------------------------------------------------------


def _versions(kind: DocumentKind, limit: int) -> Work[tuple[Document, ...]]:
    found = yield VERSIONS(kind=kind.value, limit=limit)
    return tuple(map(rows.document, found))


def _save(document: Document, base: int, audit: Audit) -> Work[None]:
    found = yield from _versions(document.kind, 1)
    latest = found[0].version if found else 0
    if latest != base:
        raise Conflict(
            f"the {document.kind.value} were changed meanwhile: version {latest} is the latest, "
            f"not {base}"
        )
    assert document.version == base + 1
    try:
        yield ADD_VERSION(**rows.document_values(document))
    except Conflict:
        raise Conflict(f"the {document.kind.value} were changed at the same moment") from None
    if document.kind is _SEEN_BY_WEARERS:
        yield NOTICE_ALL()
    yield record((audit,))


# --- lists --------------------------------------------------------------------------------


def _items(kind: ItemKind) -> Work[tuple[Item, ...]]:
    found = yield ITEMS(kind=kind.value)
    return tuple(map(rows.item, found))


def _item(kind: ItemKind, name_or_id: str) -> Work[Item]:
    found = yield ITEM(kind=kind.value, item_id=name_or_id, name_key=name_or_id.casefold())
    items = sorted(map(rows.item, found), key=lambda each: each.id != name_or_id)
    if not items:
        raise Missing(kind.value, name_or_id)
    return items[0]


def _add(item: Item, audit: Audit) -> Work[None]:
    values = rows.item_values(item)
    created_at = micros(item.created_at)
    try:
        yield ADD_ITEM(id=item.id, kind=item.kind.value, created_at=created_at, **values)
    except Conflict:
        raise _taken(item) from None
    yield record((audit,))


def _change(item: Item, audit: Audit | None) -> Work[None]:
    values = {f"new_{name}": value for name, value in rows.item_values(item).items()}
    try:
        changed = yield CHANGE_ITEM(of_item=item.id, of_kind=item.kind.value, **values)
    except Conflict:
        raise _taken(item) from None
    if not changed:
        raise Missing(item.kind.value, item.id)
    if audit:
        yield record((audit,))


def _taken(item: Item) -> Conflict:
    return Conflict(f"there is a {item.kind.value} {item.name!r} already")


def _remove(kind: ItemKind, item_id: str, audit: Audit) -> Work[None]:
    gone = yield REMOVE_ITEM(of_item=item_id, of_kind=kind.value)
    if not gone:
        raise Missing(kind.value, item_id)
    yield record((audit,))
