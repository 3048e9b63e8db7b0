"""Databases with a few rows, copied and compared; for tests of what copies and changes them."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from lenskeep.store import open_store
from lenskeep.store.copying import (
    Place,
    Sum,
    dump_row,
    filling,
    load_row,
    moment_of,
    shapes,
)

BY_NAME = {shape.name: shape for shape in shapes()}


def made(path: Path) -> Path:
    """Return an empty database."""
    open_store(path).close()
    return path


def insert(path: Path, table: str, **values: object) -> None:
    """Add a row; columns that are not given are 0, empty or nothing."""
    shape = BY_NAME[table]
    with closing(sqlite3.connect(path)) as there, there:
        needed = {
            row[1]: (b"" if row[2] == "BLOB" else "" if row[2] == "TEXT" else 0)
            for row in there.execute(f"PRAGMA table_info({table})")
            if row[3] and row[4] is None and row[1] != shape.counted
        }
        row = {**needed, **values}
        columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
        there.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))


def furnished(path: Path) -> Path:
    """Return a database with rows that refer to each other, texts and bytes of all kinds."""
    made(path)
    insert(path, "device", id="dev_1", name="Empfang – é\U0001f600", state="active")
    insert(path, "enrollment", id="enr_1", device_id="dev_1", auth_name="enr_1")
    base = {"enrollment_id": "enr_1", "spki_sha256": b"\x00\xff", "der": bytes(range(256))}
    insert(path, "certificate", id="crt_9", serial="9", sha256=b"9", **base)
    insert(path, "certificate", id="crt_1", serial="1", sha256=b"1", replaces="crt_9", **base)
    for number in range(3):
        insert(path, "timeline", device_id="dev_1", at=number, kind="note", detail="{}")
    insert(path, "audit", at=1 << 50, action="something", detail='{"a": "ü"}')
    return path


async def sums(place: Place) -> Mapping[str, tuple[int, str]]:
    """Return number and digest of the rows of each table."""
    found = {}
    async with moment_of(place) as moment:
        for shape in shapes():
            sum_ = Sum()
            async for batch in moment.rows(shape):
                for row in batch:
                    sum_.add(dump_row(shape, row))
            found[shape.name] = (sum_.rows, sum_.digest)
    return found


async def copy(source: Place, target: Place) -> None:
    """Bring all rows over."""
    async with moment_of(source) as moment, filling(target) as there:
        await there.clear(shapes())
        for shape in shapes():
            async for batch in moment.rows(shape):
                await there.put(shape, [load_row(shape, dump_row(shape, row)) for row in batch])
