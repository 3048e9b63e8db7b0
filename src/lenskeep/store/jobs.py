"""Jobs: work to be done after a change, kept in its transaction and claimed with a lease."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from lenskeep.store.rows import dump, micros, moment
from lenskeep.store.sql import Call, Executor, Row, Work
from lenskeep.store.statements.jobs import ADD_JOB, CLAIM_JOBS, FINISH_JOB, POSTPONE_JOB


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job; it is ours until `locked_until`."""

    id: int
    kind: str
    run_at: datetime
    locked_until: datetime
    attempts: int
    """How many times it was claimed, this time included."""
    payload: Mapping[str, str]


def follow_up(kind: str, run_at: datetime, payload: Mapping[str, str]) -> Call:
    """Return the call that puts a job into the transaction of the change it follows."""
    return ADD_JOB(
        kind=kind, run_at=micros(run_at), locked_until=None, attempts=0, payload=dump(payload)
    )


class Jobs:
    """The queue of jobs on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def add(self, kind: str, run_at: datetime, payload: Mapping[str, str]) -> None:
        """Add a job that follows no change."""
        await self._executor.write(partial(_add, follow_up(kind, run_at, payload)))

    async def claim(self, now: datetime, lease: datetime, limit: int) -> tuple[Job, ...]:
        """Return due jobs that nobody holds, oldest first; they are ours until `lease`."""
        return await self._executor.write(partial(_claim, now, lease, limit))

    async def finish(self, job: Job) -> bool:
        """Forget it, done; False where the lease ran out and another took it."""
        call = FINISH_JOB(job_id=job.id, lease=micros(job.locked_until))
        return await self._executor.write(partial(_held, call))

    async def postpone(self, job: Job, run_at: datetime) -> bool:
        """Give it back for later; False where the lease ran out and another took it."""
        call = POSTPONE_JOB(
            job_id=job.id, lease=micros(job.locked_until), new_run_at=micros(run_at)
        )
        return await self._executor.write(partial(_held, call))


def _add(call: Call) -> Work[None]:
    yield call


def _claim(now: datetime, lease: datetime, limit: int) -> Work[tuple[Job, ...]]:
    found = yield CLAIM_JOBS(now=micros(now), lease=micros(lease), limit=limit)
    return tuple(sorted(map(_job, found), key=lambda job: (job.run_at, job.id)))


def _held(call: Call) -> Work[bool]:
    held = yield call
    return bool(held)


def _job(row: Row) -> Job:
    return Job(
        id=row["job_id"],
        kind=row["job_kind"],
        run_at=moment(row["job_run_at"]),
        locked_until=moment(row["job_locked_until"]),
        attempts=row["job_attempts"],
        payload=json.loads(row["job_payload"]),
    )
