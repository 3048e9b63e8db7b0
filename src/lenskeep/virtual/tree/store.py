"""The tree itself: which nodes exist at the moment and what they hold.

Knows existence, children, snapshots and the difference to how the headset left the factory; what
a server may do to a node is not decided here. The nodes that all headsets of a kind have alike
are kept once, in the `Ground`; a headset keeps what is its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import ANY_NAME, Rule, Rulebook, node_names
from lenskeep.virtual.tree.seed import Leaf

_ROOTS: Final = ("./Device/Vendor/MSFT", "./User/Vendor/MSFT")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One node that exists. `value` is None for interior nodes and for those only to execute."""

    path: str
    format: Format
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Changes:
    """How a tree differs from its first state; this is what is kept on disk."""

    nodes: tuple[Node, ...] = ()
    removed: tuple[str, ...] = ()
    waiting: tuple[Node, ...] = ()
    """Values that nodes get with the next restart."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is a headset's own, at one moment."""

    own: dict[Key, Node | None]
    waiting: dict[Key, Node]


@dataclass(frozen=True, slots=True)
class Ground:
    """What every headset of a kind is born with; never changed."""

    nodes: dict[Key, Node]
    below: dict[Key, tuple[Key, ...]]


@lru_cache(maxsize=32)
def ground_of(book: Rulebook) -> Ground:
    """Return the permanent nodes of a rulebook, with their first values."""
    nodes: dict[Key, Node] = {}
    for root in _ROOTS:
        _lay(nodes, Node(root, Format.NODE))
    for rule in book.rules:
        lasting = _lasting_part(book, rule)
        if lasting == rule.path:
            _lay(nodes, Node(rule.path, rule.format, rule.first_value))
        else:
            _lay(nodes, Node(lasting, Format.NODE), again=False)
    below: dict[Key, list[Key]] = {}
    for key in nodes:
        if key:
            below.setdefault(key[:-1], []).append(key)
    return Ground(nodes, {key: tuple(keys) for key, keys in below.items()})


def _lay(nodes: dict[Key, Node], node: Node, *, again: bool = True) -> None:
    names = node_names(node.path)
    if names in nodes:
        if again:
            nodes[names] = Node(nodes[names].path, node.format, node.value)
        return
    parent = node.path.rpartition("/")[0]
    if parent:
        _lay(nodes, Node(parent, Format.NODE), again=False)
    nodes[names] = node


