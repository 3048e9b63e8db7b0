"""Statements on operations, and on the counts of them that each device carries."""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from lenskeep.store.schema import conversation, device, operation
from lenskeep.store.sql import Query, labeled, one_of
from lenskeep.tree.operation import OperationState, Verb

_QUEUED: Final = OperationState.QUEUED.value
_SENT: Final = OperationState.SENT.value
_FAILED: Final = OperationState.FAILED.value
_UNKNOWN: Final = OperationState.UNKNOWN.value
_CANCELLED: Final = OperationState.CANCELLED.value
OPEN_STATES: Final = tuple(state.value for state in OperationState if state.is_open)

ADD_OPERATION: Final = Query(insert(operation))

OPEN_OPERATIONS: Final = Query(
    select(*labeled(operation))
    .where(
        operation.c.enrollment_id == bindparam("enrollment_id"),
        one_of(operation.c.state, (*OPEN_STATES, _UNKNOWN)),
        or_(
            operation.c.state != _UNKNOWN,
            and_(
                operation.c.session_id == bindparam("session_id"),
                operation.c.sent_at >= bindparam("started_at"),
            ),
        ),
    )
    .order_by(operation.c.number)
)
"""Queued and sent ones, and those of unknown outcome whose answer may still come."""

SENT_OPERATION: Final = Query(
    update(operation)
    .where(
        operation.c.id == bindparam("operation_id"),
        operation.c.enrollment_id == bindparam("of_enrollment"),
    )
    .values(
        state=_SENT,
        status=bindparam("new_status"),
        status_text=bindparam("new_status_text"),
        result=bindparam("new_result"),
        result_format=bindparam("new_result_format"),
        deliveries=func.coalesce(bindparam("new_deliveries"), operation.c.deliveries),
        session_id=bindparam("new_session_id"),
        sent_at=bindparam("now"),
        ended_at=null(),
    )
)
CHANGE_OPERATION: Final = Query(
    update(operation)
    .where(
        operation.c.id == bindparam("operation_id"),
        operation.c.enrollment_id == bindparam("of_enrollment"),
    )
    .values(
        state=bindparam("new_state"),
        status=bindparam("new_status"),
        status_text=bindparam("new_status_text"),
        result=bindparam("new_result"),
        result_format=bindparam("new_result_format"),
        deliveries=func.coalesce(bindparam("new_deliveries"), operation.c.deliveries),
        ended_at=bindparam("now"),
    )
)

CANCEL_OPEN: Final = Query(
    update(operation)
    .where(
        operation.c.enrollment_id == bindparam("of_enrollment"),
        one_of(operation.c.state, OPEN_STATES),
    )
    .values(
        state=_CANCELLED,
        status_text=case(
            (operation.c.state == _SENT, bindparam("text_sent")), else_=bindparam("text_queued")
        ),
        ended_at=bindparam("now"),
    )
)
CANCEL_QUEUED: Final = Query(
    update(operation)
    .where(operation.c.id == bindparam("operation_id"), operation.c.state == _QUEUED)
    .values(state=_CANCELLED, status_text=bindparam("new_status_text"), ended_at=bindparam("now"))
    .returning(*labeled(operation))
)

OPERATION: Final = Query(
    select(*labeled(operation)).where(operation.c.id == bindparam("operation_id"))
)
OPERATIONS: Final = Query(
    select(*labeled(operation))
    .where(
        operation.c.device_id == bindparam("device_id"), operation.c.number < bindparam("before")
    )
    .order_by(operation.c.number.desc())
    .limit(bindparam("limit", type_=Integer))
)

SILENT_EXECS: Final = Query(
    select(*labeled(operation))
    .join(conversation, conversation.c.enrollment_id == operation.c.enrollment_id)
    .where(
        operation.c.state == _SENT,
        operation.c.verb == Verb.EXEC.value,
        conversation.c.heard_at < bindparam("silent_since"),
    )
    .order_by(operation.c.number)
    .limit(bindparam("limit", type_=Integer))
)
LOSE_OPERATION: Final = Query(
    update(operation)
    .where(operation.c.id == bindparam("operation_id"), operation.c.state == _SENT)
    .values(state=_UNKNOWN, status_text=bindparam("new_status_text"), ended_at=bindparam("now"))
)


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(operation)
        .where(operation.c.device_id == device.c.id, condition)
        .scalar_subquery()
    )


RECOUNT: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(
        operations_open=_counted(one_of(operation.c.state, OPEN_STATES)),
        operations_failed=_counted(operation.c.state == _FAILED),
        operations_unknown=_counted(operation.c.state == _UNKNOWN),
    )
    .returning(device.c.operations_open)
)
"""Counted anew from the index whenever operations of the device change: never adrift."""
