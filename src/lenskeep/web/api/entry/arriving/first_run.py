"""REST: first run, and what the wearer reads."""

from fastapi import APIRouter

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.arriving import first_run, wearer
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes import arriving as shapes
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.problems import documented


def make_first_run_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["first run"])
    _add_first_run(router, house)
    _add_wearer(router, house)
    return router


def _add_first_run(router: APIRouter, house: House) -> None:
    @router.get("/first-run", summary="Show how first run is held up")
    async def show_first_run(caller: Asking) -> shapes.FirstRun:
        return shapes.FirstRun.model_validate(await first_run.show_plan(house, caller))

    @router.put(
        "/first-run", summary="Set how first run is held up", responses=documented(400, 409, 413)
    )
    async def set_first_run(caller: Asking, body: shapes.FirstRunBody) -> shapes.FirstRun:
        found = await first_run.set_plan(house, caller, body.plan, body.base)
        return shapes.FirstRun.model_validate(found)

    @router.get(
        "/devices/{id}/first-run",
        summary="Show how far a headset's first run is",
        responses=documented(404),
    )
    async def show_device_first_run(
        caller: Asking,
        id: Id,  # noqa: A002 - the public name
    ) -> shapes.FirstRunStatus:
        found = await first_run.first_run_of(house, caller, DeviceId(id))
        return shapes.FirstRunStatus.model_validate(found)


def _add_wearer(router: APIRouter, house: House) -> None:
    @router.get("/wearer", summary="Show what wearers read in Settings")
    async def show_wearer(caller: Asking) -> shapes.WearerWords:
        return shapes.WearerWords.model_validate(await wearer.show_words(house, caller))

    @router.put(
        "/wearer", summary="Set what wearers read in Settings", responses=documented(400, 409, 413)
    )
    async def set_wearer(caller: Asking, body: shapes.WearerBody) -> shapes.WearerWords:
        found = await wearer.set_words(house, caller, body.words, body.base)
        return shapes.WearerWords.model_validate(found)

    @router.get(
        "/devices/{id}/wearer",
        summary="Show what Settings shows its wearer",
        responses=documented(404),
    )
    async def show_device_wearer(caller: Asking, id: Id) -> shapes.WearerView:  # noqa: A002
        found = await wearer.preview(house, caller, DeviceId(id))
        return shapes.WearerView.model_validate(found)
