"""The console's routes. Its pages stand at `/`; whoever mounts it gives its own paths first."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenskeep.flows.house import House
from lenskeep.web.console import desk, fleet, people, signin
from lenskeep.web.console.assets import Assets, load_assets
from lenskeep.web.console.desired.routes import desired_routes
from lenskeep.web.console.device import doing, operations, pages, settings, who
from lenskeep.web.console.device.leaving import orders
from lenskeep.web.console.device.leaving import page as leaving
from lenskeep.web.console.enrollment.routes import enrollment_routes
from lenskeep.web.console.page import Console, make_templates, render
from lenskeep.web.console.profiles.routes import profile_routes
from lenskeep.web.console.setup.routes import setup_routes
from lenskeep.web.console.visitor import form, page

_LOST: Final = {
    404: ("There is nothing here", "The address leads nowhere. Was it typed by hand?"),
    405: ("This cannot be done here", "The address is right, what was asked of it is not."),
}


def make_console(house: House) -> list[BaseRoute]:
    """Return the routes of the console, its static files among them."""
    console = _furnish(house)

    async def static(request: Request) -> Response:
        return console.assets.answer(request)

    return [
        Route("/static/{name:path}", static, methods=["GET"]),
        Route("/sign-in", signin.sign_in_page(console), methods=["GET"]),
        Route("/sign-in", signin.sign_in_form(console), methods=["POST"]),
        Route("/sign-out", form(console, signin.leave), methods=["POST"]),
        Route("/", page(console, fleet.fleet_page), methods=["GET"]),
        Route("/codes", page(console, desk.codes_page), methods=["GET"]),
        Route("/codes", form(console, desk.make), methods=["POST"]),
        Route("/codes/list", page(console, desk.codes_part), methods=["GET"]),
        Route("/codes/{code}/end", form(console, desk.end), methods=["POST"]),
        Route("/audit", page(console, desk.audit_page), methods=["GET"]),
        Route("/help", page(console, desk.help_page), methods=["GET"]),
        *_people_routes(console),
        *profile_routes(console),
        *desired_routes(console),
        *enrollment_routes(console),
        *setup_routes(console),
        *_device_routes(console),
    ]


def _people_routes(console: Console) -> list[BaseRoute]:
    return [
        route
        for kind in people.KINDS
        for route in (
            Route(kind.path, page(console, people.show(kind)), methods=["GET"]),
            Route(kind.path, form(console, people.add(kind)), methods=["POST"]),
            Route(kind.path + "/{id}/end", form(console, people.stop(kind)), methods=["POST"]),
        )
    ]


def make_lost_page(house: House) -> Callable[[int, Mapping[str, str]], Response]:
    """Return what makes the page for an address that leads nowhere."""
    console = _furnish(house)

    def lost_page(status: int, headers: Mapping[str, str]) -> Response:
        title, words_of_trouble = _LOST.get(status, _LOST[404])
        values = {"title": title, "words_of_trouble": words_of_trouble}
        return render(console, "trouble.html", values, status, headers)

    return lost_page


@cache
def _shipped_assets() -> Assets:
    """They do not change while the server runs."""
    return load_assets()


def _furnish(house: House) -> Console:
    assets = _shipped_assets()
    return Console(house, make_templates(assets), assets)


def _device_routes(console: Console) -> list[BaseRoute]:
    shown = {
        "": doing.device_page,
        "/doing": doing.doing_part,
        "/edition": doing.edition_part,
        "/leaving": leaving.leaving_page,
        "/who": who.who_page,
        "/identity": pages.identity_part,
        "/inventory": pages.inventory_part,
        "/operations": pages.operations_part,
        "/settings": settings.settings_part,
        "/timeline": pages.timeline_part,
    }
    sent = {
        "/operations": fleet.queue_on_picked,
        "/devices/{device}/operations": operations.queue,
        "/devices/{device}/settings/retry": settings.retry,
        "/devices/{device}/name": pages.rename,
        "/devices/{device}/link": pages.link,
        "/devices/{device}/edition": doing.upgrade,
        "/devices/{device}/unenroll": orders.unenroll,
        "/devices/{device}/wipe": orders.wipe,
        "/devices/{device}/stay": orders.stay,
        "/devices/{device}/retire": orders.retire,
        "/devices/{device}/custody": orders.custody,
        "/devices/{device}/revoke": orders.revoke,
        "/operations/{operation}/cancel": operations.cancel,
        "/operations/{operation}/retry": operations.retry,
    }
    return [
        *(
            Route("/devices/{device}" + path, page(console, show), methods=["GET"])
            for path, show in shown.items()
        ),
        *(Route(path, form(console, act), methods=["POST"]) for path, act in sent.items()),
    ]
