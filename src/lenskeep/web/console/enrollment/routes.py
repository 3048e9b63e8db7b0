"""The addresses of bringing headsets in."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenskeep.web.console.enrollment import names, numbers, one_way, ways
from lenskeep.web.console.enrollment.arrivals.page import arrivals_part
from lenskeep.web.console.enrollment.packages import bulk
from lenskeep.web.console.enrollment.packages import page as packages
from lenskeep.web.console.enrollment.rules import page as rules
from lenskeep.web.console.page import Console, Visit
from lenskeep.web.console.visitor import form, page

_Action: TypeAlias = Callable[[Visit], Awaitable[Response]]


def enrollment_routes(console: Console) -> list[BaseRoute]:
    """Return the routes; those with a fixed name before those with an id."""
    shown: dict[str, _Action] = {
        "/enrollment": ways.front_page,
        "/enrollment/arrivals": arrivals_part,
        "/enrollment/ways/{letter}": one_way.way_page,
        "/enrollment/rules": rules.rules_page,
        "/enrollment/packages": packages.packages_page,
        "/enrollment/packages/{package}": packages.package_page,
        "/enrollment/packages/{package}/files.zip": packages.download,
        "/enrollment/names": names.names_page,
        "/enrollment/errors": numbers.numbers_page,
    }
    sent: dict[str, _Action] = {
        "/enrollment/ways/{letter}/code": one_way.make_code,
        "/enrollment/rules": rules.save,
        "/enrollment/rules/try": rules.try_out,
        "/enrollment/maintenance": rules.maintain,
        "/enrollment/packages": packages.make,
        "/enrollment/packages/{package}/remove": packages.remove,
        "/enrollment/bulk-accounts": bulk.add,
        "/enrollment/bulk-accounts/{account}/end": bulk.end,
    }
    return [
        *(Route(path, page(console, show), methods=["GET"]) for path, show in shown.items()),
        *(Route(path, form(console, act), methods=["POST"]) for path, act in sent.items()),
    ]
