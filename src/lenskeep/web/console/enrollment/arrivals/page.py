"""The live list of arrivals: who came or tried to, how far, and what is in the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.troubles.trouble import Trouble
from lenskeep.flows.arriving.first_run import FirstRunStatus, first_run_of
from lenskeep.flows.entry.admission.rules import list_attempts
from lenskeep.flows.reading import MAX_PAGE, PageRequest, list_devices
from lenskeep.flows.records import DeviceFilter, DeviceRow
from lenskeep.web.console.enrollment.arrivals.phases import Course, Since, course
from lenskeep.web.console.enrollment.arrivals.remedies import Door, door
from lenskeep.web.console.enrollment.arrivals.track import Arrival, arrivals
from lenskeep.web.console.enrollment.commands import spoken
from lenskeep.web.console.page import Visit

SHOWN: Final = 12
"""Arrivals on the front page; a box of ten headsets is unpacked at once."""
FOLLOWED: Final = timedelta(hours=24)
"""How long the first run of a headset is looked at here; its own page goes on."""
_NEW: Final = 50
"""Records among which those of arrivals are looked for first."""
_NO_RUN: Final = FirstRunStatus("none")


@dataclass(frozen=True, slots=True)
class Line:
    """One arrival as the page shows it."""

    arrival: Arrival
    course: Course
    row: DeviceRow | None
    trouble: Trouble | None
    door: Door | None
    """Where in this console the remedy is."""

    @property
    def name(self) -> str:
        """What it is called, by what is known of it."""
        told = self.row.name if self.row else self.arrival.told("device_name")
        return told or "A headset"


async def arrivals_part(visit: Visit) -> Response:
    """Show the arrivals, for the live page."""
    values = await arrivals_values(visit)
    return visit.answer("part.html", values | {"part": "enrollment/arrivals.html"})


async def arrivals_values(visit: Visit) -> dict[str, object]:
    """Return what the list shows."""
    page = await list_attempts(visit.house, visit.caller, PageRequest(None, MAX_PAGE))
    found = arrivals(page.items)[:SHOWN]
    rows = await _rows(visit, found)
    lines = [await _line(visit, each, rows.get(each.device_id)) for each in found]
    return {"arrivals": lines, "spoken": spoken}


async def _rows(visit: Visit, found: Iterable[Arrival]) -> dict[str, DeviceRow]:
    """Return the records that arrivals led to; most are among the newest."""
    wanted = {each.device_id for each in found if each.device_id}
    if not wanted:
        return {}
    newest = await list_devices(visit.house, visit.caller, DeviceFilter(), PageRequest(None, _NEW))
    rows = {str(each.id): each for each in newest.items if each.id in wanted}
    for each in wanted - rows.keys():
        try:
            rows[each] = (await visit.house.fleet.device(DeviceId(each))).row
        except Missing:
            continue
    return rows


async def _line(visit: Visit, arrival: Arrival, row: DeviceRow | None) -> Line:
    since = Since(row, await _first_run(visit, arrival, row)) if row else None
    trouble = arrival.trouble
    return Line(arrival, course(arrival, since), row, trouble, door(arrival.latest.hresult))


async def _first_run(visit: Visit, arrival: Arrival, row: DeviceRow) -> FirstRunStatus:
    if visit.now - arrival.at > FOLLOWED:
        return _NO_RUN
    return await first_run_of(visit.house, visit.caller, row.id)
