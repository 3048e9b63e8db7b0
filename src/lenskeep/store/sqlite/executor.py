"""Runs units of work on SQLite: many waiting writes share one commit, and so one disk sync.

The writer thread takes every unit that waits, runs each in a savepoint of its own, so that one
that fails takes nothing of its neighbours with it, commits once and answers all. Reads run in a
few threads beside it, each in one transaction, and see what was committed before.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeAlias

from lenskeep.base.errors import LenskeepError, Unavailable
from lenskeep.store.sql import T, Work
from lenskeep.store.sqlite.connection import connect, run, wrap

READERS: Final = 3
"""Threads: a slow list must not hold up a session; more would only wait for the interpreter."""
GROUP: Final = 256
"""Units a commit, at most: bounds how long the first one waits for the last."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit of work and who waits for it."""

    work: Callable[[], Work[Any]]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a unit."""

    unit: _Unit
    result: object = None
    error: Exception | None = None


_Line: TypeAlias = "SimpleQueue[_Unit | None]"


class SqliteExecutor:
    """The executor on one database file. Made by `open_store`; `close` ends its threads."""

    def __init__(self, path: Path) -> None:
        self.committed: Callable[[int], None] | None = None
        """Told, in the writer's thread, of each commit and how many units shared it."""
        self._lock = Lock()
        self._closed = False
        self._writes: _Line = SimpleQueue()
        self._reads: _Line = SimpleQueue()
        self._connections = [connect(path)]
        self._connections += [connect(path, reader=True) for _ in range(READERS)]
        writer, *readers = self._connections
        self._threads = [
            Thread(target=self._write_on, args=(writer,), name="store-writer", daemon=True)
        ]
        self._threads += [
            Thread(target=_read_on, args=(reader, self._reads), name="store-reader", daemon=True)
            for reader in readers
        ]
        for thread in self._threads:
            thread.start()

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit that only reads; all its statements see the same moment."""
        return await self._submit(self._reads, work)

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit whole or not at all; return when it is on the disk."""
        return await self._submit(self._writes, work)

    def close(self) -> None:
        """Finish every unit that waits, end the threads, close the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._writes.put(None)
            for _ in range(READERS):
                self._reads.put(None)
        for thread in self._threads:
            thread.join()
        for connection in reversed(self._connections):
            connection.close()

    async def aclose(self) -> None:
        """Finish every unit that waits, end the threads, close the file."""
        await asyncio.to_thread(self.close)

    def _write_on(self, connection: sqlite3.Connection) -> None:
        more = True
        while more:
            units, more = _waiting(self._writes)
            if units:
                _answer(_commit(connection, units))
                if self.committed is not None:
                    self.committed(len(units))

    async def _submit(self, line: _Line, work: Callable[[], Work[T]]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if self._closed:
                raise Unavailable("the store is closed")
            line.put(_Unit(work, future, loop))
        return await future


# --- reading ------------------------------------------------------------------------------


def _read_on(connection: sqlite3.Connection, line: _Line) -> None:
    while (unit := line.get()) is not None:
        _answer((_read(connection, unit),))


def _read(connection: sqlite3.Connection, unit: _Unit) -> _Outcome:
    try:
        connection.execute("BEGIN")
        try:
            return _Outcome(unit, run(connection, unit.work()))
        finally:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
    except Exception as error:  # noqa: BLE001 - the worker loop: whoever waits is told, whatever it is
        return _failed(unit, error)


# --- writing ------------------------------------------------------------------------------


def _waiting(line: _Line) -> tuple[list[_Unit], bool]:
    """Return all that waits, at least one unless the store closes, and whether to go on."""
    unit = line.get()
    units: list[_Unit] = []
    while unit is not None:
        units.append(unit)
        if len(units) == GROUP:
            return units, True
        try:
            unit = line.get_nowait()
        except Empty:
            return units, True
    return units, False


def _commit(connection: sqlite3.Connection, units: Sequence[_Unit]) -> list[_Outcome]:
    """Run them in one transaction and return what became of each, when it is on the disk."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_write(connection, unit) for unit in units]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - the worker loop: whoever waits is told, whatever it is
        with suppress(sqlite3.Error):  # mostly there is nothing left to undo
            connection.execute("ROLLBACK")
        return [_failed(unit, error) for unit in units]
    return outcomes


def _write(connection: sqlite3.Connection, unit: _Unit) -> _Outcome:
    connection.execute("SAVEPOINT unit")
    try:
        outcome = _Outcome(unit, run(connection, unit.work()))
    except Exception as error:
        if not connection.in_transaction:  # a full disk or a broken file ended all of it
            raise
        connection.execute("ROLLBACK TO unit")
        outcome = _failed(unit, error)
    connection.execute("RELEASE unit")
    return outcome


# --- answering ----------------------------------------------------------------------------


def _failed(unit: _Unit, error: Exception) -> _Outcome:
    if isinstance(error, LenskeepError):
        return _Outcome(unit, error=error)
    wrapped = wrap(error)
    if wrapped is not error:
        wrapped.__cause__ = error
    return _Outcome(unit, error=wrapped)


def _answer(outcomes: Sequence[_Outcome]) -> None:
    """Wake each event loop once for all of its outcomes."""
    loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        loops.setdefault(outcome.unit.loop, []).append(outcome)
    for loop, own in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, own)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        future = outcome.unit.future
        if future.done():  # its caller was cancelled
            continue
        if outcome.error is None:
            future.set_result(outcome.result)
        else:
            future.set_exception(outcome.error)
