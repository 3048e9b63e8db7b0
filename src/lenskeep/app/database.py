"""Looks after the database: says how it is, brings it up to date, moves it to another one."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from lenskeep.app.keeping.contents import Tell, kind_of, no_progress, place_of
from lenskeep.app.keeping.restoring import with_database
from lenskeep.app.opening import site_of
from lenskeep.base.errors import Conflict
from lenskeep.base.secret import Secret
from lenskeep.config import FILE_NAME, load_settings
from lenskeep.files.folder import DATABASE, PRIVATE, SERVING, DataFolder
from lenskeep.files.setup import Site
from lenskeep.flows.ports import Serving
from lenskeep.flows.records import Actor, ActorKind, Audit
from lenskeep.store import Store, attach
from lenskeep.store.authority import LivingCertificates
from lenskeep.store.copying import Place
from lenskeep.store.looking import DatabaseState, look_at
from lenskeep.store.migrating import SchemaState, bring_up_to_date, shown_place
from lenskeep.store.moving import move

SILENCE: Final = timedelta(minutes=3)
"""A process that said nothing for so long serves no more: it speaks once a minute."""
MOVED: Final = f"{DATABASE}.moved"
"""What the old file is called afterwards, so that no server serves it by mistake."""
VARIABLE: Final = "LENSKEEP_DATABASE"
_ACTOR: Final = Actor(ActorKind.CONSOLE, "lenskeep database move")


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """How the database is, and who serves it."""

    state: DatabaseState
    serving: tuple[Serving, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved where."""

    rows: dict[str, int]
    target: str
    kept: str
    """Where the old database still is."""
    by_environment: bool
    """Whether the environment names the database, which wins over the settings that we wrote."""


async def database_status(data: Path | None = None) -> DatabaseReport:
    """Return how the database is; nothing is changed. Raises Missing, Unavailable."""
    place = place_of(site_of(load_settings(data)).settings)
    state = await look_at(place)
    return DatabaseReport(state, await _serving(place, state))


def migrate_database(data: Path | None = None) -> tuple[SchemaState, SchemaState]:
    """Bring the database up to date; return how it was and how it is. Raises Conflict."""
    place = place_of(site_of(load_settings(data)).settings)
    before = bring_up_to_date(place)
    return before, asyncio.run(look_at(place)).schema


async def move_database(data: Path | None, target: Secret, tell: Tell = no_progress) -> Moved:
    """Move everything to an empty database; empty target: to a SQLite file in the data folder.

    Raises Conflict where a server serves it, or the new one is not empty; then nothing changed.
    """
    site = site_of(load_settings(data))
    source, there = place_of(site.settings), target or site.settings.data / DATABASE
    if source == there:
        raise Conflict(f"the database is there already: {shown_place(source)}")
    async with _alone(site, source):
        with _new_file(there):
            rows = await move(source, there, tell)
            await _write_down(site, source, there)
        _name(site.folder, target)
        kept = _set_aside(source)
    return Moved(rows, shown_place(there), kept, VARIABLE in os.environ)


# --- who else is there --------------------------------------------------------------------


async def _serving(place: Place, state: DatabaseState) -> tuple[Serving, ...]:
    if state.pending:
        return ()
    async with _attached(place) as store:
        return await store.workers.workers(SILENCE)


@asynccontextmanager
async def _attached(place: Place) -> AsyncIterator[Store]:
    store = attach(place, 2)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def _alone(site: Site, source: Place) -> AsyncIterator[None]:
    """Keep servers off while the block runs. Raises Conflict where one is there."""
    with site.folder.held(SERVING):
        state = await look_at(source)
        serving = await _serving(source, state) if isinstance(source, Secret) else ()
        if serving:
            who = ", ".join(f"process {each.pid} on {each.host}" for each in serving)
            raise Conflict(f"the database is in use by {who}: stop the servers first")
        yield


async def _write_down(site: Site, source: Place, there: Place) -> None:
    detail = {"from": kind_of(source), "to": kind_of(there)}
    line = Audit(site.clock.now(), _ACTOR, "house.move", "house", detail)
    async with _attached(there) as store:
        await LivingCertificates(store.executor).note(line)


# --- afterwards ---------------------------------------------------------------------------


@contextmanager
def _new_file(there: Place) -> Iterator[None]:
    """Make a new SQLite file, and remove it again where it came to nothing."""
    if isinstance(there, Secret):
        yield
        return
    if there.exists():
        raise Conflict(f"{there} is there already: rename or remove it")
    DataFolder(there.parent).write(there.name, b"", PRIVATE)
    try:
        yield
    except BaseException:
        for suffix in ("", "-wal", "-shm"):
            there.with_name(there.name + suffix).unlink(missing_ok=True)
        raise


def _name(folder: DataFolder, target: Secret) -> None:
    """Let the settings name the new database."""
    before = folder.read(FILE_NAME).decode("utf-8") if folder.has(FILE_NAME) else ""
    folder.write(FILE_NAME, with_database(before, target.reveal()).encode("utf-8"), PRIVATE)


def _set_aside(source: Place) -> str:
    if isinstance(source, Secret):
        return shown_place(source)
    aside = source.with_name(MOVED)
    source.rename(aside)
    return str(aside)
