"""All pages for headsets; each file gives its own routes."""

from starlette.routing import Route

from lenskeep.flows.house import House
from lenskeep.web.device.pages.instructions import make_instruction_routes
from lenskeep.web.device.pages.sign_in import make_sign_in_routes
from lenskeep.web.device.pages.terms import make_terms_routes


def make_page_routes(house: House) -> list[Route]:
    """Return the routes of all pages."""
    return [
        *make_instruction_routes(house),
        *make_sign_in_routes(house),
        *make_terms_routes(house),
    ]
