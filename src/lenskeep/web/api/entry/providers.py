"""REST: sign-in providers."""

from fastapi import APIRouter, Response

from lenskeep.flows.entry import providers
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.providers import (
    SignInProvider,
    SignInProviderBody,
    SignInProviderCheck,
)
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_provider_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["sign-in providers"])
    _add_lists(router, house)
    _add_one(router, house)
    return router


def _add_lists(router: APIRouter, house: House) -> None:
    @router.get("/sign-in-providers", summary="List the providers that wearers sign in with")
    async def list_providers(caller: Asking) -> Listing[SignInProvider]:
        found = await providers.list_providers(house, caller)
        return Listing(items=[SignInProvider.of(each) for each in found], next=None)

    @router.post(
        "/sign-in-providers",
        summary="Add a sign-in provider",
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_provider(
        caller: Asking, body: SignInProviderBody, response: Response
    ) -> SignInProvider:
        listed = await providers.add_provider(house, caller, body.provider)
        response.headers["Location"] = f"/api/v1/sign-in-providers/{listed.id}"
        return SignInProvider.of(listed)


def _add_one(router: APIRouter, house: House) -> None:
    @router.get(
        "/sign-in-providers/{id}", summary="Show a sign-in provider", responses=documented(404)
    )
    async def get_provider(caller: Asking, id: Id) -> SignInProvider:  # noqa: A002 - the public name
        return SignInProvider.of(await providers.get_provider(house, caller, id))

    @router.delete(
        "/sign-in-providers/{id}",
        summary="Remove a sign-in provider; headsets stay managed",
        status_code=204,
        responses=documented(404, 409),
    )
    async def remove_provider(caller: Asking, id: Id) -> None:  # noqa: A002
        await providers.remove_provider(house, caller, id)

    @router.post(
        "/sign-in-providers/{id}/check",
        summary="Ask a sign-in provider whether it can do what is needed",
        responses=documented(404),
    )
    async def check_provider(caller: Asking, id: Id) -> SignInProviderCheck:  # noqa: A002
        checked = await providers.check_provider(house, caller, id)
        return SignInProviderCheck.model_validate(checked)
