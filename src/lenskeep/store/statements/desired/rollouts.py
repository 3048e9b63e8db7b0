"""Statements that count: how far profiles have come, how the fleet stands."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from lenskeep.flows.mandate import ProgressState
from lenskeep.store.schema import (
    cohort,
    device,
    profile,
    progress,
    standing,
    tree_owner,
    wanted_tree,
)
from lenskeep.store.sql import Query, labeled, one_of
from lenskeep.store.statements.desired.mandate import MANAGED

RANKS: Final = {state: rank for rank, state in enumerate(ProgressState)}
"""Those in trouble first."""
_WAITING: Final = literal(ProgressState.WAITING.value)
_state: Final = func.coalesce(progress.c.state, _WAITING)
"""What is known of an older revision says nothing of this one."""
_rank: Final = case(
    *((progress.c.state == state.value, rank) for state, rank in RANKS.items()),
    else_=RANKS[ProgressState.WAITING],
)


def _reached(*columns: ColumnElement[Any]) -> Select[Any]:
    """Return a selection over all devices that profiles reach, each with its progress."""
    return (
        select(*columns)
        .select_from(tree_owner)
        .join(cohort, cohort.c.tree_id == tree_owner.c.tree_id)
        .join(device, device.c.cohort_id == cohort.c.id)
        .outerjoin(
            progress,
            and_(
                progress.c.device_id == device.c.id,
                progress.c.profile_id == tree_owner.c.profile_id,
                progress.c.revision == tree_owner.c.revision,
            ),
        )
        .where(one_of(device.c.state, MANAGED))
    )


_counted: Final = _reached(
    tree_owner.c.profile_id, _state.label("state"), func.count().label("devices")
)
TOLD: Final = Query(
    select(profile.c.id.label("profile_id"), progress.c.state, func.count().label("devices"))
    .join(progress, progress.c.profile_id == profile.c.id)
    .group_by(profile.c.id, progress.c.state)
)
"""All progress there is, from an index alone; too much of it where devices get another tree."""
OUTDATED: Final = Query(
    select(progress.c.profile_id, progress.c.state, func.count().label("devices"))
    .select_from(device)
    .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
    .join(standing, standing.c.device_id == device.c.id)
    .join(progress, progress.c.device_id == device.c.id)
    .outerjoin(
        tree_owner,
        and_(
            tree_owner.c.tree_id == cohort.c.tree_id,
            tree_owner.c.profile_id == progress.c.profile_id,
            tree_owner.c.revision == progress.c.revision,
        ),
    )
    .where(
        one_of(device.c.state, MANAGED),
        func.coalesce(cohort.c.tree_id, "") != standing.c.tree,
        tree_owner.c.tree_id.is_(None),
    )
    .group_by(progress.c.profile_id, progress.c.state)
)
"""Of it, what says nothing of what is wanted now: few, but for the hours after a change."""
OWNERS: Final = Query(
    select(cohort.c.id.label("cohort_id"), tree_owner.c.profile_id).join(
        tree_owner, tree_owner.c.tree_id == cohort.c.tree_id
    )
)
ROLLOUT: Final = Query(
    _counted.where(tree_owner.c.profile_id == bindparam("profile_id")).group_by(
        tree_owner.c.profile_id, _state
    )
)

_rows: Final = (
    _reached(
        device.c.id.label("device_id"),
        device.c.name.label("device_name"),
        device.c.os_build.label("device_os_build"),
        device.c.last_seen.label("device_last_seen"),
        _rank.label("rank"),
        *labeled(progress, without=frozenset({"device_id"})),
    )
    .where(
        tree_owner.c.profile_id == bindparam("profile_id"),
        or_(
            _rank > bindparam("after_rank", type_=Integer),
            and_(_rank == bindparam("after_rank", type_=Integer), device.c.id > bindparam("after")),
        ),
    )
    .order_by(_rank, device.c.id)
    .limit(bindparam("limit", type_=Integer))
)
PROGRESS: Final = Query(_rows)
PROGRESS_IN: Final = Query(_rows.where(_rank == bindparam("rank", type_=Integer)))

_wanted: Final = func.coalesce(cohort.c.tree_id, "")
_stood: Final = func.coalesce(standing.c.tree, "")
_worst: Final = case(
    (_wanted == _stood, standing.c.worst),
    (and_(standing.c.tree.is_(None), wanted_tree.c.nodes == 0), standing.c.worst),
    else_=_WAITING,
)
"""None: nothing is wanted, and nothing is left to take away."""
IS_MANAGED: Final = one_of(device.c.state, MANAGED)
WORST: Final = case((IS_MANAGED, _worst))
"""How a device stands to all that is wanted of it; None too where it is not under management."""


def with_standing(found: Select[Any]) -> Select[Any]:
    """Return a selection over devices, joined with all that `WORST` asks."""
    return (
        found.select_from(device)
        .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
        .outerjoin(wanted_tree, wanted_tree.c.id == cohort.c.tree_id)
        .outerjoin(standing, standing.c.device_id == device.c.id)
    )


STOOD: Final = Query(
    select(
        standing.c.worst, standing.c.cohort_id, standing.c.tree, func.count().label("devices")
    ).group_by(standing.c.worst, standing.c.cohort_id, standing.c.tree)
)
"""How devices stood when they were heard of last, and to what; from an index alone."""
COHORT_WANTS: Final = Query(
    select(cohort.c.id, cohort.c.tree_id, wanted_tree.c.nodes).outerjoin(
        wanted_tree, wanted_tree.c.id == cohort.c.tree_id
    )
)


def standing_so(worst: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a device stands so to what is wanted of it now; from an index, so
    for what is true of few devices. Not for those that wait, which may have no standing yet.
    """
    wanted = select(cohort.c.tree_id).where(cohort.c.id == standing.c.cohort_id).scalar_subquery()
    found = select(standing.c.device_id).where(
        standing.c.worst == worst, standing.c.tree == func.coalesce(wanted, "")
    )
    return and_(IS_MANAGED, device.c.id.in_(found))
