"""What the list of devices is narrowed by: read from the address, offered as choices. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.errors import Invalid, shown
from lenskeep.flows.entrance import Custody
from lenskeep.flows.leaving.showing import MAX_SILENT_DAYS
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.ports import FleetCounts
from lenskeep.flows.records import DeviceFilter, DeviceState, Unwanted
from lenskeep.web.console.desired import looks
from lenskeep.web.console.words import custody_look, device_look, plural

STATES: Final = (
    DeviceState.MANAGED,
    DeviceState.ENROLLED,
    DeviceState.UNENROLLED,
    DeviceState.WIPED,
)
"""Those of devices that are listed."""
_PLAIN: Final = ("text", "state", "generation", "os_build", "edition", "tag")
_SILENT_DAYS: Final = (1, 3, 7, 30)

Select = tuple[str, str, list[tuple[str, str]], str]
"""Its name, its word, (value, word) of its choices, the value chosen."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: of the store, and as it stands in the address."""

    narrowed: DeviceFilter
    query: Mapping[str, str]
    """Without what is empty."""
    after: str | None


def read_asked(query: Mapping[str, str], now: datetime) -> Asked:
    """Return what the address asks for. Raises Invalid."""
    given = {name: query.get(name, "").strip() for name in (*_PLAIN, "worst", "custody", "silent")}
    trouble = query.get("trouble", "") == "1"
    narrowed = DeviceFilter(
        **{name: given[name] for name in _PLAIN},
        trouble=trouble,
        worst=_worst(given["worst"]),
        custody=_custody(given["custody"]),
        silent_since=_silent(given["silent"], now),
    )
    told = {name: value for name, value in given.items() if value}
    return Asked(narrowed, told | ({"trouble": "1"} if trouble else {}), query.get("after") or None)


def _worst(text: str) -> ProgressState | Unwanted | None:
    if not text:
        return None
    if text == Unwanted.NONE.value:
        return Unwanted.NONE
    try:
        return ProgressState(text)
    except ValueError:
        allowed = ", ".join(each.value for each in (*ProgressState, Unwanted.NONE))
        raise Invalid.field("worst", f"{shown(text)} is no standing", allowed) from None


def _custody(text: str) -> str:
    allowed = [each.value for each in Custody]
    if text and text not in allowed:
        raise Invalid.field("custody", f"{shown(text)} is none of them", ", ".join(allowed))
    return text


def _silent(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    days = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= days <= MAX_SILENT_DAYS:
        message = f"{shown(text)} is no number of days"
        raise Invalid.field("silent", message, f"1 to {MAX_SILENT_DAYS}")
    return now - timedelta(days=days)


def selects(counts: FleetCounts, tags: Iterable[str], asked: Asked) -> list[Select]:
    """Return the choices; tags only where there are any."""
    chosen = asked.query.get
    generation, build, tag = chosen("generation", ""), chosen("os_build", ""), chosen("tag", "")
    found = [
        ("state", "State", [(e.value, device_look(e).word) for e in STATES], chosen("state", "")),
        ("worst", "Standing", _standings(), chosen("worst", "")),
        ("custody", "Where it is", _custodies(), chosen("custody", "")),
        ("silent", "Silent", _silences(chosen("silent", "")), chosen("silent", "")),
        ("tag", "Tag", _plain(tags, tag), tag),
        ("generation", "Generation", _plain(counts.by_generation, generation), generation),
        ("os_build", "Build", _plain(counts.by_build, build), build),
    ]
    return [each for each in found if each[2] or each[0] != "tag"]


def _standings() -> list[tuple[str, str]]:
    told = [(each.value, looks.progress_look(each).word) for each in looks.progress_states()]
    return [*told, (Unwanted.NONE.value, looks.NOTHING_WANTED.word)]


def _custodies() -> list[tuple[str, str]]:
    return [(each.value, custody_look(each).word) for each in Custody]


def _silences(chosen: str) -> list[tuple[str, str]]:
    days = {*_SILENT_DAYS, *([int(chosen)] if chosen else [])}
    return [(str(each), f"for {plural(each, 'day')}") for each in sorted(days)]


def _plain(values: Iterable[str], chosen: str) -> list[tuple[str, str]]:
    names = {each for each in (*values, chosen) if each}
    return [(each, each) for each in sorted(names)]
