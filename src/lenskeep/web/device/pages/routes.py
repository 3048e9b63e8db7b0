"""All pages for headsets; each file gives its own routes."""

from starlette.routing import Route

from lenskeep.flows.house import House


def make_page_routes(house: House) -> list[Route]:
    """Return the routes of all pages."""
    return []
