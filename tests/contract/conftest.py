"""Every store has to keep the same promises; today there is one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lenskeep.store import Store, open_store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; a copy of it saves every test its migrations."""
    path = tmp_path_factory.mktemp("empty") / "lenskeep.db"
    open_store(path).close()
    return path


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    assert request.param == "sqlite"
    path = tmp_path / "lenskeep.db"
    shutil.copy(empty_database, path)
    opened = open_store(path)
    yield opened
    opened.close()
