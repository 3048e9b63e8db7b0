"""What a restored database must forget and doubt before a server may use it.

The headsets went on after the backup was made. Nothing may be done twice, no old answer to a
challenge may count again, and how settings stand is to be looked at anew.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Integer, bindparam, delete, select, update

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.records import Audit, TimelineEntry
from lenskeep.store.rows import micros
from lenskeep.store.schema import (
    conversation,
    lease,
    operation,
    progress,
    standing,
    stumble,
    worker,
)
from lenskeep.store.sql import Executor, Query, Row, Work, labeled, one_of
from lenskeep.store.statements.operations import OPEN_STATES, RECOUNT
from lenskeep.store.units.journal import record, tell
from lenskeep.tree.operation import OperationState, Verb

RESTORED: Final = "restored"
"""The kind of the timeline's line."""
BATCH: Final = 500
_IN_DOUBT: Final = (
    "open when the backup was made; the headset may have been told since, and have done it. "
    "Look at it, then queue it again if it is still wanted."
)
_LIMIT: Final = bindparam("limit", type_=Integer)
_WAITING: Final = ProgressState.WAITING.value
_CALM: Final = (ProgressState.VERIFIED.value, ProgressState.APPLIED.value)

_OPEN_EXECS: Final = Query(
    select(*labeled(operation))
    .where(one_of(operation.c.state, OPEN_STATES), operation.c.verb == Verb.EXEC.value)
    .order_by(operation.c.number)
    .limit(_LIMIT)
)
_DOUBT_EXEC: Final = Query(
    update(operation)
    .where(operation.c.id == bindparam("operation_id"))
    .values(
        state=OperationState.UNKNOWN.value,
        status_text=_IN_DOUBT,
        session_id="",  # no answer in any session is about this one
        ended_at=bindparam("now"),
    )
)
_CONVERSATIONS: Final = Query(
    select(conversation.c.enrollment_id)
    .where(conversation.c.enrollment_id > bindparam("after"))
    .order_by(conversation.c.enrollment_id)
    .limit(_LIMIT)
)
_BEGIN_ANEW: Final = Query(
    update(conversation)
    .where(conversation.c.enrollment_id == bindparam("of_enrollment"))
    .values(
        version=conversation.c.version + 1,
        session=None,
        session_id="",
        questions_asked_at=None,
        nonce=bindparam("new_nonce"),
    )
)
_STANDINGS: Final = Query(
    select(standing.c.enrollment_id, standing.c.body)
    .where(standing.c.enrollment_id > bindparam("after"))
    .order_by(standing.c.enrollment_id)
    .limit(_LIMIT)
)
_DOUBT: Final = Query(
    update(standing)
    .where(standing.c.enrollment_id == bindparam("of_enrollment"))
    .values(body=bindparam("new_body"), settled=0, due_at=bindparam("now"))
)
_CALM_NO_MORE: Final = (
    Query(update(standing).where(one_of(standing.c.worst, _CALM)).values(worst=_WAITING)),
    Query(
        update(progress).where(one_of(progress.c.state, _CALM)).values(state=_WAITING, verified=0)
    ),
)
_GONE: Final = tuple(Query(delete(table)) for table in (worker, lease, stumble))


class Aftermath:
    """Puts a restored database right, in batches; doing it twice does no harm."""

    def __init__(self, executor: Executor, at: datetime) -> None:
        self._executor = executor
        self._at = at

    async def doubt_execs(self) -> int:
        """Turn every Exec that was not ended to UNKNOWN, and tell of it; return how many."""
        total = 0
        while done := await self._executor.write(partial(_doubt_execs, self._at)):
            total += done
        return total

    async def begin_anew(self, nonces: Iterator[str]) -> int:
        """End all sessions, give every headset a nonce that nobody answered; return how many."""
        return await self._pages(_CONVERSATIONS, partial(_begin_anew, nonces))

    async def doubt_standings(self, doubted: Callable[[bytes], bytes]) -> int:
        """Let every headset's settings be looked at anew; return how many headsets."""
        found = await self._pages(_STANDINGS, partial(_doubt_standings, doubted, self._at))
        await self._executor.write(_calm_no_more)
        return found

    async def finish(self, line: Audit) -> None:
        """Forget the processes of the old server, and write down what was done."""
        await self._executor.write(partial(_finish, line))

    async def _pages(self, query: Query, change: Callable[[list[Row]], Work[None]]) -> int:
        total, after = 0, ""
        while True:
            rows = await self._executor.read(partial(_page, query, after))
            if not rows:
                return total
            await self._executor.write(partial(change, rows))
            total, after = total + len(rows), rows[-1]["enrollment_id"]


def _page(query: Query, after: str) -> Work[list[Row]]:
    found = yield query(after=after, limit=BATCH)
    return list(found)


def _doubt_execs(at: datetime) -> Work[int]:
    found = yield _OPEN_EXECS(limit=BATCH)
    for row in found:
        yield _DOUBT_EXEC(operation_id=row["operation_id"], now=micros(at))
        yield tell(DeviceId(row["operation_device_id"]), (_told(row, at),))
    for device_id in dict.fromkeys(row["operation_device_id"] for row in found):
        yield RECOUNT(of_device=device_id)
    return len(found)


def _told(row: Row, at: datetime) -> TimelineEntry:
    detail = {"operation": row["operation_id"], "uri": row["operation_uri"], "outcome": "unknown"}
    return TimelineEntry(at, RESTORED, detail)


def _begin_anew(nonces: Iterator[str], rows: list[Row]) -> Work[None]:
    names = (row["enrollment_id"] for row in rows)
    yield _BEGIN_ANEW.each({"of_enrollment": each, "new_nonce": next(nonces)} for each in names)


def _doubt_standings(
    doubted: Callable[[bytes], bytes], at: datetime, rows: list[Row]
) -> Work[None]:
    yield _DOUBT.each(
        {
            "of_enrollment": row["enrollment_id"],
            "new_body": doubted(bytes(row["body"])),
            "now": micros(at),
        }
        for row in rows
    )


def _calm_no_more() -> Work[None]:
    for query in _CALM_NO_MORE:
        yield query()


def _finish(line: Audit) -> Work[None]:
    for query in _GONE:
        yield query()
    yield record((line,))
