"""Autopilot's records: a file in, all that is wrong with it by line, a list, tags, a file out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from lenskeep.access import Permission
from lenskeep.base.errors import Complaint, Invalid
from lenskeep.enrollment.autopilot.reading import MAX_BYTES
from lenskeep.flows.arriving import autopilot
from lenskeep.flows.arriving.autopilot import Imported
from lenskeep.flows.reading import PageRequest
from lenskeep.web.console.page import HEADERS, Visit, go

ADDRESS: Final = "/enrollment/autopilot"
MAX_FILE: Final = MAX_BYTES
_SHOWN: Final = 50
_LINE: Final = re.compile(r"(line [0-9]+)(?:: (.*))?")
_FIELDS: Final = {"Group Tag": "group_tag", "Assigned User": "assigned_user"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """All that is wrong in one place of a file."""

    place: str
    """`Line 7`, or `The file`."""
    complaints: tuple[tuple[str, Complaint], ...]
    """Each with its column; empty where it is about no column."""


async def autopilot_page(visit: Visit) -> Response:
    """Show the records, or those that a text is found in."""
    return await _answer(visit, visit.request.query_params.get("text", ""))


async def take(visit: Visit, body: bytes) -> Response:
    """Import a file, or only look at it."""
    is_trial = visit.form.get("do") == "look"
    try:
        found = await autopilot.import_hashes(visit.house, visit.caller, body, dry_run=is_trial)
    except Invalid as invalid:
        return await _answer(visit, "", 422, {"wrongs": by_line(invalid.complaints)})
    if is_trial:
        return await _answer(visit, "", said={"looked": found})
    return go(visit.request, f"{ADDRESS}?{_counted(found)}")


async def change(visit: Visit) -> Response:
    """Change group tag and user of one record."""
    serial, text = visit.form.get("serial", ""), visit.form.get("text", "")
    tag, user = visit.form.get("group_tag", ""), visit.form.get("assigned_user", "")
    try:
        await autopilot.change_record(
            visit.house, visit.caller, serial, group_tag=tag, assigned_user=user
        )
    except Invalid as invalid:
        wrong = tuple(
            Complaint(_FIELDS.get(each.field, each.field), each.message, each.allowed)
            for each in invalid.complaints
        )
        said = {"complaints": wrong, "typed": (serial, tag, user)}
        return await _answer(visit, text, 422, said)
    return go(visit.request, _back(visit, "changed"))


async def remove(visit: Visit) -> Response:
    """Forget a record."""
    await autopilot.remove_record(visit.house, visit.caller, visit.form.get("serial", ""))
    return go(visit.request, _back(visit, "removed"))


async def export(visit: Visit) -> Response:
    """Hand out the file for Autopilot."""
    text = visit.request.query_params.get("text", "")
    body = await autopilot.export_hashes(visit.house, visit.caller, text)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="autopilot.csv"'}
    return Response(body, 200, headers, media_type="text/csv; charset=utf-8")


def by_line(complaints: Iterable[Complaint]) -> tuple[Wrong, ...]:
    """Return complaints put together by the line of the file that they are about."""
    placed = [(*_placed(each), each) for each in complaints]
    return tuple(
        Wrong(place, tuple((column, each) for _, column, each in run))
        for place, run in groupby(placed, key=lambda each: each[0])
    )


def _placed(complaint: Complaint) -> tuple[str, str]:
    found = _LINE.fullmatch(complaint.field)
    if found is None:
        return "The file", ""
    return found[1].capitalize(), found[2] or ""


def _counted(found: Imported) -> str:
    counts = (found.added, found.changed, found.unchanged)
    return urlencode({"saved": "imported", "counts": ".".join(map(str, counts))})


def _back(visit: Visit, saved: str) -> str:
    query = {"saved": saved, "text": visit.form.get("text", "")}
    return f"{ADDRESS}?{urlencode({name: each for name, each in query.items() if each})}"


def _imported(visit: Visit) -> Imported | None:
    """Return what an import did, as the address tells it."""
    found = re.fullmatch(
        r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})", visit.request.query_params.get("counts", "")
    )
    return Imported(*map(int, found.groups())) if found else None


async def _answer(
    visit: Visit, text: str, status: int = 200, said: Mapping[str, object] | None = None
) -> Response:
    after = visit.request.query_params.get("after") or None
    page = PageRequest(after, _SHOWN)
    records = await autopilot.list_records(visit.house, visit.caller, text, page)
    is_first = not text and not after
    values: dict[str, object] = {
        "records": records,
        "after": after,
        "text": text,
        "nothing_yet": is_first and not records.items,
        "saved": visit.request.query_params.get("saved", ""),
        "imported": _imported(visit),
        "looked": None,
        "wrongs": (),
        "typed": ("", "", ""),
        "complaints": (),
        "may_import": visit.may(Permission.ENROLL),
        "most_mb": MAX_FILE // (1024 * 1024),
    }
    template = "part.html" if visit.is_live else "setup/autopilot.html"
    values["part"] = "setup/autopilot_records.html"
    return visit.answer(template, values | dict(said or {}), status)
