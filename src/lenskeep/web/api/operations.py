"""REST: operations by themselves, and one operation on many devices."""

from fastapi import APIRouter

from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.flows import operations
from lenskeep.flows.house import House
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import BulkBody, Id
from lenskeep.web.api.models import Operation, QueuedOperation, QueuedOperations
from lenskeep.web.api.problems import documented


def make_operation_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["operations"])

    @router.post(
        "/operations",
        summary="Queue one operation on many devices: on all of them or on none",
        status_code=201,
        responses=documented(400, 404, 409, 413),
    )
    async def queue_operations(caller: Asking, body: BulkBody) -> QueuedOperations:
        device_ids = [DeviceId(each) for each in body.devices]
        queued = await operations.queue_operations(house, caller, device_ids, body.wish)
        items = [Operation.model_validate(each) for each in queued.operations]
        return QueuedOperations(items=items, warnings=list(queued.warnings))

    @router.get("/operations/{id}", summary="Show an operation", responses=documented(404))
    async def show_operation(caller: Asking, id: Id) -> Operation:  # noqa: A002
        found = await operations.show_operation(house, caller, OperationId(id))
        return Operation.model_validate(found)

    @router.delete(
        "/operations/{id}",
        summary="Cancel an operation that was not sent yet",
        responses=documented(404, 409),
    )
    async def cancel_operation(caller: Asking, id: Id) -> Operation:  # noqa: A002
        cancelled = await operations.cancel_operation(house, caller, OperationId(id))
        return Operation.model_validate(cancelled)

    @router.post(
        "/operations/{id}/retry",
        summary="Queue a copy of an operation that failed or whose outcome is unknown",
        status_code=201,
        responses=documented(404, 409),
    )
    async def retry_operation(caller: Asking, id: Id) -> QueuedOperation:  # noqa: A002
        record = await operations.retry_operation(house, caller, OperationId(id))
        return QueuedOperation.of(record, operations.warnings(record.operation))

    return router
