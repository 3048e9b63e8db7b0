"""Migrations only add, so that old and new version serve one database side by side."""

from pathlib import Path

import pytest
from tests.store.additive import breaks

from lenskeep.store.migrating import MIGRATIONS

FIRST_ERA = "0004"
"""Code before it knows no era, and refuses a schema that is ahead."""
HEADER = 'revision = "0009"\n\ndef upgrade():\n    '


def test_every_migration_since_the_first_era_only_adds() -> None:
    """Or it says whom it leaves behind."""
    later = [
        path
        for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
        if path.name[:4] > FIRST_ERA
    ]

    found = {Path(path).name: breaks(path.read_text("utf-8")) for path in later}

    assert dict.fromkeys(found, ()) == found


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("device", "name")',
        'op.drop_table("device")',
        'op.alter_column("device", "name", nullable=False)',
        'op.add_column("device", sa.Column("weight", sa.Integer(), nullable=False))',
        'op.add_column("device", sa.Column("weight", sa.Integer()))',
        'op.execute("DELETE FROM device")',
        'with op.batch_alter_table("device") as batch: batch.drop_column("name")',
    ],
)
def test_what_older_code_could_not_live_with_is_found(line: str) -> None:
    """Columns and tables that are gone or stricter, columns it does not fill, SQL by hand."""
    assert len(breaks(HEADER + line)) == 1
    assert breaks(HEADER + line + "\n    op.execute(\"UPDATE era SET oldest = '0009'\")") == ()


@pytest.mark.parametrize(
    "line",
    [
        'op.create_table("novelty")',
        'op.create_index("ix_device_name", "device", ["name"])',
        'op.add_column("device", sa.Column("weight", sa.Integer(), nullable=True))',
        'op.add_column("device", sa.Column("w", sa.Integer(), nullable=False, server_default="0"))',
    ],
)
def test_what_only_adds_is_let_pass(line: str) -> None:
    """Tables, indexes, columns that may be left out."""
    assert breaks(HEADER + line) == ()
