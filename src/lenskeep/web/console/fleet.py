"""The fleet page: counts, filters, the list; the same address answers its live parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from lenskeep.flows.ports import FleetCounts
from lenskeep.flows.reading import PageRequest, count_fleet, list_devices
from lenskeep.flows.records import DeviceFilter, DeviceState
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look, device_look

_SHOWN: Final = 50
_TILES: Final = (DeviceState.MANAGED, DeviceState.ENROLLED, DeviceState.UNENROLLED)
_MOST_CHIPS: Final = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """A state with its count."""

    value: str
    look: Look
    count: int


async def fleet_page(visit: Visit) -> Response:
    """Show the fleet, or for htmx its tiles and rows."""
    narrowed, after = _asked(visit.request.query_params)
    counts = await count_fleet(visit.house, visit.caller)
    devices = await list_devices(visit.house, visit.caller, narrowed, PageRequest(after, _SHOWN))
    total = sum(counts.by_state.get(each.value, 0) for each in _TILES)
    query = _query(narrowed)
    values: dict[str, object] = {
        "page": devices,
        "after": after,
        "query": query,
        "next_query": query | {"after": devices.next or ""},
        "total": total,
        "tiles": [Tile(e.value, device_look(e), counts.by_state.get(e.value, 0)) for e in _TILES],
        "shares": _shares(counts),
        "narrowed": narrowed,
    }
    if not visit.is_live:
        return visit.answer("fleet.html", values | {"selects": _selects(counts, narrowed)})
    if total and "empty" in visit.request.query_params:
        return visit.answer("fleet_part.html", values, headers={"HX-Refresh": "true"})
    return visit.answer("fleet_part.html", values, headers=_shown_address(visit, query))


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


def _shown_address(visit: Visit, query: Mapping[str, str]) -> dict[str, str]:
    """The browser's address follows the filters, without the empty ones."""
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
