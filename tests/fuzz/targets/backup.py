"""An archive: its head as it comes, and its entries behind a seal that is right.

Whoever has the public half of a backup key can make an archive that opens; so what is inside is
a stranger's, too.
"""

import io
from collections.abc import Iterator
from random import Random
from typing import Final

from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import plain, pool, text

from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.files.archive.locks import (
    PassphraseOpener,
    new_backup_key,
    public_half,
    read_opener,
    read_public_key,
)
from lenskeep.files.archive.records import ArchiveReader, ArchiveWriter, End, Entry
from lenskeep.files.archive.sealing import MAGIC, SealedWriter

_MOST: Final = 500


class Counting:
    """Octets and words in order: the same in every run."""

    def octets(self, count: int) -> bytes:
        """Return so many octets."""
        return bytes(n % 251 for n in range(count))

    def choice(self, alphabet: str, length: int) -> str:
        """Return so many characters."""
        return "".join(alphabet[n % len(alphabet)] for n in range(length))


_PRIVATE, _PUBLIC = new_backup_key(Counting())
OPENER: Final = read_opener(_PRIVATE)
LOCK: Final = read_public_key(_PUBLIC)
_BY_PASSPHRASE: Final = PassphraseOpener(Secret("correct horse battery"))


def run(data: bytes) -> None:
    """Read the bytes as an archive, as what is inside one, and as the text of a key."""
    if data.startswith(MAGIC):
        attempt(Invalid, _entries, data)
        if b'"cost"' not in data[:2000]:  # scrypt is slow on purpose
            attempt(Invalid, ArchiveReader, io.BytesIO(data), _BY_PASSPHRASE)
    else:
        found = attempt(Invalid, _entries, sealed(data))
        if found and isinstance(found[-1], End) and len(found) < _MOST:
            same(found, _entries(_written(found)), "what is written reads the same")
    given = data.decode("utf-8", "replace")
    attempt(Invalid, read_public_key, given)
    attempt(Invalid, public_half, Secret(given))


def sealed(inside: bytes) -> bytes:
    """Return an archive of these bytes, whatever they are."""
    out = io.BytesIO()
    writer = SealedWriter(out, (LOCK,), Counting())
    writer.write(inside)
    writer.close()
    return out.getvalue()


def _entries(archive: bytes) -> list[Entry]:
    found: list[Entry] = []
    for each in _few(ArchiveReader(io.BytesIO(archive), OPENER)):
        found.append(each)
    return found


def _few(reader: ArchiveReader) -> Iterator[Entry]:
    for number, each in enumerate(reader):
        if number >= _MOST:
            return
        yield each


def _written(entries: list[Entry]) -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out, (LOCK,), Counting())
    for each in entries:
        writer.put(each)
    writer.close()
    demand(out.tell() > 0, "something is written")
    return out.getvalue()


def mutate(data: bytes, random: Random) -> bytes:
    """Return another head, or other records with right lengths."""
    if data.startswith(MAGIC):
        first, _, rest = data.partition(b"\n")
        head, _, body = rest.partition(b"\n")
        return first + b"\n" + plain.mutate(head, random) + b"\n" + body
    if data[:1].isalpha() and data[:8].islower():
        return text.mutate(data, random)
    return b"".join(_changed(_records(data), random))


def _records(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = 5 + int.from_bytes(data[at + 1 : at + 5], "big")
        found.append(data[at : at + size])
        at += size
    return found or [b"M\0\0\0\2{}"]


def _changed(records: list[bytes], random: Random) -> list[bytes]:
    place = random.randrange(len(records))
    kind, body = records[place][:1], records[place][5:]
    match random.randrange(6):
        case 0:
            records[place : place + 1] = [records[place]] * random.choice((0, 2, 30))
        case 1:
            records.insert(place, random.choice(_records(pool.other(random, b""))))
        case 2:
            kind = random.choice((b"M", b"F", b"T", b"R", b"t", b"E", b"x"))
            records[place] = _record(kind, body)
        case 3:
            records[place] = records[place][: random.randrange(len(records[place]) + 1)]
        case _:
            records[place] = _record(kind, _body(kind, body, random))
    return records


def _body(kind: bytes, body: bytes, random: Random) -> bytes:
    if kind not in (b"F", b"R"):
        return plain.mutate(body, random)
    place = random.randrange(len(body) + 1)
    return body[:place] + bytes([random.randrange(256)]) + body[place + 1 :]


def _record(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


TARGET: Final = Target(
    name="backup",
    covers=(
        "lenskeep.files.archive.records:ArchiveReader",
        "lenskeep.files.archive.sealing:SealedReader",
        "lenskeep.files.archive.locks:read_public_key",
        "lenskeep.files.archive.locks:read_opener",
        "lenskeep.files.archive.locks:public_half",
    ),
    run=run,
    mutate=mutate,
    max_bytes=1 << 16,
)
