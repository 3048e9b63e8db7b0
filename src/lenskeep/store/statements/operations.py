"""Statements on operations, and on the counts of them that each device carries."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from lenskeep.store.schema import conversation, device, operation
from lenskeep.store.sql import Query, labeled, one_of
from lenskeep.store.statements.listed import Types, Words, worded
from lenskeep.tree.operation import OperationState, Verb

_QUEUED: Final = OperationState.QUEUED.value
_SENT: Final = OperationState.SENT.value
_FAILED: Final = OperationState.FAILED.value
_UNKNOWN: Final = OperationState.UNKNOWN.value
_CANCELLED: Final = OperationState.CANCELLED.value
OPEN_STATES: Final = tuple(state.value for state in OperationState if state.is_open)

ADD_OPERATION: Final = Query(insert(operation))


def is_open_to(
    session_id: ColumnElement[str], started_at: ColumnElement[int]
) -> ColumnElement[bool]:
    """Return the condition that a session may say something of an operation: it is queued or
    sent, or its outcome is unknown and may still come in this session.
    """
    return and_(
        one_of(operation.c.state, (*OPEN_STATES, _UNKNOWN)),
        or_(
            operation.c.state != _UNKNOWN,
            and_(operation.c.session_id == session_id, operation.c.sent_at >= started_at),
        ),
    )


CHANGED: Final[Types] = {
    "id": Text(),
    "state": Text(),
    "status": Integer(),
    "status_text": Text(),
    "result": Text(),
    "result_format": Text(),
    "deliveries": Integer(),
    "ended_at": BigInteger(),
}
"""What a message says of each operation."""


def _change(words: Words) -> Update:
    given = words.rows("changes", CHANGED).c
    is_sent = given.state == _SENT
    return (
        update(operation)
        .where(
            operation.c.id == given.id,  # by this index alone: not the enrollment's, of all
            func.coalesce(operation.c.enrollment_id, "") == bindparam("of_enrollment"),
        )
        .values(
            state=given.state,
            status=given.status,
            status_text=given.status_text,
            result=given.result,
            result_format=given.result_format,
            deliveries=func.coalesce(given.deliveries, operation.c.deliveries),
            session_id=case((is_sent, bindparam("new_session_id")), else_=operation.c.session_id),
            sent_at=case((is_sent, bindparam("now")), else_=operation.c.sent_at),
            ended_at=given.ended_at,
        )
    )


CHANGE_OPERATIONS: Final = worded(_change)

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
