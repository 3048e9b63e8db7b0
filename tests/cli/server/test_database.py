"""`lenskeep database`: how it is, up to date, somewhere else; refused while a server is there."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests import postgres

from lenskeep import app as house_app
from lenskeep.base.secret import Secret
from lenskeep.cli.main import run
from lenskeep.cli.server import checks
from lenskeep.cli.server.checks import Finding, Grade
from lenskeep.config import load_settings
from lenskeep.files.folder import DATABASE, SERVING, DataFolder
from lenskeep.flows.ports import Serving
from lenskeep.store import attach
from lenskeep.store.migrating import HEAD


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, made once: keys take long."""
    folder = tmp_path_factory.mktemp("made") / "data"
    house_app.initialize(folder, hostname="localhost:8443")
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder on SQLite."""
    for name in ("LENSKEEP_DATABASE", "LENSKEEP_MOVE_TO"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def url() -> Iterator[Secret]:
    """An empty PostgreSQL database."""
    with postgres.empty_database() as made:
        yield made


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run `lenskeep database ...`; return exit code and what was printed."""
    capsys.readouterr()
    code = run(["database", *map(str, words)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def status(capsys: pytest.CaptureFixture[str], data: Path) -> dict[str, object]:
    """What the status says to a program."""
    code, out, _ = said(capsys, "status", "--data", data, "--json")
    assert code == 0
    found: dict[str, object] = json.loads(out)
    return found


def test_there_and_back(data: Path, url: Secret, capsys: pytest.CaptureFixture[str]) -> None:
    """The settings name the new one, the old one is kept, and both moves are written down."""
    code, out, err = said(capsys, "move", url.reveal(), "--data", data)

    assert (code, "each compared" in out) == (0, True), err
    assert not (data / DATABASE).exists()
    assert (data / f"{DATABASE}.moved").exists()
    assert (data / "lenskeep.toml").stat().st_mode & 0o777 == 0o600
    moved = status(capsys, data)
    assert (moved["kind"], moved["schema"], moved["pending"]) == ("postgresql", HEAD, [])

    code, out, err = said(capsys, "move", "sqlite", "--data", data)

    assert code == 0, err
    back = status(capsys, data)
    assert (back["kind"], back["workers"]) == ("sqlite", [])
    assert back["rows"]["audit"] == 2  # type: ignore[index]
    assert said(capsys, "migrate", "--data", data)[1] == f"Nothing to do: schema {HEAD}.\n"


def test_what_a_person_reads(data: Path, url: Secret, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is, without who may enter; how far and how full it is; who serves it."""
    code, out, _ = said(capsys, "status", "--data", data)

    assert code == 0
    assert str(data / DATABASE) in out.replace("\n", "")
    assert f"code of {HEAD} and later may serve" in out
    assert "nobody" in out


def test_not_while_a_server_is_there(
    data: Path, url: Secret, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is changed, and the process is named."""
    with DataFolder(data).held(SERVING):
        code, _, err = said(capsys, "move", url.reveal(), "--data", data)

    assert (code, "is in use by process" in err) == (8, True)
    assert status(capsys, data)["kind"] == "sqlite"


def test_not_into_one_that_is_in_use(
    data: Path, url: Secret, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is in the new one is neither mixed nor lost; nor is a file that lies in the way."""
    said(capsys, "move", url.reveal(), "--data", data)
    before = (data / f"{DATABASE}.moved").read_bytes()
    (data / DATABASE).write_bytes(before)

    code, _, err = said(capsys, "move", "sqlite", "--data", data)

    assert (code, "is there already" in err) == (8, True)
    assert (data / DATABASE).read_bytes() == before


@pytest.mark.parametrize("target", ["mysql://x/y", "", "lenskeep.db"])
def test_an_address_that_is_none_is_refused(
    data: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    """With what may be said instead."""
    code, _, err = said(capsys, "move", target, "--data", data)

    assert (code, "postgresql://USER:PASSWORD@HOST/NAME" in err) == (2, True)


def test_nobody_there_is_told_without_the_password(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server's name is enough to find the mistake."""
    code, out, err = said(
        capsys, "move", "postgresql://grace:hunter2@127.0.0.1:1/lenskeep", "--data", data
    )

    assert (code, "127.0.0.1:1/lenskeep" in err) == (3, True)
    assert "hunter2" not in out + err
    assert status(capsys, data)["kind"] == "sqlite"


def test_who_serves_is_shown_and_keeps_it_from_moving(
    data: Path, url: Secret, capsys: pytest.CaptureFixture[str]
) -> None:
    """A process on another host said that it is there."""
    said(capsys, "move", url.reveal(), "--data", data)

    async def say() -> None:
        store = attach(url)
        now = datetime(2026, 3, 2, tzinfo=UTC)
        there = Serving("wrk_1", "elsewhere", 77, "1.0", HEAD, now, now)
        await store.workers.seen(there)
        await store.aclose()

    asyncio.run(say())

    code, _, err = said(capsys, "move", "sqlite", "--data", data)
    assert (code, "in use by process 77 on elsewhere: stop the servers first" in err) == (8, True)
    assert "elsewhere" in said(capsys, "status", "--data", data)[1]


def test_the_doctor_looks_at_it(
    data: Path, url: Secret, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sound, or not there: with the step to take, and never with the password."""
    said(capsys, "move", url.reveal(), "--data", data)
    sound = looked_at(data)
    monkeypatch.setenv("LENSKEEP_DATABASE", "postgresql://grace:hunter2@127.0.0.1:1/lenskeep")
    away = looked_at(data)

    assert (sound.grade, "0 devices" in sound.words) == (Grade.GOOD, True)
    assert (away.grade, "LENSKEEP_DATABASE" in away.next_step) == (Grade.BAD, True)
    assert "hunter2" not in repr(away)


def looked_at(data: Path) -> Finding:
    """What the doctor finds of the database."""
    (found,) = checks._database(load_settings(data), DataFolder(data))
    return found
