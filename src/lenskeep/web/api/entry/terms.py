"""REST: the terms of use, their versions, and who accepted them."""

from typing import Annotated

from fastapi import APIRouter, Query

from lenskeep.flows.entry import terms
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes.tenants import TermsAcceptance, TermsBody, TermsOfUse
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Cut
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_terms_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["terms"])
    _add_text(router, house)
    _add_lists(router, house)
    return router


def _add_text(router: APIRouter, house: House) -> None:
    @router.get("/terms", summary="Show the terms of use")
    async def show_terms(caller: Asking) -> TermsOfUse:
        return TermsOfUse.of(await terms.show_terms(house, caller))

    @router.put(
        "/terms",
        summary="Put a new version of the terms in force; who comes from now on has to accept it",
        responses=documented(400, 409, 413),
    )
    async def set_terms(caller: Asking, body: TermsBody) -> TermsOfUse:
        saved = await terms.set_terms(house, caller, body.title, body.text, body.base)
        return TermsOfUse.of(saved)

    @router.delete(
        "/terms", summary="Ask nobody for terms any more; every version is kept", status_code=204
    )
    async def end_terms(caller: Asking) -> None:
        await terms.end_terms(house, caller)


def _add_lists(router: APIRouter, house: House) -> None:
    @router.get("/terms/versions", summary="List the newest versions of the terms, newest first")
    async def terms_versions(caller: Asking) -> Listing[TermsOfUse]:
        found = await terms.terms_versions(house, caller)
        return Listing(items=[TermsOfUse.of(each) for each in found], next=None)

    @router.get("/terms/acceptances", summary="List who accepted the terms, newest first")
    async def list_acceptances(
        caller: Asking, cut: Annotated[Cut, Query()]
    ) -> Listing[TermsAcceptance]:
        page = await terms.acceptances(house, caller, cut.page)
        return Listing[TermsAcceptance].model_validate(page)
