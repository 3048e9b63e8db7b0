"""Who gets a profile: assign it, change that, take it back; what it would do is said before."""

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.base.identifiers import AssignmentId, GroupId
from lenskeep.flows.desired.assigning import (
    Assigned,
    assign,
    change_assignment,
    list_assignments,
    unassign,
)
from lenskeep.flows.desired.profiles import delete_profile
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.profiles.naming import address, profile_id
from lenskeep.web.console.profiles.one.page import whole


async def add(visit: Visit) -> Response:
    """Assign the profile to a group; clashes are shown first, and have to be accepted."""
    demand(visit.caller, Permission.OPERATE)
    try:
        looked = await _assign(visit, dry_run=True)
        if _asks(visit, looked) or "look" in visit.form:
            return await _again(visit, {"assigned": looked}, 200)
        await _assign(visit, dry_run=False)
    except Invalid as invalid:
        return await _again(visit, {"complaints": invalid.complaints}, 422)
    except Missing:
        raise
    except Conflict as conflict:
        return await _again(visit, {"refused": str(conflict)}, 409)
    return go(visit.request, address(profile_id(visit), "#assignments-title"))


async def _assign(visit: Visit, *, dry_run: bool) -> Assigned:
    return await assign(
        visit.house,
        visit.caller,
        profile_id(visit),
        GroupId(visit.form.get("group", "")),
        revision=_revision(visit),
        excludes=visit.form.get("excludes") == "1",
        priority=_priority(visit),
        accept_conflicts=dry_run or "accepts" in visit.form,
        dry_run=dry_run,
    )


async def change(visit: Visit) -> Response:
    """Change an assignment: its revision, its priority, whether it leaves out."""
    demand(visit.caller, Permission.OPERATE)
    named = await _named(visit)
    try:
        looked = await _change(visit, named, dry_run=True)
        if _asks(visit, looked):
            return await _again(visit, {"assigned": looked}, 200)
        await _change(visit, named, dry_run=False)
    except Invalid as invalid:
        return await _again(visit, {"complaints": invalid.complaints}, 422)
    except Missing:
        raise
    except Conflict as conflict:
        return await _again(visit, {"refused": str(conflict)}, 409)
    return go(visit.request, address(profile_id(visit), "#assignments-title"))


async def _change(visit: Visit, named: AssignmentId, *, dry_run: bool) -> Assigned:
    return await change_assignment(
        visit.house,
        visit.caller,
        named,
        revision=_revision(visit),
        priority=_priority(visit),
        excludes=visit.form.get("excludes") == "1",
        accept_conflicts=dry_run or "accepts" in visit.form,
        dry_run=dry_run,
    )


async def remove(visit: Visit) -> Response:
    """Take the profile back from a group: what it set is taken away from the devices."""
    demand(visit.caller, Permission.OPERATE)
    accepts = "accepts" in visit.form
    try:
        await unassign(visit.house, visit.caller, await _named(visit), accept_conflicts=accepts)
    except Missing:
        raise
    except Conflict as conflict:
        return await _again(visit, {"refused": str(conflict)}, 409)
    return go(visit.request, address(profile_id(visit), "#assignments-title"))


async def delete(visit: Visit) -> Response:
    """Delete a profile that is assigned to nobody."""
    demand(visit.caller, Permission.OPERATE)
    if not visit.form.get("sure"):
        return go(visit.request, address(profile_id(visit)))
    try:
        await delete_profile(visit.house, visit.caller, profile_id(visit))
    except Missing:
        raise
    except Conflict as conflict:
        return await _again(visit, {"refused": str(conflict)}, 409)
    return go(visit.request, "/profiles")


def _asks(visit: Visit, looked: Assigned) -> bool:
    conflicts = any(each.clash.kind.is_conflict for each in looked.clashes)
    return conflicts and "accepts" not in visit.form


async def _named(visit: Visit) -> AssignmentId:
    """Return the assignment that the form names, one of this very profile. Raises Missing."""
    named = visit.form.get("assignment", "")
    mine = await list_assignments(visit.house, visit.caller, profile=profile_id(visit))
    if named not in {each.id for each in mine}:
        raise Missing("assignment", named)
    return AssignmentId(named)


def _revision(visit: Visit) -> int | None:
    text = visit.form.get("revision", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 8:
        raise Invalid(Complaint("revision", "it is no number", "a number, or none for the latest"))
    return int(text)


def _priority(visit: Visit) -> int:
    text = visit.form.get("priority", "").strip() or "0"
    try:
        return int(text[:12])
    except ValueError:
        raise Invalid(Complaint("priority", "it is no number", "a whole number")) from None


async def _again(visit: Visit, said: dict[str, object], status: int) -> Response:
    names = ("group", "priority", "revision", "excludes", "assignment")
    asked = {name: visit.form.get(name, "") for name in names}
    return await whole(visit, {**said, "asked": asked}, status)
