"""Wanted trees that were opened lately, kept in memory: they never change under their id.

Bounded by the nodes in them, whatever the number of devices: a fleet has few different trees.
"""

from collections import OrderedDict
from typing import Final

from lenskeep.desired.wanted import WantedTree

MAX_NODES: Final = 5_000
"""Of all trees together, some 1.5 kB each: 50 trees of 100 settings."""


class Trees:
    """Trees by their id, those used last."""

    def __init__(self, max_nodes: int = MAX_NODES) -> None:
        self._max = max_nodes
        self._nodes = 0
        self._trees: OrderedDict[str, WantedTree] = OrderedDict()

    def __len__(self) -> int:
        return len(self._trees)

    def get(self, tree: str) -> WantedTree | None:
        """Return the tree, if it is kept."""
        found = self._trees.get(tree)
        if found is not None:
            self._trees.move_to_end(tree)
        return found

    def keep(self, tree: str, wanted: WantedTree) -> None:
        """Keep it, in place of those not used for the longest time; one too large is not kept."""
        size = len(wanted.nodes)
        if tree in self._trees or size > self._max:
            return
        self._trees[tree] = wanted
        self._nodes += size
        while self._nodes > self._max:
            _, gone = self._trees.popitem(last=False)
            self._nodes -= len(gone.nodes)
