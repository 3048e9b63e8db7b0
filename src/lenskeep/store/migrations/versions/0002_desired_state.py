"""What should be true of which headsets: profiles, groups, wanted trees, and how devices stand."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COHORT_COLUMN: Final = {
    "sqlite": "INTEGER",
    "postgresql": "BIGINT",
}


def upgrade() -> None:
    _mandate()
    _profile()
    _revision()
    _device_group()
    _assignment()
    _wanted_tree()
    _tree_owner()
    _tree_guard()
    _cohort()
    _cohort_group()
    _guard()
    _standing()
    _progress()
    _device()
    _first_rows()


def _device() -> None:
    """Both databases add a reference with its column; Alembic would copy the table on SQLite."""
    number = _COHORT_COLUMN[op.get_context().dialect.name]
    op.execute(
        f"ALTER TABLE device ADD COLUMN cohort_id {number} "
        "CONSTRAINT fk_device_cohort_id_cohort REFERENCES cohort (id)"
    )
    op.add_column("device", sa.Column("tags", sa.Text(), server_default="[]", nullable=False))
    op.create_index("ix_device_cohort_id_state", "device", ["cohort_id", "state"])


def _first_rows() -> None:
    op.execute("INSERT INTO mandate (id, version) VALUES (1, 0)")
    op.execute(
        "INSERT INTO device_group (id, name, name_key, kind, rule, description, created_at) "
        "VALUES ('grp_all', 'All devices', 'all devices', 'all', '', "
        "'Every device under management.', 0)"
    )


def _mandate() -> None:
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mandate"),
    )


def _profile() -> None:
    op.create_table(
        "profile",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_profile"),
        sa.UniqueConstraint("name_key", name="uq_profile_name_key"),
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settings", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name="fk_revision_profile_id_profile"
        ),
        sa.PrimaryKeyConstraint("profile_id", "number", name="pk_revision"),
    )


def _device_group() -> None:
    op.create_table(
        "device_group",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_device_group"),
        sa.UniqueConstraint("name_key", name="uq_device_group_name_key"),
    )


def _assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("excludes", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name="fk_assignment_profile_id_profile"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["device_group.id"], name="fk_assignment_group_id_device_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_group_id", "assignment", ["group_id"])
    op.create_index("ix_assignment_profile_id", "assignment", ["profile_id"])


def _wanted_tree() -> None:
    op.create_table(
        "wanted_tree",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wanted_tree"),
    )


def _tree_owner() -> None:
    op.create_table(
        "tree_owner",
        sa.Column("tree_id", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["wanted_tree.id"], name="fk_tree_owner_tree_id_wanted_tree"
        ),
        sa.PrimaryKeyConstraint("tree_id", "profile_id", name="pk_tree_owner"),
    )
    op.create_index("ix_tree_owner_profile_id", "tree_owner", ["profile_id"])


def _tree_guard() -> None:
    op.create_table(
        "tree_guard",
        sa.Column("tree_id", sa.Text(), nullable=False),
        sa.Column("guard_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["wanted_tree.id"], name="fk_tree_guard_tree_id_wanted_tree"
        ),
        sa.PrimaryKeyConstraint("tree_id", "guard_key", name="pk_tree_guard"),
    )
    op.create_index("ix_tree_guard_guard_key", "tree_guard", ["guard_key"])


def _cohort() -> None:
    op.create_table(
        "cohort",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("tree_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["wanted_tree.id"], name="fk_cohort_tree_id_wanted_tree"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cohort"),
        sa.UniqueConstraint("groups", name="uq_cohort_groups"),
    )
    op.create_index("ix_cohort_tree_id", "cohort", ["tree_id"])


def _cohort_group() -> None:
    op.create_table(
        "cohort_group",
        sa.Column("cohort_id", _NUMBER, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name="fk_cohort_group_cohort_id_cohort"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["device_group.id"], name="fk_cohort_group_group_id_device_group"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "group_id", name="pk_cohort_group"),
    )
    op.create_index("ix_cohort_group_group_id", "cohort_group", ["group_id"])


def _guard() -> None:
    op.create_table(
        "guard",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scout", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["scout"], ["device.id"], name="fk_guard_scout_device"),
        sa.PrimaryKeyConstraint("key", name="pk_guard"),
    )
    op.create_index("ix_guard_profile_id", "guard", ["profile_id"])
    op.create_index("ix_guard_scout", "guard", ["scout"])


def _standing() -> None:
    op.create_table(
        "standing",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("device_print", sa.Text(), nullable=False),
        sa.Column("worst", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name="fk_standing_enrollment_id_enrollment"
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_standing_device_id_device"),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_standing"),
    )
    op.create_index("ix_standing_device_id", "standing", ["device_id"])
    op.create_index("ix_standing_tree", "standing", ["tree"])


def _progress() -> None:
    op.create_table(
        "progress",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("profile_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_progress_device_id_device"),
        sa.PrimaryKeyConstraint("device_id", "profile_id", name="pk_progress"),
    )
    op.create_index("ix_progress_profile_id_state", "progress", ["profile_id", "state"])
