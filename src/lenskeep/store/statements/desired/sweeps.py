"""Statements that find what of the desired state nobody refers to any more."""

from typing import Final

from sqlalchemy import Integer, bindparam, delete, exists, select

from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.store.schema import (
    cohort,
    device,
    guard,
    standing,
    tree_guard,
    tree_owner,
    wanted_tree,
)
from lenskeep.store.sql import Query

_LIMIT: Final = bindparam("limit", type_=Integer)
_DEFAULT: Final = f'["{ALL_DEVICES}"]'
"""The cohort of a device that is in no other group stays: the next one comes into it."""

IDLE_COHORTS: Final = Query(
    select(cohort.c.id)
    .where(cohort.c.groups != _DEFAULT, ~exists().where(device.c.cohort_id == cohort.c.id))
    .limit(_LIMIT)
)
IDLE_TREES: Final = Query(
    select(wanted_tree.c.id)
    .where(
        ~exists().where(cohort.c.tree_id == wanted_tree.c.id),
        ~exists().where(standing.c.tree == wanted_tree.c.id),
    )
    .limit(_LIMIT)
)
FORGET_TREE: Final = tuple(
    Query(delete(table).where(column == bindparam("of_tree")))
    for table, column in (
        (tree_owner, tree_owner.c.tree_id),
        (tree_guard, tree_guard.c.tree_id),
        (wanted_tree, wanted_tree.c.id),
    )
)
"""In this order."""
IDLE_GUARDS: Final = Query(
    select(guard.c.key).where(~exists().where(tree_guard.c.guard_key == guard.c.key)).limit(_LIMIT)
)
FORGET_GUARD: Final = Query(delete(guard).where(guard.c.key == bindparam("of_key")))
