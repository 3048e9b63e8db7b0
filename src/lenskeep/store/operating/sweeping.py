"""What of the desired state nobody refers to any more goes: cohorts, wanted trees, roll-outs.

Each unit moves the mandate on where something went, so that a change decided while it was there
is decided again.
"""

from lenskeep.store.sql import Work
from lenskeep.store.statements.desired.mandate import LOCK_MANDATE, MOVE_MANDATE_ON
from lenskeep.store.statements.desired.sweeps import (
    FORGET_GUARD,
    FORGET_TREE,
    IDLE_COHORTS,
    IDLE_GUARDS,
    IDLE_TREES,
)
from lenskeep.store.statements.desired.trees import FORGET_COHORT, FORGET_COHORT_GROUPS


def sweep_cohorts(limit: int) -> Work[int]:
    """Drop cohorts without devices, but for the one that every new device comes into."""
    yield LOCK_MANDATE()
    found = yield IDLE_COHORTS(limit=limit)
    if found:
        gone = [{"of_cohort": row["id"]} for row in found]
        yield FORGET_COHORT_GROUPS.each(gone)
        yield FORGET_COHORT.each(gone)
        yield MOVE_MANDATE_ON()
    return len(found)


def sweep_trees(limit: int) -> Work[int]:
    """Drop wanted trees that no cohort has and no device was planned against."""
    yield LOCK_MANDATE()
    found = yield IDLE_TREES(limit=limit)
    if found:
        gone = [{"of_tree": row["id"]} for row in found]
        for query in FORGET_TREE:
            yield query.each(gone)
        yield MOVE_MANDATE_ON()
    return len(found)


def sweep_guards(limit: int) -> Work[int]:
    """Drop staged roll-outs of revisions that are in no wanted tree."""
    yield LOCK_MANDATE()
    found = yield IDLE_GUARDS(limit=limit)
    if found:
        yield FORGET_GUARD.each([{"of_key": row["key"]} for row in found])
        yield MOVE_MANDATE_ON()
    return len(found)
