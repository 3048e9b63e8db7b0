"""REST: assignments, staged roll-outs, the fleet's compliance, and one device's settings."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.desired import assigning, planning, rolling
from lenskeep.flows.house import House
from lenskeep.web.api.desired.contested import contested
from lenskeep.web.api.desired.shapes import rollouts as shapes
from lenskeep.web.api.desired.shapes.inputs import (
    AssignmentBody,
    AssignmentChange,
    Number,
    RetryBody,
)
from lenskeep.web.api.desired.shapes.profiles import Assignment
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented

_Narrow = Annotated[str | None, Query(max_length=64)]


def make_rollout_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    _add_assignments(router, house)
    _add_one(router, house)
    _add_guards(router, house)
    _add_devices(router, house)
    return router


def _add_assignments(router: APIRouter, house: House) -> None:
    @router.get(
        "/assignments",
        summary="List assignments, highest priority first",
        tags=["assignments"],
    )
    async def list_assignments(
        caller: Asking, profile: _Narrow = None, group: _Narrow = None
    ) -> Listing[Assignment]:
        found = await assigning.list_assignments(
            house,
            caller,
            profile=ProfileId(profile) if profile else None,
            group=GroupId(group) if group else None,
        )
        return Listing(items=[Assignment.model_validate(each) for each in found], next=None)

    @router.post(
        "/assignments",
        summary="Assign a profile to a group, or exclude the group from it",
        tags=["assignments"],
        status_code=201,
        responses={
            200: {"description": "A dry run.", "model": shapes.Assigned},
            **contested(400, 404, 413),
        },
    )
    async def assign(caller: Asking, body: AssignmentBody, response: Response) -> shapes.Assigned:
        done = await assigning.assign(
            house,
            caller,
            ProfileId(body.profile),
            GroupId(body.group),
            revision=body.revision,
            excludes=body.excludes,
            priority=body.priority,
            accept_conflicts=body.accept_conflicts,
            dry_run=body.dry_run,
        )
        response.status_code = 201 if done.assignment else 200
        return shapes.Assigned.of(done)


def _add_one(router: APIRouter, house: House) -> None:
    @router.patch(
        "/assignments/{id}",
        summary="Change an assignment; an earlier revision rolls back",
        tags=["assignments"],
        responses=contested(400, 404, 413),
    )
    async def change_assignment(
        caller: Asking,
        id: Id,  # noqa: A002
        body: AssignmentChange,
    ) -> shapes.Assigned:
        is_told = "revision" in body.model_fields_set
        done = await assigning.change_assignment(
            house,
            caller,
            AssignmentId(id),
            revision=body.revision if is_told else assigning.KEEP,
            priority=body.priority,
            excludes=body.excludes,
            accept_conflicts=body.accept_conflicts,
            dry_run=body.dry_run,
        )
        return shapes.Assigned.of(done)

    @router.delete(
        "/assignments/{id}",
        summary="End an assignment: what it set is taken away from the devices",
        tags=["assignments"],
        status_code=204,
        responses=contested(404),
    )
    async def unassign(
        caller: Asking,
        id: Id,  # noqa: A002
        *,
        accept_conflicts: Annotated[
            bool, Query(description="Also where it strands headsets or sets others at odds.")
        ] = False,
    ) -> None:
        await assigning.unassign(house, caller, AssignmentId(id), accept_conflicts=accept_conflicts)


def _add_guards(router: APIRouter, house: House) -> None:
    @router.get(
        "/guards",
        summary="List staged roll-outs of settings that can lock a headset out, newest first",
        tags=["roll-outs"],
        responses=documented(404),
    )
    async def list_guards(caller: Asking, profile: _Narrow = None) -> Listing[shapes.StagedRollout]:
        narrowed = ProfileId(profile) if profile else None
        found = await rolling.list_guards(house, caller, narrowed)
        items = [shapes.StagedRollout.model_validate(each) for each in found]
        return Listing(items=items, next=None)

    @router.post(
        "/guards/{profile}/{revision}/release",
        summary="Let the rest follow although the first device has not come back",
        tags=["roll-outs"],
        responses=documented(404, 409),
    )
    async def release_guard(caller: Asking, profile: Id, revision: Number) -> shapes.StagedRollout:
        found = await rolling.release_guard(house, caller, f"{profile}/{revision}")
        return shapes.StagedRollout.model_validate(found)

    @router.post(
        "/guards/{profile}/{revision}/reset",
        summary="Let another device be the first one",
        tags=["roll-outs"],
        responses=documented(404, 409),
    )
    async def reset_scout(caller: Asking, profile: Id, revision: Number) -> shapes.StagedRollout:
        found = await rolling.reset_scout(house, caller, f"{profile}/{revision}")
        return shapes.StagedRollout.model_validate(found)

    @router.get(
        "/compliance",
        summary="Count the devices by how they stand to all that is wanted of them",
        tags=["roll-outs"],
    )
    async def read_compliance(caller: Asking) -> shapes.Compliance:
        return shapes.Compliance.model_validate(await rolling.compliance(house, caller))


def _add_devices(router: APIRouter, house: House) -> None:
    @router.get(
        "/devices/{id}/settings",
        summary="Read how every setting stands on a device",
        tags=["devices"],
        responses=documented(404),
    )
    async def read_device_settings(caller: Asking, id: Id) -> shapes.DeviceSettings:  # noqa: A002
        found = await rolling.device_settings(house, caller, DeviceId(id))
        return shapes.DeviceSettings.model_validate(found)

    @router.get(
        "/devices/{id}/plan",
        summary="Say what would be sent to a device next; nothing is sent",
        tags=["devices"],
        responses=documented(404),
    )
    async def plan_device(caller: Asking, id: Id) -> shapes.Plan:  # noqa: A002
        device = DeviceId(id)
        previews = await planning.plan_device(house, caller, device)
        return shapes.Plan.of(planning.GroupPlan((device,), previews))

    @router.post(
        "/devices/{id}/settings/retry",
        summary="Let failed settings be tried again at the next contact",
        tags=["devices"],
        responses=documented(400, 404, 409, 413),
    )
    async def retry_settings(
        caller: Asking,
        id: Id,  # noqa: A002
        body: RetryBody | None = None,
    ) -> shapes.Retried:
        uris = body.uris if body else None
        return shapes.Retried(retried=await rolling.try_again(house, caller, DeviceId(id), uris))
