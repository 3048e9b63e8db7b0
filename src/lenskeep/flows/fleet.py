"""What is changed of a device's record: its name, its past."""

from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import DeviceState

MAX_NAME: Final = 64


async def rename_device(
    house: House, caller: Caller, device_id: DeviceId, name: str
) -> DeviceDetail:
    """Give the record another name; what the headset calls itself stays. Raises Missing."""
    demand(caller, Permission.OPERATE)
    before = (await house.fleet.device(device_id)).row.name
    name = _line("name", name, MAX_NAME)
    detail = {"before": before, "after": name}
    line = audit_line(house, caller, "device.rename", device_id, detail)
    await house.fleet.rename_device(device_id, name, line)
    await regroup(house, [device_id])
    return await house.fleet.device(device_id)


async def link_device(
    house: House, caller: Caller, device_id: DeviceId, earlier: DeviceId
) -> DeviceDetail:
    """Say that two records are one headset: the history goes on under `earlier`.

    Only an administrator says so; a hardware id is a claim. Raises Missing, Conflict.
    """
    demand(caller, Permission.ADMINISTER)
    _line("earlier", earlier, MAX_NAME)
    if device_id == earlier:
        raise Invalid.field("earlier", "a record cannot be linked to itself", "another record")
    for each in (device_id, earlier):
        if (await house.fleet.device(each)).row.state is DeviceState.REPLACED:
            raise Conflict(f"{each} was already linked to another record")
    line = audit_line(house, caller, "device.link", device_id, {"earlier": earlier})
    await house.fleet.link_device(device_id, earlier, line)
    return await house.fleet.device(earlier)


def _line(field: str, text: str, most: int) -> str:
    """Return the text as one line of bounded length. Raises Invalid."""
    text = text.strip()
    if not 0 < len(text) <= most:
        raise Invalid.field(field, f"it has {len(text)} characters", f"1 to {most}")
    if not text.isprintable():
        raise Invalid.field(field, "it holds a control character", "one line of text")
    return text
