"""The tree itself: which nodes exist at the moment and what they hold.

Knows existence, children, snapshots and the difference to how the headset left the factory; what
a server may do to a node is not decided here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import ANY_NAME, Rule, Rulebook, node_names
from lenskeep.virtual.tree.seed import Leaf

_DEFAULTS: Final = {Format.INT: "0", Format.BOOL: "false", Format.FLOAT: "0"}
_ROOTS: Final = ("./Device/Vendor/MSFT", "./User/Vendor/MSFT")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One node that exists. `value` is None for interior nodes and for those only to execute."""

    path: str
    format: Format
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """How a tree differs from its first state; this is what is kept on disk."""

    nodes: tuple[Node, ...] = ()
    removed: tuple[str, ...] = ()


class Tree:
    """The nodes of one headset, by path; names compare without case."""

    def __init__(
        self, book: Rulebook, leaves: Iterable[Leaf], changes: Changes | None = None
    ) -> None:
        self.book = book
        self._nodes: dict[Key, Node] = {}
        self._plant(leaves)
        self._first = dict(self._nodes)
        for path in changes.removed if changes else ():
            self._nodes.pop(node_names(path), None)
        for node in changes.nodes if changes else ():
            self._nodes[node_names(node.path)] = node

    def find(self, path: str) -> Node | None:
        """Return the node, or None where it does not exist."""
        return self._nodes.get(node_names(path))

    def value(self, path: str) -> str | None:
        """Return what a leaf holds, or None."""
        node = self.find(path)
        return node.value if node else None

    def children(self, path: str) -> tuple[Node, ...]:
        """Return the nodes directly below, in the order in which they came to be."""
        names = node_names(path)
        depth = len(names)
        return tuple(
            node
            for key, node in self._nodes.items()
            if len(key) == depth + 1 and key[:depth] == names
        )

    def under(self, path: str) -> Iterator[Node]:
        """Yield the node and all below it, parents first."""
        names = node_names(path)
        depth = len(names)
        below: dict[Key, list[Key]] = {}
        for key in self._nodes:
            if key[:depth] == names and len(key) > depth:
                below.setdefault(key[:-1], []).append(key)
        waiting = [names] if names in self._nodes else []
        while waiting:
            key = waiting.pop()
            yield self._nodes[key]
            waiting.extend(reversed(below.get(key, [])))

    def put(self, path: str, format_: Format, value: str | None) -> None:
        """Set a node; it and missing parents come to be. An existing node keeps its spelling."""
        names = node_names(path)
        present = self._nodes.get(names)
        if present is None:
            self._add_parents(path)
        self._nodes[names] = Node(present.path if present else path, format_, value)
        if present is None and format_ is Format.NODE:
            self._sprout(path)

    def remove(self, path: str) -> None:
        """Take a node away with all below it, and parents that stand for nothing any more."""
        names = node_names(path)
        depth = len(names)
        for key in [key for key in self._nodes if key[:depth] == names]:
            del self._nodes[key]
        parent = path.rpartition("/")[0]
        if parent.count("/") > 0 and self._is_idle(parent):
            self.remove(parent)

    def snapshot(self) -> dict[Key, Node]:
        """Return the whole state, for `restore`."""
        return dict(self._nodes)

    def restore(self, state: dict[Key, Node]) -> None:
        """Go back to a snapshot."""
        self._nodes = dict(state)

    @property
    def changes(self) -> Changes:
        """How it differs from the first state."""
        changed = tuple(n for key, n in self._nodes.items() if self._first.get(key) != n)
        gone = tuple(n.path for key, n in self._first.items() if key not in self._nodes)
        return Changes(changed, gone)

    def _is_idle(self, path: str) -> bool:
        """Return whether an interior node only existed for the sake of its children."""
        rule = self.book.find(path)
        permanent = node_names(path) in self._first
        return not permanent and not self.children(path) and (rule is None or rule.access == "G")

    def _plant(self, leaves: Iterable[Leaf]) -> None:
        for root in _ROOTS:
            self.put(root, Format.NODE, None)
        for rule in self.book.rules:
            lasting = _lasting_part(rule)
            if lasting == rule.path:
                self.put(rule.path, rule.format, first_value(rule.format))
            elif self.find(lasting) is None:
                self.put(lasting, Format.NODE, None)
        for leaf in leaves:
            if self.book.find(leaf.path) is not None:
                self.put(leaf.path, leaf.format, leaf.value)

    def _add_parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if not parent or node_names(parent) in self._nodes:
            return
        self._add_parents(parent)
        self._nodes[node_names(parent)] = Node(parent, Format.NODE)
        self._sprout(parent)

    def _sprout(self, path: str) -> None:
        """Let the leaves appear that always come with a named node."""
        for rule in self.book.below(path):
            if node_names(rule.path) not in self._nodes and rule.path != path:
                self.put(rule.path, rule.format, first_value(rule.format))


def _lasting_part(rule: Rule) -> str:
    """Return how far down a rule's path there are always nodes."""
    if ANY_NAME in rule.path:
        return rule.path.split("/" + ANY_NAME)[0]
    if rule.made:
        provider = rule.path.split("/")[:6] if "/Policy/" in rule.path else None
        return "/".join(provider) if provider else rule.path.rpartition("/")[0]
    return rule.path


def first_value(format_: Format) -> str | None:
    """Return what a permanent node holds before anybody set it."""
    if format_ in (Format.NODE, Format.NULL):
        return None
    return _DEFAULTS.get(format_, "")
