"""What the editor holds, tried before anybody saves it: on virtual headsets, and as a plan."""

from dataclasses import dataclass

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.desired.plan.preview import Preview
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.groups import show_group
from lenskeep.flows.desired.planning import GroupPlan, plan_group, rehearse
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.web.console.desired.answer import part, whole
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.draft.draft import read_draft
from lenskeep.web.console.profiles.edit.report import kept_body
from lenskeep.web.console.profiles.naming import profile_in


@dataclass(frozen=True, slots=True)
class Plan:
    """What devices with the same plan would be sent, and what not."""

    devices: int
    sent: tuple[Preview, ...]
    rests: tuple[Preview, ...]


async def trial_part(visit: Visit) -> Response:
    """Rehearse the draft, or show what it would send, for the group looked at."""
    demand(visit.caller, Permission.OPERATE)
    draft = read_draft(await read_catalog(visit.house), visit.form, profile_in(visit))
    body, _ = draft.body(await kept_body(visit, draft))
    group = draft.group or ALL_DEVICES
    house, caller = visit.house, visit.caller
    values: dict[str, object] = {"builds": (), "plans": (), "complaints": ()}
    try:
        if visit.form.get("try") == "plan":
            plans = await plan_group(house, caller, group, profile=draft.profile, body=body)
            values["plans"] = [_plan(each) for each in plans]
        else:
            values["builds"] = await rehearse(
                house, caller, group, profile=draft.profile, body=body
            )
    except Invalid as invalid:
        values["complaints"] = invalid.complaints
    values["group"] = await show_group(house, caller, group)
    values["is_plan"] = visit.form.get("try") == "plan"
    if visit.is_live:
        return part(visit, "profiles/trial.html", values)
    return whole(visit, "profiles/trial_page.html", values)


def _plan(plan: GroupPlan) -> Plan:
    sent = tuple(each for each in plan.previews if each.verb is not None)
    rests = tuple(each for each in plan.previews if each.verb is None)
    return Plan(len(plan.devices), sent, rests)
