"""Statements on leases, on the processes that serve, on wrong secrets of the last minutes.

All of them go by the database's clock: it is one for all processes, whatever those of their
machines say.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Integer, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from lenskeep.store.schema import lease, stumble, worker
from lenskeep.store.sql import Query


class Now(FunctionElement[int]):
    """The moment by the database's clock: microseconds since 1970, in UTC."""

    type = BigInteger()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite_now(_element: Now, _compiler: Any, **_: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(Now, "postgresql")
def _postgresql_now(_element: Now, _compiler: Any, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


def _micros(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


# --- leases -------------------------------------------------------------------------------

ADD_DUTY: Final = Query(insert(lease))
LEASES: Final = Query(
    select(lease.c.id, lease.c.holder, lease.c.until, lease.c.done_at, Now().label("now"))
)
CLAIM: Final = Query(
    update(lease)
    .where(
        lease.c.id == bindparam("duty"),
        or_(lease.c.holder == "", lease.c.until <= Now(), lease.c.until > Now() + _micros("life")),
        or_(lease.c.done_at + _micros("every") <= Now(), lease.c.done_at > Now()),
    )
    .values(holder=bindparam("me"), term=lease.c.term + 1, until=Now() + _micros("life"))
    .returning(lease.c.term)
)
"""Free is what nobody holds, and what ended; an end later than any lease given now was given
by a clock that has gone back since. So is a duty due whose last time is yet to come."""
RENEW: Final = Query(
    update(lease)
    .where(
        lease.c.id == bindparam("duty"),
        lease.c.holder == bindparam("me"),
        lease.c.term == bindparam("held_term"),
    )
    .values(until=Now() + _micros("life"))
    .returning(lease.c.term)
)
HELD: Final = Query(
    select(lease.c.term).where(
        lease.c.id == bindparam("duty"),
        lease.c.holder == bindparam("me"),
        lease.c.term == bindparam("held_term"),
    )
)
"""The fence: asked in the transaction of every write that a lease allows."""
_given_back = update(lease).where(
    lease.c.id == bindparam("duty"),
    lease.c.holder == bindparam("me"),
    lease.c.term == bindparam("held_term"),
)
FINISH: Final = Query(_given_back.values(holder="", until=0, done_at=Now()).returning(lease.c.term))
LET_GO: Final = Query(_given_back.values(holder="", until=0).returning(lease.c.term))

# --- who serves ---------------------------------------------------------------------------

SEEN: Final = Query(
    update(worker)
    .where(worker.c.id == bindparam("worker_id"))
    .values(seen_at=Now(), master_keys=bindparam("new_master_keys"))
    .returning(worker.c.id)
)
ADD_WORKER: Final = Query(insert(worker).values(started_at=Now(), seen_at=Now()))
WORKERS: Final = Query(
    select(worker)
    .where(worker.c.seen_at > Now() - _micros("silence"))
    .order_by(worker.c.host, worker.c.started_at, worker.c.id)
)
WORKER_GONE: Final = Query(delete(worker).where(worker.c.id == bindparam("worker_id")))
SWEEP_WORKERS: Final = Query(
    delete(worker).where(worker.c.seen_at <= Now() - _micros("silence")).returning(worker.c.id)
)

# --- wrong secrets ------------------------------------------------------------------------

ADD_STUMBLE: Final = Query(insert(stumble).values(at=Now()))


def _latest(subject: Any) -> Query:
    return Query(
        select((Now() - stumble.c.at).label("ago"))
        .where(
            stumble.c.purpose == bindparam("purpose"),
            subject == bindparam("subject"),
            stumble.c.at > Now() - _micros("window"),
        )
        .order_by(stumble.c.at.desc())
        .limit(bindparam("most", type_=Integer))
    )


OF_ACCOUNT: Final = _latest(stumble.c.account)
OF_ADDRESS: Final = _latest(stumble.c.address)
SWEEP_STUMBLES: Final = Query(
    delete(stumble)
    .where(or_(stumble.c.at <= Now() - _micros("window"), stumble.c.at > Now() + _micros("window")))
    .returning(stumble.c.id)
)
