"""Autopilot's records: imported, looked at, tagged, exported."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Invalid, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.autopilot.merging import imported
from lenskeep.enrollment.autopilot.naming import parse_template
from lenskeep.enrollment.autopilot.reading import read_hashes
from lenskeep.enrollment.autopilot.rows import HashRow, text_wrongs
from lenskeep.enrollment.autopilot.writing import write_hashes
from lenskeep.flows.desired.regrouping import regroup
from lenskeep.flows.entrance import AutopilotRecord
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import plan_in_force
from lenskeep.flows.in_force.hashes import record_of, row_of
from lenskeep.flows.people import audit_line
from lenskeep.flows.reading import MAX_PAGE, PageRequest
from lenskeep.flows.records import Page
from lenskeep.tree.value import UNWRITABLE

_FILE: Final = "autopilot"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or in a dry run would do."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as faces show it."""

    record: AutopilotRecord
    name: str
    """What the headset would be called by the template in force; empty where there is none."""


async def import_hashes(
    house: House, caller: Caller, body: bytes, *, dry_run: bool = False
) -> Imported:
    """Take the headsets of a file. Raises Invalid with every complaint of every line."""
    demand(caller, Permission.ENROLL)
    rows = await asyncio.to_thread(read_hashes, body)
    known = {each.serial.casefold(): each async for each in _every(house, "")}
    devices = await _devices(house)
    now = house.clock.now()
    records: list[AutopilotRecord] = []
    for row in rows:
        before = known.get(row.key)
        after = imported(row_of(before) if before else None, row)
        if before is not None and after == row_of(before) and before.source == "imported":
            continue
        record = record_of(after, "imported", now)
        records.append(replace(record, device_id=devices.get(row.key)))
    new = sum(each.serial.casefold() not in known for each in records)
    result = Imported(new, len(records) - new, len(rows) - len(records))
    if dry_run or not records:
        return result
    detail = {"added": str(result.added), "changed": str(result.changed)}
    line = audit_line(house, caller, "autopilot.import", _FILE, detail)
    await house.entry.autopilot.put(records, line)
    await _regroup(house, records)
    return result


async def export_hashes(house: House, caller: Caller, text: str = "") -> bytes:
    """Return the file for Autopilot, of all records or of those that the text is found in."""
    demand(caller, Permission.ENROLL)
    _plain(text)
    rows = [row_of(each) async for each in _every(house, text)]
    return await asyncio.to_thread(write_hashes, [each for each in rows if each.hardware_hash])


async def list_records(
    house: House, caller: Caller, text: str, page: PageRequest
) -> Page[RecordView]:
    """Return a page of the records, by serial number."""
    demand(caller, Permission.SEE)
    _plain(text)
    found = await house.entry.autopilot.records(text, page.after, page.limit)
    plan, _ = await plan_in_force(house)
    views = tuple(_view(each, plan.name_template) for each in found.items)
    return Page(views, found.next)


async def show_record(house: House, caller: Caller, serial: str) -> RecordView:
    """Return one record. Raises Missing."""
    demand(caller, Permission.SEE)
    plan, _ = await plan_in_force(house)
    return _view(await _record(house, serial), plan.name_template)


async def change_record(
    house: House,
    caller: Caller,
    serial: str,
    *,
    group_tag: str | None = None,
    assigned_user: str | None = None,
) -> RecordView:
    """Change the group tag or the user; empty texts take them away. Raises Missing, Invalid."""
    demand(caller, Permission.ENROLL)
    before = await _record(house, serial)
    if group_tag is None and assigned_user is None:
        raise Invalid.field("group_tag", "nothing is to be changed", "a group tag, or a user")
    after = replace(
        before,
        group_tag=before.group_tag if group_tag is None else group_tag.strip(),
        assigned_user=before.assigned_user if assigned_user is None else assigned_user.strip(),
        changed_at=house.clock.now(),
    )
    _require_texts(row_of(after))
    detail = {"group_tag": after.group_tag, "assigned_user": after.assigned_user}
    line = audit_line(house, caller, "autopilot.change", before.serial, detail)
    await house.entry.autopilot.put([after], line)
    await _regroup(house, [after])
    return await show_record(house, caller, serial)


async def remove_record(house: House, caller: Caller, serial: str) -> None:
    """Forget a record; Autopilot itself, in the tenant, is not told. Raises Missing."""
    demand(caller, Permission.ENROLL)
    before = await _record(house, serial)
    line = audit_line(house, caller, "autopilot.remove", before.serial)
    await house.entry.autopilot.remove(before.serial, line)
    await _regroup(house, [before])


# --- in it --------------------------------------------------------------------------------


def _view(record: AutopilotRecord, template: str) -> RecordView:
    name = parse_template(template).filled(record.serial) if template else ""
    return RecordView(record, name)


async def _record(house: House, serial: str) -> AutopilotRecord:
    _plain(serial)
    found = await house.entry.autopilot.by_serial(serial.strip())
    if found is None:
        raise Missing("Autopilot record", serial)
    return found


async def _every(house: House, text: str) -> AsyncIterator[AutopilotRecord]:
    after: str | None = None
    while True:
        page = await house.entry.autopilot.records(text, after, MAX_PAGE)
        for each in page.items:
            yield each
        after = page.next
        if after is None:
            return


async def _devices(house: House) -> Mapping[str, DeviceId]:
    """Return the devices under management by their serial numbers."""
    members = await house.mandate.members()
    return {each.serial.casefold(): each.device for each in members if each.serial}


async def _regroup(house: House, records: Iterable[AutopilotRecord]) -> None:
    """Put the headsets of these records into the groups of their tags."""
    devices = [each.device_id for each in records if each.device_id is not None]
    if devices:
        await regroup(house, devices)


def _require_texts(row: HashRow) -> None:
    wrong = [Complaint(name, text, allowed) for name, text, allowed in text_wrongs(row)]
    if wrong:
        raise Invalid(*wrong)


def _plain(text: str) -> None:
    if UNWRITABLE.search(text):
        raise Invalid.field("text", "it holds a control character", "text")
