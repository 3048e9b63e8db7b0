"""Statements on cohorts and their wanted trees, and on which device is in which cohort."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, null, select, update

from lenskeep.store.schema import (
    cohort,
    cohort_group,
    device,
    tree_guard,
    tree_owner,
    wanted_tree,
)
from lenskeep.store.sql import Query, labeled

# --- trees --------------------------------------------------------------------------------

TREE_STANDS: Final = Query(select(wanted_tree.c.id).where(wanted_tree.c.id == bindparam("tree_id")))
ADD_TREE: Final = Query(insert(wanted_tree))
ADD_TREE_OWNER: Final = Query(insert(tree_owner))
ADD_TREE_GUARD: Final = Query(insert(tree_guard))

# --- cohorts ------------------------------------------------------------------------------

COHORTS: Final = Query(select(*labeled(cohort)).order_by(cohort.c.id))
ADD_COHORT: Final = Query(insert(cohort).returning(cohort.c.id))
ADD_COHORT_GROUP: Final = Query(insert(cohort_group))
GIVE_TREE: Final = Query(
    update(cohort)
    .where(cohort.c.id == bindparam("of_cohort"))
    .values(tree_id=bindparam("new_tree_id"))
)
COHORTS_OF_GROUP: Final = Query(
    select(cohort_group.c.cohort_id).where(cohort_group.c.group_id == bindparam("group_id"))
)
FORGET_COHORT_GROUPS: Final = Query(
    delete(cohort_group).where(cohort_group.c.cohort_id == bindparam("of_cohort"))
)
FORGET_COHORT: Final = Query(delete(cohort).where(cohort.c.id == bindparam("of_cohort")))

# --- devices ------------------------------------------------------------------------------

COHORT_OF: Final = Query(
    select(device.c.id, device.c.cohort_id).where(device.c.id == bindparam("device_id"))
)
COHORT_OF_EACH: Final = Query(select(device.c.id, device.c.cohort_id))
MOVE_DEVICE: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(cohort_id=bindparam("new_cohort_id"))
)
MOVED_AT_ONCE: Final = 500
"""Devices moved by one statement where there are as many; more at once gain nothing."""
MOVE_DEVICES: Final = Query(
    update(device)
    .where(device.c.id.in_([bindparam(f"device_{n}") for n in range(MOVED_AT_ONCE)]))
    .values(cohort_id=bindparam("new_cohort_id"))
)
MERGE_COHORT: Final = Query(
    update(device)
    .where(device.c.cohort_id == bindparam("of_cohort"))
    .values(cohort_id=bindparam("new_cohort_id"))
)
LEAVE_COHORT: Final = Query(
    update(device).where(device.c.cohort_id == bindparam("of_cohort")).values(cohort_id=null())
)
TAGS_OF: Final = Query(
    select(device.c.tags).where(device.c.id == bindparam("device_id")).with_for_update()
)
TAG_DEVICE: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(tags=bindparam("new_tags"))
    .returning(device.c.id)
)
CONTINUE_MEMBERSHIP: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(cohort_id=bindparam("new_cohort_id"), tags=bindparam("new_tags"))
)
"""A record goes on with what another one was given."""
