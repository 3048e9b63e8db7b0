"""The catalog as the picker shows it: found by words, browsed by area."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lenskeep.desired.guard.lockdown import is_lockdown
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Confidence, Reboot, Record
from lenskeep.tree.catalog.search import Query, SearchIndex
from lenskeep.tree.uri import Scope
from lenskeep.web.console.words import Look

_ALL: Final = 20_000
_WIDE: Final = 400
"""Hits looked at before those that cannot be set are left out."""


@dataclass(frozen=True, slots=True)
class Area:
    """A policy area, or another CSP, and how many settings it has."""

    name: str
    settings: int
    is_policy: bool


@lru_cache(maxsize=2)
def index_of(catalog: Catalog) -> SearchIndex:
    """Return the index; made once for a catalog."""
    return SearchIndex(catalog)


@lru_cache(maxsize=2)
def areas_of(catalog: Catalog) -> tuple[Area, ...]:
    """Return the areas with something that a HoloLens may have, policies first."""
    found = [each for each in index_of(catalog).find(Query(limit=_ALL)) if each.is_settable]
    counts = Counter((not each.area, area_of(each)) for each in found)
    return tuple(
        Area(name, count, not other)
        for (other, name), count in sorted(counts.items(), key=lambda e: (e[0][0], e[0][1].lower()))
    )


def found(catalog: Catalog, words: str, area: str, *, everything: bool) -> tuple[Record, ...]:
    """Return the settings with these words in this area, best first."""
    wide = _ALL if area else _WIDE
    hits = index_of(catalog).find(Query(words[:200], everything=everything, limit=wide))
    return tuple(r for r in hits if r.is_settable and (not area or area_of(r) == area))


def area_of(record: Record) -> str:
    """Return the policy area, else the CSP."""
    return record.area or record.csp


_DANGER: Final = Look("Can lock out", "bad", "Some values can cut a headset off; you are asked.")
_INSIDER: Final = Look("Insider", "warn", "Only Insider builds have it.")
_OLD: Final = Look("Deprecated", "warn", "Newer builds may not have it any more.")
_RESTART: Final = Look("Restart", "busy", "Takes effect once the headset has restarted.")
_RESTARTS: Final = Look("Restarts", "busy", "The headset restarts by itself.")
_USER: Final = Look("User", "calm", "Set for a user: it waits until somebody has signed in.")
_WHOLE: Final = Look("Together", "calm", "Travels together with its neighbors, all or nothing.")
_UNSURE: Final = Look(
    "Undocumented", "calm", "The device description names HoloLens, its documentation does not."
)
_NOT: Final = Look("Not on HoloLens", "bad", "Nobody says that a HoloLens has it.")


def marks(record: Record) -> tuple[Look, ...]:
    """Return what is to be known of a setting before it is picked."""
    checks = (
        (is_lockdown(record.uri), _DANGER),
        (record.confidence is Confidence.INSIDER, _INSIDER),
        (record.is_deprecated, _OLD),
        (record.reboot is Reboot.SERVER, _RESTART),
        (record.reboot is Reboot.AUTOMATIC, _RESTARTS),
        (record.scope is Scope.USER, _USER),
        (bool(record.atomic_root), _WHOLE),
        (record.confidence in (Confidence.DDF_ONLY, Confidence.DDF_HOLOGRAPHIC_ONLY), _UNSURE),
        (record.confidence in (Confidence.NONE, Confidence.EXCLUDED), _NOT),
    )
    return tuple(look for holds, look in checks if holds)


def needs(record: Record) -> str:
    """Return the first build that has it, in words; empty where nobody says."""
    if record.hl_min_build is not None:
        return f"from {record.hl_min_build}"
    if record.builds:
        return f"from {min(each.number for each in record.builds)}"
    return ""
