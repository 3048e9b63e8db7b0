"""Changes that take away the last network of headsets on which none can be joined by hand."""

from lenskeep.base.errors import Conflict
from lenskeep.desired.guard.lockout import Around, Lockout, lockouts
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired.casting.bodies import Revised, read_bodies
from lenskeep.flows.desired.casting.reached import effective, revised
from lenskeep.flows.desired.casting.recast import Bodies, Cast
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Mandate
from lenskeep.tree.uri import node_key


async def refuse_stranding(house: House, before: Mandate, cast: Cast) -> None:
    """Raise Conflict where a change certainly strands headsets, with how they are recovered.

    `cast` is what the change makes of the cohorts that it reaches; `before` is as it was.
    """
    pairs = {(effective(before, each), then) for each, then in cast.by_cohort.items()}
    needed = {revised(reach) for was, _ in pairs for reach in was}
    bodies = await read_bodies(house, needed, {})
    dangers: dict[str, Lockout] = {}
    for was, then in pairs:
        tree = cast.made[then].merged.tree
        keys = frozenset(revised(reach) for reach in was)
        dangers.update({each.key: each for each in _dangers(keys, bodies, tree)})
    if dangers:
        told = "; ".join(f"{each.uri} {each.why}: {each.recover}" for each in dangers.values())
        raise Conflict(f"this can strand headsets, and that was not accepted: {told}")


def _dangers(was: frozenset[Revised], bodies: Bodies, tree: WantedTree) -> list[Lockout]:
    """Return what certainly strands a headset of which this was wanted, and now the tree is."""
    before = {setting.uri for key in was for setting in bodies[key].settings}
    gone = sorted(uri for uri in before if node_key(uri) not in tree.by_key)
    others = {each.uri.text: each.value for each in tree.nodes}
    return [each for each in lockouts((), Around(others, gone)) if each.is_certain]
