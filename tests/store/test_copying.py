"""A database is copied while it is written to, and the copy is whole."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lenskeep.base.errors import Unavailable
from lenskeep.store import open_store
from lenskeep.store.sqlite.copying import copy_database


def test_a_copy_holds_one_moment_and_stands_alone(tmp_path: Path) -> None:
    """What is committed is in it, without files beside it, while the store is open."""
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    store = open_store(source)

    copy_database(source, target)

    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM device").fetchone() == (0,)
    assert sorted(path.name for path in tmp_path.glob("b.db*")) == ["b.db"]
    store.close()
    open_store(target).close()


def test_what_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    """A missing or foreign file is named as such, not copied as empty."""
    with pytest.raises(Unavailable):
        copy_database(tmp_path / "missing.db", tmp_path / "copy.db")
