"""The front page of enrollment: every way in, how it stands, what to do."""

from starlette.responses import Response

from lenskeep.flows.entry.admission.ways import show_ways
from lenskeep.web.console.page import Visit


async def front_page(visit: Visit) -> Response:
    """Show the ways in."""
    ways = await show_ways(visit.house, visit.caller)
    return visit.answer("enrollment/ways.html", {"ways": ways})
