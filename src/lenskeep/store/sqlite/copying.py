"""Copies a database while others write to it, and looks whether the copy is whole."""

import sqlite3
from contextlib import closing
from pathlib import Path

from lenskeep.base.errors import Unavailable
from lenskeep.store.sqlite.connection import wrap


def copy_database(source: Path, target: Path) -> None:
    """Write a copy of one moment of the database to a new file, checked.

    Raises Unavailable where it cannot be read, written, or is damaged.
    """
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(target)) as there,
        ):
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            answer = there.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise wrap(error) from error
    if answer != "ok":
        raise Unavailable("the copy of the database is damaged, and so is the database")
