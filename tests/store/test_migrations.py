"""The migrations make what the schema says, on both databases."""

import io
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from tests import postgres
from tests.store.statements import queries

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.store import open_store
from lenskeep.store.migrating import HEAD, MIGRATIONS, bring_up_to_date, schema_state
from lenskeep.store.schema import AUDIT_GUARDS, COHORT_COPIES, METADATA


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A new file, brought up to date."""
    path = tmp_path / "lenskeep.db"
    bring_up_to_date(path)
    return path


def test_the_newest_migration_is_the_one_we_ask_for() -> None:
    """HEAD names it."""
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_sqlite_has_what_the_schema_says(database: Path) -> None:
    """Autogenerate finds no difference."""
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    engine.dispose()

    assert differences == []


def test_sqlite_has_the_guards_of_the_schema(tmp_path: Path, database: Path) -> None:
    """Triggers, which autogenerate does not see, are the same in both."""
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    METADATA.create_all(engine)
    engine.dispose()

    assert triggers(tmp_path / "made.db") == triggers(database)
    assert len(triggers(database)) == 5


def triggers(path: Path) -> list[str]:
    """The triggers of a file, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        return sorted(sql for (sql,) in found)


@pytest.mark.parametrize("change", ["UPDATE audit SET target = ''", "DELETE FROM audit"])
def test_the_audit_log_only_grows(database: Path, change: str) -> None:
    """The database itself refuses to change or shorten it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO audit VALUES (1, 0, 'admin', 'x', '', 'a.b', 't', '{}')")
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute(change)


def test_a_file_that_is_up_to_date_is_left_alone(database: Path) -> None:
    """Opening it again changes nothing of it."""
    before = database.read_bytes()

    bring_up_to_date(database)

    assert before == database.read_bytes()
    assert schema_state(database).version == HEAD


def test_a_file_of_the_first_version_keeps_its_devices(tmp_path: Path) -> None:
    """They are in no group and have no tags; the group of all devices is there."""
    path = tmp_path / "lenskeep.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = f"sqlite:///{path}"
    command.upgrade(config, "0001")
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(device)")]
        marks = ", ".join("?" for _ in names)
        row = ["dev_1", *("x" for _ in names[1:])]
        connection.execute(f"INSERT INTO device VALUES ({marks})", row)

    open_store(path).close()

    assert schema_state(path).version == HEAD
    with closing(sqlite3.connect(path)) as connection:
        devices = connection.execute("SELECT id, name, cohort_id, tags FROM device").fetchall()
        groups = connection.execute("SELECT id, name, kind FROM device_group").fetchall()
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert devices == [("dev_1", "x", None, "[]")]
    assert groups == [("grp_all", "All devices", "all")]


def test_a_file_of_the_second_version_keeps_all_it_has(tmp_path: Path) -> None:
    """Headsets are in use and came by a typed password; accounts are of persons, without end."""
    path = tmp_path / "lenskeep.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = f"sqlite:///{path}"
    command.upgrade(config, "0002")
    rows: dict[str, dict[str, object]] = {
        "account": {"id": "acc_1", "disabled_at": None},
        "device": {"id": "dev_1", "cohort_id": None, "tags": "[]"},
        "enrollment": {"id": "enr_1", "device_id": "dev_1", "tenant": None},
        "certificate": {"id": "crt_1", "enrollment_id": "enr_1", "revoked_at": None},
        "conversation": {"enrollment_id": "enr_1"},
    }
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, given in rows.items():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = [given.get(name, "1") for name in names]
            marks = ", ".join("?" for _ in names)
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)

    open_store(path).close()

    added = {
        "SELECT bulk, uses_left, expires_at, certificate_sha256 FROM account": (0, *3 * [None]),
        "SELECT custody, departing, departing_since, departing_by FROM device": (
            "in use",
            *3 * [None],
        ),
        "SELECT way, tenant, user_id, entra_device FROM enrollment": (
            "typed password",
            None,
            "",
            "",
        ),
        "SELECT replaces, used_at FROM certificate": (None, None),
        "SELECT arrival, notice_due FROM conversation": ("", 0),
    }
    with closing(sqlite3.connect(path)) as connection:
        assert {ask: connection.execute(ask).fetchone() for ask in added} == added
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def ahead(path: Path, *, oldest: str) -> None:
    """Let a newer version have migrated it, which works with code as old as this."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE era SET oldest = ?", (oldest,))


