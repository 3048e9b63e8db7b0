"""REST: groups, their devices, rules before they are groups, and tags."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.base.identifiers import DeviceId, GroupId, ProfileId
from lenskeep.flows.desired import groups, membership, planning, tags
from lenskeep.flows.house import House
from lenskeep.web.api.desired.contested import contested
from lenskeep.web.api.desired.profiles import wanted_body
from lenskeep.web.api.desired.shapes.groups import DeviceTags, Group, Member, RulePreview, Tag
from lenskeep.web.api.desired.shapes.inputs import (
    GroupBody,
    GroupChange,
    GroupCheckBody,
    MembersBody,
    RehearseBody,
    RuleBody,
    TagsBody,
    Wanting,
)
from lenskeep.web.api.desired.shapes.profiles import Consequences
from lenskeep.web.api.desired.shapes.rollouts import Plan, Rehearsal
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Cut, Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_group_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["groups"])
    _add_groups(router, house)
    _add_one(router, house)
    _add_devices(router, house)
    _add_trials(router, house)
    _add_tags(router, house)
    return router


def _add_groups(router: APIRouter, house: House) -> None:
    @router.get("/groups", summary="List groups, the one of all devices first")
    async def list_groups(caller: Asking) -> Listing[Group]:
        found = await groups.list_groups(house, caller)
        return Listing(items=[Group.model_validate(each) for each in found], next=None)

    @router.post(
        "/groups",
        summary="Create a group, by rule or by hand",
        status_code=201,
        responses=documented(400, 404, 409, 413),
    )
    async def create_group(caller: Asking, body: GroupBody, response: Response) -> Group:
        group = await groups.create_group(
            house,
            caller,
            body.name,
            rule=body.rule,
            description=body.description,
            devices=[DeviceId(each) for each in body.devices],
        )
        response.headers["Location"] = f"/api/v1/groups/{group.id}"
        return Group.model_validate(group)

    @router.post(
        "/groups/preview",
        summary="Say which devices a rule would take, and why",
        responses=documented(400, 413),
    )
    async def preview_rule(caller: Asking, body: RuleBody) -> RulePreview:
        found = await groups.preview_rule(house, caller, body.rule, limit=body.limit)
        return RulePreview.model_validate(found)


def _add_one(router: APIRouter, house: House) -> None:
    @router.get("/groups/{id}", summary="Show one group", responses=documented(404))
    async def show_group(caller: Asking, id: Id) -> Group:  # noqa: A002 - the public name
        return Group.model_validate(await groups.show_group(house, caller, GroupId(id)))

    @router.patch(
        "/groups/{id}",
        summary="Change a group's name, rule or description",
        responses=contested(400, 404, 413),
    )
    async def change_group(caller: Asking, id: Id, body: GroupChange) -> Group:  # noqa: A002
        changed = await groups.change_group(
            house,
            caller,
            GroupId(id),
            name=body.name,
            rule=body.rule,
            description=body.description,
            accept_conflicts=body.accept_conflicts,
        )
        return Group.model_validate(changed)

    @router.post(
        "/groups/{id}/check",
        summary="Say what would have to be accepted if a group were changed; nothing is changed",
        responses=documented(400, 404, 409, 413),
    )
    async def check_group(caller: Asking, id: Id, body: GroupCheckBody) -> Consequences:  # noqa: A002
        group = GroupId(id)
        if body.rule is not None and (body.add or body.remove):
            raise Invalid(Complaint("rule", "a group by rule takes no devices by hand", "one"))
        if body.rule is not None:
            found = await groups.foresee_rule(house, caller, group, body.rule)
        else:
            add, remove = _devices(body)
            found = await membership.foresee_members(house, caller, group, add=add, remove=remove)
        return Consequences.model_validate(found)

    @router.delete(
        "/groups/{id}",
        summary="Delete a group, its devices stay; never while a profile is assigned to it",
        status_code=204,
        responses=documented(404, 409),
    )
    async def delete_group(caller: Asking, id: Id) -> None:  # noqa: A002
        await groups.delete_group(house, caller, GroupId(id))


def _add_devices(router: APIRouter, house: House) -> None:
    @router.get(
        "/groups/{id}/devices", summary="List the devices of a group", responses=documented(404)
    )
    async def list_members(
        caller: Asking,
        id: Id,  # noqa: A002
        cut: Annotated[Cut, Query()],
    ) -> Listing[Member]:
        page = await membership.group_members(house, caller, GroupId(id), cut.page)
        return Listing[Member].model_validate(page)

    @router.post(
        "/groups/{id}/devices",
        summary="Put devices into a group by hand, and take others out",
        responses=contested(400, 404, 413),
    )
    async def change_members(caller: Asking, id: Id, body: MembersBody) -> Group:  # noqa: A002
        add, remove = _devices(body)
        done = await membership.change_members(
            house,
            caller,
            GroupId(id),
            add=add,
            remove=remove,
            accept_conflicts=body.accept_conflicts,
        )
        return Group.model_validate(done)

    @router.get(
        "/devices/{id}/groups",
        summary="List the groups that a device is in",
        tags=["devices"],
        responses=documented(404),
    )
    async def list_device_groups(caller: Asking, id: Id) -> Listing[Group]:  # noqa: A002
        found = await groups.device_groups(house, caller, DeviceId(id))
        return Listing(items=[Group.model_validate(each) for each in found], next=None)


def _devices(body: MembersBody | GroupCheckBody) -> tuple[list[DeviceId], list[DeviceId]]:
    """Return who comes and who leaves. Raises Invalid where it is nobody."""
    if not body.add and not body.remove:
        raise Invalid(Complaint("add", "no device is named", "add, remove, or both"))
    return [DeviceId(each) for each in body.add], [DeviceId(each) for each in body.remove]


def _add_trials(router: APIRouter, house: House) -> None:
    @router.post(
        "/groups/{id}/plan",
        summary="Say what would be sent to the devices of a group; nothing is sent",
        responses=documented(400, 404, 413),
    )
    async def plan_group(caller: Asking, id: Id, body: Wanting) -> Listing[Plan]:  # noqa: A002
        profile = ProfileId(body.profile) if body.profile else None
        wanted = await wanted_body(house, caller, body, profile)
        found = await planning.plan_group(house, caller, GroupId(id), profile=profile, body=wanted)
        return Listing(items=[Plan.of(each) for each in found], next=None)

    @router.post(
        "/groups/{id}/rehearse",
        summary="Play a profile on a virtual headset of each build in a group",
        responses=documented(400, 404, 413),
    )
    async def rehearse_group(caller: Asking, id: Id, body: RehearseBody) -> Listing[Rehearsal]:  # noqa: A002
        profile = ProfileId(body.profile) if body.profile else None
        wanted = await wanted_body(house, caller, body, profile)
        if profile is None and wanted is None:
            allowed = "profile, settings or document"
            raise Invalid(Complaint("profile", "it is not said what to rehearse", allowed))
        found = await planning.rehearse(
            house, caller, GroupId(id), profile=profile, body=wanted, removal=body.removal
        )
        return Listing(items=[Rehearsal.model_validate(each) for each in found], next=None)


def _add_tags(router: APIRouter, house: House) -> None:
    @router.get("/tags", summary="List the tags in use", tags=["tags"])
    async def list_tags(caller: Asking) -> Listing[Tag]:
        found = await tags.list_tags(house, caller)
        items = [Tag(tag=tag, devices=count) for tag, count in found.items()]
        return Listing(items=items, next=None)

    @router.post(
        "/devices/tags",
        summary="Put tags on devices, and take others off",
        tags=["tags"],
        responses=documented(400, 404, 413),
    )
    async def set_tags(caller: Asking, body: TagsBody) -> Listing[DeviceTags]:
        devices = [DeviceId(each) for each in body.devices]
        found = await tags.set_tags(house, caller, devices, add=body.add, remove=body.remove)
        items = [DeviceTags(device=each, tags=list(given)) for each, given in found.items()]
        return Listing(items=items, next=None)

    @router.get(
        "/devices/{id}/tags",
        summary="Show a device's tags",
        tags=["tags"],
        responses=documented(404),
    )
    async def show_device_tags(caller: Asking, id: Id) -> DeviceTags:  # noqa: A002
        found = await tags.device_tags(house, caller, DeviceId(id))
        return DeviceTags(device=id, tags=list(found))
