"""Every statement is one that both databases take, and that SQLite answers from an index."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Delete, Integer, LargeBinary, Text, Update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from tests.store.statements import queries

from lenskeep.store import open_store
from lenskeep.store.schema import METADATA
from lenskeep.store.sql import Query
from lenskeep.store.sqlite.connection import DIALECT
from lenskeep.store.statements.conversations import LOAD_BY_CERTIFICATE
from lenskeep.store.statements.desired.mandate import COHORT_SIZES
from lenskeep.store.statements.desired.rollouts import STOOD
from lenskeep.store.statements.devices import devices
from lenskeep.store.statements.housekeeping import SWEEP_OPERATIONS
from lenskeep.store.statements.operations import (
    CHANGE_OPERATIONS,
    OPERATIONS,
    RECOUNT,
    SILENT_EXECS,
)

POSTGRESQL: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
SMALL = frozenset(
    {"admin", "account", "code", "device", "sign_in", "token"}
    | {"mandate", "profile", "device_group", "assignment", "cohort", "cohort_group", "guard"}
    | {"wanted_tree", "tree_owner", "tree_guard", "item", "document", "attempt"}
    | {"lease", "worker", "era"}
)
"""Tables of some thousand rows at most: reading one whole is no harm where somebody waits."""
COUNTED_BY = "USING COVERING INDEX ix_standing_worst_cohort_id_tree"
"""How the whole fleet is counted by how it stands: from an index alone, without its rows."""


def test_all_statements_are_found() -> None:
    """The walk finds the house's statements and not an empty folder."""
    assert len(list(queries())) > 260


def test_columns_are_of_four_types() -> None:
    """Integers small and large, text and bytes: both databases store them alike."""
    types = {type(column.type) for table in METADATA.tables.values() for column in table.columns}

    assert types <= {Integer, BigInteger, Text, LargeBinary}


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database with the schema, to ask for plans."""
    path: Path = tmp_path_factory.mktemp("plans") / "lenskeep.db"
    open_store(path).close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def test_sqlite_takes_every_statement(planner: sqlite3.Connection) -> None:
    """Each is compiled by SQLite itself."""
    for name, query in queries():
        sql = query.compiled(DIALECT).sql
        names = set(re.findall(r":(\w+)", sql))
        try:
            planner.execute(f"EXPLAIN {sql}", dict.fromkeys(names, None)).fetchall()
        except sqlite3.Error as error:
            pytest.fail(f"{name}: {error}: {sql}")


def test_postgresql_takes_every_statement() -> None:
    """Each compiles, with parameters as asyncpg counts them, and asks for the same values."""
    for name, query in queries():
        ours, theirs = query.compiled(DIALECT), query.compiled(POSTGRESQL)
        assert re.search(r"\$1|^SELECT", theirs.sql), name
        assert ":" not in theirs.sql.replace("::", ""), name
        added = Counter(ours.constants.values()) - Counter(theirs.constants.values())
        assert set(added) <= {0}, name  # SQLite writes OFFSET 0


def test_no_large_table_is_read_whole(planner: sqlite3.Connection) -> None:
    """Statements find rows of large tables by key or index, whatever the size of the fleet."""
    for name, query in queries():
        sql = query.compiled(DIALECT).sql
        names = set(re.findall(r":(\w+)", sql))
        plan = planner.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, None)).fetchall()
        scanned = {
            match[1]
            for (*_, step) in plan
            if (match := re.match(r"SCAN (?!anon_)(\w+)", step))
            and not re.search("SUBQUERY|VIRTUAL TABLE", step)
            and not (query is STOOD and COUNTED_BY in step)
        }
        assert scanned <= SMALL, f"{name}: {[step for (*_, step) in plan]}"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (LOAD_BY_CERTIFICATE, "ix_operation_enrollment_id_state"),
        (CHANGE_OPERATIONS, "operation USING INDEX sqlite_autoindex_operation_1"),
        (OPERATIONS, "ix_operation_device_id_number"),
        (RECOUNT, "ix_operation_device_id_state"),
        (SILENT_EXECS, "ix_operation_state_ended_at"),
        (SWEEP_OPERATIONS, "ix_operation_state_ended_at"),
    ],
)
def test_operations_are_found_by_the_narrowest_index(
    planner: sqlite3.Connection, query: Query, index: str
) -> None:
    """Work grows with what one device has, not with the fleet."""
    sql = query.compiled(DIALECT).sql
    names = set(re.findall(r":(\w+)", sql))

    plan = planner.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, None)).fetchall()

    assert any(index in step for (*_, step) in plan), plan


def test_cohorts_are_counted_without_reading_devices(planner: sqlite3.Connection) -> None:
    """An index alone answers: this is read with every change of who gets what."""
    plan = planner.execute(f"EXPLAIN QUERY PLAN {COHORT_SIZES.compiled(DIALECT).sql}").fetchall()

    assert ["SCAN device USING COVERING INDEX ix_device_cohort_id_state"] == [
        step for (*_, step) in plan
    ]


def test_the_audit_log_is_neither_changed_nor_shortened_by_a_statement() -> None:
    """No update and no deletion of it exists."""
    for name, query in queries():
        if isinstance(query.clause, Update | Delete):
            assert str(query.clause.table) != "audit", name


def test_constants_of_a_statement_come_with_it() -> None:
    """A value written into the statement is bound with every call."""
    compiled = devices(frozenset()).compiled(DIALECT)

    assert "replaced" in compiled.constants.values()
