"""REST: Autopilot's records; the file comes and goes as it is, as text/csv."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from lenskeep.flows.arriving import autopilot
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes import arriving as shapes
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented

Serial = Annotated[
    str, Path(pattern="^[ -~]{1,64}$", description="A serial number; case does not count.")
]
Text = Annotated[
    str, Query(max_length=200, description="Only records with this in serial, tag or user.")
]
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_CSV: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}


def make_autopilot_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["autopilot"])
    _add_file(router, house)
    _add_records(router, house)
    return router


def _add_file(router: APIRouter, house: House) -> None:
    @router.post(
        "/autopilot/devices",
        summary="Import the file with the hardware hashes: all of it or nothing",
        responses=documented(400, 413),
        openapi_extra=_FILE,
    )
    async def import_autopilot(
        caller: Asking,
        request: Request,
        dry_run: Annotated[bool, Query(description="Only look at it.")] = False,
    ) -> shapes.AutopilotImport:
        body = await request.body()
        found = await autopilot.import_hashes(house, caller, body, dry_run=dry_run)
        return shapes.AutopilotImport.model_validate(found)

    @router.get(
        "/autopilot/export",
        summary="Export the file with the hardware hashes",
        response_class=Response,
        responses={200: _CSV, **documented(400)},
    )
    async def export_autopilot(caller: Asking, text: Text = "") -> Response:
        body = await autopilot.export_hashes(house, caller, text)
        headers = {"Content-Disposition": 'attachment; filename="autopilot.csv"'}
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _add_records(router: APIRouter, house: House) -> None:
    @router.get("/autopilot/devices", summary="List Autopilot's records")
    async def list_autopilot(
        caller: Asking, cut: Annotated[shapes.RecordCut, Query()]
    ) -> Listing[shapes.AutopilotDevice]:
        page = await autopilot.list_records(house, caller, cut.text, cut.page)
        items = [shapes.AutopilotDevice.of(each) for each in page.items]
        return Listing(items=items, next=page.next)

    @router.get(
        "/autopilot/devices/{serial}",
        summary="Show one of Autopilot's records",
        responses=documented(404),
    )
    async def show_autopilot(caller: Asking, serial: Serial) -> shapes.AutopilotDevice:
        return shapes.AutopilotDevice.of(await autopilot.show_record(house, caller, serial))

    @router.patch(
        "/autopilot/devices/{serial}",
        summary="Change group tag or user of one of Autopilot's records",
        responses=documented(400, 404, 413),
    )
    async def change_autopilot(
        caller: Asking, serial: Serial, body: shapes.RecordChange
    ) -> shapes.AutopilotDevice:
        changed = await autopilot.change_record(
            house,
            caller,
            serial,
            group_tag=body.group_tag,
            assigned_user=body.assigned_user,
        )
        return shapes.AutopilotDevice.of(changed)

    @router.delete(
        "/autopilot/devices/{serial}",
        summary="Forget one of Autopilot's records",
        status_code=204,
        responses=documented(404),
    )
    async def remove_autopilot(caller: Asking, serial: Serial) -> None:
        await autopilot.remove_record(house, caller, serial)
