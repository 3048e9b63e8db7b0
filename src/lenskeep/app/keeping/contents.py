"""What of a data folder goes into a backup, and how an archive tells of tables."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509 import load_pem_x509_certificate

from lenskeep.base.errors import Invalid, LenskeepError
from lenskeep.certificates import keys
from lenskeep.certificates.keyring import Keyring
from lenskeep.config import FILE_NAME, Settings
from lenskeep.files.archive import StoredFile, TableStart
from lenskeep.files.catalog import CATALOG
from lenskeep.files.folder import (
    DATABASE,
    LOCAL_TOKEN,
    MASTER_KEY,
    SERVER_CHAIN,
    SERVER_KEY,
    DataFolder,
)
from lenskeep.files.setup import master_key_text, open_key
from lenskeep.store.copying import Place, Shape

Tell = Callable[[str, int, int], None]
"""Told how far it is: of what, how much, of how much."""

_FILES: Final = (FILE_NAME, LOCAL_TOKEN, CATALOG)
_MAX_PARTS: Final = 4


def place_of(settings: Settings) -> Place:
    """Return where the database of these settings is."""
    return settings.database or settings.data / DATABASE


def kind_of(place: Place) -> str:
    """Return the name of its kind."""
    return "sqlite" if isinstance(place, Path) else "postgresql"


def no_progress(what: str, done: int, of: int) -> None:
    """Tell nobody."""


def files_of(folder: DataFolder, keyring: Keyring, *, with_master_key: bool) -> list[StoredFile]:
    """Return the files to keep. The caller keeps those out who change keys here meanwhile."""
    names = [name for name in (*_FILES, *folder.below("ca")) if folder.has(name)]
    found = [_stored(folder, name) for name in names]
    found += _server_certificate(folder, keyring)
    if with_master_key:
        found.append(StoredFile(MASTER_KEY, 0o600, master_key_text(folder).encode("ascii")))
    return found


def _stored(folder: DataFolder, name: str) -> StoredFile:
    mode = (folder.path / name).stat().st_mode & 0o777
    return StoredFile(name, mode, folder.read(name))


def _server_certificate(folder: DataFolder, keyring: Keyring) -> list[StoredFile]:
    """Return our own server certificate with its key, where they belong together: a server that
    has none makes a new one, and the running one may be doing so at this moment.
    """
    if not (folder.has(SERVER_CHAIN) and folder.has(SERVER_KEY)):
        return []
    chain, key = _stored(folder, SERVER_CHAIN), _stored(folder, SERVER_KEY)
    try:
        own = keys.load_key(keyring.open("tls.server", key.content.decode("ascii").strip()))
    except LenskeepError:
        return []
    leaf = load_pem_x509_certificate(chain.content)
    return [chain, key] if leaf.public_key() == own.public_key() else []


def is_sound_name(name: str) -> bool:
    """Return whether a name from an archive is one that may be written below a data folder."""
    parts = name.split("/")
    plain = all(part and not part.startswith(".") and part.isprintable() for part in parts)
    return plain and len(parts) <= _MAX_PARTS and "\\" not in name


@dataclass(frozen=True, slots=True)
class Counted:
    """What a backup holds."""

    files: int
    tables: dict[str, int]
    """Rows of each table."""

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())


def start_of(shape: Shape, expected: int) -> TableStart:
    """Return how an archive tells of a table."""
    blobs = tuple(name for name in shape.columns if name in shape.blobs)
    return TableStart(
        shape.name,
        shape.columns,
        blobs,
        shape.key,
        shape.counted,
        shape.refers_to_itself,
        expected,
    )


def shape_of(start: TableStart) -> Shape:
    """Return the table an archive tells of. Raises Invalid for names that are none of ours."""
    for name in (start.name, *start.columns):
        if not (name.isidentifier() and name.isascii()):
            raise Invalid.field("archive", "a table in it has an unsound name")
    return Shape(
        start.name,
        start.columns,
        frozenset(start.blobs),
        start.key,
        start.counted,
        start.refers_to_itself,
    )


def check_keyring(folder: DataFolder, keyring: Keyring) -> None:
    """Raise Unavailable where the master key does not open what lies in the folder."""
    name = next((each for each in folder.below("ca") if each.endswith("devices.key")), None)
    if name is not None:
        open_key(folder, keyring, name, "ca.devices")
