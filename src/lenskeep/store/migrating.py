"""Brings a database to the schema of this version. Alembic is imported only where there is work.

A schema that is ahead of this version is no obstacle where the newer version says so: in a
rolling upgrade the first new process migrates, and the old ones serve on until it is their turn.
A migration therefore only adds; one that cannot raises `era.oldest`, and older code refuses.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeAlias, TypeVar

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.store.sqlite.connection import BUSY_TIMEOUT_MS, connect, wrap

HEAD: Final = "0004"
"""The newest migration in `migrations/versions`; a test holds it to that."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"
DatabasePlace: TypeAlias = Path | Secret
"""A SQLite file, or the URL of a PostgreSQL database."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """How far a database was brought."""

    version: str | None
    """Its newest migration; None for an empty database."""
    oldest: str | None
    """The newest migration of the oldest code that may still serve it; None before 0004."""

    @property
    def is_behind(self) -> bool:
        """Whether there are migrations to run."""
        return self.version is None or self.version < HEAD


def bring_up_to_date(place: DatabasePlace) -> SchemaState:
    """Make or migrate the database where it is behind; return how it was found.

    Raises Conflict where a newer version made it that leaves this one behind.
    """
    state = schema_state(place)
    check_era(state)
    if state.is_behind:
        migrate(place)
    return state


def shown_place(place: DatabasePlace) -> str:
    """Return where a database is, without user and password."""
    if isinstance(place, Path):
        return str(place)
    from lenskeep.store.postgresql.connection import Place

    return f"PostgreSQL at {Place(place)}"


def check_era(state: SchemaState) -> None:
    """Raise Conflict where this version is too old for the database."""
    if state.version is None or state.version <= HEAD:
        return
    if state.oldest is None or state.oldest > HEAD:
        raise Conflict(
            f"the database has schema {state.version}, made by a newer version, which works with "
            f"none before {state.oldest or state.version}; this one knows {HEAD}: install the "
            "newer version here too"
        )


def schema_state(place: DatabasePlace) -> SchemaState:
    """Return how far the database was brought. Raises Unavailable."""
    if isinstance(place, Path):
        return _state_of_file(place)
    from lenskeep.store.postgresql.migrating import state_of

    return SchemaState(*_run(lambda: state_of(place)))


def migrate(place: DatabasePlace, to: str = "head") -> None:
    """Bring the database to the newest schema, or up to a named one, in one transaction."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        if isinstance(place, Path):
            config.attributes["url"] = f"sqlite:///{place}"
            config.attributes["busy_timeout_s"] = BUSY_TIMEOUT_MS / 1000
            command.upgrade(config, to)
            return
        from lenskeep.store.postgresql.migrating import upgrade

        def on(connection: object) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, to)

        _run(lambda: upgrade(place, on))
    except DBAPIError as error:
        kind = type(error.orig).__name__
        raise Unavailable(f"the database could not be brought up to date ({kind})") from None


def _run(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run something asynchronous to its end, whether or not a loop runs here already."""
    found: list[T] = []
    failed: list[BaseException] = []

    def elsewhere() -> None:
        try:
            found.append(asyncio.run(begin()))
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            failed.append(error)

    thread = Thread(target=elsewhere, name="store-migrating")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _state_of_file(path: Path) -> SchemaState:
    with closing(connect(path)) as connection:
        try:
            version = _value(connection, "alembic_version", "SELECT version_num FROM {}")
            oldest = _value(connection, "era", "SELECT oldest FROM {} WHERE id = 'schema'")
        except sqlite3.Error as error:
            raise wrap(error) from error
    return SchemaState(version, oldest)


def _value(connection: sqlite3.Connection, table: str, question: str) -> str | None:
    there = "SELECT name FROM sqlite_master WHERE name = ?"
    if connection.execute(there, (table,)).fetchone() is None:
        return None
    row = connection.execute(question.format(table)).fetchone()
    return None if row is None else str(row[0])
