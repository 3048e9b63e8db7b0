"""What would be sent, and what a virtual headset says to it: for a device, for a group."""

from dataclasses import dataclass, replace
from itertools import groupby

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.plan.order import Phase
from lenskeep.desired.plan.preview import Preview
from lenskeep.flows.desired.groups import show_group
from lenskeep.flows.desired.membership import group_members
from lenskeep.flows.desired.planning import RehearsedBuild, plan_device, plan_group, rehearse
from lenskeep.flows.mandate import Group, Profile
from lenskeep.flows.reading import MAX_PAGE, PageRequest, may_read_secrets, show_device
from lenskeep.tree.sensitive import redacted
from lenskeep.web.console.desired.answer import complaints_of, whole
from lenskeep.web.console.desired.groups.listing import profiles_by_id
from lenskeep.web.console.desired.groups.one import group_id
from lenskeep.web.console.desired.picture import Slice, slices
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look

_ACCEPTED = Look("Accepted", "good", "The virtual headset took it.")
_REFUSED = Look("Refused", "bad", "The virtual headset refused it.")
_NOT_SENT = Look("Not sent", "calm", "Nothing was sent; the reason stands beside it.")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would be sent to some devices, phase after phase, and what would not."""

    devices: tuple[DeviceId, ...]
    phases: tuple[tuple[Phase, tuple[Preview, ...]], ...]
    resting: tuple[Preview, ...]

    @property
    def commands(self) -> int:
        """How many commands would be sent."""
        return sum(len(rows) for _, rows in self.phases)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal on one build with its counts."""

    build: RehearsedBuild
    parts: tuple[Slice, ...]


async def device_plan_page(visit: Visit) -> Response:
    """Show what would be sent to a device now."""
    device = DeviceId(visit.request.path_params["device"])
    view = await show_device(visit.house, visit.caller, device)
    rows = await plan_device(visit.house, visit.caller, device)
    values = {"row": view.detail.row, "outlook": _outlook(visit, (device,), rows)}
    return whole(visit, "desired/device_plan.html", values)


async def group_plan_page(visit: Visit) -> Response:
    """Show what would be sent to the devices of a group if a profile were assigned to it."""
    group, profiles, chosen = await _asked(visit)
    plans: list[Outlook] = []
    complaints: tuple[Complaint, ...] = ()
    try:
        found = await plan_group(visit.house, visit.caller, group.id, profile=chosen)
        plans = [_outlook(visit, each.devices, each.previews) for each in found]
    except Invalid as invalid:
        complaints = complaints_of(invalid)
    members = await group_members(visit.house, visit.caller, group.id, PageRequest(None, MAX_PAGE))
    values: dict[str, object] = {
        "plans": [each for each in plans if each.phases],
        "idle": [device for each in plans if not each.phases for device in each.devices],
        "names": {each.device: each.name for each in members.items},
        "complaints": complaints,
    }
    return whole(visit, "desired/group_plan.html", _frame(group, profiles, chosen) | values)


async def rehearsal_page(visit: Visit) -> Response:
    """Show what a virtual headset of each build in the group says to a profile."""
    group, profiles, chosen = await _asked(visit)
    builds: list[Rehearsed] = []
    complaints: tuple[Complaint, ...] = ()
    if chosen is not None:
        try:
            found = await rehearse(visit.house, visit.caller, group.id, profile=chosen)
            builds = [_rehearsed(visit, each) for each in found]
        except Invalid as invalid:
            complaints = complaints_of(invalid)
    values: dict[str, object] = {"builds": builds, "complaints": complaints}
    return whole(visit, "desired/rehearsal.html", _frame(group, profiles, chosen) | values)


async def _asked(visit: Visit) -> tuple[Group, dict[str, Profile], ProfileId | None]:
    group = await show_group(visit.house, visit.caller, group_id(visit))
    profiles = await profiles_by_id(visit)
    named = visit.request.query_params.get("profile", "")
    return group, profiles, ProfileId(named) if named else None


def _frame(
    group: Group, profiles: dict[str, Profile], chosen: ProfileId | None
) -> dict[str, object]:
    found = profiles.get(chosen) if chosen else None
    return {"group": group, "profiles": tuple(profiles.values()), "chosen": found}


def _outlook(visit: Visit, devices: tuple[DeviceId, ...], previews: tuple[Preview, ...]) -> Outlook:
    rows = tuple(_shielded(visit, each) for each in previews)
    sent = sorted((each for each in rows if each.verb is not None), key=lambda each: each.phase)
    phases = tuple((phase, tuple(each)) for phase, each in groupby(sent, key=lambda e: e.phase))
    return Outlook(devices, phases, tuple(each for each in rows if each.verb is None))


def _shielded(visit: Visit, row: Preview) -> Preview:
    """A viewer reads no secret, whatever the plan holds."""
    if may_read_secrets(visit.caller):
        return row
    return replace(row, value=redacted(row.uri, row.value))


def _rehearsed(visit: Visit, build: RehearsedBuild) -> Rehearsed:
    sent = [each for each in build.rows if each.verb is not None]
    accepted = sum(each.accepted for each in sent)
    parts = slices(
        [
            (_ACCEPTED, accepted, ""),
            (_REFUSED, len(sent) - accepted, ""),
            (_NOT_SENT, len(build.rows) - len(sent), ""),
        ]
    )
    if may_read_secrets(visit.caller):
        return Rehearsed(build, parts)
    rows = tuple(
        replace(
            each,
            value_after=redacted(each.uri, each.value_after),
            effective_after=redacted(each.uri, each.effective_after),
        )
        for each in build.rows
    )
    return Rehearsed(replace(build, rows=rows), parts)
