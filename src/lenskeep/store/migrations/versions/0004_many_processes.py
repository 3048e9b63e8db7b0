"""Many processes on one database: leases, who serves, wrong secrets counted together, the era."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("job")  # nothing was ever put into it
    _lease()
    _worker()
    _stumble()
    _era()


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
