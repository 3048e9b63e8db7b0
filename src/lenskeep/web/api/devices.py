"""REST: devices, their timelines, and what is asked of them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.flows import fleet, operations, reading
from lenskeep.flows.house import House
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Cut, DeviceCut, Id, LinkBody, RenameBody, WishBody
from lenskeep.web.api.models import (
    Device,
    DevicePage,
    Fleet,
    Listing,
    MessageBody,
    Operation,
    QueuedOperation,
    TimelineLine,
)
from lenskeep.web.api.problems import documented


def make_device_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["devices"])
    _add_reading(router, house)
    _add_changing(router, house)
    _add_operations(router, house)
    return router


def _add_reading(router: APIRouter, house: House) -> None:
    @router.get("/fleet", summary="Count the devices by state, generation and build")
    async def count_fleet(caller: Asking) -> Fleet:
        return Fleet.model_validate(await reading.count_fleet(house, caller))

    @router.get("/devices", summary="List devices")
    async def list_devices(caller: Asking, cut: Annotated[DeviceCut, Query()]) -> Listing[Device]:
        page = await reading.list_devices(house, caller, cut.narrowed, cut.page)
        return Listing[Device].model_validate(page)

    @router.get("/devices/{id}", summary="Show one device", responses=documented(404))
    async def show_device(caller: Asking, id: Id) -> DevicePage:  # noqa: A002 - the public name
        return DevicePage.of(await reading.show_device(house, caller, DeviceId(id)))

    @router.get(
        "/devices/{id}/timeline", summary="Read a device's timeline", responses=documented(404)
    )
    async def read_timeline(
        caller: Asking,
        id: Id,  # noqa: A002
        cut: Annotated[Cut, Query()],
    ) -> Listing[TimelineLine]:
        page = await reading.read_timeline(house, caller, DeviceId(id), cut.page)
        return Listing[TimelineLine].model_validate(page)

    @router.get(
        "/devices/{id}/messages",
        summary="Read a device's messages, newest first, where `keep_bodies` keeps them",
        responses=documented(404),
    )
    async def read_messages(
        caller: Asking,
        id: Id,  # noqa: A002
        cut: Annotated[Cut, Query()],
    ) -> Listing[MessageBody]:
        page = await reading.read_bodies(house, caller, DeviceId(id), cut.page)
        return Listing[MessageBody].model_validate(page)


def _add_changing(router: APIRouter, house: House) -> None:
    @router.patch("/devices/{id}", summary="Rename a device", responses=documented(400, 404, 413))
    async def rename_device(caller: Asking, id: Id, body: RenameBody) -> Device:  # noqa: A002
        detail = await fleet.rename_device(house, caller, DeviceId(id), body.name)
        return Device.model_validate(detail.row)

    @router.post(
        "/devices/{id}/link",
        summary="Join a device to its earlier record; answers the earlier one",
        responses=documented(400, 404, 409, 413),
    )
    async def link_device(caller: Asking, id: Id, body: LinkBody) -> Device:  # noqa: A002
        earlier = DeviceId(body.earlier)
        detail = await fleet.link_device(house, caller, DeviceId(id), earlier)
        return Device.model_validate(detail.row)


def _add_operations(router: APIRouter, house: House) -> None:
    @router.get(
        "/devices/{id}/operations",
        summary="List a device's operations, newest first",
        responses=documented(404),
    )
    async def list_operations(
        caller: Asking,
        id: Id,  # noqa: A002
        cut: Annotated[Cut, Query()],
    ) -> Listing[Operation]:
        page = await operations.list_operations(house, caller, DeviceId(id), cut.page)
        return Listing[Operation].model_validate(page)

    @router.post(
        "/devices/{id}/operations",
        summary="Queue an operation",
        status_code=201,
        responses=documented(400, 404, 409, 413),
    )
    async def queue_operation(
        caller: Asking,
        id: Id,  # noqa: A002
        body: WishBody,
        response: Response,
    ) -> QueuedOperation:
        queued = await operations.queue_operations(house, caller, [DeviceId(id)], body.wish)
        (record,) = queued.operations
        response.headers["Location"] = f"/api/v1/operations/{record.id}"
        return QueuedOperation.of(record, queued.warnings)

    @router.get(
        "/devices/{id}/operations/{operation}",
        summary="Show an operation of this device",
        responses=documented(404),
    )
    async def show_device_operation(caller: Asking, id: Id, operation: Id) -> Operation:  # noqa: A002
        found = await operations.show_operation(house, caller, OperationId(operation), DeviceId(id))
        return Operation.model_validate(found)

    @router.delete(
        "/devices/{id}/operations/{operation}",
        summary="Cancel an operation of this device that was not sent yet",
        responses=documented(404, 409),
    )
    async def cancel_device_operation(caller: Asking, id: Id, operation: Id) -> Operation:  # noqa: A002
        cancelled = await operations.cancel_operation(
            house, caller, OperationId(operation), DeviceId(id)
        )
        return Operation.model_validate(cancelled)
