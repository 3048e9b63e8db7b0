"""Statements on jobs: work that follows a change, claimed with a lease."""

from typing import Final

from sqlalchemy import Integer, bindparam, delete, insert, or_, select, update

from lenskeep.store.schema import job
from lenskeep.store.sql import Query, labeled

ADD_JOB: Final = Query(insert(job))
_due: Final = (
    select(job.c.id)
    .where(
        job.c.run_at <= bindparam("now"),
        or_(job.c.locked_until.is_(None), job.c.locked_until <= bindparam("now")),
    )
    .order_by(job.c.run_at, job.c.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)  # SQLite has one writer and needs none
)
CLAIM_JOBS: Final = Query(
    update(job)
    .where(job.c.id.in_(_due))
    .values(locked_until=bindparam("lease"), attempts=job.c.attempts + 1)
    .returning(*labeled(job))
)
FINISH_JOB: Final = Query(
    delete(job)
    .where(job.c.id == bindparam("job_id"), job.c.locked_until == bindparam("lease"))
    .returning(job.c.id)
)
"""Only the holder of the lease finishes it: who came too late finishes nothing."""
POSTPONE_JOB: Final = Query(
    update(job)
    .where(job.c.id == bindparam("job_id"), job.c.locked_until == bindparam("lease"))
    .values(run_at=bindparam("new_run_at"), locked_until=None)
    .returning(job.c.id)
)
