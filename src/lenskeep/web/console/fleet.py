"""The fleet page: counts, filters, the list; the same address answers its live parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.operations import queue_operations
from lenskeep.flows.ports import FleetCounts
from lenskeep.flows.reading import PageRequest, count_fleet, list_devices
from lenskeep.flows.records import DeviceFilter, DeviceState
from lenskeep.web.console.desired.answer import hands
from lenskeep.web.console.desired.standing import fleet_picture
from lenskeep.web.console.desired.tags import bulk_values
from lenskeep.web.console.device.operations import EMPTY, OPERATIONS_CHANGED, wish_of
from lenskeep.web.console.device.pages import form_values, is_active, part
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look, device_look, plural

_SHOWN: Final = 50
_TILES: Final = (DeviceState.MANAGED, DeviceState.ENROLLED, DeviceState.UNENROLLED)
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
    narrowed, after = _asked(asked)
    counts = await count_fleet(visit.house, visit.caller)
    devices = await list_devices(visit.house, visit.caller, narrowed, PageRequest(after, _SHOWN))
    query = _query(narrowed)
    return {
        "page": devices,
        "picked": picked,
        "is_active": is_active,
        "after": after,
        "query": query,
        "next_query": query | {"after": devices.next or ""},
        "total": sum(counts.by_state.get(each.value, 0) for each in _TILES),
        "tiles": [Tile(e.value, device_look(e), counts.by_state.get(e.value, 0)) for e in _TILES],
        "shares": _shares(counts),
        "selects": _selects(counts, narrowed),
        "narrowed": narrowed,
        **hands(),
        **await fleet_picture(visit),
        **await bulk_values(visit),
    }


def _asked(query: Mapping[str, str]) -> tuple[DeviceFilter, str | None]:
    narrowed = DeviceFilter(
        text=query.get("text", "").strip(),
        state=query.get("state", ""),
        generation=query.get("generation", ""),
        os_build=query.get("os_build", ""),
        edition=query.get("edition", ""),
        trouble=query.get("trouble", "") == "1",
    )
    return narrowed, query.get("after") or None


def _query(narrowed: DeviceFilter) -> dict[str, str]:
    """Return the filter as it stands in the address."""
    fields = {
        "text": narrowed.text,
        "state": narrowed.state,
        "generation": narrowed.generation,
        "os_build": narrowed.os_build,
        "edition": narrowed.edition,
        "trouble": "1" if narrowed.trouble else "",
    }
    return {name: value for name, value in fields.items() if value}


def _shown_address(visit: Visit) -> dict[str, str]:
    """The browser's address follows the filters, without the empty ones."""
    query = _query(_asked(visit.request.query_params)[0])
    if visit.request.headers.get("hx-source", "").startswith("form"):
        return {"HX-Replace-Url": f"/?{urlencode(query)}" if query else "/"}
    return {}


def _shares(counts: FleetCounts) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Return the chips: (filter, its word, (value, count) with the largest first)."""
    return [
        ("generation", "Generation", _largest(counts.by_generation)),
        ("os_build", "Build", _largest(counts.by_build)),
    ]


def _largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    told = [(value, count) for value, count in counts.items() if value and count]
    return sorted(told, key=lambda each: (-each[1], each[0]))[:_MOST_CHIPS]


def _selects(
    counts: FleetCounts, narrowed: DeviceFilter
) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    states = [(each.value, device_look(each).word) for each in _TILES]
    generations = _plain(counts.by_generation, narrowed.generation)
    builds = _plain(counts.by_build, narrowed.os_build)
    return [
        ("state", "State", states, narrowed.state),
        ("generation", "Generation", generations, narrowed.generation),
        ("os_build", "Build", builds, narrowed.os_build),
    ]


def _plain(values: Iterable[str], chosen: str) -> list[tuple[str, str]]:
    names = {each for each in (*values, chosen) if each}
    return [(each, each) for each in sorted(names)]
