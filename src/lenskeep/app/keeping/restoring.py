"""Brings a backup back: into a new folder and an empty database, whole or not at all.

The folder counts as a data folder only when its last part, `ca`, is in place; until then no server
starts on it. What may have happened since the backup is doubted (`store.copying.aftermath`).
"""

import base64
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from lenskeep.app.keeping.contents import (
    Tell,
    check_keyring,
    is_sound_name,
    no_progress,
)
from lenskeep.app.keeping.reading import Restored, Tally, manifest_of, tell_rows, unsound
from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Conflict, Missing, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemClock, SystemRandomness
from lenskeep.config import FILE_NAME, load_settings
from lenskeep.files.archive import (
    ArchiveReader,
    Entry,
    Manifest,
    Opener,
    StoredFile,
    TableRows,
    TableStart,
)
from lenskeep.files.folder import DATABASE, PRIVATE, PUBLIC, DataFolder
from lenskeep.files.setup import MASTER_KEY_FILE_VARIABLE, read_keyring
from lenskeep.flows.keeping.doubting import doubted
from lenskeep.flows.records import Actor, ActorKind, Audit
from lenskeep.store import open_store
from lenskeep.store.copying import (
    Filling,
    Place,
    Sum,
    dump_row,
    filling,
    is_empty,
    load_row,
    moment_of,
)
from lenskeep.store.copying.aftermath import Aftermath
from lenskeep.store.migrating import bring_up_to_date, migrate

