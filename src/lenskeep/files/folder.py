"""The data folder: names, permissions, and writes that happen whole or not at all."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lenskeep.base.errors import Conflict, Missing, Unavailable

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
_LONGEST_PID: Final = 20
"""Digits."""

MASTER_KEY: Final = "master.key"
DATABASE: Final = "lenskeep.db"
LOCAL_TOKEN: Final = "local-token"  # noqa: S105 - a file's name
LISTENING: Final = "listening"
"""HOST:PORT of the server that runs on this folder; gone when it stops in good order."""
SERVING: Final = "serving.lock"
"""Held by the one process that serves a SQLite database; its pid is in it."""
KEYS_LOCK: Final = "keys.lock"
"""Held for a moment by whoever changes keys or certificates; empty."""
SERVER_CHAIN: Final = "tls/server.pem"
SERVER_KEY: Final = "tls/server.key"


ERAS: Final = "ca/eras.json"
"""How the eras of our authority stand; absent until the first rotation."""
TRUSTED: Final = "ca/trusted.pem"
"""All roots that the server may show a chain to, while and after it is rotated."""


def authority_files(name: str, era: int = 1) -> tuple[str, str]:
    """Return the file names of an authority's certificate and of its sealed private key."""
    place = "ca" if era == 1 else f"ca/{era}"
    return f"{place}/{name}.pem", f"{place}/{name}.key"


class DataFolder:
    """One data folder; nothing is created before it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, name: str) -> bool:
        """Return whether there is such a file."""
        return (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        """Return the file. Raises Missing, or Unavailable where it may not be read."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            raise Missing("file", name) from None
        except OSError as error:
            raise Unavailable(f"{name} cannot be read: {error.strerror}") from None

    def write(self, name: str, content: bytes, mode: int = PRIVATE) -> None:
        """Write the file whole: to a neighbor first, synced, then renamed over."""
        target = self.path / name
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            neighbor = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            descriptor = os.open(neighbor, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            neighbor.replace(target)
            self._sync(target.parent)
        except OSError as error:
            raise Unavailable(f"{name} cannot be written: {error.strerror}") from None

    def trusted_roots(self) -> Path:
        """Return the file with the roots by which the server here is known."""
        first, _ = authority_files("root")
        return self.path / (TRUSTED if self.has(TRUSTED) else first)

    def remove(self, name: str) -> None:
        """Remove the file if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def below(self, name: str) -> tuple[str, ...]:
        """Return the files below a folder in here, in order; none where there is no such folder."""
        found = (each for each in (self.path / name).rglob("*") if each.is_file())
        names = (each.relative_to(self.path).as_posix() for each in found)
        return tuple(sorted(each for each in names if not Path(each).name.startswith(".")))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait for other processes that change keys here, and keep them waiting.

        By a file of its own, open for writing: on a folder that several hosts share over NFS,
        nothing else can be locked.
        """
        try:
            descriptor = os.open(self.path / KEYS_LOCK, os.O_RDWR | os.O_CREAT, PRIVATE)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold this lock file until the end, our pid in it. Raises Conflict where another does.

        The system lets go of it when the process ends, however it ends.
        """
        try:
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT, PRIVATE)
        except OSError as error:
            raise Unavailable(f"{name} cannot be opened: {error.strerror}") from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(descriptor, _LONGEST_PID).decode("ascii", "replace").strip()
                raise Conflict(f"{self.path} is in use by process {holder}") from None
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
            yield
        finally:
            os.close(descriptor)

    def make(self) -> None:
        """Make the folder, for its owner's eyes only."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be made: {error.strerror}") from None

    @staticmethod
    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
