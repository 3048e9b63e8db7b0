"""Many rows as one value: JSON lists into a statement and out of one, as each database says it.

So a message of any length is one statement in, and one out. Values are texts and whole numbers;
bytes do not travel in lists.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Table,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from lenskeep.store.sql import Clause, Query, stored_columns

Types = Mapping[str, TypeEngine[Any]]
_GIVEN: Final = "given"
"""What the rows of a list are called in a statement."""


class Words(Protocol):
    """What the databases say each in its own way."""

    def rows(self, name: str, types: Types) -> FromClause:
        """Return the rows of the list that is given as the value `name`."""
        ...

    def gathered(self, found: Select[Any]) -> ColumnElement[str]:
        """Return the rows found as one list of lists; empty or NULL for none, in no order."""
        ...

    def upsert(self, table: Table, key: Sequence[str], rows: Select[Any] | None = None) -> Insert:
        """Return the insertion that replaces a row with the same key, where it says something new.

        Of the rows that a selection finds, in the order of the table's columns, or else of the
        values that are given.
        """
        ...


class _Sqlite:
    def rows(self, name: str, types: Types) -> FromClause:
        each = func.json_each(bindparam(name)).table_valued("value", name="each")
        values = (
            func.json_extract(each.c.value, literal_column(f"'$.{name}'"), type_=type_).label(name)
            for name, type_ in types.items()
        )
        return select(*values).select_from(each).subquery(_GIVEN)

    def gathered(self, found: Select[Any]) -> ColumnElement[str]:
        inner = found.subquery()
        rows = func.json_group_array(func.json_array(*inner.c))
        return select(rows).select_from(inner).scalar_subquery()

    def upsert(self, table: Table, key: Sequence[str], rows: Select[Any] | None = None) -> Insert:
        made = sqlite.insert(table)
        if rows is not None:  # WHERE: without one, ON would be read as that of a join
            made = made.from_select(stored_columns(table), rows.where(literal_column("true")))
        new = {name: made.excluded[name] for name in _beside(table, key)}
        return made.on_conflict_do_update(index_elements=key, set_=new, where=_news(table, new))


class _Postgresql:
    def rows(self, name: str, types: Types) -> FromClause:
        typed = (column(name, type_) for name, type_ in types.items())
        given = func.json_to_recordset(cast(bindparam(name), JSON))
        return given.table_valued(*typed).render_derived(name=_GIVEN, with_types=True)

    def gathered(self, found: Select[Any]) -> ColumnElement[str]:
        inner = found.subquery()
        rows = func.json_agg(func.json_build_array(*inner.c))
        return select(rows).select_from(inner).scalar_subquery()

    def upsert(self, table: Table, key: Sequence[str], rows: Select[Any] | None = None) -> Insert:
        made = postgresql.insert(table).inline()
        if rows is not None:
            made = made.from_select(stored_columns(table), rows)
        new = {name: made.excluded[name] for name in _beside(table, key)}
        return made.on_conflict_do_update(index_elements=key, set_=new, where=_news(table, new))


def _beside(table: Table, key: Sequence[str]) -> tuple[str, ...]:
    return tuple(each.name for each in stored_columns(table) if each.name not in key)


def _news(table: Table, new: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    """Return the condition that a row differs from what stands: what is the same is not written."""
    return or_(*(table.c[name].is_distinct_from(value) for name, value in new.items()))


def worded(build: Callable[[Words], Clause]) -> Query:
    """Return the statement as each database says it."""
    return Query(build(_Sqlite()), postgresql=build(_Postgresql()))
