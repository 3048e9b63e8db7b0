"""A SQLite database is served by one process: a second is refused, in words that help."""

import os
from pathlib import Path

import pytest

from lenskeep.app import initialize, serve
from lenskeep.base.errors import Conflict, Invalid
from lenskeep.files.folder import LISTENING, SERVING, DataFolder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a SQLite database."""
    folder = tmp_path_factory.mktemp("one") / "data"
    initialize(folder, hostname="localhost:8443", listen="127.0.0.1:0")
    return folder


def test_a_second_server_on_the_folder_is_refused(data: Path) -> None:
    """Before it listens, and with the number of the first."""
    with DataFolder(data).held(SERVING), pytest.raises(Conflict) as caught:
        serve(data)

    words = str(caught.value)
    assert f"in use by process {os.getpid()}" in words
    assert "several need PostgreSQL" in words
    assert not (data / LISTENING).exists()


def test_the_lock_goes_with_its_holder(data: Path) -> None:
    """What a dead process left behind keeps nobody out."""
    with DataFolder(data).held(SERVING):
        pass

    assert (data / SERVING).read_text() == f"{os.getpid()}\n"
    with DataFolder(data).held(SERVING):
        pass


def test_several_workers_are_refused_with_the_way_out(data: Path) -> None:
    """One process is the rule on SQLite; more need another database."""
    with pytest.raises(Invalid, match="one is the rule") as caught:
        serve(data, workers=2)

    (complaint,) = caught.value.complaints
    assert complaint.field == "workers"
    assert "lenskeep database move" in (complaint.allowed or "")
