"""The composition root: the only room that picks adapters and reads the configuration."""

from lenskeep.app.database import database_status, migrate_database, move_database
from lenskeep.app.keeping import MasterKeys, back_up, check_archive, restore, root_pem
from lenskeep.app.opening import (
    Rehearsing,
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
