"""REST: the certificate authority and its rotation."""

from fastapi import APIRouter

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.authority import rotating as authority
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.authority import (
    CertificateAuthority,
    Delivery,
    DeliveryBody,
    DeviceCertificate,
    ForceBody,
    RotationBody,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_authority_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["certificate authority"])
    _add_reading(router, house)
    _add_steps(router, house)
    return router


def _add_reading(router: APIRouter, house: House) -> None:
    @router.get("/authority", summary="Show the certificate authority, and who rests on what")
    async def show_authority(caller: Asking) -> CertificateAuthority:
        return CertificateAuthority.of(await authority.show_authority(house, caller))

    @router.get(
        "/devices/{id}/certificates",
        summary="List a device's certificates, the newest first",
        responses=documented(404),
    )
    async def device_certificates(caller: Asking, id: Id) -> Listing[DeviceCertificate]:  # noqa: A002 - the public name
        found = await authority.certificates_of(house, caller, DeviceId(id))
        return Listing(items=[DeviceCertificate.of(each) for each in found], next=None)


def _add_steps(router: APIRouter, house: House) -> None:
    errors = documented(400, 409, 413)

    @router.post("/authority/rotate", summary="Begin a rotation", responses=errors)
    async def rotate(caller: Asking, body: RotationBody) -> CertificateAuthority:
        view = await authority.rotate(
            house, caller, keep_root=body.keep_root, renew_now=body.renew_now
        )
        return CertificateAuthority.of(view)

    @router.post(
        "/authority/deliver",
        summary="Send the new root, again, to devices that lack it",
        responses=errors,
    )
    async def deliver(caller: Asking, body: DeliveryBody) -> Delivery:
        reached = await authority.deliver(house, caller, renew_now=body.renew_now)
        return Delivery(devices=reached)

    @router.post(
        "/authority/serve",
        summary="Show a server certificate of the newest era",
        responses=errors,
    )
    async def serve(caller: Asking, body: ForceBody) -> CertificateAuthority:
        view = await authority.serve_new(house, caller, force=body.force)
        return CertificateAuthority.of(view)

    @router.post("/authority/finish", summary="End a rotation", responses=errors)
    async def finish(caller: Asking, body: ForceBody) -> CertificateAuthority:
        view = await authority.finish(house, caller, force=body.force)
        return CertificateAuthority.of(view)
