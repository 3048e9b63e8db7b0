"""The addresses of groups, tags, plans, staged roll-outs and the fleet's standing."""

from starlette.routing import BaseRoute, Route

from lenskeep.web.console.desired import planning, rollouts, standing, tags
from lenskeep.web.console.desired.groups import assignments, listing, one, rule
from lenskeep.web.console.page import Console
from lenskeep.web.console.visitor import form, page


def desired_routes(console: Console) -> list[BaseRoute]:
    """Return the routes; those with a fixed name before those with an id."""
    shown = {
        "/groups": listing.groups_page,
        "/groups/new": listing.new_group_page,
        "/groups/rule": rule.rule_part,
        "/groups/pick": listing.pick_part,
        "/groups/{group}": one.group_page,
        "/groups/{group}/edit": one.edit_page,
        "/groups/{group}/members": one.members_part,
        "/groups/{group}/foreseen": assignments.assign_part,
        "/groups/{group}/plan": planning.group_plan_page,
        "/groups/{group}/rehearsal": planning.rehearsal_page,
        "/devices/{device}/plan": planning.device_plan_page,
        "/rollouts": rollouts.rollouts_page,
        "/rollouts/list": rollouts.rollouts_part,
        "/compliance": standing.compliance_page,
        "/compliance/list": standing.compliance_part,
    }
    sent = {
        "/groups": listing.create,
        "/groups/{group}": one.change,
        "/groups/{group}/delete": one.delete,
        "/groups/{group}/add": one.add,
        "/groups/{group}/remove": one.remove,
        "/groups/{group}/assignments": assignments.make,
        "/groups/{group}/assignments/{assignment}": assignments.change,
        "/groups/{group}/assignments/{assignment}/end": assignments.end,
        "/devices/{device}/tags": tags.tag_device,
        "/picked/tags": tags.tag_picked,
        "/picked/group": tags.group_picked,
        "/rollouts/release": rollouts.release,
        "/rollouts/another": rollouts.another_first,
    }
    return [
        *(Route(path, page(console, show), methods=["GET"]) for path, show in shown.items()),
        *(Route(path, form(console, act), methods=["POST"]) for path, act in sent.items()),
    ]
