"""Reads an archive entry by entry, and holds what comes out of it to what it says of itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lenskeep.app.keeping.contents import Counted, Tell, no_progress, shape_of
from lenskeep.base.errors import Conflict, Invalid, Unavailable
from lenskeep.files.archive import (
    ArchiveReader,
    End,
    Entry,
    Manifest,
    Opener,
    StoredFile,
    TableEnd,
    TableRows,
    TableStart,
)
from lenskeep.store.copying import Shape, Sum
from lenskeep.store.migrating import HEAD


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back."""

    manifest: Manifest
    counted: Counted
    execs: int = 0
    """Exec operations that were open, and whose outcome is unknown now."""
    headsets: int = 0
    """Headsets that are asked anew."""
    outside: tuple[str, ...] = ()
    """Files that the settings name and no backup holds."""


@dataclass(slots=True)
class Tally:
    """Counts what comes out of the archive, and holds it to what the archive says."""

    files: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    ended: list[tuple[Shape, str]] = field(default_factory=list)
    """Tables that came to their end, with their digests."""
    shape: Shape | None = None
    sum: Sum = field(default_factory=Sum)
    expected: int = 0
    """Rows that the table at hand is said to have."""
    is_over: bool = False

    def take(self, entry: Entry) -> None:
        """Count an entry. Raises Invalid where the archive says otherwise of itself."""
        if self.is_over or isinstance(entry, Manifest):
            raise unsound("a record is where none can be")
        match entry:
            case StoredFile():
                self.files += 1
            case TableStart() if self.shape is None:
                self.shape, self.sum = shape_of(entry), Sum()
                self.expected = entry.expected
            case TableRows() if self.shape is not None:
                for line in entry.lines:
                    self.sum.add(line)
            case TableEnd() if self.shape is not None:
                self._end_table(entry, self.shape)
            case End(files, tables, rows):
                told = (files, tables, rows)
                if told != (self.files, len(self.tables), sum(self.tables.values())):
                    raise unsound("it does not hold what it says")
                self.is_over = True
            case _:
                raise unsound("a record is where none can be")

    def _end_table(self, end: TableEnd, shape: Shape) -> None:
        found = (self.sum.rows, self.sum.digest)
        if (end.rows, end.digest) != found or shape.name in self.tables:
            raise unsound(f"the rows of {shape.name} are not those that were put in")
        self.tables[shape.name], self.shape = end.rows, None
        self.ended.append((shape, end.digest))

    def counted(self) -> Counted:
        """Return what there was. Raises Invalid where the end is missing."""
        if not self.is_over:
            raise unsound("its end is missing")
        return Counted(self.files, self.tables)


def unsound(what: str) -> Invalid:
    """Return the complaint about an archive that could be opened."""
    return Invalid.field("archive", what)


def check_archive(archive: Path, opener: Opener, tell: Tell = no_progress) -> Restored:
    """Read an archive through and count it. Raises Invalid, saying what is wrong and where."""
    tally = Tally()
    try:
        with archive.open("rb") as source:
            entries = iter(ArchiveReader(source, opener))
            manifest = manifest_of(entries)
            for entry in entries:
                tally.take(entry)
                tell_rows(tally, entry, tell)
    except OSError as error:
        raise Unavailable(f"{archive} cannot be read: {error.strerror}") from None
    return Restored(manifest, tally.counted())


def tell_rows(tally: Tally, entry: Entry, tell: Tell) -> None:
    """Tell how many rows of the table have come."""
    if isinstance(entry, TableRows) and tally.shape is not None:
        tell(tally.shape.name, tally.sum.rows, tally.expected)


def manifest_of(entries: Iterator[Entry]) -> Manifest:
    """Return what an archive says of itself, first of all. Raises Invalid where it says nothing,
    Conflict where a newer version made it.
    """
    manifest = next(entries, None)
    if not isinstance(manifest, Manifest):
        raise unsound("it does not begin with a manifest")
    if not re.fullmatch(r"\d{4}", manifest.schema):
        raise unsound("its schema has no sound name")
    if manifest.schema > HEAD:
        raise Conflict(
            f"the backup was made by Lenskeep {manifest.version} with schema {manifest.schema}; "
            f"this version knows {HEAD}: restore it with that version, or a newer one"
        )
    return manifest
