"""Brings a database to the schema of this version. Alembic is imported only when there is work."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.store.sqlite.connection import BUSY_TIMEOUT_MS, connect, wrap

HEAD: Final = "0004"
"""The newest migration in `migrations/versions`; a test holds it to that."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Bring the database at this SQLAlchemy URL to the newest schema, in one transaction."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    config.attributes["busy_timeout_s"] = BUSY_TIMEOUT_MS / 1000
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        raise Unavailable("the database could not be brought up to date") from error


def bring_up_to_date(path: Path) -> None:
    """Make or migrate this SQLite file where it is behind. Raises Conflict where it is ahead."""
    version = schema_version(path)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise Conflict(
            f"the database has schema {version}, made by a newer version; this one knows {HEAD}"
        )
    migrate(f"sqlite:///{path}")


def schema_version(path: Path) -> str | None:
    """Return which migration the file was brought to; None for a new file."""
    with closing(connect(path)) as connection:
        try:
            found = connection.execute(
                "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
            if found is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error as error:
            raise wrap(error) from error
    return None if row is None else str(row[0])
