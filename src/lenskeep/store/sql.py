"""Statements compiled once to SQL text, and units of work that say what they want run.

A unit of work is a generator: it yields calls, is sent their rows, and returns its result. It
touches no database itself, so that the same unit runs on a blocking driver in a thread and on
an asynchronous one.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Insert,
    Label,
    Select,
    Table,
    Update,
    literal,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Row(Protocol):
    """One row; its columns by name."""

    def __getitem__(self, key: str, /) -> Any:
        """Return the value of this column."""
        ...


Clause: TypeAlias = Select[Any] | Insert | Update | Delete
Rows: TypeAlias = Sequence[Row]
Values: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as one database takes it."""

    sql: str
    constants: Mapping[str, object]
    """Values that the statement itself brings; every call's are added to them."""
    order: tuple[str, ...] = ()
    """The names of $1, $2 ..., where the database takes values by their place."""


class Query:
    """A statement, compiled for each database when it is first used there."""

    __slots__ = ("_compiled", "_in_other_words", "clause")

    def __init__(self, clause: Clause, **in_other_words: Clause) -> None:
        """`in_other_words`: the same by the name of a database's dialect, where it needs others."""
        self.clause = clause
        self._in_other_words = in_other_words
        self._compiled: dict[str, Compiled] = {}

    def __call__(self, **values: object) -> "Call":
        """Return the call of this statement with these values."""
        return Call(self, (values,))

    def only(self, **values: object) -> "Call":
        """Return the call of a unit that runs nothing else: one round trip, commit included."""
        return Call(self, (values,), last=True)

    def each(self, rows: Iterable[Values]) -> "Call":
        """Return the call that runs this statement once for each row; it returns no rows."""
        return Call(self, tuple(rows))

    def compiled(self, dialect: Dialect) -> Compiled:
        """Return the SQL for this database."""
        found = self._compiled.get(dialect.name)
        if found is None:
            clause = self._in_other_words.get(dialect.name, self.clause)
            found = self._compiled[dialect.name] = _compile(clause, dialect)
        return found


def _compile(clause: Clause, dialect: Dialect) -> Compiled:
    names = None
    if isinstance(clause, Insert) and clause.select is None and isinstance(clause.table, Table):
        names = [column.name for column in stored_columns(clause.table)]
    compiled = clause.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    constants = {
        compiled.bind_names[bind]: bind.effective_value
        for bind in compiled.bind_names
        if not bind.required
    }
    return Compiled(str(compiled), constants, tuple(compiled.positiontup or ()))


@dataclass(frozen=True, slots=True)
class Call:
    """A statement with the values it is to be run with: once for each element of `rows`."""

    query: Query
    rows: tuple[Values, ...]
    last: bool = False
    """Whether the unit runs nothing after it, and ran nothing before."""


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that happen all or not at all, and none where the first one finds nothing.

    The yield gives the rows of `must`; where there are none, nothing of `also` is done. No two
    of them change the same row, and none reads what another one writes: a database may run
    them as one statement, in any order after `must`. Each of them has one row of values: what is
    many goes as one JSON list (`statements.listed`).
    """

    must: Call
    also: tuple[Call, ...]
    last: bool = False
    """As in `Call`."""


Step: TypeAlias = Call | Together
"""What a unit may ask for."""
Work: TypeAlias = Generator[Step, Rows, T]
"""A unit of work that returns T."""


class Executor(Protocol):
    """Runs units of work. Raises Unavailable where the database cannot be reached or is full."""

    async def read(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit that only reads; all its statements see the same moment."""
        ...

    async def write(self, work: Callable[[], Work[T]]) -> T:
        """Run a unit whole or not at all; return when it is durable."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...

    async def aclose(self) -> None:
        """Finish what was begun and let go of the database."""
        ...


def stored_columns(table: Table) -> tuple[Column[Any], ...]:
    """Return the columns a row is inserted with: all but those that the database fills in."""
    return tuple(
        column
        for column in table.columns
        if column is not table.autoincrement_column and not column.info.get("derived")
    )


def labeled(table: Table, *, without: frozenset[str] = frozenset()) -> tuple[Label[Any], ...]:
    """Return the columns under the names `table_column`, unambiguous in any join."""
    return tuple(
        column.label(f"{table.name}_{column.name}")
        for column in table.columns
        if column.name not in without
    )


def one_of(column: ColumnElement[str], choices: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that the column is one of these constants."""
    return column.in_([literal(choice) for choice in choices])