class Tree:
    """The nodes of one headset, by path; names compare without case."""

    def __init__(
        self, book: Rulebook, leaves: Iterable[Leaf], changes: Changes | None = None
    ) -> None:
        self.book = book
        self._ground = ground_of(book)
        self._own: dict[Key, Node | None] = {}
        """This headset's own nodes; None where one of the ground is gone."""
        self._changes: Changes | None = None
        """How it differs, until it differs in another way."""
        for leaf in leaves:
            if self.book.find(leaf.path) is not None:
                self.put(leaf.path, leaf.format, leaf.value)
        self._first = dict(self._own)
        self._waiting: dict[Key, Node] = {}
        for path in changes.removed if changes else ():
            self._take_away(node_names(path))
        for node in changes.nodes if changes else ():
            self._own[node_names(node.path)] = node
        for node in changes.waiting if changes else ():
            self._waiting[node_names(node.path)] = node

    def find(self, path: str) -> Node | None:
        """Return the node, or None where it does not exist."""
        return self._at(node_names(path))

    def value(self, path: str) -> str | None:
        """Return what a leaf holds, or None."""
        node = self.find(path)
        return node.value if node else None

    def children(self, path: str) -> tuple[Node, ...]:
        """Return the nodes directly below, in the order in which they came to be."""
        names = node_names(path)
        depth = len(names)
        laid = (self._at(key) for key in self._ground.below.get(names, ()))
        own = (
            node
            for key, node in self._own.items()
            if len(key) == depth + 1 and key[:depth] == names and key not in self._ground.nodes
        )
        return tuple(node for node in (*laid, *own) if node is not None)

    def under(self, path: str) -> Iterator[Node]:
        """Yield the node and all below it, parents first."""
        names = node_names(path)
        if self._at(names) is None:
            return
        below = self._own_below()
        waiting = [names]
        while waiting:
            key = waiting.pop()
            node = self._at(key)
            if node is None:
                continue
            yield node
            lower = [*self._ground.below.get(key, ()), *below.get(key, ())]
            waiting.extend(reversed(lower))

    def put(self, path: str, format_: Format, value: str | None) -> None:
        """Set a node; it and missing parents come to be. An existing node keeps its spelling."""
        names = node_names(path)
        present = self._at(names)
        if present is None:
            self._add_parents(path)
        node = Node(present.path if present else path, format_, value)
        if node == present:
            return
        self._own[names] = node
        self._changes = None
        if present is None and format_ is Format.NODE:
            self._sprout(path)

    def remove(self, path: str) -> None:
        """Take a node away with all below it, and parents that stand for nothing any more."""
        for node in tuple(self.under(path)):
            self._take_away(node_names(node.path))
        parent = path.rpartition("/")[0]
        if parent.count("/") > 0 and self._is_idle(parent):
            self.remove(parent)

    def restore_first(self, path: str) -> None:
        """Let a permanent node hold again what it held when the headset was enrolled."""
        names = node_names(path)
        first = self._first_at(names)
        rule = self.book.find(path)
        if first is not None:
            self._own[names] = first
            self._changes = None
        elif rule is not None:
            self.put(path, rule.format, rule.first_value)

    def wait(self, path: str, format_: Format, value: str | None) -> None:
        """Keep a value for the next restart."""
        self._waiting[node_names(path)] = Node(path, format_, value)
        self._changes = None

    def awaited(self) -> tuple[Node, ...]:
        """Return the values that were kept for this restart; they wait no more."""
        found = tuple(self._waiting.values())
        self._waiting.clear()
        self._changes = None
        return found

    def snapshot(self) -> Snapshot:
        """Return the whole state, for `restore`."""
        return Snapshot(dict(self._own), dict(self._waiting))

    def restore(self, state: Snapshot) -> None:
        """Go back to a snapshot."""
        self._own, self._waiting = dict(state.own), dict(state.waiting)
        self._changes = None

    @property
    def changes(self) -> Changes:
        """How it differs from the first state."""
        if self._changes is None:
            self._changes = self._compared()
        return self._changes

    def _compared(self) -> Changes:
        changed = tuple(
            node
            for key, node in self._own.items()
            if node is not None and self._first_at(key) != node
        )
        keys = {*self._first, *(key for key, node in self._own.items() if node is None)}
        firsts = ((key, self._first_at(key)) for key in keys)
        gone = tuple(
            first.path for key, first in firsts if first is not None and self._at(key) is None
        )
        return Changes(changed, tuple(sorted(gone)), tuple(self._waiting.values()))

    def _at(self, names: Key) -> Node | None:
        if names in self._own:
            return self._own[names]
        return self._ground.nodes.get(names)

    def _first_at(self, names: Key) -> Node | None:
        return self._first.get(names) or self._ground.nodes.get(names)

    def _take_away(self, names: Key) -> None:
        self._changes = None
        if names in self._ground.nodes:
            self._own[names] = None
        else:
            self._own.pop(names, None)

    def _own_below(self) -> dict[Key, list[Key]]:
        below: dict[Key, list[Key]] = {}
        for key in self._own:
            if key not in self._ground.nodes:
                below.setdefault(key[:-1], []).append(key)
        return below

    def _is_idle(self, path: str) -> bool:
        """Return whether an interior node only existed for the sake of its children."""
        names = node_names(path)
        permanent = names in self._ground.nodes or names in self._first
        rule = self.book.find(path)
        return not permanent and not self.children(path) and (rule is None or rule.access == "G")

    def _add_parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if not parent or self._at(node_names(parent)) is not None:
            return
        self._add_parents(parent)
        self._own[node_names(parent)] = Node(parent, Format.NODE)
        self._changes = None
        self._sprout(parent)

    def _sprout(self, path: str) -> None:
        """Let the leaves appear that always come with a named node."""
        for rule in self.book.below(path):
            names = node_names(rule.path)
            if self._at(names) is None:
                self._own[names] = Node(rule.path, rule.format, rule.first_value)
                self._changes = None


def _lasting_part(book: Rulebook, rule: Rule) -> str:
    """Return how far down a rule's path there are always nodes."""
    path = rule.path.split("/" + ANY_NAME)[0]
    if path == rule.path and rule.made:
        path = path.rpartition("/")[0]
    if "/Policy/" in path:
        return "/".join(path.split("/")[:6])
    while path != rule.path and (above := book.find(path)) is not None and above.made:
        path = path.rpartition("/")[0]
    return path
