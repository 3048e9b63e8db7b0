"""systemd hears that the server is ready, where it asked; nobody else is disturbed."""

import socket
from pathlib import Path

import pytest

from lenskeep.app.notifying import ALIVE, READY, SOCKET, notify


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_whoever_asked_is_told(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By path, and by a name in no file system, as containers have it."""
    name = str(tmp_path / "s") if kind == "path" else f"@lenskeep-{tmp_path.name}-{id(tmp_path)}"
    monkeypatch.setenv(SOCKET, name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(name if kind == "path" else "\0" + name[1:])
        there.settimeout(5)

        notify(READY, ALIVE)

        assert there.recv(100) == b"READY=1\nWATCHDOG=1"


@pytest.mark.parametrize("name", ["", "nonsense", "/nowhere/at/all"])
def test_nobody_there_is_no_trouble(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server runs without systemd too."""
    monkeypatch.setenv(SOCKET, name)

    notify(READY)
