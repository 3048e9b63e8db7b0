"""A whole fleet in one file: `DIR/fleet.db`, written a few headsets at a time.

Thousands of folders with a synced file for every message would measure the disk. What a headset
keeps is held in memory and put on the shelf now and then, and at the end; the file holds private
keys, so that only its owner may read it.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from lenskeep.virtual.state import CHAIN_FILE, STATE_FILE, TRUST_FILE, Folder, Memory, State

FLEET_FILE: Final = "fleet.db"
_ALIKE: Final = (TRUST_FILE, CHAIN_FILE)
"""What most headsets have in common: kept in memory once."""
_QUICK: Final = 1
"""zlib's level."""
_BUSY_S: Final = 30.0
"""For how long another process of the same fleet may write."""


class Slot(Memory):
    """One headset's place on the shelf."""

    def __init__(self, alike: dict[bytes, bytes], kept: Iterable[tuple[str, bytes]] = ()) -> None:
        super().__init__()
        self._alike = alike
        for name, data in kept:
            super().write(name, alike.setdefault(data, data) if name in _ALIKE else data)
        self.changed: set[str] = set()

    def write(self, name: str, data: bytes) -> None:
        """Keep it under that name."""
        super().write(name, self._alike.setdefault(data, data) if name in _ALIKE else data)
        self.changed.add(name)

    def remove(self, name: str) -> None:
        """Forget it."""
        super().remove(name)
        self.changed.add(name)

    def keep(self, state: State) -> None:
        """Keep the headset's memory."""
        super().keep(state)
        self.changed.add(STATE_FILE)


class Shelf:
    """All headsets of a fleet; those that nobody has touched stay in the file."""

    def __init__(self, folder: Path | None) -> None:
        self._alike: dict[bytes, bytes] = {}
        self._slots: dict[int, Slot] = {}
        self._database = _opened(folder) if folder else None

    def slot(self, number: int) -> Slot:
        """Return the place of headset `number`, empty where it is new."""
        if number not in self._slots:
            self._slots[number] = Slot(self._alike, self._read(number))
        return self._slots[number]

    def _read(self, number: int) -> Iterator[tuple[str, bytes]]:
        if self._database is None:
            return
        rows = self._database.execute("SELECT name, data FROM kept WHERE number = ?", (number,))
        for name, data in rows.fetchall():
            yield name, zlib.decompress(data)

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the headsets in the file."""
        if self._database is None:
            return ()
        rows = self._database.execute("SELECT DISTINCT number FROM kept ORDER BY number")
        return tuple(number for (number,) in rows.fetchall())

    def put_away(self, most: int | None = None) -> None:
        """Write what has changed, of so many headsets at most, in one step."""
        if self._database is None:
            return
        changed = ((number, slot) for number, slot in self._slots.items() if slot.changed)
        gone, rows = [], []
        for number, slot in islice(changed, most):
            for name in slot.changed:
                data = slot.read(name)
                if data is None:
                    gone.append((number, name))
                else:
                    rows.append((number, name, zlib.compress(data, _QUICK)))
            slot.changed = set()
        with self._database:
            self._database.executemany("DELETE FROM kept WHERE number = ? AND name = ?", gone)
            self._database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

    def unpack(self, number: int, folder: Path) -> None:
        """Copy a headset into a folder of its own, where the other commands find it."""
        to = Folder(folder)
        for name, data in self._read(number):
            to.write(name, data)

    def close(self) -> None:
        """Write what has changed, and close the file."""
        self.put_away()
        if self._database is not None:
            self._database.close()


def is_packed(folder: Path) -> bool:
    """Return whether a fleet lives in that folder as one file."""
    return (folder / FLEET_FILE).is_file()


def _opened(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / FLEET_FILE
    path.touch(mode=0o600)
    database = sqlite3.connect(path, timeout=_BUSY_S)
    database.execute("PRAGMA journal_mode = wal")
    database.execute("PRAGMA synchronous = normal")
    database.execute(
        "CREATE TABLE IF NOT EXISTS kept "
        "(number INTEGER, name TEXT, data BLOB, PRIMARY KEY (number, name)) WITHOUT ROWID"
    )
    return database
