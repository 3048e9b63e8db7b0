"""Statements that count the fleet for a monitoring system: few, each one pass over one table."""

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, func, select

from lenskeep.flows.records import DeviceState, EnrollmentState
from lenskeep.store.schema import certificate, device, enrollment, guard, lease, profile, worker
from lenskeep.store.sql import Query
from lenskeep.store.statements.desired.rollouts import IS_MANAGED

_MOMENT: Final = BigInteger()


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_heard: Final = func.coalesce(device.c.last_seen, device.c.first_seen)
DEVICES: Final = Query(
    select(
        device.c.state,
        func.count().label("devices"),
        _how_many(and_(IS_MANAGED, _heard < bindparam("day_ago", type_=_MOMENT))).label("day"),
        _how_many(and_(IS_MANAGED, _heard < bindparam("week_ago", type_=_MOMENT))).label("week"),
        _how_many(device.c.departing.is_not(None)).label("departing"),
        func.coalesce(func.sum(device.c.operations_open), 0).label("open"),
        func.coalesce(func.sum(device.c.operations_failed), 0).label("failed"),
        func.coalesce(func.sum(device.c.operations_unknown), 0).label("unknown"),
    )
    .where(device.c.state != DeviceState.REPLACED.value)
    .group_by(device.c.state)
)
"""Everything that a device's own row says."""

_soon: Final = bindparam("soon", type_=_MOMENT)
_now: Final = bindparam("now", type_=_MOMENT)
_newest: Final = (
    select(func.max(certificate.c.not_after).label("ends"))
    .join(enrollment, enrollment.c.id == certificate.c.enrollment_id)
    .where(certificate.c.revoked_at.is_(None), enrollment.c.state == EnrollmentState.ACTIVE.value)
    .group_by(certificate.c.enrollment_id)
    .subquery()
)


def _ending(*counts: ColumnElement[Any]) -> Select[Any]:
    return select(*counts)


CERTIFICATES: Final = Query(
    _ending(
        _how_many(_newest.c.ends <= _now).label("expired"),
        _how_many(and_(_newest.c.ends > _now, _newest.c.ends <= _soon)).label("soon"),
    )
)
"""Of each active enrollment the certificate that lasts longest: an old one may run out."""

GUARDS: Final = Query(select(guard.c.state, func.count().label("guards")).group_by(guard.c.state))
DUTIES: Final = Query(select(lease.c.id, lease.c.done_at))
WORKERS: Final = Query(
    select(worker.c.version, func.count().label("workers"))
    .where(worker.c.seen_at >= bindparam("seen_after", type_=_MOMENT))
    .group_by(worker.c.version)
)
PROFILES: Final = Query(select(profile.c.id, profile.c.name))
PROBE: Final = Query(select(func.count().label("rows")).where(lease.c.id == ""))
"""Whether the database answers and has our newest tables; it reads an index, and no row."""
