"""All groups, and a new one: by hand or by rule."""

from collections import Counter
from dataclasses import dataclass

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.desired.assigning import list_assignments
from lenskeep.flows.desired.groups import create_group, list_groups
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.desired.tags import list_tags
from lenskeep.flows.mandate import Assignment, Group, Profile
from lenskeep.flows.reading import PageRequest, list_devices
from lenskeep.flows.records import DeviceFilter, DeviceRow
from lenskeep.web.console.desired.answer import (
    complained,
    complaints_of,
    part,
    status_of,
    whole,
)
from lenskeep.web.console.desired.groups.rule import help_values, previewed
from lenskeep.web.console.page import Visit, go

PICKS_SHOWN = 30
"""Devices offered at once; the search narrows them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of groups."""

    group: Group
    given: tuple[tuple[Assignment, Profile], ...]
    """What comes to it."""
    denied: int
    """How many profiles its devices are kept from."""


async def groups_page(visit: Visit) -> Response:
    """Show all groups."""
    groups = await list_groups(visit.house, visit.caller)
    assignments = await list_assignments(visit.house, visit.caller)
    profiles = await profiles_by_id(visit)
    denied = Counter(each.group for each in assignments if each.excludes)
    lines = [
        Line(
            group,
            tuple(
                (each, profiles[each.profile])
                for each in assignments
                if each.group == group.id and not each.excludes and each.profile in profiles
            ),
            denied[group.id],
        )
        for group in groups
    ]
    tags = await list_tags(visit.house, visit.caller)
    return whole(visit, "desired/groups.html", {"lines": lines, "tags": tags})


async def profiles_by_id(visit: Visit) -> dict[str, Profile]:
    """Return the profiles by their id."""
    found = await list_profiles(visit.house, visit.caller)
    return {each.profile.id: each.profile for each in found}


async def new_group_page(visit: Visit) -> Response:
    """Show the form for a new group; the address may bring a rule along."""
    query = visit.request.query_params
    draft = {"name": "", "description": "", "rule": query.get("rule", "")}
    kind = "hand" if query.get("kind") == "hand" else "rule"
    return whole(visit, "desired/group_new.html", await _form(visit, draft, kind))


async def create(visit: Visit) -> Response:
    """Create a group of what the form says."""
    draft = {name: visit.form.get(name, "") for name in ("name", "description", "rule")}
    kind = "hand" if visit.form.get("kind") == "hand" else "rule"
    picked = tuple(DeviceId(each) for each in visit.form.getlist("device"))
    try:
        group = await create_group(
            visit.house,
            visit.caller,
            draft["name"],
            rule=draft["rule"] if kind == "rule" else None,
            description=draft["description"],
            devices=picked if kind == "hand" else (),
        )
    except (Invalid, Conflict) as error:
        if visit.is_live:
            return complained(visit, error)
        values = await _form(visit, draft, kind) | {"complaints": complaints_of(error)}
        return whole(visit, "desired/group_new.html", values, status_of(error))
    return go(visit.request, f"/groups/{group.id}")


async def pick_part(visit: Visit) -> Response:
    """Show devices to be picked, without those that are picked already."""
    return part(visit, "desired/picks.html", {"candidates": await candidates(visit)})


async def candidates(visit: Visit) -> tuple[DeviceRow, ...]:
    """Return the first devices that the search in the address finds."""
    query = visit.request.query_params
    narrowed = DeviceFilter(text=query.get("text", "").strip())
    picked = frozenset(query.getlist("device"))
    page = PageRequest(None, PICKS_SHOWN)
    found = await list_devices(visit.house, visit.caller, narrowed, page)
    return tuple(each for each in found.items if each.id not in picked)


async def _form(visit: Visit, draft: dict[str, str], kind: str) -> dict[str, object]:
    return {
        "draft": draft,
        "kind": kind,
        "complaints": (),
        "candidates": await candidates(visit),
        **await previewed(visit, draft["rule"]),
        **help_values(),
    }
