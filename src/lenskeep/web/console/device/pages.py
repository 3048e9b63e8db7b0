"""One device: identity, inventory, operations, timeline, and what can be done with it."""

from collections import Counter
from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.fleet import link_device, rename_device
from lenskeep.flows.operations import list_operations
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.reading import PageRequest, read_bodies, read_timeline, show_device
from lenskeep.flows.records import DeviceRow, DeviceState, OperationRecord, Page
from lenskeep.tree.operation import OperationState
from lenskeep.web.console.desired.tags import belonging
from lenskeep.web.console.device.settings import settings_of
from lenskeep.web.console.device.timeline import group_entries
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.words import operation_look, plural
from lenskeep.wire.syncml.codes import meaning

OPERATIONS_SHOWN: Final = 50
TIMELINE_SHOWN: Final = 100
MESSAGES_SHOWN: Final = 20
COMMON_URIS: Final = (
    ("./DevDetail/SwV", "Operating system version"),
    ("./DevDetail/Ext/Microsoft/DeviceName", "Device name"),
    ("./DevDetail/Ext/Microsoft/DNSComputerName", "Computer name"),
    ("./DevDetail/Ext/Microsoft/FreeStorage", "Free storage, MB"),
    ("./DevInfo/Mod", "Model"),
    ("./Vendor/MSFT/DeviceStatus/OS/Edition", "Edition"),
    ("./Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining", "Battery, percent"),
    ("./Vendor/MSFT/Policy/Config/Connectivity/AllowBluetooth", "Bluetooth: 2 allowed, 0 not"),
    ("./Vendor/MSFT/Policy/Config/DeviceLock/AllowSimpleDevicePassword", "1 allowed, 0 not"),
    ("./Vendor/MSFT/Policy/Config/Experience/AllowCortana", "Cortana: 1 allowed, 0 not"),
    ("./Vendor/MSFT/Policy/Config/MixedReality/BrightnessButtonDisabled", "1 disabled"),
    ("./Vendor/MSFT/Policy/Config/Privacy/LetAppsAccessCamera", "Camera: 0 user, 1 yes, 2 no"),
    ("./Vendor/MSFT/Policy/Config/System/AllowLocation", "Location: 1 user decides, 0 off, 2 on"),
    ("./Vendor/MSFT/Policy/Config/Update/AllowAutoUpdate", "Updates: 0 to 5"),
    ("./Vendor/MSFT/Policy/Result?list=Struct", "Policies in force"),
    ("./Vendor/MSFT/Reboot/RebootNow", "Exec: restart in five minutes"),
)
"""Offered while a LocURI is typed. CSP: DevDetail, DevInfo, DeviceStatus, Policy, Reboot."""


async def whole_page(visit: Visit) -> dict[str, object]:
    """Return all that the page of a device shows, with an empty operation form."""
    view = await show_device(visit.house, visit.caller, device_id(visit))
    form = {"verb": "get", "uri": "", "format": "", "value": ""}
    return {
        **_of(view.detail),
        "inventory": view.inventory,
        **await settings_of(visit, device_id(visit)),
        **await belonging(visit, device_id(visit)),
        **await _operations(visit),
        **await _timeline(visit),
        **await _messages(visit),
        **form_values(form, f"/devices/{device_id(visit)}/operations"),
    }


async def identity_part(visit: Visit) -> Response:
    """Show who the device is, for the live page."""
    view = await show_device(visit.house, visit.caller, device_id(visit))
    return part(visit, "device_identity_live.html", _of(view.detail))


async def inventory_part(visit: Visit) -> Response:
    """Show what the device told of itself, for the live page."""
    view = await show_device(visit.house, visit.caller, device_id(visit))
    values: dict[str, object] = {"inventory": view.inventory, "meaning": meaning}
    return part(visit, "device_inventory.html", values)


async def operations_part(visit: Visit) -> Response:
    """Show the operations, for the live page."""
    return await show_operations(visit, device_id(visit))


async def show_operations(visit: Visit, device: DeviceId) -> Response:
    """Return the list of a device's operations as a part of its page."""
    view = await show_device(visit.house, visit.caller, device)
    values = {**_of(view.detail), **await _operations(visit, device)}
    return part(visit, "device_operations.html", values)


