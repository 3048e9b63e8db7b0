"""Makes a backup of a running server: one encrypted file with everything a new machine needs.

Files are read and the moment of the database is fixed while nobody can change keys; then the
tables are streamed, and the server goes on.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from lenskeep import __version__
from lenskeep.app.keeping.contents import (
    Counted,
    Tell,
    files_of,
    kind_of,
    no_progress,
    place_of,
    start_of,
)
from lenskeep.app.opening import site_of
from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.config import load_settings
from lenskeep.files.archive import (
    ArchiveWriter,
    End,
    Lock,
    Manifest,
    StoredFile,
    TableEnd,
    TableRows,
)
from lenskeep.files.setup import Site
from lenskeep.flows.records import Actor, ActorKind, Audit
from lenskeep.store import open_store
from lenskeep.store.copying import Moment, Place, Shape, Sum, dump_row, moment_of, shapes
from lenskeep.store.migrating import HEAD
from lenskeep.store.sql import Work
from lenskeep.store.units.journal import record

SUFFIX: Final = ".lenskeep"
_ACTOR: Final = Actor(ActorKind.CONSOLE, "lenskeep backup")


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What is to be made."""

    target: Path
    """The archive's file, not there yet; or a folder, then the file gets a name with the time."""
    locks: tuple[Lock, ...]
    """Who may open it."""
    with_master_key: bool = True
    """Without it, the archive opens nothing that is sealed."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was made."""

    path: Path
    size_bytes: int
    counted: Counted


async def back_up(data: Path | None, order: BackupOrder, tell: Tell = no_progress) -> BackupReport:
    """Make a backup of this data folder and its database, the running server unharmed.

    Raises Conflict where the file is there already or the database has another schema than this
    version, Unavailable where something cannot be read or written.
    """
    site = site_of(load_settings(data))
    place, path = place_of(site.settings), _path(site, order.target)
    async with _one_moment(site, place, order) as (files, moment):
        if moment.schema != HEAD:
            words = f"the database has schema {moment.schema}, this version knows {HEAD}"
            raise Conflict(f"{words}: make backups with the version that serves")
        with _whole_file(path) as out:
            writer = ArchiveWriter(out, order.locks, site.randomness)
            writer.put(_manifest(site, place, order))
            counted = await _fill(writer, files, moment, tell)
            writer.close()
    report = BackupReport(path, path.stat().st_size, counted)
    detail = {"rows": str(counted.rows), "size_bytes": str(report.size_bytes)}
    line = Audit(site.clock.now(), _ACTOR, "house.backup", "house", detail)
    await _write_down(place, line)
    return report


async def _write_down(place: Place, line: Audit) -> None:
    """Write into the audit that there is one; without that line it is as good."""
    with suppress(Unavailable):
        store = await asyncio.to_thread(open_store, place)
        try:
            await store.executor.write(partial(_line, line))
        finally:
            await store.aclose()


def _line(line: Audit) -> Work[None]:
    yield record((line,))


@asynccontextmanager
async def _one_moment(
    site: Site, place: Place, order: BackupOrder
) -> AsyncIterator[tuple[list[StoredFile], Moment]]:
    """Read the files and fix the moment of the database with no rotation of keys in between."""
    async with AsyncExitStack() as stack:
        with site.folder.alone():
            files = files_of(site.folder, site.keyring, with_master_key=order.with_master_key)
            moment = await stack.enter_async_context(moment_of(place))
        yield files, moment


def _manifest(site: Site, place: Place, order: BackupOrder) -> Manifest:
    return Manifest(
        made_at=site.clock.now().isoformat(timespec="seconds"),
        version=__version__,
        schema=HEAD,
        database=kind_of(place),
        hostname=site.settings.hostname,
        master_keys=site.keyring.ids,
        has_master_key=order.with_master_key,
    )


async def _fill(
    writer: ArchiveWriter, files: Sequence[StoredFile], moment: Moment, tell: Tell
) -> Counted:
    for number, file in enumerate(files, start=1):
        writer.put(file)
        tell("files", number, len(files))
    tables = {}
    for shape in shapes():
        tables[shape.name] = await _put_table(writer, shape, moment, tell)
    counted = Counted(len(files), tables)
    writer.put(End(counted.files, len(tables), counted.rows))
    return counted


async def _put_table(writer: ArchiveWriter, shape: Shape, moment: Moment, tell: Tell) -> int:
    expected, total = await moment.count(shape), Sum()
    writer.put(start_of(shape, expected))
    async for batch in moment.rows(shape):
        lines = tuple(dump_row(shape, row) for row in batch)
        for line in lines:
            total.add(line)
        writer.put(TableRows(lines))
        tell(shape.name, total.rows, expected)
    writer.put(TableEnd(total.rows, total.digest))
    return total.rows


# --- the file -----------------------------------------------------------------------------


def _path(site: Site, target: Path) -> Path:
    if target.is_dir():
        host = site.settings.host_names[0]
        target /= f"{host}-{site.clock.now():%Y%m%dT%H%M%SZ}{SUFFIX}"
    if target.exists():
        raise Conflict(f"{target} is there already")
    return target


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that comes to be whole or not at all, for its owner's eyes only."""
    neighbor = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(neighbor, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        neighbor.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from None
    finally:
        neighbor.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