_STAGE: Final = ".restoring-"
_HARMLESS: Final = ("lost+found",)
_NONCE_BYTES: Final = 16
_ACTOR: Final = Actor(ActorKind.CONSOLE, "lenskeep restore")


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is to be brought back, and where to."""

    archive: Path
    opener: Opener
    folder: Path
    database: Secret
    """The address of an empty PostgreSQL database; empty: a SQLite file in the folder."""
    keeps_database: bool
    """Whether that address goes into the settings file."""


# --- bringing it back ---------------------------------------------------------------------


async def restore(order: RestoreOrder, tell: Tell = no_progress) -> Restored:
    """Bring a backup back. Raises Conflict where the folder or the database is not empty,
    Invalid for a wrong passphrase or a damaged archive; then nothing was changed.
    """
    folder = DataFolder(order.folder)
    _want_empty(order.folder)
    folder.make()
    stage = DataFolder(order.folder / f"{_STAGE}{secrets.token_hex(4)}")
    try:
        stage.make()
        place: Place = order.database or stage.path / DATABASE
        if isinstance(place, Path):
            stage.write(DATABASE, b"", PRIVATE)
        if not await is_empty(place):
            raise Conflict("the database is not empty: restore into a new one")
        restored = await _bring_back(order, stage, place, tell)
        _move_in(stage.path, order.folder)
    finally:
        shutil.rmtree(stage.path, ignore_errors=True)
    return restored


def _want_empty(folder: Path) -> None:
    if not folder.exists():
        return
    for each in folder.iterdir():
        if each.name.startswith(_STAGE):
            shutil.rmtree(each)  # of a restore that was broken off
        elif each.name not in _HARMLESS:
            raise Conflict(f"{folder} is not empty: restore into a new folder")


async def _bring_back(order: RestoreOrder, stage: DataFolder, place: Place, tell: Tell) -> Restored:
    tally = Tally()
    try:
        with order.archive.open("rb") as source:
            entries = iter(ArchiveReader(source, order.opener))
            manifest = manifest_of(entries)
            first = _put_files(entries, stage, tally)
            outside = _settle_files(order, stage, manifest)
            await _make_tables(place, manifest.schema)
            async with filling(place) as there:
                for entry in chain((first,), entries):
                    await _put(there, entry, tally)
                    tell_rows(tally, entry, tell)
                counted = tally.counted()
    except OSError as error:
        raise Unavailable(f"it cannot be read or written: {error.strerror or error}") from None
    await _compare(place, tally, tell)
    return await _put_right(Restored(manifest, counted, outside=outside), place)


async def _make_tables(place: Place, schema: str) -> None:
    """Make the tables that the backup was made of; they are brought up to date when filled."""
    async with moment_of(place) as moment:
        found = moment.schema
    if found not in ("", schema):
        raise Conflict(
            f"the database has schema {found}, the backup {schema}: restore into a database that "
            "nothing was made in yet"
        )
    migrate(place, schema)


def _put_files(entries: Iterator[Entry], stage: DataFolder, tally: Tally) -> Entry:
    """Write the files; return the first entry that is none."""
    for entry in entries:
        if not isinstance(entry, StoredFile):
            return entry
        tally.take(entry)
        if not is_sound_name(entry.name) or entry.name == DATABASE:
            raise unsound("a file in it has an unsound name")
        stage.write(entry.name, entry.content, entry.mode & PUBLIC | PRIVATE)
    raise unsound("its end is missing")


def _settle_files(order: RestoreOrder, stage: DataFolder, manifest: Manifest) -> tuple[str, ...]:
    """Look whether the master key fits, and let the settings name the database.

    Return the files that the settings name and that are not here.
    """
    try:
        keyring = read_keyring(stage)
    except Missing:
        keyring = None
    missing = [each for each in manifest.master_keys if keyring is None or each not in keyring.ids]
    if keyring is None or missing:
        raise Conflict(
            f"master key {', '.join(missing)} is needed and not given: put the text of the master "
            f"key into a file and name it in {MASTER_KEY_FILE_VARIABLE}"
        )
    check_keyring(stage, keyring)
    before = stage.read(FILE_NAME).decode("utf-8") if stage.has(FILE_NAME) else ""
    kept = order.database.reveal() if order.keeps_database else ""
    stage.write(FILE_NAME, with_database(before, kept).encode("utf-8"), PRIVATE)
    settings = load_settings(stage.path)
    named = (settings.tls_certificate, settings.tls_key)
    return tuple(str(each) for each in named if each is not None and not each.exists())


def with_database(text: str, address: str) -> str:
    """Return the text of a settings file with this database, or none, for the one it names."""
    rest = re.sub(r"^database\s*=.*(\n|$)", "", text, flags=re.MULTILINE)
    return f"database = {json.dumps(address)}\n{rest}" if address else rest


async def _put(there: Filling, entry: Entry, tally: Tally) -> None:
    tally.take(entry)
    shape = tally.shape
    match entry:
        case TableStart() if shape is not None:
            await there.clear((shape,))
        case TableRows() if shape is not None:
            await there.put(shape, [load_row(shape, line) for line in entry.lines])
        case StoredFile():
            raise unsound("a record is where none can be")
        case _:
            pass


async def _compare(place: Place, tally: Tally, tell: Tell) -> None:
    """Read back what was put in. Raises Unavailable where the database gives back other rows."""
    async with moment_of(place) as moment:
        for shape, digest in tally.ended:
            found, expected = Sum(), tally.tables[shape.name]
            async for batch in moment.rows(shape):
                for row in batch:
                    found.add(dump_row(shape, row))
                tell(f"{shape.name}, read back", found.rows, expected)
            if (found.rows, found.digest) != (expected, digest):
                raise Unavailable(f"the database does not give back the rows of {shape.name}")


async def _put_right(restored: Restored, place: Place) -> Restored:
    """Bring the database up to date, and doubt what may have happened since the backup."""
    bring_up_to_date(place)
    now, store = SystemClock().now(), open_store(place)
    try:
        after = Aftermath(store.executor, now)
        execs = await after.doubt_execs()
        headsets = await after.begin_anew(_nonces(SystemRandomness()))
        await after.doubt_standings(partial(doubted, now=now))
        detail = {"made_at": restored.manifest.made_at, "execs_in_doubt": str(execs)}
        await after.finish(Audit(now, _ACTOR, "house.restore", "house", detail))
    finally:
        store.close()
    return replace(restored, execs=execs, headsets=headsets)


def _nonces(randomness: Randomness) -> Iterator[str]:
    while True:
        yield base64.b64encode(randomness.octets(_NONCE_BYTES)).decode("ascii")


def _move_in(stage: Path, folder: Path) -> None:
    """Move everything to its place, `ca` last: with it, the folder is a data folder."""
    for each in sorted(stage.iterdir(), key=lambda path: path.name == "ca"):
        each.rename(folder / each.name)
