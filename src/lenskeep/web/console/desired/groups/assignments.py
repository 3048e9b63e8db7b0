"""Profiles assigned to a group: looked at beforehand, made, changed, ended."""

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import AssignmentId, ProfileId
from lenskeep.flows.desired.assigning import assign, change_assignment, unassign
from lenskeep.web.console.desired.answer import accepts, complained, complaints_of, part, whole
from lenskeep.web.console.desired.groups.one import group_id, values_of
from lenskeep.web.console.page import Form, Visit, go


async def assign_part(visit: Visit) -> Response:
    """Show what assigning the profile in the address would do."""
    fields = Form(visit.request.query_params.multi_items())
    values: dict[str, object] = {"foreseen": None, "complaints": (), "excludes": _excludes(fields)}
    values["asked_profile"] = fields.get("profile", "")
    if fields.get("profile"):
        try:
            values["foreseen"] = await assign(
                visit.house,
                visit.caller,
                ProfileId(fields["profile"]),
                group_id(visit),
                excludes=_excludes(fields),
                priority=_priority(fields),
                dry_run=True,
            )
        except (Invalid, Conflict) as error:
            values["complaints"] = complaints_of(error)
    return part(visit, "desired/foreseen.html", values)


async def make(visit: Visit) -> Response:
    """Assign the profile to the group."""
    try:
        await assign(
            visit.house,
            visit.caller,
            ProfileId(visit.form.get("profile", "")),
            group_id(visit),
            excludes=_excludes(visit.form),
            priority=_priority(visit.form),
            accept_conflicts=accepts(visit),
        )
    except (Invalid, Conflict) as error:
        return await _not_done(visit, error)
    return go(visit.request, f"/groups/{group_id(visit)}")


async def change(visit: Visit) -> Response:
    """Change an assignment's priority, or whom it is for."""
    try:
        await change_assignment(
            visit.house,
            visit.caller,
            _assignment(visit),
            priority=_priority(visit.form),
            excludes=_excludes(visit.form),
            accept_conflicts=accepts(visit),
        )
    except (Invalid, Conflict) as error:
        return await _not_done(visit, error)
    return go(visit.request, f"/groups/{group_id(visit)}")


async def end(visit: Visit) -> Response:
    """End an assignment; what it set is taken away."""
    try:
        await unassign(
            visit.house, visit.caller, _assignment(visit), accept_conflicts=accepts(visit)
        )
    except Conflict as conflict:
        return await _not_done(visit, conflict)
    return go(visit.request, f"/groups/{group_id(visit)}")


async def _not_done(visit: Visit, error: Invalid | Conflict) -> Response:
    if visit.is_live:
        return complained(visit, error)
    values = await values_of(visit) | {"complaints": complaints_of(error)}
    return whole(visit, "desired/group.html", values, 422)


def _assignment(visit: Visit) -> AssignmentId:
    return AssignmentId(visit.request.path_params["assignment"])


def _excludes(fields: Form) -> bool:
    return fields.get("kind") == "exclude"


def _priority(fields: Form) -> int:
    text = fields.get("priority", "").strip() or "0"
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if not digits.isdecimal() or len(digits) > 9:
        raise Invalid(Complaint("priority", "it is no whole number", "such as 0 or 10"))
    return sign * int(digits)
