"""Statements on how devices stand to what is wanted of them, and on staged roll-outs."""

from typing import Final

from sqlalchemy import Delete, Insert, Text, bindparam, delete, insert, null, select, update

from lenskeep.flows.mandate import GuardState
from lenskeep.flows.records import EnrollmentState
from lenskeep.store.schema import (
    cohort,
    device,
    enrollment,
    guard,
    progress,
    standing,
    tree_guard,
    wanted_tree,
)
from lenskeep.store.sql import Query, labeled
from lenskeep.store.statements.listed import Types, Words, worded

_CLAIMED: Final = GuardState.CLAIMED.value
_RELEASED: Final = GuardState.RELEASED.value

# --- what is wanted, and how the device stands --------------------------------------------


WANTING_OF_DEVICE: Final = Query(
    select(cohort.c.tree_id, wanted_tree.c.sealed, standing.c.body)
    .select_from(enrollment)
    .join(device, device.c.id == enrollment.c.device_id)
    .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
    .outerjoin(wanted_tree, wanted_tree.c.id == cohort.c.tree_id)
    .outerjoin(standing, standing.c.enrollment_id == enrollment.c.id)
    .where(enrollment.c.device_id == bindparam("device_id"))
    .order_by(
        (enrollment.c.state == EnrollmentState.ACTIVE.value).desc(),
        enrollment.c.created_at.desc(),
        enrollment.c.id.desc(),
    )
    .limit(1)
)
"""Of its active enrollment, else of its latest."""
SEALED_TREE: Final = Query(
    select(wanted_tree.c.sealed).where(wanted_tree.c.id == bindparam("tree_id"))
)
GUARDS_OF_TREE: Final = Query(
    select(*labeled(guard))
    .join(tree_guard, tree_guard.c.guard_key == guard.c.key)
    .where(tree_guard.c.tree_id == bindparam("tree_id"))
    .order_by(guard.c.key)
)

# --- standing -----------------------------------------------------------------------------

STANDING: Final = Query(
    select(standing.c.body).where(standing.c.enrollment_id == bindparam("enrollment_id"))
)
KEEP_STANDING: Final = worded(lambda words: words.upsert(standing, ("enrollment_id",)))
UNSETTLE: Final = Query(
    update(standing)
    .where(standing.c.enrollment_id == bindparam("of_enrollment"))
    .values(body=bindparam("new_body"), settled=0)
)
FORGET_STANDING: Final = Query(
    delete(standing)
    .where(standing.c.enrollment_id == bindparam("of_enrollment"))
    .returning(standing.c.device_id)
)
MOVE_STANDING: Final = Query(
    update(standing)
    .where(standing.c.device_id == bindparam("of_device"))
    .values(device_id=bindparam("to_device"))
)

# --- progress -----------------------------------------------------------------------------

_PROGRESS: Final[Types] = {each.name: each.type for each in progress.c}


def _keep_progress(words: Words) -> Insert:
    given = words.rows("progress", _PROGRESS).c
    rows = select(*(given[name] for name in _PROGRESS))
    return words.upsert(progress, ("device_id", "profile_id"), rows)


def _forget_other_progress(words: Words) -> Delete:
    kept = words.rows("progress", {"profile_id": Text()})
    return delete(progress).where(
        progress.c.device_id == bindparam("of_device"),
        progress.c.profile_id.not_in(select(kept.c.profile_id)),
    )


KEEP_PROGRESS: Final = worded(_keep_progress)
FORGET_OTHER_PROGRESS: Final = worded(_forget_other_progress)
"""Of profiles that have no part in it any more."""
FORGET_PROGRESS_OF_DEVICE: Final = Query(
    delete(progress).where(progress.c.device_id == bindparam("of_device"))
)
FORGET_PROGRESS_OF_PROFILE: Final = Query(
    delete(progress).where(progress.c.profile_id == bindparam("of_profile"))
)
MOVE_PROGRESS: Final = Query(
    update(progress)
    .where(progress.c.device_id == bindparam("of_device"))
    .values(device_id=bindparam("to_device"))
)

# --- staged roll-outs ---------------------------------------------------------------------

GUARD: Final = Query(
    select(*labeled(guard)).where(guard.c.key == bindparam("key")).with_for_update()
)
GUARDS: Final = Query(
    select(*labeled(guard)).order_by(guard.c.created_at.desc(), guard.c.key.desc())
)
GUARDS_OF_PROFILE: Final = Query(
    select(*labeled(guard))
    .where(guard.c.profile_id == bindparam("profile_id"))
    .order_by(guard.c.created_at.desc(), guard.c.key.desc())
)
ADD_GUARD: Final = Query(insert(guard))
CLAIM_GUARD: Final = Query(
    update(guard)
    .where(guard.c.key == bindparam("of_key"), guard.c.state == GuardState.OPEN.value)
    .values(state=_CLAIMED, scout=bindparam("new_scout"), claimed_at=bindparam("now"))
)
PASS_GUARD: Final = Query(
    update(guard)
    .where(
        guard.c.key == bindparam("of_key"),
        guard.c.state == _CLAIMED,
        guard.c.scout == bindparam("of_device"),
    )
    .values(state=_RELEASED, released_at=bindparam("now"))
)
"""The scout came back; who is the scout no longer releases nothing."""
RELEASE_GUARD: Final = Query(
    update(guard)
    .where(guard.c.key == bindparam("of_key"), guard.c.state != _RELEASED)
    .values(state=_RELEASED, released_at=bindparam("now"), released_by=bindparam("new_released_by"))
    .returning(*labeled(guard))
)
RESET_SCOUT: Final = Query(
    update(guard)
    .where(guard.c.key == bindparam("of_key"), guard.c.state == _CLAIMED)
    .values(state=GuardState.OPEN.value, scout=null(), claimed_at=null())
    .returning(*labeled(guard))
)
MOVE_SCOUT: Final = Query(
    update(guard)
    .where(guard.c.scout == bindparam("of_device"))
    .values(scout=bindparam("to_device"))
)
FORGET_GUARDS_OF_PROFILE: Final = Query(
    delete(guard).where(guard.c.profile_id == bindparam("of_profile"))
)
