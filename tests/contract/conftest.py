"""Every store has to keep the same promises, whatever database it is on."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests import postgres

from lenskeep.store import Store, attach, open_store


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; a copy of it saves every test its migrations."""
    path = tmp_path_factory.mktemp("empty") / "lenskeep.db"
    open_store(path).close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path
) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "lenskeep.db"
        shutil.copy(empty_file, path)
        opened = open_store(path)
        yield opened
        opened.close()
    else:
        with postgres.empty_database() as url:
            opened = attach(url)
            yield opened
            await opened.aclose()
