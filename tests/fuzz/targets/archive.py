"""Files: a zip of descriptions, the catalog's own packed one, and settings."""

import atexit
import gzip
import io
import json
import shutil
import struct
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.harness import Target, attempt, demand
from tests.fuzz.mutators import plain, pool, text

from lenskeep.base.errors import Invalid
from lenskeep.config import FILE_NAME, load_settings
from lenskeep.files.catalog import MAX_FILE, MAX_FILES, read_descriptions
from lenskeep.tree.catalog.load import load_catalog

_ZIP: Final = b"PK"
_GZIP: Final = b"\x1f\x8b"
_FIELDS: Final = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07")
_NUMBERS: Final = (0, 1, 8, 9, 12, 14, 93, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


@cache
def _folder() -> Path:
    shared = Path("/dev/shm")
    made = tempfile.mkdtemp(prefix="lenskeep-fuzz-", dir=shared if shared.exists() else None)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def run(data: bytes) -> None:
    """Read the bytes as a zip, as a catalog, and as a file of settings."""
    source = _folder() / "source.zip"
    source.write_bytes(data)
    found = attempt(Invalid, read_descriptions, source)
    if found is not None:
        demand(len(found) <= MAX_FILES, "as many files as it says")
        demand(all(len(each) <= MAX_FILE for each in found.values()), "no larger than it says")
        demand(not any("/" in each for each in found), "names without folders")
    attempt(Invalid, load_catalog, data)
    if data[:2] not in (_ZIP, _GZIP):
        (_folder() / FILE_NAME).write_bytes(data)
        attempt(Invalid, load_settings, _folder())


def mutate(data: bytes, random: Random) -> bytes:
    """Return another archive: its headers, or what is inside and packed again."""
    if data.startswith(_ZIP):
        return _bent(data, random) if random.random() < 0.7 else _repacked(data, random)
    if data.startswith(_GZIP):
        return _refilled(data, random)
    return text.mutate(data, random)


def _bent(data: bytes, random: Random) -> bytes:
    """Change a number in one of the headers, or a byte of what is packed."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        marks = [at for mark in _FIELDS for at in _places(bytes(changed), mark)]
        at = random.choice(marks or [0]) + random.randrange(4, 46)
        form = random.choice(("<B", "<H", "<I"))
        top = 256 ** struct.calcsize(form) - 1
        number = random.choice((*_NUMBERS, random.randrange(top + 1))) & top
        if at + 4 < len(changed):
            struct.pack_into(form, changed, at, number)
    return bytes(changed)


def _places(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _repacked(data: bytes, random: Random) -> bytes:
    """Pack other files, in one of the ways to pack."""
    made = io.BytesIO()
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(made, "w", random.choice(kinds)) as archive:
        for number in range(random.choice((0, 1, 2, 3, 50))):
            name = random.choice((f"{number}.xml", f"a/{number}.XML", "x.txt", pool.word(random)))
            body = pool.other(random, b"") * random.choice((1, 1, 50))
            archive.writestr(zipfile.ZipInfo(name or "a"), body)
    return made.getvalue()


def _refilled(data: bytes, random: Random) -> bytes:
    """Change what the catalog says, or the packed bytes themselves."""
    if random.random() < 0.3:
        place = random.randrange(2, len(data))
        return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]
    try:
        inside = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        inside = b"{}"
    return gzip.compress(plain.mutate(inside, random), 1, mtime=0)


def small_catalog(rows: list[dict[str, object]]) -> bytes:
    """Return a catalog's file of a few rows."""
    header = {
        "label": "own",
        "sha256": "00",
        "files": 1,
        "nodes": len(rows),
        "supplemented": 0,
        "has_text": False,
    }
    body = {
        "format": 1,
        "header": header,
        "editions": [["Holographic"]],
        "evidence": [],
        "schemas": {},
        "records": rows,
    }
    return gzip.compress(json.dumps(body).encode(), 1, mtime=0)


TARGET: Final = Target(
    name="archive",
    covers=(
        "lenskeep.files.catalog:read_descriptions",
        "lenskeep.tree.catalog.load:load_catalog",
        "lenskeep.tree.catalog.pack:unpack",
        "lenskeep.config:load_settings",
    ),
    run=run,
    mutate=mutate,
    max_bytes=1 << 16,
    slow=3.0,
)
