"""The REST application, to be mounted under /api/v1."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from lenskeep import __version__
from lenskeep.flows.desired.casting.consequences import Unaccepted
from lenskeep.flows.house import House
from lenskeep.web.api.desired.catalog import make_catalog_router
from lenskeep.web.api.desired.contested import answer_contested
from lenskeep.web.api.desired.groups import make_group_router
from lenskeep.web.api.desired.profiles import make_profile_router
from lenskeep.web.api.desired.rollouts import make_rollout_router
from lenskeep.web.api.desired.shapes.profiles import ContestedProblem
from lenskeep.web.api.desired.templates import make_template_router
from lenskeep.web.api.devices import make_device_router
from lenskeep.web.api.entry.routes import make_entry_routers
from lenskeep.web.api.guard import OPEN_PATH, Guard
from lenskeep.web.api.models import Complaint, Problem
from lenskeep.web.api.operations import make_operation_router
from lenskeep.web.api.people import make_people_router
from lenskeep.web.api.problems import documented, install_problems

API_PATH: Final = "/api/v1"

_ABOUT: Final = """\
Everything the console and the command line do. Send a token as `Authorization: Bearer lk_...`;
make one with `lenskeep token new NAME --scope read|operate|admin`.

Lists are `{"items": [...], "next": ...}`; give `next` back as `after` for the following page.
Every error is a problem ([RFC 9457]); wrong input is answered 422 with every complaint at once.
"""


def make_api(house: House) -> FastAPI:
    """Return the ASGI application; paths are relative to API_PATH, where it is mounted."""
    api = FastAPI(
        title="Lenskeep",
        version=__version__,
        description=_ABOUT,
        openapi_url=OPEN_PATH,
        docs_url=None,
        redoc_url=None,
        responses=documented(401, 403, 422, 503),
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in (
        make_profile_router(house),
        make_group_router(house),
        make_rollout_router(house),
        make_template_router(house),
        make_catalog_router(house),
        make_device_router(house),
        make_operation_router(house),
        make_people_router(house),
        *make_entry_routers(house),
    ):
        api.include_router(router)
    api.add_middleware(Guard, house=house)
    install_problems(api)
    api.add_exception_handler(Unaccepted, answer_contested)
    api.openapi = lambda: describe(api)  # type: ignore[method-assign]
    return api


def describe(api: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the shape of problems in it."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            servers=[{"url": API_PATH}],
        )
        schemas = document["components"]["schemas"]
        for model in (Complaint, Problem, ContestedProblem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, part in schema.pop("$defs", {}).items():
                schemas.setdefault(name, part)
            schemas[model.__name__] = schema
        api.openapi_schema = document
    return api.openapi_schema
