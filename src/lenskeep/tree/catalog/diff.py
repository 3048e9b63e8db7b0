"""What is different between two catalogs, node by node, and which settings in use it touches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Final

from lenskeep.tree.catalog.bare import without_text
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.ddf import canonical_path

_FOLLOWING: Final = frozenset({"words", "uri", "scope", "csp", "area", "name", "is_synthesized"})
"""Fields that follow from the LocURI, and words: they change what is told, not what is so."""


_MATTERING: Final = ("access", "format", "allowed", "placeholders")
"""Fields by which a setting that was legal may not be any more."""


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
    before: Catalog | None = field(default=None, repr=False, compare=False)
    """The older catalog: it tells which node a concrete LocURI names."""

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
        before,
    )


@dataclass(frozen=True, slots=True)
class Touched:
    """A setting in use that the newer catalog sees otherwise."""

    uri: str
    """The concrete LocURI, as it is in use."""
    fields: tuple[str, ...] = ()
    """What of access, format, allowed values and names is different; empty where it is gone."""

    @property
    def is_removed(self) -> bool:
        """Whether the newer catalog does not have the node at all."""
        return not self.fields


def touched(difference: Difference, uris: Iterable[str]) -> tuple[Touched, ...]:
    """Return which of these LocURIs in use are of nodes removed or changed in what they take.

    In their order, each once. What the older catalog did not have is not touched by the newer.
    """
    removed = {record.key for record in difference.removed}
    changed = {change.before.key: change for change in difference.changed}
    return tuple(
        found
        for uri in dict.fromkeys(uris)
        for found in _touched(uri, _key(difference, uri), removed, changed)
    )


def _touched(
    uri: str, key: str, removed: set[str], changed: dict[str, Change]
) -> Iterator[Touched]:
    if key in removed:
        yield Touched(uri)
    elif key in changed:
        names = tuple(each for each in _MATTERING if each in changed[key].fields)
        if names:
            yield Touched(uri, names)


def _key(difference: Difference, uri: str) -> str:
    """Return the key of the node that a concrete LocURI names."""
    match = difference.before.match(uri) if difference.before is not None else None
    return match.record.key if match is not None else canonical_path(uri).casefold()


def _different(before: Record, after: Record) -> tuple[str, ...]:
    before, after = without_text(before), without_text(after)
    if before == after:
        return ()
    return tuple(
        each.name
        for each in fields(Record)
        if each.name not in _FOLLOWING and getattr(before, each.name) != getattr(after, each.name)
    )
