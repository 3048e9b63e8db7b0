"""Statements of the sweeps: each deletes a bounded number of rows and says which."""

from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Integer, Table, bindparam, delete, select

from lenskeep.store.schema import (
    code,
    message_body,
    operation,
    provisioning,
    renewal,
    reply,
    sign_in,
    timeline,
)
from lenskeep.store.sql import Query, one_of
from lenskeep.tree.operation import OperationState

_LIMIT: Final = bindparam("limit", type_=Integer)
ENDED_STATES: Final = tuple(state.value for state in OperationState if not state.is_open)


def _oldest(table: Table, key: Column[Any], *conditions: ColumnElement[bool]) -> Query:
    """Return the deletion of at most `limit` rows; `returning` tells how many went."""
    found = select(key).where(*conditions).limit(_LIMIT)
    return Query(delete(table).where(key.in_(found)).returning(key))


SWEEP_TIMELINE: Final = _oldest(timeline, timeline.c.id, timeline.c.at < bindparam("before"))
SWEEP_BODIES: Final = _oldest(
    message_body, message_body.c.id, message_body.c.at < bindparam("before")
)
SWEEP_SIGN_INS: Final = _oldest(
    sign_in, sign_in.c.digest, sign_in.c.expires_at < bindparam("before")
)
SWEEP_CODES: Final = _oldest(code, code.c.id, code.c.expires_at < bindparam("before"))
SWEEP_REPLIES: Final = _oldest(reply, reply.c.id, reply.c.at < bindparam("before"))

SWEEP_PROVISIONING: Final = _oldest(
    provisioning, provisioning.c.enrollment_id, provisioning.c.created_at < bindparam("before")
)
"""A provisioning document holds secrets and is repeated for minutes only."""
SWEEP_RENEWALS: Final = _oldest(
    renewal, renewal.c.certificate_id, renewal.c.created_at < bindparam("before")
)

_old_operations: Final = (
    select(operation.c.number)
    .where(
        one_of(operation.c.state, ENDED_STATES),
        operation.c.ended_at < bindparam("before"),
    )
    .limit(_LIMIT)
)
SWEEP_OPERATIONS: Final = Query(
    delete(operation)
    .where(operation.c.number.in_(_old_operations))
    .returning(operation.c.device_id)
)
