"""Serves the faces: lists and pages of devices, operations, timelines and the audit log."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.flows.entrance import Departure
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.ports import DeviceDetail, FleetCounts
from lenskeep.flows.records import (
    Audit,
    BodyRecord,
    Certificate,
    DeviceFilter,
    DeviceRow,
    DeviceState,
    Enrollment,
    OperationRecord,
    Page,
    TimelineEntry,
    Unwanted,
)
from lenskeep.store import rows
from lenskeep.store.rows import maybe_micros
from lenskeep.store.sql import Call, Executor, Row, Rows, Work
from lenskeep.store.statements.devices import (
    ARRIVING,
    CERTIFICATES,
    DEVICE,
    DEVICE_SHOWN,
    ENROLLMENTS,
    FLEET_COUNTS,
    KNOWN,
    RENAME_DEVICE,
    SAME_HARDWARE,
    SET_STATE,
    devices,
)
from lenskeep.store.statements.enrollments import ACTIVE_OF_DEVICE
from lenskeep.store.statements.entry.leaving import STAY
from lenskeep.store.statements.journal import AUDIT_LINES, BODIES, TIMELINE
from lenskeep.store.statements.operations import OPERATION, OPERATIONS
from lenskeep.store.units.ending import end_all, move_on
from lenskeep.store.units.journal import record
from lenskeep.store.units.linking import link
from lenskeep.store.units.paging import listed, number
from lenskeep.store.units.portrait import looked_for, renamed_search, tagged
from lenskeep.store.units.queueing import cancel, queue

_RARE: Final = frozenset(
    {
        *(ProgressState.FAILED, ProgressState.DRIFTED, ProgressState.CONFLICTING),
        *(ProgressState.APPLIED, ProgressState.NOT_APPLICABLE),
    }
)


class Fleet:
    """The FleetStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def devices(
        self, narrowed: DeviceFilter, after: str | None, limit: int
    ) -> Page[DeviceRow]:
        """Return a page of the devices, newest first; replaced ones only when asked for."""
        call = _narrowed(narrowed, after, limit)
        return await self._executor.read(partial(listed, call, limit, rows.device, "device_id"))

    async def fleet_counts(self) -> FleetCounts:
        """Return how many devices there are of each kind; what is not known is not counted."""
        return await self._executor.read(_fleet_counts)

    async def device(self, device_id: DeviceId) -> DeviceDetail:
        """Return one device with all that its page shows."""
        return await self._executor.read(partial(_device, device_id))

    async def timeline(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[TimelineEntry]:
        """Return a page of its timeline, newest first."""
        call = TIMELINE(device_id=device_id, before=number(after), limit=limit + 1)
        return await self._executor.read(
            partial(listed, call, limit, rows.timeline_entry, "timeline_id")
        )

    async def bodies(self, device_id: DeviceId, after: str | None, limit: int) -> Page[BodyRecord]:
        """Return a page of its messages that were kept, newest first."""
        call = BODIES(device_id=device_id, before=number(after), limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, rows.body, "message_body_id"))

    async def rename_device(self, device_id: DeviceId, name: str, audit: Audit) -> None:
        """Name it; from then on the device does not name itself."""
        await self._executor.write(partial(_rename, device_id, name, audit))

    async def link_device(self, device_id: DeviceId, earlier: DeviceId, audit: Audit) -> None:
        """Move the enrollments and history of `device_id` to `earlier`."""
        await self._executor.write(partial(link, device_id, earlier, audit))

    async def end_enrollments(
        self,
        device_id: DeviceId,
        state: DeviceState,
        reason: str,
        audit: Audit,
        departing: Departure | None = None,
    ) -> None:
        """End the active enrollments: certificates revoked, open operations cancelled."""
        work = partial(_end, device_id, state, reason, audit, departing)
        await self._executor.write(work)

    async def queue_operations(
        self, operations: Sequence[OperationRecord], audit: Sequence[Audit]
    ) -> None:
        """Queue them, in order, each for the active enrollment that the record names."""
        if operations:
            await self._executor.write(partial(queue, operations, audit))

    async def active_enrollment(self, device_id: DeviceId) -> EnrollmentId:
        """Return the living enrollment. Raises Conflict where there is none."""
        return await self._executor.read(partial(_active, device_id))

    async def operations(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[OperationRecord]:
        """Return a page of its operations, newest first."""
        call = OPERATIONS(device_id=device_id, before=number(after), limit=limit + 1)
        return await self._executor.read(
            partial(listed, call, limit, rows.operation, "operation_number")
        )

    async def operation(self, operation_id: OperationId) -> OperationRecord:
        """Return one operation."""
        return await self._executor.read(partial(_operation, operation_id))

    async def cancel_operation(self, operation_id: OperationId, audit: Audit) -> OperationRecord:
        """Cancel one that is queued; Conflict when it was sent or has ended."""
        return await self._executor.write(partial(cancel, operation_id, audit))

    async def audit_lines(self, after: str | None, limit: int) -> Page[Audit]:
        """Return a page of the audit log, newest first."""
        call = AUDIT_LINES(before=number(after), limit=limit + 1)
        return await self._executor.read(partial(listed, call, limit, rows.audit, "audit_id"))


# --- lists --------------------------------------------------------------------------------


def _narrowed(narrowed: DeviceFilter, after: str | None, limit: int) -> Call:
    values: dict[str, object] = {
        "after": after,
        "text": looked_for(narrowed.text) if narrowed.text.strip() else "",
        "state": narrowed.state,
        "generation": narrowed.generation,
        "os_build": narrowed.os_build,
        "edition": narrowed.edition,
        "tag": tagged(narrowed.tag) if narrowed.tag else "",
        **_worst(narrowed.worst),
        "custody": narrowed.custody,
        "silent_since": maybe_micros(narrowed.silent_since),
    }
    values = {name: value for name, value in values.items() if value}
    narrowed_by = frozenset(values) | ({"trouble"} if narrowed.trouble else frozenset())
    return devices(narrowed_by)(**values, limit=limit + 1)


def _worst(worst: ProgressState | Unwanted | None) -> dict[str, object]:
    """What is true of most devices is found soon on the way through all; what is rare, is not."""
    if worst is None:
        return {}
    return {"rarely" if worst in _RARE else "worst": worst.value}


def _fleet_counts() -> Work[FleetCounts]:
    found = yield FLEET_COUNTS()
    there = [row for row in found if row["state"] != DeviceState.REPLACED.value]
    return FleetCounts(*(_counted(there, name) for name in ("state", "generation", "os_build")))


def _counted(found: Rows, name: str) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for row in found:
        if row[name]:
            counts[row[name]] += row["devices"]
    return counts


# --- one device ---------------------------------------------------------------------------


def _device_row(device_id: DeviceId) -> Work[Row]:
    found = yield DEVICE(device_id=device_id)
    if not found:
        raise Missing("device", device_id)
    return found[0]


def _device(device_id: DeviceId) -> Work[DeviceDetail]:
    found = yield DEVICE_SHOWN(device_id=device_id)
    if not found:
        raise Missing("device", device_id)
    enrollments = tuple(map(rows.enrollment, (yield ENROLLMENTS(device_id=device_id))))
    twins = yield SAME_HARDWARE(device_id=device_id)
    arriving = (yield ARRIVING(enrollment_id=enrollments[0].id)) if enrollments else ()
    return DeviceDetail(
        row=rows.device(found[0], tuple(DeviceId(twin["device_id"]) for twin in twins)),
        enrollments=enrollments,
        certificates=(yield from _certificates(device_id, enrollments)),
        known=(yield from _known(enrollments)),
        arrival=arriving[0]["conversation_arrival"] if arriving else "",
        notice_due=bool(arriving and arriving[0]["conversation_notice_due"]),
    )


def _certificates(
    device_id: DeviceId, enrollments: Sequence[Enrollment]
) -> Work[Mapping[EnrollmentId, tuple[Certificate, ...]]]:
    found = yield CERTIFICATES(device_id=device_id)
    return {
        each.id: tuple(
            rows.certificate(row) for row in found if row["certificate_enrollment_id"] == each.id
        )
        for each in enrollments
    }


def _known(enrollments: Sequence[Enrollment]) -> Work[bytes]:
    """What the latest enrollment has learned; an earlier life of the headset says nothing."""
    if not enrollments:
        return b""
    found = yield KNOWN(enrollment_id=enrollments[0].id)
    return bytes(found[0]["body"])


def _rename(device_id: DeviceId, name: str, audit: Audit) -> Work[None]:
    row = yield from _device_row(device_id)
    yield RENAME_DEVICE(of_device=device_id, new_name=name, new_search=renamed_search(row, name))
    yield from move_on(device_id)
    yield record((audit,))


def _end(
    device_id: DeviceId,
    state: DeviceState,
    reason: str,
    audit: Audit,
    departing: Departure | None,
) -> Work[None]:
    row = yield from _device_row(device_id)
    if departing is not None and row["device_departing"] != departing.value:
        raise Conflict(f"the device {device_id!r} is not on its way out any more")
    ended = yield from end_all(device_id, reason, audit.at)
    if not ended:
        raise Conflict(f"the device {device_id!r} has no active enrollment")
    yield SET_STATE(of_device=device_id, new_state=state.value, new_replaced_by=None)
    yield STAY(of_device=device_id)
    yield record((audit,))


def _active(device_id: DeviceId) -> Work[EnrollmentId]:
    yield from _device_row(device_id)
    found = yield ACTIVE_OF_DEVICE(device_id=device_id)
    if not found:
        raise Conflict(f"the device {device_id!r} has no active enrollment")
    return EnrollmentId(found[0]["id"])


def _operation(operation_id: OperationId) -> Work[OperationRecord]:
    found = yield OPERATION(operation_id=operation_id)
    if not found:
        raise Missing("operation", operation_id)
    return rows.operation(found[0])
