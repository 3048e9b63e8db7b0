"""Serves the sweeps: in batches, so that no message waits long behind one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.ports import Retention
from lenskeep.flows.records import TimelineEntry
from lenskeep.session.state import NoteKind
from lenskeep.store.operating.sweeping import sweep_cohorts, sweep_guards, sweep_trees
from lenskeep.store.rows import micros
from lenskeep.store.sql import Executor, Query, Row, Work
from lenskeep.store.statements import housekeeping as sweeps
from lenskeep.store.statements.conversations import MOVE_ON
from lenskeep.store.statements.entry.tickets import SWEEP_TICKETS
from lenskeep.store.statements.operations import LOSE_OPERATION, RECOUNT, SILENT_EXECS
from lenskeep.store.units.journal import tell

BATCH: Final = 500
"""Rows a transaction: a few milliseconds on the slowest disk we run on."""
_LOST: Final = (
    "sent, and no answer came: whether the device did it is not known. "
    "Look at the device, then queue it again if it is still wanted."
)
_UNREFERRED: Final = {
    "cohorts": sweep_cohorts,
    "trees": sweep_trees,
    "staged_rollouts": sweep_guards,
}
"""In this order: a cohort that goes may leave its tree behind, a tree its staged roll-outs."""


class Housekeeping:
    """The HousekeepingStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def lose_sessions(self, silent_since: datetime, at: datetime) -> int:
        """Turn SENT Exec operations of sessions silent since then to UNKNOWN; say how many."""
        return await self._repeat(partial(_lose, micros(silent_since), at))

    async def sweep(self, retention: Retention) -> Mapping[str, int]:
        """Delete what is past its time; return how many rows of what."""
        before = {
            "replies": (sweeps.SWEEP_REPLIES, retention.replies_before),
            "timeline": (sweeps.SWEEP_TIMELINE, retention.timeline_before),
            "bodies": (sweeps.SWEEP_BODIES, retention.bodies_before),
            "sign_ins": (sweeps.SWEEP_SIGN_INS, retention.sign_ins_before),
            "codes": (sweeps.SWEEP_CODES, retention.codes_before),
            "provisioning": (sweeps.SWEEP_PROVISIONING, retention.replies_before),
            "renewals": (sweeps.SWEEP_RENEWALS, retention.replies_before),
            "tickets": (SWEEP_TICKETS, retention.tickets_before),
        }
        counts = {
            name: await self._repeat(partial(_sweep, query, micros(moment)))
            for name, (query, moment) in before.items()
        }
        old = micros(retention.operations_before)
        counts["operations"] = await self._repeat(partial(_sweep_operations, old))
        for name, work in _UNREFERRED.items():
            counts[name] = await self._repeat(partial(work, BATCH))
        return counts

    async def _repeat(self, work: Callable[[], Work[int]]) -> int:
        """Run batches until one is not full; return how many rows there were in all."""
        total = 0
        while True:
            done = await self._executor.write(work)
            total += done
            if done < BATCH:
                return total


def _lose(silent_since: int, at: datetime) -> Work[int]:
    found = yield SILENT_EXECS(silent_since=silent_since, limit=BATCH)
    for row in found:
        yield LOSE_OPERATION(
            operation_id=row["operation_id"], now=micros(at), new_status_text=_LOST
        )
        yield tell(DeviceId(row["operation_device_id"]), (_lost(row, at),))
    for enrollment_id in dict.fromkeys(row["operation_enrollment_id"] for row in found):
        yield MOVE_ON(of_enrollment=EnrollmentId(enrollment_id))
    for device_id in dict.fromkeys(row["operation_device_id"] for row in found):
        yield RECOUNT(of_device=device_id)
    return len(found)


def _lost(row: Row, at: datetime) -> TimelineEntry:
    detail = {"operation": row["operation_id"], "uri": row["operation_uri"], "outcome": "unknown"}
    return TimelineEntry(at, NoteKind.SESSION_LOST.value, detail, row["operation_session_id"])


def _sweep(query: Query, before: int) -> Work[int]:
    gone = yield query(before=before, limit=BATCH)
    return len(gone)


def _sweep_operations(before: int) -> Work[int]:
    gone = yield sweeps.SWEEP_OPERATIONS(before=before, limit=BATCH)
    for device_id in dict.fromkeys(row["device_id"] for row in gone):
        yield RECOUNT(of_device=device_id)
    return len(gone)
