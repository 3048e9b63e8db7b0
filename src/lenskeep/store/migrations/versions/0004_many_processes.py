"""Many processes on one database: leases, who serves, wrong secrets counted together, the era."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_TAKE: Final = (
    "BEGIN UPDATE standing SET cohort_id = (SELECT cohort_id FROM device WHERE id = NEW.device_id) "
    "WHERE enrollment_id = NEW.enrollment_id; "
)
_GIVE: Final = "BEGIN UPDATE standing SET cohort_id = NEW.cohort_id WHERE device_id = NEW.id; "
_TRIGGERS: Final = {
    "sqlite": (
        f"CREATE TRIGGER standing_added AFTER INSERT ON standing {_TAKE}END",
        f"CREATE TRIGGER standing_moved AFTER UPDATE OF device_id ON standing {_TAKE}END",
        "CREATE TRIGGER device_regrouped AFTER UPDATE OF cohort_id ON device "
        f"WHEN NEW.cohort_id IS NOT OLD.cohort_id {_GIVE}END",
    ),
    "postgresql": (
        "CREATE FUNCTION standing_takes_cohort() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ {_TAKE}RETURN NULL; END $$",
        "CREATE TRIGGER standing_takes_cohort AFTER INSERT OR UPDATE OF device_id ON standing "
        "FOR EACH ROW EXECUTE FUNCTION standing_takes_cohort()",
        "CREATE FUNCTION device_gives_cohort() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ {_GIVE}RETURN NULL; END $$",
        "CREATE TRIGGER device_gives_cohort AFTER UPDATE OF cohort_id ON device FOR EACH ROW "
        "WHEN (NEW.cohort_id IS DISTINCT FROM OLD.cohort_id) "
        "EXECUTE FUNCTION device_gives_cohort()",
    ),
}


def upgrade() -> None:
    op.drop_table("job")  # nothing was ever put into it
    _lease()
    _worker()
    _stumble()
    _era()
    _counting()


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lease"),
    )


def _worker() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("master_keys", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )


def _stumble() -> None:
    op.create_table(
        "stumble",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stumble"),
    )
    for subject in ("account", "address"):
        columns = ["purpose", subject, "at"]
        op.create_index(f"ix_stumble_purpose_{subject}_at", "stumble", columns)
    op.create_index("ix_stumble_at", "stumble", ["at"])


def _era() -> None:
    """Code of 0004 is the first that asks; every later migration says whom it leaves behind."""
    era = op.create_table(
        "era",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("oldest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_era"),
    )
    op.bulk_insert(era, [{"id": "schema", "oldest": "0004"}])


def _counting() -> None:
    """What a fleet of a hundred thousand is counted by; `standing` has the device's cohort too."""
    columns = ["state", "generation", "os_build"]
    op.create_index("ix_device_state_generation_os_build", "device", columns)
    some = sa.text("tags <> '[]'")
    op.create_index(
        *("ix_device_tags_state", "device", ["tags", "state"]),
        sqlite_where=some,
        postgresql_where=some,
    )
    op.add_column("standing", sa.Column("cohort_id", _NUMBER, nullable=True))
    op.execute(
        "UPDATE standing SET cohort_id = "
        "(SELECT cohort_id FROM device WHERE device.id = standing.device_id)"
    )
    columns = ["worst", "cohort_id", "tree"]
    op.create_index("ix_standing_worst_cohort_id_tree", "standing", columns)
    for statement in _TRIGGERS[op.get_context().dialect.name]:
        op.execute(statement)
