"""The settings picker: what fits the words, what is known of it, on how many devices it works."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import check_draft
from lenskeep.flows.desired.showing.supporting import Reach
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.web.console.page import Form, Visit
from lenskeep.web.console.profiles.draft.draft import Draft, read_draft
from lenskeep.web.console.profiles.draft.row import new_row
from lenskeep.web.console.profiles.edit import search
from lenskeep.web.console.profiles.looks import reach_look
from lenskeep.web.console.profiles.naming import profile_in, row_id
from lenskeep.web.console.words import Look

SHOWN: Final = 30
_ASKED: Final = 120
"""Hits that are held against the devices, where only those that work on all are wanted."""
CHANGED: Final = {"HX-Trigger": "draft-changed"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One setting that can be picked."""

    record: Record
    marks: tuple[Look, ...]
    badge: Look | None
    needs: str
    is_in: bool
    """Whether the profile has it already."""


@dataclass(frozen=True, slots=True)
class Picking:
    """What the picker was asked, and what it shows."""

    words: str = ""
    area: str = ""
    works: bool = False
    everything: bool = False
    hits: tuple[Hit, ...] = ()
    more: bool = False


async def pick(visit: Visit, draft: Draft, form: Form) -> Picking:
    """Return what the picker shows for the words and filters in the form."""
    catalog = await read_catalog(visit.house)
    words, area = form.get("look", "").strip(), form.get("area", "")
    works, everything = "works" in form, "everything" in form
    records = search.found(catalog, words, area, everything=everything)
    reaches = await _reaches(visit, draft, records[: _ASKED if works else SHOWN])
    hits = [_hit(draft, each, reaches.get(each.uri)) for each in records[:_ASKED]]
    if works:
        sure = {uri for uri, each in reaches.items() if each.yes == each.devices}
        hits = [each for each in hits if each.record.uri in sure or not reaches]
    return Picking(words, area, works, everything, tuple(hits[:SHOWN]), len(hits) > SHOWN)


async def _reaches(visit: Visit, draft: Draft, records: tuple[Record, ...]) -> dict[str, Reach]:
    """Return on how many devices each works, where there are devices in question."""
    if draft.profile is None and draft.group is None:
        return {}
    body = ProfileBody(tuple(ProfileSetting(each.uri) for each in records))
    checked = await check_draft(
        visit.house, visit.caller, body, profile=draft.profile, group=draft.group
    )
    return {each.uri: each for each in checked.reach if each.devices}


def _hit(draft: Draft, record: Record, reach: Reach | None) -> Hit:
    badge = None if reach is None else reach_look(reach)
    return Hit(record, search.marks(record), badge, search.needs(record), draft.has(record.uri))


async def picker_part(visit: Visit) -> Response:
    """Show what fits, while somebody types."""
    demand(visit.caller, Permission.OPERATE)
    catalog = await read_catalog(visit.house)
    draft = read_draft(catalog, visit.form, profile_in(visit))
    picking = await pick(visit, draft, visit.form)
    return visit.answer("part.html", {"part": "profiles/picker_list.html", "picking": picking})


async def setting_part(visit: Visit) -> Response:
    """Show the row of a setting that was picked, to be filled in."""
    demand(visit.caller, Permission.OPERATE)
    catalog = await read_catalog(visit.house)
    draft = picked(visit, catalog, read_draft(catalog, visit.form, profile_in(visit)))
    rows = draft.rows[-1:] if picked_uri(visit) else ()
    values = {
        "part": "profiles/rows.html",
        "rows": rows,
        "report": None,
        "marks": search.marks,
        "area_of": search.area_of,
        "needs": search.needs,
    }
    return visit.answer("part.html", values, headers=CHANGED)


def picked_uri(visit: Visit) -> str:
    """Return the node that was picked, or typed by somebody who knows it; empty for none."""
    return visit.form.get("add") or visit.form.get("locuri", "").strip()


def picked(visit: Visit, catalog: Catalog, draft: Draft) -> Draft:
    """Return the draft with the node that was picked."""
    uri = picked_uri(visit)
    if not uri:
        return draft
    guid = _guid(visit.house.randomness.octets(16))
    return draft.with_row(new_row(catalog, row_id(visit.house), uri, guid))


def _guid(octets: bytes) -> str:
    """Return a random GUID [RFC 9562] 5.4."""
    made = bytearray(octets)
    made[6] = made[6] & 0x0F | 0x40
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
