"""REST: licenses for HoloLens (1st gen), and the upgrade of a device's edition."""

from fastapi import APIRouter, Response

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.edition import licenses, upgrading
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.licenses import (
    Edition,
    EditionLicense,
    LicenseBody,
    UpgradeBody,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_license_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["editions"])
    _add_licenses(router, house)
    _add_editions(router, house)
    return router


def _add_licenses(router: APIRouter, house: House) -> None:
    @router.get("/licenses", summary="List the licenses for HoloLens (1st gen)")
    async def list_licenses(caller: Asking) -> Listing[EditionLicense]:
        found = await licenses.list_licenses(house, caller)
        return Listing(items=[EditionLicense.model_validate(each) for each in found], next=None)

    @router.post(
        "/licenses",
        summary="Keep a license",
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_license(caller: Asking, body: LicenseBody, response: Response) -> EditionLicense:
        data = body.document.encode("utf-8", "surrogatepass")
        added = await licenses.add_license(house, caller, body.name, data, automatic=body.automatic)
        response.headers["Location"] = f"/api/v1/licenses/{added.id}"
        return EditionLicense.model_validate(added)

    @router.delete(
        "/licenses/{id}",
        summary="Forget a license; upgraded headsets stay upgraded",
        status_code=204,
        responses=documented(404),
    )
    async def remove_license(caller: Asking, id: Id) -> None:  # noqa: A002 - the public name
        await licenses.remove_license(house, caller, id)


def _add_editions(router: APIRouter, house: House) -> None:
    @router.get(
        "/devices/{id}/edition",
        summary="Say how a device stands with its edition",
        responses=documented(404),
    )
    async def show_edition(caller: Asking, id: Id) -> Edition:  # noqa: A002
        return Edition.of(await upgrading.show_edition(house, caller, DeviceId(id)))

    @router.post(
        "/devices/{id}/edition",
        summary="Upgrade a 1st gen headset to Windows Holographic for Business",
        responses=documented(400, 404, 409, 413),
    )
    async def upgrade_edition(caller: Asking, id: Id, body: UpgradeBody) -> Edition:  # noqa: A002
        view = await upgrading.upgrade_edition(house, caller, DeviceId(id), body.license)
        return Edition.of(view)
