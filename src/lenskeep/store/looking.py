"""Says how a database is: how large, how full, how far it was brought."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from lenskeep.base.secret import Secret
from lenskeep.store.copying import Place, moment_of, shapes
from lenskeep.store.copying.reading import connected
from lenskeep.store.migrating import HEAD, MIGRATIONS, SchemaState, schema_state, shown_place


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """How a database is."""

    kind: str
    """sqlite or postgresql."""
    server: str
    """The version of what serves it."""
    where: str
    schema: SchemaState
    size_bytes: int
    rows: dict[str, int]
    """By table; none where the schema is not that of this version."""

    @property
    def pending(self) -> tuple[str, ...]:
        """The migrations that are still to be run."""
        have = self.schema.version or ""
        return tuple(each for each in migrations() if each > have)


def migrations() -> tuple[str, ...]:
    """Return the numbers of this version's migrations."""
    found = (path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    return tuple(sorted(each for each in found if each <= HEAD))


async def look_at(place: Place) -> DatabaseState:
    """Return how this database is, and change nothing. Raises Missing, Unavailable."""
    rows: dict[str, int] = {}
    async with moment_of(place) as moment:
        if moment.schema >= HEAD:
            rows = {shape.name: await moment.count(shape) for shape in shapes()}
    server, size_bytes = await _server(place)
    kind = "sqlite" if isinstance(place, Path) else "postgresql"
    return DatabaseState(kind, server, shown_place(place), schema_state(place), size_bytes, rows)


async def _server(place: Place) -> tuple[str, int]:
    if isinstance(place, Secret):
        async with connected(place) as connection:
            version = str(await connection.fetchval("SHOW server_version")).split()[0]
            size = await connection.fetchval("SELECT pg_database_size(current_database())")
            return f"PostgreSQL {version}", int(size)
    files = (place, place.with_name(f"{place.name}-wal"))
    return f"SQLite {sqlite3.sqlite_version}", sum(
        each.stat().st_size for each in files if each.exists()
    )
