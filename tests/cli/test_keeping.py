"""Backups, their return, and the master key from the command line, in words people understand."""

import json
from pathlib import Path

import pytest

from lenskeep import app as house_app
from lenskeep.cli.main import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a backup key beside it."""
    folder = tmp_path_factory.mktemp("made")
    house_app.initialize(folder / "data", hostname="mdm.example.org:443")
    assert run(["backup-key", "new", str(folder / "backup.key")]) == 0
    return folder


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of whoever runs the tests takes part."""
    for name in ("LENSKEEP_BACKUP_PASSPHRASE", "LENSKEEP_DATABASE", "LENSKEEP_DATA"):
        monkeypatch.delenv(name, raising=False)


def test_a_backup_key_has_two_halves(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The private one for its owner alone; the public one can be shown again."""
    private, public = made / "backup.key", made / "backup.key.pub"

    assert run(["backup-key", "show", str(private)]) == 0

    assert capsys.readouterr().out == public.read_text()
    assert (private.stat().st_mode & 0o777, public.stat().st_mode & 0o777) == (0o600, 0o644)
    assert run(["backup-key", "new", str(private)]) != 0


def test_a_backup_goes_and_comes_back(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To a key, without a passphrase; a look first, then the real thing."""
    data, archive = str(made / "data"), str(tmp_path / "a.lenskeep")
    key = str(made / "backup.key")

    assert run(["backup", archive, "--data", data, "--to-key", f"{key}.pub", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert run(["restore", archive, "--key", key, "--check", "--json"]) == 0
    looked = json.loads(capsys.readouterr().out)
    assert run(["restore", archive, "--key", key, "--data", str(tmp_path / "b")]) == 0
    said = capsys.readouterr()

    assert told["rows"] == looked["rows"]
    assert looked["hostname"] == "mdm.example.org:443"
    assert "outcome is unknown" in said.err
    assert "Never let the old server run again" in said.err
    assert run(["keys", "status", "--data", str(tmp_path / "b")]) == 0


def test_nobody_to_ask_is_said(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a timer there is no terminal: what is missing is named."""
    data = str(made / "data")

    assert run(["backup", str(tmp_path / "a"), "--data", data]) == 2

    assert "--passphrase-file" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_a_wrong_passphrase_is_said(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is restored; the words are not in what is said."""
    (tmp_path / "right").write_text("six words that are right here\n")
    (tmp_path / "wrong").write_text("six words that are wrong here\n")
    archive, data = str(tmp_path / "a"), str(made / "data")
    assert (
        run(["backup", archive, "--data", data, "--passphrase-file", str(tmp_path / "right")]) == 0
    )

    given = ["--passphrase-file", str(tmp_path / "wrong"), "--data", str(tmp_path / "b")]
    assert run(["restore", archive, *given]) == 2

    said = capsys.readouterr().err
    assert "passphrase: it does not open the archive" in said
    assert "six words" not in said
    assert run(["restore", archive, "--key", str(made / "backup.key"), "--check"]) == 2


def test_a_restore_wants_a_folder(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Never into whatever folder there happens to be."""
    assert run(["restore", "x", "--key", str(made / "backup.key")]) == 2
    assert "--data" in capsys.readouterr().err


def test_the_master_key_is_exchanged(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rotate, look, drop; no key is ever shown, but by `next`, whose answer it is."""
    data = tmp_path / "data"
    house_app.initialize(data)
    old = (data / "master.key").read_text().strip()

    assert run(["keys", "rotate", "--data", str(data), "--json"]) == 0
    rotated = json.loads(capsys.readouterr().out)
    assert run(["keys", "drop", "--data", str(data)]) == 0
    assert run(["keys", "status", "--look", "--data", str(data)]) == 0
    said = capsys.readouterr()
    assert run(["keys", "next", "--data", str(data)]) == 0
    following = capsys.readouterr().out

    assert rotated["state"] == "switched"
    assert old not in (data / "master.key").read_text()
    assert rotated["keys"][0] in said.out
    for line in (data / "master.key").read_text().splitlines()[1:]:
        assert line.partition(":")[2] or line not in said.out + said.err
    assert "next:" in following
