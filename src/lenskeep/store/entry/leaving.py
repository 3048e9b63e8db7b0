"""Serves the ways out: custody, departures, revocation, silence."""

from datetime import datetime
from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.records import Audit, DeviceRow, OperationRecord, TimelineEntry
from lenskeep.store import rows
from lenskeep.store.rows import micros
from lenskeep.store.sql import Executor, Row, Work
from lenskeep.store.statements.conversations import MOVE_ON
from lenskeep.store.statements.devices import DEVICE
from lenskeep.store.statements.enrollments import ACTIVE_OF_DEVICE
from lenskeep.store.statements.entry.leaving import (
    CANCEL_UNSENT,
    DEPART,
    OVERDUE,
    REVOKE_OF_DEVICE,
    SET_CUSTODY,
    SILENT,
    STAY,
)
from lenskeep.store.statements.operations import OPERATION
from lenskeep.store.units.journal import record, tell
from lenskeep.store.units.queueing import cancel, queue
from lenskeep.tree.operation import OperationState

_CUSTODY: Final = "custody changed"
_TOLD: Final = "told to leave"
_CALLED_BACK: Final = "called back"
_REVOKED: Final = "certificates revoked"
"""Kinds of timeline lines."""
_SENT_AWAY: Final = "cancelled before it was sent: the device was told to leave"


class Leaving:
    """The LeavingStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def set_custody(self, device_id: DeviceId, custody: Custody, audit: Audit) -> None:
        """Say where it is, as far as people know."""
        await self._executor.write(partial(_set_custody, device_id, custody, audit))

    async def begin(
        self, device_id: DeviceId, departure: Departure, operation: OperationRecord, audit: Audit
    ) -> None:
        """Queue the command that sends it away, and mark it as departing."""
        await self._executor.write(partial(_begin, device_id, departure, operation, audit))

    async def call_back(self, device_id: DeviceId, audit: Audit) -> None:
        """Take it back while the command was not sent. Raises Conflict otherwise."""
        await self._executor.write(partial(_call_back, device_id, audit))

    async def overdue(self, departure: Departure, since: datetime) -> tuple[DeviceId, ...]:
        """Return those that were told to go before `since` and not heard of since then."""
        return await self._executor.read(partial(_overdue, departure, micros(since)))

    async def silent(self, since: datetime, limit: int) -> tuple[DeviceRow, ...]:
        """Return devices under management that were not heard of since then, longest first."""
        return await self._executor.read(partial(_silent, micros(since), limit))

    async def revoke_certificates(self, device_id: DeviceId, audit: Audit) -> int:
        """Revoke all that are good now, at once; return how many."""
        return await self._executor.write(partial(_revoke, device_id, audit))


def _device(device_id: DeviceId) -> Work[Row]:
    found = yield DEVICE(device_id=device_id)
    if not found:
        raise Missing("device", device_id)
    return found[0]


def _detail(audit: Audit) -> dict[str, str]:
    """The audit line's detail once more, with who did it, for the device's timeline."""
    return {**audit.detail, "by": audit.actor.name}


def _set_custody(device_id: DeviceId, custody: Custody, audit: Audit) -> Work[None]:
    row = yield from _device(device_id)
    if row["device_custody"] == custody.value:
        return
    yield SET_CUSTODY(of_device=device_id, new_custody=custody.value)
    yield tell(device_id, (TimelineEntry(audit.at, _CUSTODY, _detail(audit)),))
    yield record((audit,))


# --- departing ----------------------------------------------------------------------------


def _begin(
    device_id: DeviceId, departure: Departure, operation: OperationRecord, audit: Audit
) -> Work[None]:
    row = yield from _device(device_id)
    found = yield ACTIVE_OF_DEVICE(device_id=device_id)
    if not found:
        raise Conflict(f"the device {device_id!r} is not under management")
    yield from _not_told_yet(row)
    enrollment_id = EnrollmentId(found[0]["id"])
    yield CANCEL_UNSENT(
        of_enrollment=enrollment_id, now=micros(audit.at), new_status_text=_SENT_AWAY
    )
    yield from queue((operation,), ())
    yield DEPART(
        of_device=device_id,
        new_departing=departure.value,
        new_since=micros(audit.at),
        new_by=operation.id,
    )
    yield MOVE_ON(of_enrollment=enrollment_id)
    yield tell(device_id, (TimelineEntry(audit.at, _TOLD, _detail(audit)),))
    yield record((audit,))


def _not_told_yet(row: Row) -> Work[None]:
    """A command that came to nothing may be given again, or another one."""
    state = yield from _state_of_command(row)
    if state is not None and state.is_open:
        raise Conflict(
            f"the device {row['device_id']!r} was told to leave already ({row['device_departing']})"
        )


def _state_of_command(row: Row) -> Work[OperationState | None]:
    if row["device_departing_by"] is None:
        return None
    found = yield OPERATION(operation_id=row["device_departing_by"])
    return OperationState(found[0]["operation_state"]) if found else OperationState.DONE


def _call_back(device_id: DeviceId, audit: Audit) -> Work[None]:
    row = yield from _device(device_id)
    state = yield from _state_of_command(row)
    match state:
        case None:
            raise Conflict(f"the device {device_id!r} was not told to leave")
        case OperationState.QUEUED:
            yield from cancel(OperationId(row["device_departing_by"]), audit)
        case OperationState.FAILED | OperationState.CANCELLED:
            yield record((audit,))
        case _:
            raise Conflict(f"the device {device_id!r} got the command: it cannot be taken back")
    yield STAY(of_device=device_id)
    yield tell(device_id, (TimelineEntry(audit.at, _CALLED_BACK, _detail(audit)),))


# --- silence and revocation ---------------------------------------------------------------


def _overdue(departure: Departure, since: int) -> Work[tuple[DeviceId, ...]]:
    found = yield OVERDUE(departing=departure.value, since=since)
    return tuple(DeviceId(row["id"]) for row in found)


def _silent(since: int, limit: int) -> Work[tuple[DeviceRow, ...]]:
    found = yield SILENT(since=since, limit=limit)
    return tuple(map(rows.device, found))


def _revoke(device_id: DeviceId, audit: Audit) -> Work[int]:
    yield from _device(device_id)
    revoked = yield REVOKE_OF_DEVICE(of_device=device_id, now=micros(audit.at))
    if revoked:
        for row in (yield ACTIVE_OF_DEVICE(device_id=device_id)):
            yield MOVE_ON(of_enrollment=row["id"])
        yield tell(device_id, (TimelineEntry(audit.at, _REVOKED, _detail(audit)),))
        yield record((audit,))
    return len(revoked)
