"""What an administrator asks of devices: queue, look, cancel, try again."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, LenskeepError, Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.desired.guard.tenant import CONFIRMATION, TYPE_IT, is_confirmed, locks_tenant
from lenskeep.desired.validate.check import validate
from lenskeep.desired.validate.finding import Setting
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.reading import PageRequest, as_seen_by
from lenskeep.flows.records import Audit, OperationRecord, Page
from lenskeep.tree.operation import Operation, OperationState, Verb, make_operation
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import UNWRITABLE

MAX_NOTICED: Final = 8
"""Notices of the catalog told with one operation."""
MAX_DEVICES: Final = 1000
"""Devices a request: one transaction must not hold the store for more than a moment."""
MAX_VALUE_BYTES: Final = 1024 * 1024
"""1 MiB in UTF-8: ten times the longest document a setting takes (a kiosk layout with its
icons); what is larger goes to a headset as a download, not as a value."""

_WARNINGS: Final[tuple[tuple[Verb | None, str, str], ...]] = (
    (Verb.EXEC, r"\./device/vendor/msft/remotewipe/", "This erases the headset."),
    (
        Verb.EXEC,
        r"\./(device|user)/vendor/msft/dmclient/.*/?unenroll",
        "This ends management of the headset; it must be enrolled again by hand.",
    ),
    (
        Verb.EXEC,
        r"\./device/vendor/msft/(reboot|remotelock)/",
        "This interrupts whoever is wearing the headset.",
    ),
    (
        None,
        r"\./(syncml/dmacc|device/vendor/msft/dmacc)(/|$)",
        "This is the account by which the headset reaches this server; a wrong value cuts it off.",
    ),
    (
        Verb.DELETE,
        r"\./device/vendor/msft/(certificatestore|rootcatrustedcertificates)/",
        "Without its certificates the headset cannot reach this server any more.",
    ),
)
"""(verb or any, pattern of the node's key, what an administrator should know)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An operation as somebody wrote it, not yet checked."""

    verb: str
    uri: str
    format: str | None = None
    value: str | None = None
    confirmation: str = ""
    """What was typed to confirm what nothing takes back: the lock to a tenant."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The operations queued, one a device in the order asked, and what there is to know."""

    operations: tuple[OperationRecord, ...]
    warnings: tuple[str, ...]


async def queue_operations(
    house: House, caller: Caller, device_ids: Sequence[DeviceId], wish: Wish
) -> Queued:
    """Queue one operation on each device: on all of them or on none.

    Raises Invalid with every complaint at once (a device twice, missing or not under management
    is one); for a single device Missing and Conflict stay what they are.
    """
    demand(caller, Permission.OPERATE)
    complaints = _count_complaints(device_ids)
    operation: Operation | None = None
    try:
        operation = checked_operation(wish)
    except Invalid as invalid:
        complaints.extend(invalid.complaints)
    if complaints or operation is None:
        raise Invalid(*complaints)
    enrollments = await _enrollments(house, device_ids)
    if locks_tenant(operation.uri.text, operation.value) and operation.verb is not Verb.GET:
        await _require_lockable(house, device_ids, wish.confirmation)
    told = (*warnings(operation), *await _noticed(house, operation))
    records = tuple(
        _record(house, caller, device_id, enrollment_id, operation)
        for device_id, enrollment_id in zip(device_ids, enrollments, strict=True)
    )
    lines = [_queue_line(house, caller, "operation.queue", record) for record in records]
    await house.fleet.queue_operations(records, lines)
    return Queued(records, told)


async def retry_operation(
    house: House, caller: Caller, operation_id: OperationId
) -> OperationRecord:
    """Queue a copy of an operation that failed or whose outcome is unknown.

    Raises Missing, and Conflict for one in any other state.
    """
    demand(caller, Permission.OPERATE)
    old = await house.fleet.operation(operation_id)
    if old.state not in (OperationState.FAILED, OperationState.UNKNOWN):
        raise Conflict(
            f"{operation_id} is {old.state.value}; only failed and unknown ones can be tried again"
        )
    enrollment_id = await house.fleet.active_enrollment(old.device_id)
    if locks_tenant(old.operation.uri.text, old.operation.value):
        await _require_lockable(house, [old.device_id], CONFIRMATION)
    copy = _record(house, caller, old.device_id, enrollment_id, old.operation)
    line = _queue_line(house, caller, "operation.retry", copy, {"copy_of": operation_id})
    await house.fleet.queue_operations([copy], [line])
    return copy


async def cancel_operation(
    house: House, caller: Caller, operation_id: OperationId, of: DeviceId | None = None
) -> OperationRecord:
    """Cancel an operation (of this device) that was not sent yet. Raises Missing, Conflict."""
    demand(caller, Permission.OPERATE)
    await _found(house, operation_id, of)
    line = audit_line(house, caller, "operation.cancel", operation_id)
    return await house.fleet.cancel_operation(operation_id, line)


async def show_operation(
    house: House, caller: Caller, operation_id: OperationId, of: DeviceId | None = None
) -> OperationRecord:
    """Return one operation (of this device). Raises Missing."""
    demand(caller, Permission.SEE)
    return as_seen_by(caller, await _found(house, operation_id, of))


async def list_operations(
    house: House, caller: Caller, device_id: DeviceId, page: PageRequest
) -> Page[OperationRecord]:
    """Return a page of a device's operations, newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    await house.fleet.device(device_id)
    found = await house.fleet.operations(device_id, page.after, page.limit)
    return replace(found, items=tuple(as_seen_by(caller, each) for each in found.items))


async def _found(house: House, operation_id: OperationId, of: DeviceId | None) -> OperationRecord:
    """Another device's operation is as missing as one that never was."""
    record = await house.fleet.operation(operation_id)
    if of is not None and record.device_id != of:
        raise Missing("operation", operation_id)
    return record


def checked_operation(wish: Wish) -> Operation:
    """Return the operation. Raises Invalid with every complaint at once."""
    complaints: list[Complaint] = []
    operation: Operation | None = None
    try:
        operation = make_operation(wish.verb, wish.uri, wish.format, wish.value)
    except Invalid as invalid:
        complaints.extend(invalid.complaints)
    if not any(each.field == "value" for each in complaints):
        complaints.extend(_value_complaints(wish.value or ""))
    if complaints or operation is None:
        raise Invalid(*complaints)
    return operation


def _value_complaints(value: str) -> list[Complaint]:
    """What is wrong with a value whatever its format is."""
    if UNWRITABLE.search(value):
        message = "it holds a character that no message can carry"
        return [Complaint("value", message, "text, or base64 with the format b64")]
    size_bytes = len(value.encode())
    if size_bytes > MAX_VALUE_BYTES:
        message = f"it has {size_bytes} bytes; larger things go to a headset as a download"
        return [Complaint("value", message, f"at most {MAX_VALUE_BYTES}")]
    return []


def warnings(operation: Operation) -> tuple[str, ...]:
    """Return what an administrator should know of this operation; it is queued all the same."""
    found = [
        text
        for verb, pattern, text in _WARNINGS
        if verb in (None, operation.verb)
        and operation.verb is not Verb.GET
        and re.match(pattern, operation.uri.key)
    ]
    if operation.uri.scope is Scope.USER:
        found.append("This waits until the enrolled user is signed in on the headset.")
    return tuple(found)


async def _noticed(house: House, operation: Operation) -> tuple[str, ...]:
    """Return what the settings catalog has against it. It is sent all the same: this is the way
    of who knows the nodes, and stays open where the catalog itself cannot be read.
    """
    if operation.verb is Verb.GET or (operation.verb is Verb.EXEC and operation.value is None):
        return ()  # most actions take no value, whatever format their node has
    try:
        catalog = await asyncio.to_thread(house.catalog)  # the first time it is read and unpacked
    except LenskeepError as error:
        return (f"The settings catalog could not be asked: {error}",)
    setting = Setting(operation.uri.text, operation.value, operation.verb, operation.format)
    noticed = validate(catalog, setting).found[:MAX_NOTICED]
    return tuple(f"By the catalog: {each.message}" for each in noticed)


def _count_complaints(device_ids: Sequence[DeviceId]) -> list[Complaint]:
    count = len(device_ids)
    if not 1 <= count <= MAX_DEVICES:
        return [Complaint("devices", f"{count} devices are named", f"1 to {MAX_DEVICES}")]
    if len(set(device_ids)) < count:
        return [Complaint("devices", "a device is named twice", "each device once")]
    if any(UNWRITABLE.search(each) for each in device_ids):
        return [Complaint("devices", "a device's id has no control character", "dev_...")]
    return []


async def _require_lockable(house: House, device_ids: Sequence[DeviceId], typed: str) -> None:
    """Raise Invalid unless all came by Autopilot, and somebody typed that this is what he wants."""
    complaints = []
    if not is_confirmed(typed):
        complaints.append(Complaint("confirmation", TYPE_IT, f"type: {CONFIRMATION}"))
    for device_id in device_ids:
        lives = (await house.fleet.device(device_id)).enrollments
        if not lives or lives[0].way != Way.AUTOPILOT.value:
            text = f"{device_id} did not come by Autopilot, and would be lost after a reset"
            complaints.append(Complaint("devices", text, "headsets that came by Autopilot"))
    if complaints:
        raise Invalid(*complaints)


async def _enrollments(house: House, device_ids: Sequence[DeviceId]) -> list[EnrollmentId]:
    if len(device_ids) == 1:
        return [await house.fleet.active_enrollment(device_ids[0])]
    found, complaints = [], []
    for device_id in device_ids:
        try:
            found.append(await house.fleet.active_enrollment(device_id))
        except Conflict as conflict:
            complaints.append(Complaint("devices", str(conflict)))
    if complaints:
        raise Invalid(*complaints)
    return found


def _record(
    house: House,
    caller: Caller,
    device_id: DeviceId,
    enrollment_id: EnrollmentId,
    operation: Operation,
) -> OperationRecord:
    return OperationRecord(
        id=OperationId(house.ids.new("op")),
        device_id=device_id,
        enrollment_id=enrollment_id,
        operation=operation,
        state=OperationState.QUEUED,
        created_at=house.clock.now(),
        actor=caller.name,
    )


def _queue_line(
    house: House,
    caller: Caller,
    action: str,
    record: OperationRecord,
    more: dict[str, str] | None = None,
) -> Audit:
    """The value stays out of the audit: it may be a password."""
    operation = record.operation
    detail = {"device": record.device_id, "verb": operation.verb.value, "uri": operation.uri.text}
    return audit_line(house, caller, action, record.id, detail | (more or {}))
