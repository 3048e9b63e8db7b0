"""Connections to the database file: how they are set, that they are so, and what errors mean."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from lenskeep.base.errors import Conflict, Invalid, LenskeepError, Unavailable
from lenskeep.store.sql import Call, Rows, Step, T, Work

DIALECT: Final[Dialect] = sqlite.dialect(paramstyle="named")
BUSY_TIMEOUT_MS: Final = 15_000
"""Milliseconds to wait for another process (a command beside the server) that is writing."""
_PRAGMAS: Final[dict[str, str | int]] = {
    "journal_mode": "wal",  # readers and the writer do not wait for each other
    "synchronous": 2,  # FULL: a commit is on the disk before it is acknowledged
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    "wal_autocheckpoint": 4000,  # pages (16 MB): a checkpoint syncs twice, so not every 4 MB
    "temp_store": 2,  # MEMORY: nothing of ours is written outside the data folder
}
_READER_PRAGMAS: Final[dict[str, str | int]] = {"query_only": 1}
_NO_VALUES: Final[tuple[()]] = ()


def connect(path: Path, *, reader: bool = False) -> sqlite3.Connection:
    """Return a connection whose settings were checked. Raises Unavailable where it cannot be."""
    try:
        if not reader:
            _create_private(path)
        connection = sqlite3.connect(
            path,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,  # transactions are begun by us alone
            check_same_thread=False,  # closed by the thread that closes the store
            cached_statements=256,
        )
    except (sqlite3.Error, OSError) as error:
        raise Unavailable("the database file cannot be opened") from error
    try:
        for name, wanted in {**_PRAGMAS, **(_READER_PRAGMAS if reader else {})}.items():
            _set(connection, name, wanted)
    except (sqlite3.Error, LenskeepError) as error:
        connection.close()
        raise wrap(error) if isinstance(error, sqlite3.Error) else error from None
    return connection


def _create_private(path: Path) -> None:
    """Make the file readable by its owner alone; SQLite gives its companions the same rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _set(connection: sqlite3.Connection, name: str, wanted: str | int) -> None:
    connection.execute(f"PRAGMA {name} = {wanted}").fetchall()
    (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
    if actual != wanted:
        raise Unavailable(f"SQLite does not take the setting {name} = {wanted}, it has {actual}")


def wrap(error: Exception) -> Exception:
    """Return the error of our families that this one of the driver means."""
    match error:
        case sqlite3.IntegrityError():
            return Conflict("the store has such a record already, or lacks what it refers to")
        case sqlite3.OperationalError() | sqlite3.DatabaseError():
            name = getattr(error, "sqlite_errorname", "unknown")
            return Unavailable(f"the database cannot be used at the moment ({name})")
        case UnicodeEncodeError() | OverflowError():
            return Invalid.field("value", "it is no text or number that can be stored")
    return error


def run(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Run the unit's statements one after the other; a driver's error is raised at its yield."""
    try:
        step = next(work)
        while True:
            try:
                found = _execute(connection, step)
            except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
                wrapped = wrap(error)
                wrapped.__cause__ = error
                step = work.throw(wrapped)
            else:
                step = work.send(found)
    except StopIteration as done:
        result: T = done.value
        return result


def _execute(connection: sqlite3.Connection, step: Step) -> Rows:
    if isinstance(step, Call):
        return _run_call(connection, step)
    found = _run_call(connection, step.must)
    if found:
        for call in step.also:
            _run_call(connection, call)
    return found


def _run_call(connection: sqlite3.Connection, call: Call) -> Rows:
    compiled = call.query.compiled(DIALECT)
    constants = compiled.constants
    if len(call.rows) == 1:
        values = {**constants, **call.rows[0]} if constants else call.rows[0]
        return _rows(connection.execute(compiled.sql, values))
    connection.executemany(compiled.sql, [{**constants, **values} for values in call.rows])
    return _NO_VALUES


def _rows(cursor: sqlite3.Cursor) -> Rows:
    """Return what was found, by name: the driver's own rows look through all names each time."""
    found = cursor.fetchall()
    if not found:
        return _NO_VALUES
    names = [each[0] for each in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in found]
