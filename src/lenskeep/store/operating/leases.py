"""Serves leases: background work is done by whoever holds its lease, and by nobody who held it.

A lease is taken with a new term. Whatever its holder writes is written in one transaction with
the question whether that term still counts, so that one who slept and wakes up late writes
nothing more, wherever it was when it fell asleep.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from lenskeep.base.errors import Conflict
from lenskeep.flows.ports import Lease, LeaseLost
from lenskeep.store.sql import Executor, Query, Row, Rows, Step, T, Work
from lenskeep.store.statements import operating

_MICROSECOND: Final = timedelta(microseconds=1)


class Leases:
    """The LeaseStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def due(self, duties: Mapping[str, timedelta], life: timedelta) -> tuple[str, ...]:
        """Return which of these are to be done, and held by nobody, in the order given."""
        stands = await self._executor.read(_stands)
        return tuple(
            duty
            for duty, every in duties.items()
            if duty not in stands or _is_open(stands[duty], every, life)
        )

    async def claim(
        self, duty: str, holder: str, every: timedelta, life: timedelta
    ) -> Lease | None:
        """Return the lease, ours for `life`; None where it is held, or was done meanwhile."""
        values = {"duty": duty, "me": holder, "every": every, "life": life}
        with suppress(Conflict):  # another one was the first to know of the duty
            return await self._executor.write(partial(_claim, values))
        return None

    async def renew(self, lease: Lease, life: timedelta) -> bool:
        """Hold it for `life` from now on; False where another one has it."""
        return await self._held(operating.RENEW, lease, life=life // _MICROSECOND)

    async def finish(self, lease: Lease) -> bool:
        """Give it back, the duty done; False where another one has it."""
        return await self._held(operating.FINISH, lease)

    async def let_go(self, lease: Lease) -> bool:
        """Give it back, the duty not done; False where another one has it."""
        return await self._held(operating.LET_GO, lease)

    async def _held(self, query: Query, lease: Lease, **more: object) -> bool:
        return await self._executor.write(partial(_whether, query, {**_names(lease), **more}))


class Fenced:
    """An executor whose writes happen only while a lease is held. Raises LeaseLost."""

    def __init__(self, executor: Executor, lease: Lease) -> None:
        self._executor = executor
        self._lease = lease

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit that only reads: that needs no lease."""
        return await self._executor.read(work)

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit whole, or not at all where another one has the lease."""
        return await self._executor.write(partial(_fenced, self._lease, work))

    def close(self) -> None:
        """Do nothing: the executor is another's."""

    async def aclose(self) -> None:
        """Do nothing either."""


def _fenced(lease: Lease, work: Callable[[], Work[T]]) -> Work[T]:
    """Ask whether the term counts, then run the unit; what was its only call is not any more."""
    held = yield operating.HELD(**_names(lease))
    if not held:
        raise LeaseLost(lease.duty)
    unit = work()
    try:
        step = next(unit)
        while True:
            try:
                found = yield _not_alone(step)
            except Exception as error:  # noqa: BLE001 - handed on: the unit may have an answer
                step = unit.throw(error)
            else:
                step = unit.send(found)
    except StopIteration as done:
        result: T = done.value
        return result


def _not_alone(step: Step) -> Step:
    return replace(step, last=False)


def _names(lease: Lease) -> dict[str, object]:
    return {"duty": lease.duty, "me": lease.holder, "held_term": lease.term}


def _stands() -> Work[dict[str, Row]]:
    found = yield operating.LEASES()
    return {row["id"]: row for row in found}


def _is_open(row: Row, every: timedelta, life: timedelta) -> bool:
    """As `operating.CLAIM` says it."""
    now: int = row["now"]
    is_free = not row["holder"] or not now < row["until"] <= now + life // _MICROSECOND
    return is_free and not now - every // _MICROSECOND < row["done_at"] <= now


def _claim(values: Mapping[str, object]) -> Work[Lease | None]:
    duty, holder = str(values["duty"]), str(values["me"])
    call = operating.CLAIM(**{name: _plain(value) for name, value in values.items()})
    found: Rows = yield call
    if not found:
        known = yield operating.LEASES()
        if any(row["id"] == duty for row in known):
            return None
        yield operating.ADD_DUTY(id=duty, holder="", term=0, until=0, done_at=0)
        found = yield call
    return Lease(duty, holder, found[0]["term"]) if found else None


def _plain(value: object) -> object:
    return value // _MICROSECOND if isinstance(value, timedelta) else value


def _whether(query: Query, values: Mapping[str, object]) -> Work[bool]:
    found = yield query.only(**values)
    return bool(found)
