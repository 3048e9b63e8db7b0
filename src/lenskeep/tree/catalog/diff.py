"""What is different between two catalogs, node by node."""

from dataclasses import dataclass, fields
from typing import Any, Final

from lenskeep.tree.catalog.bare import without_text
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record

_FOLLOWING: Final = frozenset({"words", "uri", "scope", "csp", "area", "name", "is_synthesized"})
"""Fields that follow from the LocURI, and words: they change what is told, not what is so."""


@dataclass(frozen=True, slots=True)
class Change:
    """A node that both have, and the names of its fields that differ, with both values."""

    before: Record
    after: Record
    fields: tuple[str, ...]

    def values(self, name: str) -> tuple[Any, Any]:
        """Return a field's value before and after."""
        return getattr(self.before, name), getattr(self.after, name)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is different, in the order of the LocURIs."""

    added: tuple[Record, ...]
    removed: tuple[Record, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(before: Catalog, after: Catalog) -> Difference:
    """Return what `after` has more, less and otherwise than `before`; text does not count."""
    old = {record.key: record for record in before}
    new = {record.key: record for record in after}
    changes = (
        Change(old[key], new[key], names)
        for key in sorted(old.keys() & new.keys())
        if (names := _different(old[key], new[key]))
    )
    return Difference(
        tuple(new[key] for key in sorted(new.keys() - old.keys())),
        tuple(old[key] for key in sorted(old.keys() - new.keys())),
        tuple(changes),
    )


def _different(before: Record, after: Record) -> tuple[str, ...]:
    before, after = without_text(before), without_text(after)
    if before == after:
        return ()
    return tuple(
        each.name
        for each in fields(Record)
        if each.name not in _FOLLOWING and getattr(before, each.name) != getattr(after, each.name)
    )
