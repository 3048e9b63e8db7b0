"""Statements on the devices that groups are made of."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, null, select

from lenskeep.store.schema import autopilot, cohort, cohort_group, device, enrollment, known
from lenskeep.store.sql import Query, labeled, one_of
from lenskeep.store.statements.desired.mandate import MANAGED

_UNASKED: Final = frozenset({"search"})
_MANAGED: Final = one_of(device.c.state, MANAGED)
_newest: Final = enrollment.alias("newest")
_latest: Final = (
    select(_newest.c.id)
    .where(_newest.c.device_id == device.c.id)
    .order_by(_newest.c.created_at.desc(), _newest.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_NOTHING: Final = null().label("known_body")
_BODY: Final = known.c.body.label("known_body")


def _members(body: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            *labeled(device, without=_UNASKED),
            cohort.c.groups.label("cohort_groups"),
            enrollment.c.way.label("enrollment_way"),
            autopilot.c.group_tag.label("autopilot_group_tag"),
            body,
        )
        .select_from(device)
        .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
        .outerjoin(enrollment, enrollment.c.id == _latest)
        .outerjoin(autopilot, autopilot.c.serial_key == func.lower(device.c.serial))
    )


def _both(*conditions: ColumnElement[bool]) -> tuple[Query, Query]:
    """Return the list without what is known of the devices, and with it."""
    with_known = _members(_BODY).outerjoin(known, known.c.enrollment_id == enrollment.c.id)
    without, every = (
        each.where(*conditions).order_by(device.c.id) for each in (_members(_NOTHING), with_known)
    )
    return Query(without), Query(every)


ALL_MEMBERS: Final = _both(_MANAGED)
ALL_DEVICES: Final = _both()
MEMBER: Final = _both(device.c.id == bindparam("device_id"))
ALL_MEMBERS_AFTER: Final = Query(
    _members(_NOTHING)
    .where(_MANAGED, device.c.id > bindparam("after"))
    .order_by(device.c.id)
    .limit(bindparam("limit", type_=Integer))
)
MEMBERS_OF_AFTER: Final = Query(
    _members(_NOTHING)
    .join(cohort_group, cohort_group.c.cohort_id == cohort.c.id)
    .where(
        _MANAGED,
        cohort_group.c.group_id == bindparam("group_id"),
        device.c.id > bindparam("after"),
    )
    .order_by(device.c.id)
    .limit(bindparam("limit", type_=Integer))
)
TAGS: Final = Query(
    select(device.c.tags, device.c.state, func.count().label("devices"))
    .where(device.c.tags != literal_column("'[]'"))
    .group_by(device.c.tags, device.c.state)
)
"""From an index alone, that of devices which have any: so the condition is spelled as there."""
