"""Sends a headset away: it is told to leave, or to reset itself, at its next contact."""

from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.enrollment.leaving.ways import Exit, view
from lenskeep.enrollment.provision import PROVIDER_ID
from lenskeep.flows.entrance import Departure
from lenskeep.flows.house import House
from lenskeep.flows.leaving.knowing import leaver_of
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import DeviceRow, DeviceState, OperationRecord
from lenskeep.tree.operation import Operation, OperationState, Verb, make_operation

UNENROLL_URI: Final = f"./Device/Vendor/MSFT/DMClient/Provider/{PROVIDER_ID}/Unenroll"
WIPE_URI: Final = "./Device/Vendor/MSFT/RemoteWipe/doWipe"
WIPE_KEEPING_URI: Final = "./Device/Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData"
"""CSP: DMClient, RemoteWipe."""
_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)


async def unenroll(
    house: House, caller: Caller, device_id: DeviceId, order: Order | None = None
) -> DeviceDetail:
    """Tell the headset to leave; it is gone when it says so, or after the grace time.

    Raises Missing, and Conflict where it is not under management, was told already, or where
    something speaks against it that was not accepted.
    """
    demand(caller, Permission.OPERATE)
    detail = await house.fleet.device(device_id)
    return await _send(house, caller, detail, Exit.UNENROLL, order or Order())


async def wipe(
    house: House,
    caller: Caller,
    device_id: DeviceId,
    order: Order,
    *,
    keep_provisioning: bool = False,
) -> DeviceDetail:
    """Tell the headset to reset itself; raises as `unenroll`, and Invalid where it is not named."""
    demand(caller, Permission.OPERATE)
    detail = await house.fleet.device(device_id)
    order.checked_reason()
    order.demand_confirmed(detail.row)
    exit_ = Exit.WIPE_KEEPING if keep_provisioning else Exit.WIPE
    return await _send(house, caller, detail, exit_, order)


async def call_back(house: House, caller: Caller, device_id: DeviceId) -> DeviceDetail:
    """Take a headset back that was told to go, while it did not hear it. Raises Conflict."""
    demand(caller, Permission.OPERATE)
    line = audit_line(house, caller, "device.call_back", device_id)
    await house.entry.leaving.call_back(device_id, line)
    return await house.fleet.device(device_id)


async def _send(
    house: House, caller: Caller, detail: DeviceDetail, exit_: Exit, order: Order
) -> DeviceDetail:
    row, reason = detail.row, order.checked_reason()
    demand_living(row)
    if not order.anyway:
        _demand_harmless(house, detail, exit_)
    operation = make_operation("exec", _URIS[exit_])
    told = {"way": exit_.value} | ({"reason": reason} if reason else {})
    if exit_ is Exit.UNENROLL:
        departure = Departure.UNENROLL
        line = audit_line(house, caller, "device.unenroll", row.id, told)
    else:
        departure = Departure.WIPE
        line = audit_line(house, caller, "device.wipe", row.id, told)
    record = await _record(house, caller, row.id, operation)
    await house.entry.leaving.begin(row.id, departure, record, line)
    return await house.fleet.device(row.id)


_URIS: Final = {
    Exit.UNENROLL: UNENROLL_URI,
    Exit.WIPE: WIPE_URI,
    Exit.WIPE_KEEPING: WIPE_KEEPING_URI,
}


def is_farewell(operation: Operation) -> bool:
    """Return whether this is a command that sends a headset away."""
    uris = [each.casefold() for each in _URIS.values()]
    return operation.verb is Verb.EXEC and operation.uri.text.casefold() in uris


def demand_living(row: DeviceRow) -> None:
    """Raise Conflict unless the headset is under management."""
    if row.state not in _LIVING:
        raise Conflict(f"{row.id} is {row.state.value}: nothing can be said to it")


def is_living(row: DeviceRow) -> bool:
    """Return whether the headset is under management."""
    return row.state in _LIVING


def _demand_harmless(house: House, detail: DeviceDetail, exit_: Exit) -> None:
    found = view(exit_, leaver_of(house, detail))
    if not found.possible:
        raise Conflict(found.why_not)
    if found.dangers:
        raise Conflict(f"{' '.join(found.dangers)} (`anyway` does it all the same)")


async def _record(
    house: House, caller: Caller, device_id: DeviceId, operation: Operation
) -> OperationRecord:
    return OperationRecord(
        id=OperationId(house.ids.new("op")),
        device_id=device_id,
        enrollment_id=await house.fleet.active_enrollment(device_id),
        operation=operation,
        state=OperationState.QUEUED,
        created_at=house.clock.now(),
        actor=caller.name,
    )
