"""Statements on how devices stand to what is wanted of them, and on staged roll-outs."""

from typing import Final

from sqlalchemy import Select, bindparam, delete, insert, null, select, update

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

_CLAIMED: Final = GuardState.CLAIMED.value
_RELEASED: Final = GuardState.RELEASED.value

# --- what is wanted, and how the device stands --------------------------------------------


def _wanting() -> Select[tuple[object, ...]]:
    found: Select[tuple[object, ...]] = select(
        cohort.c.tree_id,
        wanted_tree.c.sealed,
        standing.c.body,
    )
    return (
        found.select_from(enrollment)
        .join(device, device.c.id == enrollment.c.device_id)
        .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
        .outerjoin(wanted_tree, wanted_tree.c.id == cohort.c.tree_id)
        .outerjoin(standing, standing.c.enrollment_id == enrollment.c.id)
    )


WANTING: Final = Query(_wanting().where(enrollment.c.id == bindparam("enrollment_id")))
WANTING_OF_DEVICE: Final = Query(
    _wanting()
    .where(enrollment.c.device_id == bindparam("device_id"))
    .order_by(
        (enrollment.c.state == EnrollmentState.ACTIVE.value).desc(),
        enrollment.c.created_at.desc(),
        enrollment.c.id.desc(),
    )
    .limit(1)
)
"""Of its active enrollment, else of its latest."""
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
ADD_STANDING: Final = Query(insert(standing))
CHANGE_STANDING: Final = Query(
    update(standing)
    .where(standing.c.enrollment_id == bindparam("of_enrollment"))
    .values(
        tree=bindparam("new_tree"),
        body=bindparam("new_body"),
        settled=bindparam("new_settled"),
        due_at=bindparam("new_due_at"),
        device_print=bindparam("new_device_print"),
        worst=bindparam("new_worst"),
    )
    .returning(standing.c.enrollment_id)
)
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

PROGRESS_OF_DEVICE: Final = Query(
    select(*labeled(progress)).where(progress.c.device_id == bindparam("device_id"))
)
ADD_PROGRESS: Final = Query(insert(progress))
FORGET_PROGRESS: Final = Query(
    delete(progress).where(
        progress.c.device_id == bindparam("of_device"),
        progress.c.profile_id == bindparam("of_profile"),
    )
)
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
