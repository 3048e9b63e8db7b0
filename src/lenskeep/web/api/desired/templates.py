"""REST: templates to start from, and how far a device or profile is from one."""

from fastapi import APIRouter, Response

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.flows.desired import templates
from lenskeep.flows.house import House
from lenskeep.web.api.desired.shapes.inputs import CompareBody, Name, StartBody
from lenskeep.web.api.desired.shapes.profiles import Change, SavedProfile
from lenskeep.web.api.desired.shapes.templates import Against, Comparison, Template, TemplateLine
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_template_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["templates"])
    _add_reading(router, house)
    _add_using(router, house)
    return router


def _add_reading(router: APIRouter, house: House) -> None:
    @router.get("/templates", summary="List templates")
    async def list_templates(caller: Asking) -> Listing[TemplateLine]:
        found = await templates.list_templates(house, caller)
        return Listing(items=[TemplateLine.model_validate(each) for each in found], next=None)

    @router.get("/templates/{name}", summary="Show one template", responses=documented(404))
    async def show_template(caller: Asking, name: Name) -> Template:
        return Template.model_validate(await templates.show_template(house, caller, name))


def _add_using(router: APIRouter, house: House) -> None:
    @router.post(
        "/templates/{name}/start",
        summary="Create a profile from a template",
        status_code=201,
        responses=documented(400, 404, 409, 413),
    )
    async def start_from_template(
        caller: Asking, name: Name, body: StartBody, response: Response
    ) -> SavedProfile:
        saved = await templates.start_from_template(
            house,
            caller,
            name,
            body.name,
            body.answers,
            acknowledged=body.acknowledged,
            reason=body.reason,
        )
        response.headers["Location"] = f"/api/v1/profiles/{saved.profile.id}"
        return SavedProfile.of(saved)

    @router.post(
        "/templates/{name}/compare",
        summary="Hold a device or a profile against a template",
        responses=documented(400, 404, 413),
    )
    async def compare_template(caller: Asking, name: Name, body: CompareBody) -> Comparison:
        if body.device and not body.profile:
            device = await templates.compare_with_device(
                house, caller, name, body.answers, DeviceId(body.device)
            )
            return Comparison(device=[Against.model_validate(each) for each in device])
        if body.profile and not body.device:
            profile = await templates.compare_with_profile(
                house, caller, name, body.answers, ProfileId(body.profile)
            )
            return Comparison(profile=[Change.model_validate(each) for each in profile])
        raise Invalid(Complaint("device", "it is not said what to compare", "device or profile"))
