"""REST: Entra tenants, their keys, and a token tried on them."""

from fastapi import APIRouter, Response

from lenskeep.flows.entry import tenants
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.tenants import (
    KeysBody,
    Tenant,
    TenantBody,
    TenantChange,
    TokenToTry,
    TriedToken,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_tenant_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["entra"])
    _add_lists(router, house)
    _add_one(router, house)
    _add_keys(router, house)
    return router


def _add_lists(router: APIRouter, house: House) -> None:
    @router.get("/entra/tenants", summary="List the Entra tenants whose tokens are believed")
    async def list_tenants(caller: Asking) -> Listing[Tenant]:
        found = await tenants.list_tenants(house, caller)
        return Listing(items=[Tenant.model_validate(each) for each in found], next=None)

    @router.post(
        "/entra/tenants",
        summary="Believe the tokens of an Entra tenant; its keys are fetched at once, or given",
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_tenant(caller: Asking, body: TenantBody, response: Response) -> Tenant:
        added = await tenants.add_tenant(house, caller, body.tenant, body.draft)
        response.headers["Location"] = f"/api/v1/entra/tenants/{added.id}"
        return Tenant.model_validate(added)


def _add_one(router: APIRouter, house: House) -> None:
    @router.get("/entra/tenants/{id}", summary="Show an Entra tenant", responses=documented(404))
    async def show_tenant(caller: Asking, id: Id) -> Tenant:  # noqa: A002 - the public name
        return Tenant.model_validate(await tenants.show_tenant(house, caller, id))

    @router.patch(
        "/entra/tenants/{id}",
        summary="Change an Entra tenant, or switch it off",
        responses=documented(400, 404, 409, 413),
    )
    async def change_tenant(caller: Asking, id: Id, body: TenantChange) -> Tenant:  # noqa: A002
        return Tenant.model_validate(await tenants.change_tenant(house, caller, id, body.draft))

    @router.delete(
        "/entra/tenants/{id}",
        summary="Believe its tokens no more; headsets stay managed",
        status_code=204,
        responses=documented(404, 409),
    )
    async def remove_tenant(caller: Asking, id: Id) -> None:  # noqa: A002
        await tenants.remove_tenant(house, caller, id)


def _add_keys(router: APIRouter, house: House) -> None:
    @router.post(
        "/entra/tenants/{id}/keys",
        summary="Fetch the keys of an Entra tenant now, or put them in",
        responses=documented(400, 404, 409, 413),
    )
    async def refresh_keys(caller: Asking, id: Id, body: KeysBody) -> Tenant:  # noqa: A002
        changed = await tenants.refresh_keys(house, caller, id, body.text)
        return Tenant.model_validate(changed)

    @router.post(
        "/entra/try",
        summary="Say what would become of a token, check by check; nothing of it is kept",
        responses=documented(400, 413),
    )
    async def try_token(caller: Asking, body: TokenToTry) -> TriedToken:
        return TriedToken.of(await tenants.try_token(house, caller, body.token))
