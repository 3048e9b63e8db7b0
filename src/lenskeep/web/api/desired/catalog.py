"""REST: the settings catalog, searched and shown."""

from asyncio import to_thread
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Invalid, Missing
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.house import House
from lenskeep.flows.reading import MAX_PAGE
from lenskeep.tree.catalog import search
from lenskeep.tree.catalog.plain import plain_record
from lenskeep.tree.catalog.record import Build
from lenskeep.tree.catalog.sources.overlay import read_hololens_build
from lenskeep.tree.uri import MAX_LENGTH
from lenskeep.web.api.desired.shapes.catalog import CatalogNode, CatalogRecord
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented


def make_catalog_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["catalog"])
    index = cache(lambda: search.SearchIndex(house.catalog()))

    @router.get("/catalog/search", summary="Find nodes by words; all must be found")
    async def search_catalog(
        caller: Asking,
        q: Annotated[str, Query(max_length=200)] = "",
        build: Annotated[str | None, Query(max_length=40, description="20348.1528")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
        *,
        all: Annotated[bool, Query(description="Also what no HoloLens is known to have.")] = False,  # noqa: A002 - the public name
    ) -> Listing[CatalogRecord]:
        demand(caller, Permission.SEE)
        query = search.Query(q, _build(build), everything=all, limit=limit)
        found = [plain_record(each) for each in (await to_thread(index)).find(query)]
        return Listing(items=[CatalogRecord.model_validate(each) for each in found], next=None)

    @router.get(
        "/catalog/node",
        summary="Show all that is known of a node",
        responses=documented(404),
    )
    async def show_node(
        caller: Asking,
        uri: Annotated[str, Query(min_length=1, max_length=MAX_LENGTH, description="LocURI")],
    ) -> CatalogNode:
        demand(caller, Permission.SEE)
        found = (await read_catalog(house)).match(uri)
        if found is None:
            raise Missing("node in the catalog", uri)
        names = {each.name: name for each, name in found.names if name != f"{{{each.name}}}"}
        misnamed = [each.name for each in found.misnamed]
        plain = plain_record(found.record)
        return CatalogNode.model_validate({**plain, "names": names, "misnamed": misnamed})

    return router


def _build(text: str | None) -> Build | None:
    if not text:
        return None
    found = read_hololens_build(text)
    if found is None:
        raise Invalid.field("build", "it is not a build", "22621 or 22621.1244")
    return found
