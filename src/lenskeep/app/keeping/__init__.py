"""Copies the data folder and shows its root certificate."""

from pathlib import Path

from lenskeep.app.opening import site_of
from lenskeep.base.errors import Conflict
from lenskeep.certificates import keys
from lenskeep.config import FILE_NAME, load_settings
from lenskeep.files.folder import DATABASE, LOCAL_TOKEN, SERVER_CHAIN, SERVER_KEY, DataFolder
from lenskeep.files.setup import read_certificate, read_eras
from lenskeep.store.sqlite.copying import copy_database


def back_up(data: Path | None, target: Path) -> tuple[str, ...]:
    """Copy a data folder to a new folder, the running server unharmed; return what was copied.

    The master key stays behind: whoever finds a backup shall not find what opens it.
    """
    site = site_of(load_settings(data))
    if target.exists() and any(target.iterdir()):
        raise Conflict(f"{target} is not empty")
    copy = DataFolder(target)
    copy.make()
    copy_database(site.folder.path / DATABASE, target / DATABASE)
    (target / DATABASE).chmod(0o600)
    wanted = (FILE_NAME, LOCAL_TOKEN, SERVER_CHAIN, SERVER_KEY, *site.folder.below("ca"))
    present = tuple(name for name in wanted if site.folder.has(name))
    for name in present:
        copy.write(name, site.folder.read(name))
    return (DATABASE, *present)


def root_pem(data: Path | None = None) -> str:
    """Return the root certificate that headsets need before they enroll, as PEM. Raises Missing."""
    site = site_of(load_settings(data))
    serving = read_eras(site.folder).serving
    return keys.pem([read_certificate(site.folder, "root", serving)])
