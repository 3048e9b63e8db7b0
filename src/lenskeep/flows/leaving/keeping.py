"""Where a headset is: in use, spare, lost, stolen, retired; and whether it may still come in."""

from enum import Enum
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.house import House
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.leaving.sending import is_living, unenroll, wipe
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import DeviceRow, DeviceState

REVOKED: Final = (
    "From this moment on it is refused like a stranger. It can no longer be locked, wiped or "
    "told anything; what is on it stays. To come back it must enroll again."
)
"""What revoking means, for whoever decides it."""
WAITING: Final = (
    "It stays under management: when it comes to a network it can still be locked or wiped, and "
    "is seen doing so. Revoke its certificates once that is done."
)
"""What it means not to revoke a missing headset."""
_REVOKED: Final = "its certificates were revoked"


class By(Enum):
    """How a headset is retired; the value is the REST spelling."""

    NOW = "now"
    """It will not come back, or nothing of it matters: management ends on our side alone."""
    UNENROLL = "unenroll"
    WIPE = "wipe"


async def set_custody(
    house: House, caller: Caller, device_id: DeviceId, custody: Custody, reason: str = ""
) -> DeviceDetail:
    """Say where the headset is. Raises Missing, and Conflict for retiring one that is managed."""
    demand(caller, Permission.OPERATE)
    why = Order(reason=reason).checked_reason()
    row = (await house.fleet.device(device_id)).row
    if custody is Custody.RETIRED and is_living(row) and row.departing is None:
        raise Conflict(f"{device_id} is under management: retire it, which ends that too")
    await _keep(house, caller, row, custody, why)
    return await house.fleet.device(device_id)


async def revoke(house: House, caller: Caller, device_id: DeviceId, order: Order) -> DeviceDetail:
    """Refuse the headset from now on: its certificates, and every other proof it has.

    Raises Missing, Invalid where it is not named, and Conflict where nothing is left to revoke.
    """
    demand(caller, Permission.ADMINISTER)
    row = (await house.fleet.device(device_id)).row
    reason = order.checked_reason()
    order.demand_confirmed(row)
    detail = {"reason": reason} if reason else {}
    line = audit_line(house, caller, "certificate.revoke", device_id, detail)
    revoked = await house.entry.leaving.revoke_certificates(device_id, line)
    if not revoked:
        raise Conflict(f"{device_id} has no certificate that is good")
    line = audit_line(house, caller, "device.retire", device_id, {"reason": _REVOKED})
    await house.fleet.end_enrollments(device_id, DeviceState.UNENROLLED, _REVOKED, line)
    return await house.fleet.device(device_id)


async def retire(
    house: House, caller: Caller, device_id: DeviceId, by: By, order: Order
) -> DeviceDetail:
    """Take the headset out of service: it is told to go, or management ends on our side now.

    Raises Missing, Invalid where it is not named, Conflict where it is retired already, and as
    `unenroll` and `wipe`.
    """
    demand(caller, Permission.ADMINISTER)
    row = (await house.fleet.device(device_id)).row
    reason = order.checked_reason()
    if row.custody is Custody.RETIRED and not is_living(row):
        raise Conflict(f"{device_id} is retired already")
    order.demand_confirmed(row)
    match by:
        case By.UNENROLL:
            await unenroll(house, caller, device_id, order)
        case By.WIPE:
            await wipe(house, caller, device_id, order)
        case By.NOW:
            await _end(house, caller, row, reason)
    await _keep(house, caller, row, Custody.RETIRED, reason)
    return await house.fleet.device(device_id)


async def _end(house: House, caller: Caller, row: DeviceRow, reason: str) -> None:
    """End management on our side; nothing happens where it has ended."""
    if not is_living(row):
        return
    said = reason or "ended by an administrator"
    line = audit_line(house, caller, "device.retire", row.id, {"reason": said})
    await house.fleet.end_enrollments(row.id, DeviceState.UNENROLLED, said, line)


async def _keep(
    house: House, caller: Caller, row: DeviceRow, custody: Custody, reason: str
) -> None:
    detail = {"before": row.custody.value, "after": custody.value}
    if reason:
        detail["reason"] = reason
    line = audit_line(house, caller, "device.custody", row.id, detail)
    await house.entry.leaving.set_custody(row.id, custody, line)
