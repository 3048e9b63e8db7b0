"""REST: how devices leave, where they are, who owns them, who fell silent."""

from enum import Enum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from lenskeep.base.errors import Invalid, shown
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.house import House
from lenskeep.flows.leaving import keeping, sending, showing
from lenskeep.flows.leaving.keeping import By
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.reading import MAX_PAGE
from lenskeep.web.api.entry.shapes.leaving import (
    CustodyBody,
    Leaving,
    Ownership,
    RetireBody,
    RevokeBody,
    SilentDevice,
    UnenrollBody,
    WipeBody,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Device, Listing
from lenskeep.web.api.problems import documented

E = TypeVar("E", bound=Enum)
_CHANGING = (400, 404, 409, 413)


def make_leaving_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["leaving"])
    _add_reading(router, house)
    _add_going(router, house)
    _add_keeping(router, house)
    return router


def _add_reading(router: APIRouter, house: House) -> None:
    @router.get(
        "/devices/{id}/leaving",
        summary="Say how a device can leave, what each way removes, and which is best",
        responses=documented(404),
    )
    async def show_leaving(caller: Asking, id: Id) -> Leaving:  # noqa: A002 - the public name
        return Leaving.model_validate(await showing.show_leaving(house, caller, DeviceId(id)))

    @router.get(
        "/devices/{id}/owner",
        summary="Say who probably owns a device, and why",
        responses=documented(404),
    )
    async def show_owner(caller: Asking, id: Id) -> Ownership:  # noqa: A002
        return Ownership.model_validate(await showing.show_owner(house, caller, DeviceId(id)))

    @router.get("/fleet/silent", summary="List devices not heard of for days, longest first")
    async def list_silent(
        caller: Asking,
        days: Annotated[int, Query(ge=1, le=showing.MAX_SILENT_DAYS)] = 7,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    ) -> Listing[SilentDevice]:
        found = await showing.list_silent(house, caller, days, limit)
        return Listing(items=[SilentDevice.of(each) for each in found], next=None)


def _add_going(router: APIRouter, house: House) -> None:
    @router.post(
        "/devices/{id}/unenroll",
        summary="Tell a device to leave at its next contact",
        responses=documented(*_CHANGING),
    )
    async def unenroll_device(caller: Asking, id: Id, body: UnenrollBody | None = None) -> Device:  # noqa: A002
        order = body.order if body else Order()
        detail = await sending.unenroll(house, caller, DeviceId(id), order)
        return Device.model_validate(detail.row)

    @router.post(
        "/devices/{id}/wipe",
        summary="Tell a device to reset itself at its next contact",
        responses=documented(*_CHANGING),
    )
    async def wipe_device(caller: Asking, id: Id, body: WipeBody) -> Device:  # noqa: A002
        detail = await sending.wipe(
            house, caller, DeviceId(id), body.order, keep_provisioning=body.keep_provisioning
        )
        return Device.model_validate(detail.row)

    @router.delete(
        "/devices/{id}/leaving",
        summary="Take a device back that was told to leave, before it heard it",
        responses=documented(404, 409),
    )
    async def call_back_device(caller: Asking, id: Id) -> Device:  # noqa: A002
        detail = await sending.call_back(house, caller, DeviceId(id))
        return Device.model_validate(detail.row)


def _add_keeping(router: APIRouter, house: House) -> None:
    @router.post(
        "/devices/{id}/retire",
        summary="Take a device out of service: now, or by unenrolling or wiping it",
        responses=documented(*_CHANGING),
    )
    async def retire_device(caller: Asking, id: Id, body: RetireBody) -> Device:  # noqa: A002
        by = _chosen(By, "by", body.by)
        detail = await keeping.retire(house, caller, DeviceId(id), by, body.order)
        return Device.model_validate(detail.row)

    @router.put(
        "/devices/{id}/custody",
        summary="Say where a device is: in use, spare, lost, stolen, retired",
        responses=documented(*_CHANGING),
    )
    async def set_custody(caller: Asking, id: Id, body: CustodyBody) -> Device:  # noqa: A002
        custody = _chosen(Custody, "custody", body.custody)
        detail = await keeping.set_custody(house, caller, DeviceId(id), custody, body.reason)
        return Device.model_validate(detail.row)

    @router.post(
        "/devices/{id}/certificates/revoke",
        summary="Refuse a device from now on: all its certificates are revoked",
        responses=documented(*_CHANGING),
    )
    async def revoke_certificates(caller: Asking, id: Id, body: RevokeBody) -> Device:  # noqa: A002
        detail = await keeping.revoke(house, caller, DeviceId(id), body.order)
        return Device.model_validate(detail.row)


def _chosen(choices: type[E], field: str, text: str) -> E:
    """Return the choice of this word. Raises Invalid."""
    for each in choices:
        if each.value == text.strip().lower():
            return each
    allowed = ", ".join(str(each.value) for each in choices)
    raise Invalid.field(field, f"{shown(text)} is none of them", allowed)
