"""One attempt to run a unit of work on a connection."""

from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Final

from asyncpg.exceptions import DivisionByZeroError, LockNotAvailableError
from sqlalchemy import Select

from lenskeep.base.errors import Unavailable
from lenskeep.store.postgresql.compiling import Composer, rows_of, statement_of
from lenskeep.store.postgresql.connection import LOCK_TIMEOUT_S, Connection
from lenskeep.store.postgresql.errors import (
    Failure,
    has_broken,
    is_taken,
    may_be_begun_again,
    wrap,
)
from lenskeep.store.sql import Call, Rows, Step, T, Work

READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE alembic_version IN ROW SHARE MODE"
"""Beside others, but beside none who goes alone. The lock comes first: it takes no snapshot, so
that whoever had to wait for it sees what was stored in the meantime ([PostgreSQL] LOCK, Notes).
The table is one that nobody changes while we run."""
WRITE_ALONE: Final = (
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '2s';"
    f" LOCK TABLE alembic_version IN EXCLUSIVE MODE; SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"
)
"""Alone, whichever process the others are in. Who waits for it makes the others wait: not long."""
_NO_ROWS: Final[tuple[()]] = ()


class Why(Enum):
    """Why a unit is begun again, of which nothing was stored."""

    CROSSED = "another unit was in its way"
    BROKEN = "the connection broke before the commit was asked for"
    TAKEN = "a key was taken, perhaps in the same moment: the unit looks once more"
    GOES_ON = "it goes on after a statement that failed: each needs a savepoint"
    ASKS_MORE = "it asked once, by itself, and then for more: all must see one moment"


class Again(Exception):
    """Nothing of the unit was stored: it may be begun again."""

    def __init__(self, why: Why, error: Exception | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.error = error


class Attempt:
    """A connection, and whether it can be given back: it is in no transaction, nothing runs.

    `known` is why earlier attempts at the same unit were given up.
    """

    __slots__ = ("_aborted", "_composer", "_known", "clean", "connection")

    def __init__(self, connection: Connection, composer: Composer, known: AbstractSet[Why]) -> None:
        self.connection = connection
        self.clean = True
        self._composer = composer
        self._known = known
        self._aborted = False

    # --- one statement --------------------------------------------------------------------

    async def alone(self, unit: Work[T], step: Step, *, reads: bool) -> T:
        """Run one step by itself; return what the unit makes of it. Raises Again."""
        self.clean = False
        try:
            found: Rows | Exception = await self._whole(step)
            self.clean = True
        except DivisionByZeroError:
            found = _NO_ROWS
            self.clean = True
        except Failure as error:
            self.clean = not has_broken(error)
            if reads and not self.clean:
                raise Again(Why.BROKEN, error) from None
            if may_be_begun_again(error):
                raise Again(Why.CROSSED, error) from None
            found = wrap(error)
        try:
            _tell(unit, found)
        except StopIteration as done:
            result: T = done.value
            return result
        raise Again(Why.ASKS_MORE)

    # --- a transaction --------------------------------------------------------------------

    async def transaction(self, unit: Work[T], step: Step, begin: str) -> T:
        """Run all of the unit's steps and commit. Raises Again where nothing was stored."""
        try:
            await self._begin(begin)
            result = await self._steps(unit, step)
        except Exception:
            if not self.connection.is_closed():
                await self._undo()
            raise
        await self._commit()
        return result

    async def _steps(self, unit: Work[T], step: Step) -> T:
        try:
            while True:
                step = _tell(unit, await self._outcome(step))
                self._may_go_on()
        except StopIteration as done:
            self._may_go_on()
            result: T = done.value
            return result

    def _may_go_on(self) -> None:
        if self._aborted:
            raise Again(Why.GOES_ON)

    async def _outcome(self, step: Step) -> Rows | Exception:
        """Return what the unit is told of. Raises Again where it need not be."""
        try:
            return await self._step(step)
        except Failure as error:
            if has_broken(error):
                raise Again(Why.BROKEN, error) from None
            if may_be_begun_again(error):
                raise Again(Why.CROSSED, error) from None
            if is_taken(error) and Why.TAKEN not in self._known:
                raise Again(Why.TAKEN) from None
            self._aborted = Why.GOES_ON not in self._known
            return wrap(error)

    async def _step(self, step: Step) -> Rows:
        if Why.GOES_ON in self._known:
            return await self._saved(step)
        try:
            return await self._whole(step)
        except DivisionByZeroError:
            self._aborted = True
            return _NO_ROWS

    async def _saved(self, step: Step) -> Rows:
        await self.connection.execute("SAVEPOINT step")
        try:
            found = await self._one_by_one(step)
        except Failure as error:
            if not has_broken(error):
                await self.connection.execute("ROLLBACK TO step")
            raise
        await self.connection.execute("RELEASE step")
        return found

    # --- statements -----------------------------------------------------------------------

    async def _whole(self, step: Step) -> Rows:
        """Run a step as one statement. Raises DivisionByZeroError where `must` finds nothing."""
        if isinstance(step, Call):
            return await self._call(step)
        statement = self._composer.compose(step)
        if statement is None:
            return await self._one_by_one(step)
        sql, values = statement
        return await self.connection.fetch(sql, *values)

    async def _one_by_one(self, step: Step) -> Rows:
        if isinstance(step, Call):
            return await self._call(step)
        found = await self._call(step.must)
        if found:
            for call in step.also:
                await self._call(call)
        return found

    async def _call(self, call: Call) -> Rows:
        if len(call.rows) == 1:
            sql, values = statement_of(call.query, call.rows[0])
            return await self.connection.fetch(sql, *values)
        await self.connection.executemany(*rows_of(call))
        return _NO_ROWS

    # --- its bounds -----------------------------------------------------------------------

    async def _begin(self, text: str) -> None:
        self.clean = False
        try:
            await self.connection.execute(text)
        except LockNotAvailableError as error:
            raise Again(Why.CROSSED, error) from None
        except Failure as error:
            raise Again(Why.BROKEN, error) from None

    async def _commit(self) -> None:
        try:
            said = await self.connection.execute("COMMIT")
        except Failure as error:
            self.clean = not has_broken(error)
            if may_be_begun_again(error):
                raise Again(Why.CROSSED, error) from None
            if self.clean:
                raise wrap(error) from None
            raise Unavailable("the database broke off: whether all is stored is unknown") from None
        self.clean = True
        if said != "COMMIT":
            raise Unavailable("the database did not store it")

    async def _undo(self) -> None:
        try:
            await self.connection.execute("ROLLBACK")
        except Failure:
            return
        self.clean = True


def is_one_look(step: Step) -> bool:
    """Return whether a step changes nothing, whatever else the unit asks."""
    return isinstance(step, Call) and len(step.rows) == 1 and isinstance(step.query.clause, Select)


def fits_alone(step: Step, composer: Composer) -> bool:
    """Return whether a step that is its unit's only one can be one statement."""
    return isinstance(step, Call) or composer.compose(step) is not None


def _tell(unit: Work[T], found: Rows | Exception) -> Step:
    """Tell the unit what came of its step; return its next one."""
    return unit.throw(found) if isinstance(found, Exception) else unit.send(found)
