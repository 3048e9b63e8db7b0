"""One group: its devices, what comes to them, and how it is changed."""

from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.base.identifiers import DeviceId, GroupId
from lenskeep.flows.desired.assigning import list_assignments
from lenskeep.flows.desired.groups import change_group, delete_group, show_group
from lenskeep.flows.desired.membership import add_devices, group_members, remove_devices
from lenskeep.flows.mandate import Group, GroupKind
from lenskeep.flows.reading import PageRequest
from lenskeep.web.console.desired.answer import (
    accepts,
    complained,
    complaints_of,
    part,
    status_of,
    whole,
)
from lenskeep.web.console.desired.groups.listing import candidates, profiles_by_id
from lenskeep.web.console.desired.groups.rule import help_values, previewed
from lenskeep.web.console.page import Visit, go

MEMBERS_SHOWN: Final = 25


async def group_page(visit: Visit) -> Response:
    """Show one group."""
    return whole(visit, "desired/group.html", await values_of(visit))


async def members_part(visit: Visit) -> Response:
    """Show the devices of the group, for the live page."""
    group = await show_group(visit.house, visit.caller, group_id(visit))
    values = {"group": group, **await _members(visit, group)}
    return part(visit, "desired/members.html", values)


async def edit_page(visit: Visit) -> Response:
    """Show the form that changes the group's name, description and rule."""
    group = await show_group(visit.house, visit.caller, group_id(visit))
    draft = {"name": group.name, "description": group.description, "rule": group.rule}
    return whole(visit, "desired/group_edit.html", await _edited(visit, group, draft))


async def change(visit: Visit) -> Response:
    """Change the group as the form says."""
    group = await show_group(visit.house, visit.caller, group_id(visit))
    draft = {name: visit.form.get(name, "") for name in ("name", "description", "rule")}
    rule = draft["rule"] if group.kind is GroupKind.RULE else None
    try:
        await change_group(
            visit.house,
            visit.caller,
            group.id,
            name=draft["name"],
            rule=rule,
            description=draft["description"],
            accept_conflicts=accepts(visit),
        )
    except (Invalid, Conflict) as error:
        if visit.is_live:
            return complained(visit, error)
        values = await _edited(visit, group, draft) | {"complaints": complaints_of(error)}
        return whole(visit, "desired/group_edit.html", values, status_of(error))
    return go(visit.request, f"/groups/{group.id}")


async def delete(visit: Visit) -> Response:
    """Delete the group."""
    try:
        await delete_group(visit.house, visit.caller, group_id(visit))
    except Conflict as conflict:
        if not visit.is_live:
            raise
        return complained(visit, conflict)
    return go(visit.request, "/groups")


async def add(visit: Visit) -> Response:
    """Put the devices picked into the group."""
    return await _move(visit, belongs=True)


async def remove(visit: Visit) -> Response:
    """Take the devices picked out of the group."""
    return await _move(visit, belongs=False)


async def _move(visit: Visit, *, belongs: bool) -> Response:
    picked = [DeviceId(each) for each in visit.form.getlist("device")]
    act = add_devices if belongs else remove_devices
    try:
        await act(
            visit.house, visit.caller, group_id(visit), picked, accept_conflicts=accepts(visit)
        )
    except (Invalid, Conflict) as error:
        if not visit.is_live:
            raise
        return complained(visit, error)
    return go(visit.request, f"/groups/{group_id(visit)}")


async def values_of(visit: Visit) -> dict[str, object]:
    """Return all that the page of a group shows."""
    group = await show_group(visit.house, visit.caller, group_id(visit))
    assignments = await list_assignments(visit.house, visit.caller, group=group.id)
    profiles = await profiles_by_id(visit)
    taken = {each.profile for each in assignments}
    return {
        "group": group,
        "assigned": [(e, profiles[e.profile]) for e in assignments if e.profile in profiles],
        "free": [each for each in profiles.values() if each.id not in taken],
        "candidates": await candidates(visit) if group.kind is GroupKind.HAND else (),
        "complaints": (),
        **await _members(visit, group),
    }


def group_id(visit: Visit) -> GroupId:
    """Return the group that the address names."""
    return GroupId(visit.request.path_params["group"])


async def _members(visit: Visit, group: Group) -> dict[str, object]:
    after = visit.request.query_params.get("after") or None
    page = PageRequest(after, MEMBERS_SHOWN)
    members = await group_members(visit.house, visit.caller, group.id, page)
    return {"members": members, "after": after}


async def _edited(visit: Visit, group: Group, draft: dict[str, str]) -> dict[str, object]:
    return {
        "group": group,
        "draft": draft,
        "complaints": (),
        **await previewed(visit, draft["rule"]),
        **help_values(),
    }
