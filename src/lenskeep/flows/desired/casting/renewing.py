"""Wanted trees made anew where what makes them has changed: another catalog, another version of us.

A tree is known by a digest of its content, so nothing is written where it comes out the same.
"""

from dataclasses import dataclass

from lenskeep.desired.changes import record_of
from lenskeep.desired.wanted import WantedNode
from lenskeep.flows.desired.casting.deciding import Decision, decided, read_catalog
from lenskeep.flows.desired.casting.recast import recast
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Mandate
from lenskeep.flows.ports import MandateChange
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.value import Format


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many cohorts got another tree, and how many keep theirs because a node of it is gone."""

    cohorts: int
    kept: int


async def renew(house: House) -> Renewed:
    """Make all wanted trees with the catalog that there is now. Called when the house starts.

    A tree with a node that the catalog lacks stays as it is: nobody could say its format.
    """
    catalog = await read_catalog(house)

    async def decide(mandate: Mandate) -> Decision[Renewed]:
        cast = await recast(house, mandate, [each.groups for each in mandate.cohorts])
        new = cast.cohorts
        other = [each.groups for each in mandate.cohorts if each.tree != new[each.groups]]
        sound = [g for g in other if not any(_is_gone(catalog, n) for n in cast.of(g).tree.nodes)]
        found = Renewed(len(sound), len(other) - len(sound))
        if not sound:
            return Decision(found)
        changed = {each: new[each] for each in sound}
        trees = tuple(each for each in cast.trees if each.id in changed.values())
        held = {key for each in trees for key in each.guards}
        guards = tuple(each for each in cast.guards if each.key in held)
        return Decision(found, MandateChange(trees=trees, cohorts=changed, guards=guards))

    return await decided(house, decide)


def _is_gone(catalog: Catalog, node: WantedNode) -> bool:
    """Return whether the catalog lacks the node; the open place it fits instead has no format."""
    record = record_of(node.uri.text, catalog)
    return record is None or (record.format is Format.NULL and node.value is not None)
