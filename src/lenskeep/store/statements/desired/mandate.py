"""Statements on profiles, revisions, groups and assignments, and on the version over them all."""

from typing import Final

from sqlalchemy import Table, Update, bindparam, delete, func, insert, select, update

from lenskeep.flows.records import DeviceState
from lenskeep.store.schema import (
    assignment,
    device,
    device_group,
    mandate,
    profile,
    revision,
)
from lenskeep.store.sql import Query, labeled

MANAGED: Final = (DeviceState.ENROLLED.value, DeviceState.MANAGED.value)
"""The states of devices under management."""


def _changed(table: Table, *columns: str) -> Update:
    """Return the change of these columns of one row, found by its id."""
    return (
        update(table)
        .where(table.c.id == bindparam("of_id"))
        .values({name: bindparam(f"new_{name}") for name in columns})
        .returning(table.c.id)
    )


# --- the version --------------------------------------------------------------------------

MANDATE_VERSION: Final = Query(select(mandate.c.version))
LOCK_MANDATE: Final = Query(select(mandate.c.version).with_for_update())
"""Nobody else changes who gets what until the unit ends; SQLite has one writer anyway."""
ADVANCE_MANDATE: Final = Query(
    update(mandate)
    .where(mandate.c.version == bindparam("at_version"))
    .values(version=mandate.c.version + 1)
    .returning(mandate.c.version)
)
"""The compare-and-set: no row comes back when another was faster."""
MOVE_MANDATE_ON: Final = Query(update(mandate).values(version=mandate.c.version + 1))
"""Makes every change that is being decided be decided again."""

# --- profiles -----------------------------------------------------------------------------

ADD_PROFILE: Final = Query(insert(profile))
CHANGE_PROFILE: Final = Query(_changed(profile, "name", "name_key", "description", "revision"))
PROFILES: Final = Query(select(*labeled(profile)).order_by(profile.c.name_key))
PROFILE: Final = Query(select(*labeled(profile)).where(profile.c.id == bindparam("profile_id")))
PROFILE_NAMED: Final = Query(
    select(profile.c.id).where(profile.c.name_key == bindparam("name_key"))
)
FORGET_PROFILE: Final = Query(
    delete(profile).where(profile.c.id == bindparam("of_profile")).returning(profile.c.id)
)

ADD_REVISION: Final = Query(insert(revision))
REVISION: Final = Query(
    select(*labeled(revision)).where(
        revision.c.profile_id == bindparam("profile_id"), revision.c.number == bindparam("number")
    )
)
REVISIONS: Final = Query(
    select(*labeled(revision, without=frozenset({"sealed"})))
    .where(revision.c.profile_id == bindparam("profile_id"))
    .order_by(revision.c.number.desc())
)
FORGET_REVISIONS: Final = Query(
    delete(revision).where(revision.c.profile_id == bindparam("of_profile"))
)

# --- groups -------------------------------------------------------------------------------

ADD_GROUP: Final = Query(insert(device_group))
CHANGE_GROUP: Final = Query(
    _changed(device_group, "name", "name_key", "kind", "rule", "description")
)
GROUPS: Final = Query(select(*labeled(device_group)).order_by(device_group.c.name_key))
GROUP: Final = Query(select(device_group.c.kind).where(device_group.c.id == bindparam("group_id")))
GROUP_NAMED: Final = Query(
    select(device_group.c.id).where(device_group.c.name_key == bindparam("name_key"))
)
FORGET_GROUP: Final = Query(
    delete(device_group)
    .where(device_group.c.id == bindparam("of_group"))
    .returning(device_group.c.id)
)

COHORT_SIZES: Final = Query(
    select(device.c.cohort_id, device.c.state, func.count().label("devices")).group_by(
        device.c.cohort_id, device.c.state
    )
)
"""How many devices of each state each cohort has; those without one too. Without a condition, so
that it is answered from the index alone.
"""

# --- assignments --------------------------------------------------------------------------

ADD_ASSIGNMENT: Final = Query(insert(assignment))
CHANGE_ASSIGNMENT: Final = Query(
    _changed(assignment, "profile_id", "revision", "group_id", "excludes", "priority", "actor")
)
ASSIGNMENTS: Final = Query(
    select(*labeled(assignment)).order_by(assignment.c.created_at, assignment.c.id)
)
UNASSIGN: Final = Query(
    delete(assignment).where(assignment.c.id == bindparam("of_id")).returning(assignment.c.id)
)
UNASSIGN_PROFILE: Final = Query(
    delete(assignment).where(assignment.c.profile_id == bindparam("of_profile"))
)
UNASSIGN_GROUP: Final = Query(
    delete(assignment).where(assignment.c.group_id == bindparam("of_group"))
)
