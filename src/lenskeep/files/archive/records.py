"""What lies in an archive: a manifest, files, tables with their rows, and an end that counts them.

Each record is a kind, a length, and a body; texts are JSON, rows and files are compressed. Nothing
here knows what a row means: lines go in and come out.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Final, TypeAlias

from lenskeep.base.ambient import Randomness
from lenskeep.base.errors import Invalid
from lenskeep.files.archive.locks import Lock, Opener
from lenskeep.files.archive.sealing import SealedReader, SealedWriter

_LEVEL: Final = 3
"""Of zlib: sealed texts shrink by a quarter at any level; higher ones cost a server's time."""
_MAX_RECORD: Final = 256 * 1024 * 1024
"""Bytes of one record; the largest row has some 10 MB."""
_HEAD: Final = 5
_UNREADABLE: Final = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError, zlib.error),
)
"""What comes of a body that is no JSON, not packed, or of another shape."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive says of itself, first of all."""

    made_at: str
    version: str
    """Of the Lenskeep that made it."""
    schema: str
    """Which migration its database was brought to."""
    database: str
    """`sqlite` or `postgresql`, for people: it restores to either."""
    hostname: str
    master_keys: tuple[str, ...]
    """The names of the master keys by which its secrets are sealed."""
    has_master_key: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the data folder."""

    name: str
    mode: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TableStart:
    """A table; its rows follow."""

    name: str
    columns: tuple[str, ...]
    blobs: tuple[str, ...]
    key: tuple[str, ...]
    counted: str | None
    refers_to_itself: bool
    expected: int
    """Rows that are to come; for a progress bar."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """Some rows of the table, a line each."""

    lines: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TableEnd:
    """The end of a table: how many rows, and the digest of all their lines."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class End:
    """The end of all."""

    files: int
    tables: int
    rows: int


Entry: TypeAlias = Manifest | StoredFile | TableStart | TableRows | TableEnd | End

_TEXTS: Final[Mapping[bytes, type[Any]]] = {
    b"M": Manifest,
    b"T": TableStart,
    b"t": TableEnd,
    b"E": End,
}
_KINDS: Final = {each: kind for kind, each in _TEXTS.items()}


class ArchiveWriter:
    """Writes entries; nothing counts before `close`."""

    def __init__(self, out: BinaryIO, locks: Sequence[Lock], randomness: Randomness) -> None:
        if not locks:
            raise Invalid.field("backup", "nobody could open it", "a passphrase or a backup key")
        self._sealed = SealedWriter(out, locks, randomness)

    def put(self, entry: Entry) -> None:
        """Add an entry."""
        match entry:
            case StoredFile():
                head = json.dumps([entry.name, entry.mode]).encode("ascii") + b"\n"
                self._record(b"F", zlib.compress(head + entry.content, _LEVEL))
            case TableRows():
                self._record(b"R", zlib.compress(b"".join(entry.lines), _LEVEL))
            case _:
                plain = json.dumps(asdict(entry), separators=(",", ":")).encode("ascii")
                self._record(_KINDS[type(entry)], plain)

    def close(self) -> None:
        """End the archive."""
        self._sealed.close()

    def _record(self, kind: bytes, body: bytes) -> None:
        self._sealed.write(kind + len(body).to_bytes(_HEAD - 1, "big") + body)


class ArchiveReader:
    """Reads entries, in their order. Raises Invalid for what is damaged, and for a wrong key."""

    def __init__(self, source: BinaryIO, opener: Opener) -> None:
        self._sealed = SealedReader(source, opener)

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._sealed.position

    def __iter__(self) -> Iterator[Entry]:
        while head := self._sealed.read(_HEAD):
            size = int.from_bytes(head[1:], "big")
            if len(head) < _HEAD or size > _MAX_RECORD:
                raise Invalid.field("archive", "a record in it has no sound length")
            body = self._sealed.read(size)
            try:
                yield _entry(head[:1], body)
            except _UNREADABLE:
                raise Invalid.field("archive", "a record in it cannot be read") from None


def _entry(kind: bytes, body: bytes) -> Entry:
    if kind == b"F":
        head, _, content = zlib.decompress(body).partition(b"\n")
        name, mode = json.loads(head)
        return StoredFile(str(name), int(mode), content)
    if kind == b"R":
        return TableRows(tuple(zlib.decompress(body).splitlines(keepends=True)))
    plain = json.loads(body)
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in plain.items()}
    entry: Entry = _TEXTS[kind](**values)
    return entry