def test_a_file_of_a_newer_version_is_served_where_it_allows_that(database: Path) -> None:
    """So that old and new run beside each other while an installation is upgraded."""
    ahead(database, oldest=HEAD)

    open_store(database).close()

    assert schema_state(database).version == "9999"


def test_a_file_of_a_newer_version_that_leaves_us_behind_is_refused(database: Path) -> None:
    """With the step to take in the message, and unchanged."""
    ahead(database, oldest="9998")

    with pytest.raises(Conflict, match="newer version, which works with none before 9998"):
        open_store(database)
    assert schema_state(database).version == "9999"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """It is Unavailable, and stays as it is."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear database, " * 100)

    with pytest.raises(Unavailable):
        open_store(path)
    assert path.read_text().startswith("Dear database")
    with pytest.raises(Unavailable):
        open_store(tmp_path / "nowhere" / "lenskeep.db")


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    """The others wait, then find the work done."""
    script = (
        "import sys; from pathlib import Path; from lenskeep.store import open_store;"
        "open_store(Path(sys.argv[1])).close()"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "lenskeep.db")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}

    with ThreadPoolExecutor(3) as pool:
        runs = list(
            pool.map(
                lambda _: subprocess.run(
                    arguments, env=environment, capture_output=True, text=True, check=False
                ),
                range(3),
            )
        )

    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 3
    assert schema_state(tmp_path / "lenskeep.db").version == HEAD


# --- PostgreSQL ---------------------------------------------------------------------------


def offline_sql() -> str:
    """The migrations as PostgreSQL would be sent them."""
    output = io.StringIO()
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = "postgresql:///lenskeep"
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def schema_sql() -> str:
    """The schema as PostgreSQL would be sent it."""
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements = []
    for table in METADATA.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return (
        ";\n".join((*statements, *AUDIT_GUARDS["postgresql"], *COHORT_COPIES["postgresql"])) + ";\n"
    )


def test_the_migrations_render_for_postgresql() -> None:
    """Every table, in one transaction, with keys that count up and the guard of the audit log."""
    sql = offline_sql()

    for table in METADATA.tables:
        assert f"CREATE TABLE {table} (" in sql
    assert sql.startswith("BEGIN;")
    assert sql.rstrip().endswith("COMMIT;")
    assert "BIGSERIAL" in sql
    assert "CREATE TRIGGER audit_only_grows" in sql


def load(name: str, sql: str) -> None:
    """Make a database and run this in it."""
    server = postgres.cluster()
    server.drop(name)
    server.create(name)
    server.sql(sql, name)


def dump(name: str) -> str:
    """The schema of a database, as PostgreSQL itself describes it."""
    arguments = ("--schema-only", "--no-owner", "--exclude-table=alembic_version")
    lines = postgres.cluster().dump(name, *arguments).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("--", "\\")))


def test_postgresql_has_what_the_schema_says() -> None:
    """Migrated and made directly, a real server describes both databases alike."""
    load("migrated_offline", offline_sql())
    load("made", schema_sql())

    migrated = dump("migrated_offline")

    assert "CREATE TABLE public.operation" in migrated
    assert "audit_only_grows" in migrated
    assert dump("made") == migrated


def test_postgresql_prepares_every_statement() -> None:
    """A real server finds every table, column and type that the statements name."""
    dialect: Dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    prepared = [
        f"PREPARE s{number} AS {query.compiled(dialect).sql};"
        for number, (_, query) in enumerate(queries())
    ]

    load("prepared", offline_sql() + "\n".join(prepared))

    assert len(prepared) > 180
