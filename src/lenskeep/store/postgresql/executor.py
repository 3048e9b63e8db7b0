"""Runs units of work on PostgreSQL.

A unit that changes something is one SERIALIZABLE transaction: it is as if units ran one after the
other, as they do on SQLite, and one that could not be is begun again. A unit whose only step says
so is one statement and one round trip, and commits by itself. A unit that only reads sees one
moment; where it asks once, that is one round trip too.

What is known not to be stored is tried again. Where the connection broke while a commit was on
its way nobody knows, and the caller is told Unavailable: a device then says the same again, and
is given the stored reply where it was stored after all.
"""

import asyncio
import secrets
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from types import CodeType, GeneratorType
from typing import Final, TypeAlias

from lenskeep.base.errors import Unavailable
from lenskeep.store.postgresql.compiling import Composer
from lenskeep.store.postgresql.connection import Place
from lenskeep.store.postgresql.errors import wrap
from lenskeep.store.postgresql.pool import Pool
from lenskeep.store.postgresql.running import (
    READ,
    WRITE,
    WRITE_ALONE,
    Again,
    Attempt,
    Why,
    fits_alone,
    is_one_look,
)
from lenskeep.store.postgresql.turns import Turns
from lenskeep.store.sql import Step, T, Work

ATTEMPTS: Final = 12
"""Times a unit is begun before it is given up: from the fourth on it goes alone."""
FIRST_PAUSE_MS: Final = 4
"""Milliseconds before the second attempt, at most; twice as much before each further one."""
LONGEST_PAUSE_MS: Final = 500
"""Milliseconds between two attempts, at most."""
_Begun: TypeAlias = Callable[[], Work[T]]


class PostgresExecutor:
    """The executor on one database, for one event loop; it connects when it is first needed.

    `begun_again` counts what was tried once more, for whatever reason.
    """

    def __init__(self, place: Place, connections: int = 8) -> None:
        self.pool = Pool(place, connections)
        self.begun_again = 0
        self._composer = Composer()
        self._turns = Turns()
        self._asks_more: set[CodeType] = set()

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit that only reads; all its statements see the same moment."""
        return await self._persist(work, READ)

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit whole or not at all; return when it is on the server's disk."""
        return await self._persist(work, WRITE)

    def close(self) -> None:
        """Let go of the database at once; what runs is undone."""
        self.pool.abandon()

    async def aclose(self) -> None:
        """Finish what was begun and let go of the database."""
        await self.pool.close()

    async def _persist(self, work: _Begun[T], begin: str) -> T:
        known: set[Why] = set()
        for number in range(ATTEMPTS):
            try:
                return await self._attempt(work(), begin, known, number)
            except Again as again:
                last = again
            self.begun_again += 1
            if last.why is Why.BROKEN:
                if last.why in known:
                    break
                self.pool.doubt()
            elif last.why is Why.CROSSED:
                await _pause(number)
            known.add(last.why)
        if last.error is None or last.why is Why.CROSSED:
            raise Unavailable("others are changing the same; try again", retry_after_s=1)
        raise wrap(last.error)

    async def _attempt(self, unit: Work[T], begin: str, known: AbstractSet[Why], number: int) -> T:
        try:
            step = next(unit)
        except StopIteration as done:
            result: T = done.value
            return result
        try:
            if self._is_alone(unit, step, begin):
                return await self._alone(unit, step, known, reads=begin is READ)
            if begin is READ:
                return await self._transaction(unit, step, known, begin)
            async with self._turns.turn(number) as is_alone:
                begin = WRITE_ALONE if is_alone else WRITE
                return await self._transaction(unit, step, known, begin)
        except Again as again:
            if again.why is Why.ASKS_MORE:
                assert not step.last, "a unit went on after the step that it called its last"
                self._asks_more.add(_kind(unit))
            raise
        finally:
            unit.close()

    def _is_alone(self, unit: Work[T], step: Step, begin: str) -> bool:
        if step.last:
            return fits_alone(step, self._composer)
        return begin is READ and is_one_look(step) and _kind(unit) not in self._asks_more

    async def _alone(self, unit: Work[T], step: Step, known: AbstractSet[Why], *, reads: bool) -> T:
        attempt = Attempt(await self.pool.take(), self._composer, known)
        try:
            return await attempt.alone(unit, step, reads=reads)
        finally:
            self._return(attempt)

    async def _transaction(
        self, unit: Work[T], step: Step, known: AbstractSet[Why], begin: str
    ) -> T:
        attempt = Attempt(await self.pool.take(), self._composer, known)
        try:
            return await attempt.transaction(unit, step, begin)
        finally:
            self._return(attempt)

    def _return(self, attempt: Attempt) -> None:
        if attempt.clean:
            self.pool.give(attempt.connection)
        else:
            self.pool.drop(attempt.connection)


def _kind(unit: Work[T]) -> CodeType:
    """Return what all units of this kind have in common."""
    assert isinstance(unit, GeneratorType)
    return unit.gi_code


async def _pause(number: int) -> None:
    """Wait as long as chance says, so that those who were in each other's way are not again."""
    most = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << number)
    await asyncio.sleep(secrets.randbelow(most * 1000) / 1_000_000)
