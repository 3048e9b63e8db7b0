"""Keeps what a server knows: backups and their return, the master key, the root certificate."""

from pathlib import Path

from lenskeep.app.keeping.backing import BackupOrder, BackupReport, back_up
from lenskeep.app.keeping.contents import Counted, Tell
from lenskeep.app.keeping.reading import Restored, check_archive
from lenskeep.app.keeping.restoring import RestoreOrder, restore
from lenskeep.app.keeping.rotating import KeyStatus, MasterKeys
from lenskeep.app.opening import site_of
from lenskeep.certificates import keys
from lenskeep.config import load_settings
from lenskeep.files.setup import read_certificate, read_eras

__all__ = [
    "BackupOrder",
    "BackupReport",
    "Counted",
    "KeyStatus",
    "MasterKeys",
    "RestoreOrder",
    "Restored",
    "Tell",
    "back_up",
    "check_archive",
    "restore",
    "root_pem",
]


def root_pem(data: Path | None = None) -> str:
    """Return the root certificate that headsets need before they enroll, as PEM. Raises Missing."""
    site = site_of(load_settings(data))
    serving = read_eras(site.folder).serving
    return keys.pem([read_certificate(site.folder, "root", serving)])
