"""What the columns of all tables are made of, on SQLite and on PostgreSQL alike.

Only three kinds of columns: integers, text, bytes. Moments are integer microseconds since 1970
in UTC; closed choices are the text of their enum; mappings and lists are JSON text.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
DERIVED: Final = {"derived": True}
"""Marks a column that the database itself fills in: no statement of ours gives it a value."""
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database counts up; SQLite does so for the type INTEGER alone."""


def text_column(name: str, *, unique: bool = False) -> Column[str]:
    """Return a column of text."""
    return Column(name, Text, nullable=False, unique=unique)


def maybe_text(name: str) -> Column[str]:
    """Return a column of text that may be empty of any."""
    return Column(name, Text)


def count(name: str) -> Column[int]:
    """Return a column of small numbers; 0 and 1 stand for no and yes."""
    return Column(name, Integer, nullable=False)


def moment(name: str) -> Column[int]:
    """Return a column of moments."""
    return Column(name, BigInteger, nullable=False)


def maybe_moment(name: str) -> Column[int]:
    """Return a column of moments that may not have come."""
    return Column(name, BigInteger)


def blob(name: str, *, unique: bool = False) -> Column[bytes]:
    """Return a column of bytes."""
    return Column(name, LargeBinary, nullable=False, unique=unique)


def id_column() -> Column[str]:
    """Return the key `id`."""
    return Column("id", Text, primary_key=True)


def number(name: str = "id") -> Column[int]:
    """Return a key that the database counts up."""
    return Column(name, NUMBER, primary_key=True, autoincrement=True)


def of(name: str, target: str, *, key: bool = False) -> Column[str]:
    """Return a column that refers to a row of another table by its text."""
    return Column(name, Text, ForeignKey(target), nullable=False, primary_key=key)
