"""What a table looks like to one who copies it: names only, so that older ones fit in as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import LargeBinary, Table

from lenskeep.base.secret import Secret
from lenskeep.store.schema import METADATA

Value: TypeAlias = int | str | bytes | None
Row: TypeAlias = Sequence[Value]
"""A row's values, in the order of its shape's columns."""
Batch: TypeAlias = list[Row]
Place: TypeAlias = Path | Secret
"""A SQLite file, or the address of a PostgreSQL database."""

OWN_ROWS: Final = frozenset({"mandate", "device_group", "era", "lease", "worker", "stumble"})
"""Tables in which a database may have rows that nobody put there but migrations and servers.

Whatever an administrator or a headset does leaves rows in others as well.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is copied."""

    name: str
    columns: tuple[str, ...]
    blobs: frozenset[str]
    """Columns of bytes; all others are text, numbers or empty."""
    key: tuple[str, ...]
    """The primary key."""
    counted: str | None = None
    """The column that the database counts up."""
    refers_to_itself: bool = False
    """Whether a row may refer to another row of the same table."""


def shapes() -> tuple[Shape, ...]:
    """Return all tables of this version, each after those it refers to."""
    return tuple(_shape(table) for table in METADATA.sorted_tables)


def _shape(table: Table) -> Shape:
    counted = table.autoincrement_column
    return Shape(
        name=table.name,
        columns=tuple(column.name for column in table.columns),
        blobs=frozenset(
            column.name for column in table.columns if isinstance(column.type, LargeBinary)
        ),
        key=tuple(column.name for column in table.primary_key.columns),
        counted=None if counted is None else counted.name,
        refers_to_itself=any(each.column.table is table for each in table.foreign_keys),
    )


def quoted(name: str) -> str:
    """Return the name as both databases take it in a statement."""
    return '"' + name.replace('"', '""') + '"'
