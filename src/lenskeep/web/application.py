"""All doors under one roof: device endpoints, REST, console, health, metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from lenskeep.flows.house import House
from lenskeep.web.admitting.gate import Gate
from lenskeep.web.console.app import make_console, make_lost_page
from lenskeep.web.device.doors import make_device_routes
from lenskeep.web.door import Door
from lenskeep.web.later import Later
from lenskeep.web.lost import Lost, Plain
from lenskeep.web.watching.health import Health
from lenskeep.web.watching.page import MetricsPage
from lenskeep.web.watching.pulse import pulse
from lenskeep.web.watching.watched import Watched


def make_application(house: House, watched: Watched | None = None) -> Starlette:
    """Return the ASGI application; whatever is watched of it is told to `watched`."""
    watched = watched or Watched()
    lost = Lost(make_lost_page(house))

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        async with pulse(watched, house.clock):
            yield

    application = Starlette(
        routes=[
            *make_device_routes(house, watched.meters),
            *Health(house, watched).routes(),
            Route("/metrics", MetricsPage(house, watched).answer, methods=["GET"]),
            Mount("/api/v1", Later(partial(_make_api, house))),
            *make_console(house),
        ],
        middleware=[
            Middleware(Door, watched=watched),
            Middleware(Gate, house=house, watched=watched),
            Middleware(Plain, lost=lost),
        ],
        exception_handlers={HTTPException: lost.handler},
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False  # it would lead where the Host header says
    return application


def _make_api(house: House) -> ASGIApp:
    from lenskeep.web.api.app import make_api

    return make_api(house)
