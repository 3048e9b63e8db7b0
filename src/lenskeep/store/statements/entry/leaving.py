"""Statements on the ways out: custody, departures, silence."""

from typing import Final

from sqlalchemy import Integer, and_, bindparam, func, not_, null, or_, select, update

from lenskeep.store.schema import certificate, device, enrollment, operation
from lenskeep.store.sql import Query, one_of
from lenskeep.store.statements.desired.rollouts import IS_MANAGED
from lenskeep.store.statements.devices import SHOWN
from lenskeep.tree.operation import OperationState

_came_to_nothing: Final = one_of(
    operation.c.state, (OperationState.FAILED.value, OperationState.CANCELLED.value)
)
_heard: Final = func.coalesce(device.c.last_seen, device.c.first_seen)

SET_CUSTODY: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(custody=bindparam("new_custody"))
)
DEPART: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(
        departing=bindparam("new_departing"),
        departing_since=bindparam("new_since"),
        departing_by=bindparam("new_by"),
    )
)
STAY: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(departing=null(), departing_since=null(), departing_by=null())
)
"""It is not on its way out: it left, it came back, or it was called back."""
OVERDUE: Final = Query(
    select(device.c.id)
    .outerjoin(operation, operation.c.id == device.c.departing_by)
    .where(
        device.c.departing == bindparam("departing"),
        device.c.departing_since < bindparam("since"),
        or_(
            operation.c.id.is_(None),
            and_(operation.c.sent_at < bindparam("since"), not_(_came_to_nothing)),
        ),
        _heard < bindparam("since"),
    )
    .order_by(device.c.id)
)
"""A command that is not kept any more was delivered, or failed, long ago."""
SILENT: Final = Query(
    SHOWN.where(IS_MANAGED, _heard < bindparam("since"))
    .order_by(_heard, device.c.id)
    .limit(bindparam("limit", type_=Integer))
)
REVOKE_OF_DEVICE: Final = Query(
    update(certificate)
    .where(
        certificate.c.enrollment_id.in_(
            select(enrollment.c.id).where(enrollment.c.device_id == bindparam("of_device"))
        ),
        certificate.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
    .returning(certificate.c.id)
)
CANCEL_UNSENT: Final = Query(
    update(operation)
    .where(
        operation.c.enrollment_id == bindparam("of_enrollment"),
        one_of(operation.c.state, (OperationState.QUEUED.value,)),
    )
    .values(
        state=OperationState.CANCELLED.value,
        status_text=bindparam("new_status_text"),
        ended_at=bindparam("now"),
    )
)
