"""Operations into the queue and, while nothing was sent, out of it again."""

from collections.abc import Sequence

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import EnrollmentId, OperationId
from lenskeep.flows.ports import MAX_OPEN
from lenskeep.flows.records import Audit, EnrollmentState, OperationRecord
from lenskeep.store import rows
from lenskeep.store.rows import maybe_micros, micros
from lenskeep.store.sql import Work
from lenskeep.store.statements.conversations import MOVE_ON
from lenskeep.store.statements.enrollments import ENROLLMENT_STANDS
from lenskeep.store.statements.operations import (
    ADD_OPERATION,
    CANCEL_QUEUED,
    OPERATION,
    RECOUNT,
)
from lenskeep.store.units.journal import record


def queue(operations: Sequence[OperationRecord], audit: Sequence[Audit]) -> Work[None]:
    """Queue them in order, all or none; Conflict where a device would have too many open."""
    targets = dict.fromkeys((each.enrollment_id, each.device_id) for each in operations)
    for enrollment_id, device_id in targets:
        found = yield ENROLLMENT_STANDS(enrollment_id=enrollment_id)
        if not found or found[0]["device_id"] != device_id:
            raise Missing("enrollment", enrollment_id)
        if found[0]["state"] != EnrollmentState.ACTIVE.value:
            raise Conflict(f"the enrollment of the device {device_id!r} has ended")
    yield ADD_OPERATION.each(_values(each) for each in operations)
    for device_id in dict.fromkeys(each.device_id for each in operations):
        counted = yield RECOUNT(of_device=device_id)
        if counted[0]["operations_open"] > MAX_OPEN:
            raise Conflict(
                f"the device {device_id!r} would have more than {MAX_OPEN} open operations; "
                "cancel some, or wait until it has answered"
            )
    yield record(audit)


def cancel(operation_id: OperationId, audit: Audit) -> Work[OperationRecord]:
    """Cancel one that is queued, and whoever is about to send it decides again."""
    cancelled = yield CANCEL_QUEUED(
        operation_id=operation_id,
        now=micros(audit.at),
        new_status_text=f"cancelled by {audit.actor.name} before it was sent",
    )
    if not cancelled:
        found = yield OPERATION(operation_id=operation_id)
        if not found:
            raise Missing("operation", operation_id)
        state = found[0]["operation_state"]
        raise Conflict(f"the operation is {state}; only a queued one can be cancelled")
    ended = rows.operation(cancelled[0])
    yield MOVE_ON(of_enrollment=EnrollmentId(ended.enrollment_id))
    yield RECOUNT(of_device=ended.device_id)
    yield record((audit,))
    return ended


def _values(each: OperationRecord) -> dict[str, object]:
    operation = each.operation
    return {
        "id": each.id,
        "device_id": each.device_id,
        "enrollment_id": each.enrollment_id,
        "verb": operation.verb.value,
        "uri": operation.uri.text,
        "format": operation.format.value if operation.format else None,
        "value": operation.value,
        "state": each.state.value,
        "created_at": micros(each.created_at),
        "actor": each.actor,
        "status": each.status,
        "status_text": each.status_text,
        "result": each.result,
        "result_format": each.result_format,
        "deliveries": each.deliveries,
        "session_id": "",
        "sent_at": maybe_micros(each.sent_at),
        "ended_at": maybe_micros(each.ended_at),
    }