async def timeline_part(visit: Visit) -> Response:
    """Show what happened, for the live page."""
    view = await show_device(visit.house, visit.caller, device_id(visit))
    values: dict[str, object] = {"row": view.detail.row, **await _timeline(visit)}
    return part(visit, "device_timeline.html", values)


async def rename(visit: Visit) -> Response:
    """Give the record another name."""
    await rename_device(visit.house, visit.caller, device_id(visit), visit.form.get("name", ""))
    return go(visit.request, f"/devices/{device_id(visit)}")


async def link(visit: Visit) -> Response:
    """Say that this and an earlier record are one headset."""
    earlier = DeviceId(visit.form.get("earlier", ""))
    await link_device(visit.house, visit.caller, device_id(visit), earlier)
    return go(visit.request, f"/devices/{earlier}")


def part(
    visit: Visit,
    template: str,
    values: dict[str, object],
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return one part of the page, for htmx to put in its place."""
    return visit.answer("part.html", values | {"part": template}, status, headers)


def device_id(visit: Visit) -> DeviceId:
    """Return the device that the address names."""
    return DeviceId(visit.request.path_params["device"])


def form_values(draft: dict[str, str], action: str) -> dict[str, object]:
    """Return what the form for a new operation shows."""
    return {
        "draft": draft,
        "form_action": action,
        "complaints": (),
        "queued": "",
        "warnings": (),
        "common_uris": COMMON_URIS,
        "meaning": meaning,
    }


def is_active(row: DeviceRow) -> bool:
    """Return whether the device is under management, so that operations can reach it."""
    return row.state in (DeviceState.ENROLLED, DeviceState.MANAGED)


def _of(detail: DeviceDetail) -> dict[str, object]:
    row = detail.row
    return {
        "row": row,
        "is_active": is_active(row),
        "identity": (
            ("Generation", row.generation),
            ("Model", " ".join(part for part in (row.manufacturer, row.model) if part)),
            ("Serial number", row.serial),
            ("Build", row.os_build),
            ("Version", row.os_version),
            ("Edition", row.edition),
            ("Architecture", row.architecture),
            ("MAC addresses", ", ".join(row.macs)),
            ("Enrolled by", row.user),
            ("Came by", detail.enrollments[0].way if detail.enrollments else ""),
            ("DevId", row.device_id),
            ("Record", row.id),
        ),
        "enrollments": [
            {"enrollment": each, "certificates": detail.certificates.get(each.id, ())}
            for each in detail.enrollments
        ],
    }


async def _operations(visit: Visit, device: DeviceId | None = None) -> dict[str, object]:
    after = _after(visit, "operations")
    found = await list_operations(
        visit.house, visit.caller, device or device_id(visit), PageRequest(after, OPERATIONS_SHOWN)
    )
    return {
        "operations": found,
        "operations_after": after,
        "operations_summary": _summary(found.items, more=found.next is not None),
    }


def _summary(operations: tuple[OperationRecord, ...], *, more: bool) -> str:
    """Return the counts in words; read out when they change."""
    counts = Counter(each.state for each in operations)
    parts = [
        f"{counts[state]} {operation_look(state).word.lower()}"
        for state in OperationState
        if counts[state]
    ]
    newest = "newest " if more else ""
    return f"{newest}{plural(len(operations), 'operation')}: {', '.join(parts)}".capitalize()


async def _timeline(visit: Visit) -> dict[str, object]:
    after = _after(visit, "timeline")
    found = await read_timeline(
        visit.house, visit.caller, device_id(visit), PageRequest(after, TIMELINE_SHOWN)
    )
    return {
        "timeline": group_entries(found.items),
        "timeline_after": after,
        "timeline_next": found.next,
    }


async def _messages(visit: Visit) -> dict[str, object]:
    """The messages that `keep_bodies` kept: for administrators, and only where there are any."""
    after = _after(visit, "messages")
    if not visit.may(Permission.ADMINISTER):
        return {"messages": Page(()), "messages_after": None}
    found = await read_bodies(
        visit.house, visit.caller, device_id(visit), PageRequest(after, MESSAGES_SHOWN)
    )
    return {"messages": found, "messages_after": after}


def _after(visit: Visit, name: str) -> str | None:
    """Return where the page asked for begins: a live part says it as `after`."""
    said = visit.form.get("after") or visit.request.query_params.get(
        "after" if visit.is_live else name
    )
    return said or None
