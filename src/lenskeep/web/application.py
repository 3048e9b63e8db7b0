"""All doors under one roof: device endpoints, REST, console, health, metrics."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from lenskeep.base.errors import LenskeepError
from lenskeep.flows.house import House
from lenskeep.web.api.app import make_api
from lenskeep.web.console.app import make_console, make_lost_page
from lenskeep.web.device.doors import make_device_routes
from lenskeep.web.door import Door
from lenskeep.web.lost import Lost, Plain
from lenskeep.web.meters import Meters


def make_application(house: House) -> Starlette:
    """Return the ASGI application."""
    meters = Meters()
    routes = [
        *make_device_routes(house),
        Route("/healthz", _health(house)),
        Route("/metrics", meters.page),
        Mount("/api/v1", make_api(house)),
        *make_console(house),
    ]
    lost = Lost(make_lost_page(house))
    application = Starlette(routes=routes, exception_handlers={HTTPException: lost.handler})
    application.router.redirect_slashes = False  # it would lead where the Host header says
    application.add_middleware(Plain, lost=lost)
    application.add_middleware(Door, meters=meters)
    return application


def _health(house: House) -> Callable[[Request], Awaitable[Response]]:
    async def health(_request: Request) -> Response:
        """Answer whether the server can do its work: it reads from its database."""
        try:
            await house.fleet.fleet_counts()
        except LenskeepError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    return health
