"""The composition root: the only room that picks adapters and reads the configuration.

What it offers is imported when it is first asked for: a server needs nothing of what makes
backups and moves databases, and its memory counts once for each worker.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lenskeep.app.database import database_status, migrate_database, move_database
    from lenskeep.app.keeping import MasterKeys, back_up, check_archive, restore, root_pem
    from lenskeep.app.later import Rehearsing
    from lenskeep.app.opening import (
        initialize,
        make_entry,
        make_local_token,
        open_house,
        site_of,
    )
    from lenskeep.app.serving import serve

__all__ = [
    "MasterKeys",
    "Rehearsing",
    "back_up",
    "check_archive",
    "database_status",
    "initialize",
    "make_entry",
    "make_local_token",
    "migrate_database",
    "move_database",
    "open_house",
    "restore",
    "root_pem",
    "serve",
    "site_of",
]
_WHERE: Final = {
    **dict.fromkeys(("database_status", "migrate_database", "move_database"), "database"),
    **dict.fromkeys(("MasterKeys", "back_up", "check_archive", "restore", "root_pem"), "keeping"),
    "Rehearsing": "later",
    "serve": "serving",
}


def __getattr__(name: str) -> Any:
    """Return what is offered under this name."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_WHERE.get(name, 'opening')}"), name)
