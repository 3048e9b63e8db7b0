"""The wanted tree: every node that some profile wants of the devices of one cohort, merged.

One value for all devices with the same assignments, stored once under a digest of its content.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import Drift, Owner
from lenskeep.tree.uri import LocUri, parse_uri
from lenskeep.tree.value import Format

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class WantedNode:
    """One node and what it shall hold."""

    uri: LocUri
    format: Format
    value: str | None = field(repr=False)
    mark: str
    """A keyed digest of format and value: the same mark is the same wish, and tells nothing."""
    owners: tuple[Owner, ...]
    """Whose wish it is; several where they agree, or where the node's own rule merged them."""
    overruled: tuple[Owner, ...] = ()
    """Whose other value lost, by priority or by the node's own rule."""
    undecided: tuple[Owner, ...] = ()
    """Whose values contradict each other at one priority: then nothing is sent."""
    drift: Drift = Drift.CORRECT
    guard: str = ""
    """The staged roll-out that this node waits for: `profile/revision`; empty for none."""

    @property
    def key(self) -> str:
        """The form by which nodes compare."""
        return self.uri.key


@dataclass(frozen=True)
class WantedTree:
    """The nodes in order of their key."""

    nodes: tuple[WantedNode, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, WantedNode]:
        """The nodes by comparison key."""
        return {each.key: each for each in self.nodes}

    @property
    def guards(self) -> tuple[str, ...]:
        """The staged roll-outs in it, each once."""
        return tuple(dict.fromkeys(each.guard for each in self.nodes if each.guard))

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The profiles in it, each once: those whose wish counts, or lost, or is undecided."""
        every = (o for n in self.nodes for o in (*n.owners, *n.overruled, *n.undecided))
        return tuple(dict.fromkeys(every))

    def dump(self) -> bytes:
        """Return the stored form, unsealed; the same tree gives the same bytes."""
        rows = [_row(each) for each in self.nodes]
        text = json.dumps([_VERSION, rows], ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def load_wanted(stored: bytes) -> WantedTree:
    """Return what `dump` stored; empty bytes are a tree in which nothing is wanted."""
    if not stored:
        return WantedTree()
    _, rows = json.loads(zlib.decompress(stored).decode("utf-8", "surrogatepass"))
    return WantedTree(tuple(_node(*row) for row in rows))


def owners_to_plain(owners: tuple[Owner, ...]) -> list[list[object]]:
    """Return the owners as JSON holds them."""
    return [[each.profile, each.name, each.revision] for each in owners]


def owners_of_plain(rows: list[list[object]]) -> tuple[Owner, ...]:
    """Return what `owners_to_plain` made."""
    return tuple(Owner(ProfileId(str(a)), str(b), int(str(c))) for a, b, c in rows)


def _row(node: WantedNode) -> list[object]:
    owners = (node.owners, node.overruled, node.undecided)
    return [
        node.uri.text,
        node.format.value,
        node.value,
        node.mark,
        *(owners_to_plain(each) for each in owners),
        node.drift.value,
        node.guard,
    ]


def _node(*row: object) -> WantedNode:
    uri, form, value, mark, owners, overruled, undecided, drift, guard = row
    assert isinstance(owners, list)
    assert isinstance(overruled, list)
    assert isinstance(undecided, list)
    return WantedNode(
        parse_uri(str(uri)),
        Format(form),
        None if value is None else str(value),
        str(mark),
        owners_of_plain(owners),
        owners_of_plain(overruled),
        owners_of_plain(undecided),
        Drift(drift),
        str(guard),
    )
