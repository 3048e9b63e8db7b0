"""REST: bulk accounts and provisioning packages."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lenskeep.access import Permission, demand
from lenskeep.enrollment.package.definition import XML_FILE
from lenskeep.flows.entry import bulk
from lenskeep.flows.entry.package import keeping
from lenskeep.flows.entry.package.sheet import sheet, ways_of
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.packages import (
    BulkAccountBody,
    BulkAccountRow,
    EnrollmentInstructions,
    NewBulkAccount,
    NewPackage,
    PackageBody,
    PackageDetail,
    PackageRow,
    WayInstructions,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented
from lenskeep.web.qr import qr_svg

_SECRET_FILE = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="{}"'}


def make_package_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    _add_accounts(router, house)
    _add_packages(router, house)
    _add_one(router, house)
    _add_instructions(router, house)
    return router


def _add_accounts(router: APIRouter, house: House) -> None:
    @router.get(
        "/bulk-accounts", summary="List the bulk accounts of packages", tags=["bulk accounts"]
    )
    async def list_bulk_accounts(caller: Asking) -> Listing[BulkAccountRow]:
        found = await bulk.list_bulk(house, caller)
        return Listing(items=[BulkAccountRow.of(each) for each in found], next=None)

    @router.post(
        "/bulk-accounts",
        summary="Add a bulk account; its secret is shown once",
        tags=["bulk accounts"],
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_bulk_account(caller: Asking, body: BulkAccountBody) -> NewBulkAccount:
        return NewBulkAccount.made(await bulk.add_bulk(house, caller, body.wish))

    @router.delete(
        "/bulk-accounts/{id}",
        summary="Disable a bulk account: its packages enroll nothing more",
        tags=["bulk accounts"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def disable_bulk_account(caller: Asking, id: Id) -> None:  # noqa: A002
        await bulk.disable_bulk(house, caller, id)


def _add_packages(router: APIRouter, house: House) -> None:
    @router.get("/packages", summary="List the provisioning packages", tags=["packages"])
    async def list_packages(caller: Asking) -> Listing[PackageRow]:
        found = await keeping.list_packages(house, caller)
        return Listing(items=[PackageRow.of(each) for each in found], next=None)

    @router.post(
        "/packages",
        summary="Make a provisioning package; its files hold secrets in the clear",
        tags=["packages"],
        status_code=201,
        responses=documented(400, 404, 409, 413),
    )
    async def add_package(caller: Asking, body: PackageBody, response: Response) -> NewPackage:
        folder = await keeping.add_package(house, caller, body.wish)
        response.headers["Location"] = f"/api/v1/packages/{folder.listed.id}"
        response.headers["Cache-Control"] = "no-store"
        return NewPackage.made(folder)


def _add_one(router: APIRouter, house: House) -> None:
    @router.get(
        "/packages/{id}",
        summary="Show a package and how it is built",
        tags=["packages"],
        responses=documented(404),
    )
    async def get_package(caller: Asking, id: Id) -> PackageDetail:  # noqa: A002
        listed = await keeping.get_package(house, caller, id)
        building, warnings = await keeping.how_to_build(house, caller, id)
        return PackageDetail.told(listed, building, warnings)

    @router.delete(
        "/packages/{id}",
        summary="Remove a package and disable its bulk account; headsets stay managed",
        tags=["packages"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def remove_package(caller: Asking, id: Id) -> None:  # noqa: A002
        await keeping.remove_package(house, caller, id)

    @router.get(
        "/packages/{id}/files",
        summary="Read all files of a package again; secrets are in them, and it goes on record",
        tags=["packages"],
        responses=documented(404),
    )
    async def get_package_files(caller: Asking, id: Id, response: Response) -> NewPackage:  # noqa: A002
        response.headers["Cache-Control"] = "no-store"
        return NewPackage.made(await keeping.open_package(house, caller, id))

    @router.get(
        "/packages/{id}/customizations.xml",
        summary="Read the answer file again; secrets are in it, and it goes on record",
        tags=["packages"],
        response_class=Response,
        responses={
            200: {"content": {"application/xml": {}}, "description": "The answer file."},
            **documented(404),
        },
    )
    async def get_customizations(caller: Asking, id: Id) -> Response:  # noqa: A002
        folder = await keeping.open_package(house, caller, id)
        headers = {key: value.format(XML_FILE) for key, value in _SECRET_FILE.items()}
        return Response(folder.files[XML_FILE], media_type="application/xml", headers=headers)


def _add_instructions(router: APIRouter, house: House) -> None:
    @router.get(
        "/instructions", summary="What to press, for a sheet beside the headset", tags=["packages"]
    )
    async def instructions(
        caller: Asking,
        build: Annotated[str, Query(max_length=40, description="E.g. 22621.1244.")] = "",
    ) -> EnrollmentInstructions:
        demand(caller, Permission.SEE)
        found = sheet(house)
        return EnrollmentInstructions(
            server=found.server,
            page=found.page,
            link=found.link,
            root_sha256=found.root_sha256,
            root_url=found.root_url,
            ways=[WayInstructions.of(each, build, found.server) for each in ways_of(build)],
        )

    @router.get(
        "/instructions/qr.svg",
        summary="The sheet's address as a QR code",
        tags=["packages"],
        response_class=Response,
        responses={200: {"content": {"image/svg+xml": {}}, "description": "The code."}},
    )
    async def instructions_code(caller: Asking) -> Response:
        demand(caller, Permission.SEE)
        found = sheet(house)
        return Response(qr_svg(found.page, "The address of the sheet"), media_type="image/svg+xml")
