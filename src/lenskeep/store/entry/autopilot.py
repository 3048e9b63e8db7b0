"""Serves what Autopilot knows of headsets."""

from collections.abc import Sequence
from functools import partial

from lenskeep.base.errors import Missing
from lenskeep.flows.entrance import AutopilotRecord
from lenskeep.flows.records import Audit, Page
from lenskeep.store.entry import rows
from lenskeep.store.sql import Executor, Work
from lenskeep.store.statements.entry.autopilot import (
    ADD_RECORD,
    CHANGE_RECORD,
    RECORD,
    RECORDS,
    REMOVE_RECORD,
)
from lenskeep.store.units.journal import record
from lenskeep.store.units.paging import listed
from lenskeep.store.units.portrait import containing


class Autopilot:
    """The AutopilotStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def put(self, records: Sequence[AutopilotRecord], audit: Audit) -> tuple[int, int]:
        """Add or change by serial, all or none; return how many were added and changed."""
        return await self._executor.write(partial(_put, records, audit))

    async def records(self, text: str, after: str | None, limit: int) -> Page[AutopilotRecord]:
        """By serial; `text` is looked for in serial, group tag and assigned user."""
        call = RECORDS(after=after or "", text=containing(text), limit=limit + 1)
        return await self._executor.read(
            partial(listed, call, limit, rows.autopilot, "autopilot_serial_key")
        )

    async def by_serial(self, serial: str) -> AutopilotRecord | None:
        """Compared without case."""
        return await self._executor.read(partial(_by_serial, serial))

    async def remove(self, serial: str, audit: Audit) -> None:
        """Raises Missing."""
        await self._executor.write(partial(_remove, serial, audit))


def _put(records: Sequence[AutopilotRecord], audit: Audit) -> Work[tuple[int, int]]:
    added = changed = 0
    for each in records:
        before = yield from _by_serial(each.serial)
        values = rows.autopilot_values(each)
        if before is None:
            yield ADD_RECORD(serial_key=each.serial.casefold(), **values)
            added += 1
        else:
            new = {f"new_{name}": value for name, value in values.items()}
            yield CHANGE_RECORD(of_serial=each.serial.casefold(), **new)
            changed += 1
    yield record((audit,))
    return added, changed


def _by_serial(serial: str) -> Work[AutopilotRecord | None]:
    found = yield RECORD(serial_key=serial.casefold())
    return rows.autopilot(found[0]) if found else None


def _remove(serial: str, audit: Audit) -> Work[None]:
    gone = yield REMOVE_RECORD(of_serial=serial.casefold())
    if not gone:
        raise Missing("Autopilot record", serial)
    yield record((audit,))
