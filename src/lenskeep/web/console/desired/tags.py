"""Tags and groups of devices: on a device's page, and of many devices at once."""

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows.desired.groups import device_groups, list_groups
from lenskeep.flows.desired.membership import add_devices
from lenskeep.flows.desired.tags import device_tags, list_tags, set_tags
from lenskeep.flows.mandate import Group, GroupKind
from lenskeep.web.console.desired.answer import (
    accepts,
    complained,
    complaints_of,
    part,
    said,
    status_of,
)
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.words import plural


async def belonging(visit: Visit, device: DeviceId) -> dict[str, object]:
    """Return what the card of a device's groups and tags shows."""
    return {
        "device": device,
        "groups": await device_groups(visit.house, visit.caller, device),
        "tags": await device_tags(visit.house, visit.caller, device),
        "all_tags": await list_tags(visit.house, visit.caller),
        "tag_complaints": (),
    }


async def tag_device(visit: Visit) -> Response:
    """Put a tag on one device, or take one off."""
    device = DeviceId(visit.request.path_params["device"])
    found: tuple[Complaint, ...] = ()
    status = 200
    try:
        await set_tags(
            visit.house,
            visit.caller,
            [device],
            add=_words(visit.form.get("add", "")),
            remove=_words(visit.form.get("remove", "")),
        )
    except Invalid as invalid:
        if not visit.is_live:
            raise
        found, status = complaints_of(invalid), status_of(invalid)
    if not visit.is_live:
        return go(visit.request, f"/devices/{device}#belonging-title")
    values = await belonging(visit, device) | {"tag_complaints": found}
    changed = {"HX-Trigger": "operations-changed"}
    return part(visit, "desired/belonging.html", values, status, changed)


async def hand_groups(visit: Visit) -> list[Group]:
    """Return the groups that devices are put into by hand."""
    groups = await list_groups(visit.house, visit.caller, counted=False)
    return [each for each in groups if each.kind is GroupKind.HAND]


async def tag_picked(visit: Visit) -> Response:
    """Put a tag on all devices that are picked, or take it off."""
    picked = [DeviceId(each) for each in visit.form.getlist("device")]
    names = _words(visit.form.get("tag", ""))
    removes = visit.form.get("act") == "remove"
    try:
        if not names:
            raise Invalid.field("tag", "no tag is named")
        await set_tags(
            visit.house,
            visit.caller,
            picked,
            add=() if removes else names,
            remove=names if removes else (),
        )
    except (Invalid, Conflict) as error:
        return _not_done(visit, error)
    verb = "is off" if removes else "is on"
    return _done(visit, f"{', '.join(names)} {verb} {plural(len(picked), 'device')}.")


async def group_picked(visit: Visit) -> Response:
    """Put all devices that are picked into a group."""
    picked = [DeviceId(each) for each in visit.form.getlist("device")]
    try:
        name = visit.form.get("group", "")
        if not name:
            raise Invalid.field("group", "no group is chosen")
        group = await add_devices(
            visit.house, visit.caller, GroupId(name), picked, accept_conflicts=accepts(visit)
        )
    except (Invalid, Conflict) as error:
        return _not_done(visit, error)
    return _done(visit, f"{plural(len(picked), 'device')} put into {group.name}.")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _done(visit: Visit, words: str) -> Response:
    if not visit.is_live:
        return go(visit.request, "/")
    return said(visit, words, {"HX-Trigger": "operations-changed"})


def _not_done(visit: Visit, error: Invalid | Conflict) -> Response:
    if not visit.is_live:
        raise error
    return complained(visit, error)
