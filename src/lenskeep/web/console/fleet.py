"""The fleet page: counts, filters, the list; the same address answers its live parts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.desired.tags import list_tags
from lenskeep.flows.operations import queue_operations
from lenskeep.flows.ports import FleetCounts
from lenskeep.flows.reading import PageRequest, count_fleet, list_devices
from lenskeep.flows.records import DeviceState
from lenskeep.web.console.desired.answer import hands
from lenskeep.web.console.desired.standing import fleet_picture
from lenskeep.web.console.desired.tags import hand_groups
from lenskeep.web.console.device.operations import EMPTY, OPERATIONS_CHANGED, wish_of
from lenskeep.web.console.device.pages import form_values, is_active, part
from lenskeep.web.console.narrowing import STATES, read_asked, selects
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look, device_look, plural

_SHOWN: Final = 50
_MOST_CHIPS: Final = 8
_QUEUE: Final = "/operations"
"""Where the form for the devices picked goes."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A state with its count."""

    value: str
    look: Look
    count: int


async def fleet_page(visit: Visit) -> Response:
    """Show the fleet, or for htmx its tiles and rows."""
    query = visit.request.query_params
    values = await _values(visit, query, frozenset(query.getlist("device")))
    if not visit.is_live:
        return visit.answer("fleet.html", values | form_values(EMPTY, _QUEUE))
    if values["total"] and "empty" in query:
        return visit.answer("fleet_part.html", values, headers={"HX-Refresh": "true"})
    return visit.answer("fleet_part.html", values, headers=_shown_address(visit))


async def queue_on_picked(visit: Visit) -> Response:
    """Queue one operation on every device that is picked: on all of them or on none."""
    draft = {name: visit.form.get(name, usual) for name, usual in EMPTY.items()}
    picked = tuple(DeviceId(each) for each in visit.form.getlist("device"))
    try:
        queued = await queue_operations(visit.house, visit.caller, picked, wish_of(draft))
    except Invalid as invalid:
        return await _again(visit, draft, complaints=invalid.complaints)
    except Conflict as conflict:
        return await _again(visit, draft, complaints=(Complaint("devices", str(conflict)),))
    uri = queued.operations[0].operation.uri.text
    words = f"{draft['verb'].capitalize()} {uri} is queued on {plural(len(picked), 'device')}."
    kept = {**EMPTY, "verb": draft["verb"]}
    return await _again(visit, kept, queued=words, warnings=queued.warnings)


async def _again(visit: Visit, draft: dict[str, str], **said: object) -> Response:
    status = 422 if "complaints" in said else 200
    form = {**form_values(draft, _QUEUE), **said}
    if visit.is_live:
        return part(visit, "operation_form.html", form, status, OPERATIONS_CHANGED)
    values = await _values(visit, {}, frozenset(visit.form.getlist("device")))
    return visit.answer("fleet.html", values | form, status)


async def _values(
    visit: Visit, asked: Mapping[str, str], picked: frozenset[str]
) -> dict[str, object]:
    found = read_asked(asked, visit.now)
    page = PageRequest(found.after, _SHOWN)
    house, caller = visit.house, visit.caller
    counts, devices, tags, picture, groups = await asyncio.gather(
        count_fleet(house, caller),
        list_devices(house, caller, found.narrowed, page),
        list_tags(house, caller),
        fleet_picture(visit),
        hand_groups(visit),
    )
    return {
        "page": devices,
        "picked": picked,
        "is_active": is_active,
        "after": found.after,
        "query": found.query,
        "next_query": {**found.query, "after": devices.next or ""},
        "total": sum(counts.by_state.get(each.value, 0) for each in STATES),
        "tiles": _tiles(counts),
        "shares": _shares(counts),
        "selects": selects(counts, tags, found),
        "narrowed": found.narrowed,
        **hands(),
        **picture,
        "hand_groups": groups,
        "all_tags": tags,
    }


def _shown_address(visit: Visit) -> dict[str, str]:
    """The browser's address follows the filters, without the empty ones."""
    asked = read_asked(visit.request.query_params, visit.now)
    if visit.request.headers.get("hx-source", "").startswith("form"):
        query = urlencode(asked.query)
        return {"HX-Replace-Url": f"/?{query}" if query else "/"}
    return {}


def _tiles(counts: FleetCounts) -> list[Tile]:
    """Return the states with their counts; wiped ones only where there are any."""
    found = [Tile(e.value, device_look(e), counts.by_state.get(e.value, 0)) for e in STATES]
    return [each for each in found if each.count or each.value != DeviceState.WIPED.value]


def _shares(counts: FleetCounts) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Return the chips: (filter, its word, (value, count) with the largest first)."""
    return [
        ("generation", "Generation", _largest(counts.by_generation)),
        ("os_build", "Build", _largest(counts.by_build)),
    ]


def _largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    told = [(value, count) for value, count in counts.items() if value and count]
    return sorted(told, key=lambda each: (-each[1], each[0]))[:_MOST_CHIPS]
