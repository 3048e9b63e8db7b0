"""The list of profiles: what each holds, whom it is for, how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from lenskeep.base.identifiers import GroupId
from lenskeep.flows.desired.groups import list_groups
from lenskeep.flows.desired.profiles import ProfileLine, list_profiles, list_revisions
from lenskeep.flows.mandate import Assignment, Group
from lenskeep.web.console.desired.answer import part, whole
from lenskeep.web.console.desired.picture import Slice
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.looks import slices


@dataclass(frozen=True, slots=True)
class Target:
    """A group that a profile goes to, or leaves out."""

    assignment: Assignment
    group: Group


@dataclass(frozen=True, slots=True)
class Line:
    """One profile in the list."""

    line: ProfileLine
    settings: int
    targets: tuple[Target, ...]
    slices: tuple[Slice, ...]


async def list_page(visit: Visit) -> Response:
    """Show all profiles."""
    return whole(visit, "profiles/list.html", {"lines": await _lines(visit)})


async def list_part(visit: Visit) -> Response:
    """Show the profiles as they stand now, for the live page."""
    return part(visit, "profiles/lines.html", {"lines": await _lines(visit)})


async def _lines(visit: Visit) -> tuple[Line, ...]:
    groups = {each.id: each for each in await list_groups(visit.house, visit.caller)}
    found = []
    for each in await list_profiles(visit.house, visit.caller):
        revisions = await list_revisions(visit.house, visit.caller, each.profile.id)
        settings = revisions[0].settings if revisions else 0
        targets = tuple(targets_of(each.assignments, groups))
        found.append(Line(each, settings, targets, slices(each.rollout)))
    return tuple(found)


def targets_of(
    assignments: tuple[Assignment, ...], groups: Mapping[GroupId, Group]
) -> list[Target]:
    """Return the groups of these assignments, those left out last."""
    known = [Target(each, groups[each.group]) for each in assignments if each.group in groups]
    return sorted(known, key=lambda t: (t.assignment.excludes, -t.assignment.priority))
