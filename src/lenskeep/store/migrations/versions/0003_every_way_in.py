"""Every way in and out: what is said of them, one-time secrets, who came, custody, renewal."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _account()
    _conversation()
    _device()
    _enrollment()
    _certificate()
    _document()
    _item()
    _ticket()
    _attempt()
    _autopilot()
    _renewal()


# --- tables that are there ----------------------------------------------------------------


def _account() -> None:
    op.add_column("account", sa.Column("bulk", sa.Integer(), server_default="0", nullable=False))
    op.add_column("account", sa.Column("uses_left", sa.Integer(), nullable=True))
    op.add_column("account", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("account", sa.Column("certificate_sha256", sa.LargeBinary(), nullable=True))
    op.create_index("uq_account_certificate_sha256", "account", ["certificate_sha256"], unique=True)


def _conversation() -> None:
    op.add_column(
        "conversation", sa.Column("arrival", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "conversation", sa.Column("notice_due", sa.Integer(), server_default="0", nullable=False)
    )


def _device() -> None:
    op.add_column(
        "device", sa.Column("custody", sa.Text(), server_default="in use", nullable=False)
    )
    op.add_column("device", sa.Column("departing", sa.Text(), nullable=True))
    op.add_column("device", sa.Column("departing_since", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("departing_by", sa.Text(), nullable=True))


def _enrollment() -> None:
    op.add_column(
        "enrollment", sa.Column("way", sa.Text(), server_default="typed password", nullable=False)
    )
    op.add_column("enrollment", sa.Column("user_id", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "enrollment", sa.Column("entra_device", sa.Text(), server_default="", nullable=False)
    )
    op.create_index("ix_enrollment_principal_id_state", "enrollment", ["principal_id", "state"])


def _certificate() -> None:
    """Both databases add a reference with its column; Alembic would copy the table on SQLite."""
    op.execute(
        "ALTER TABLE certificate ADD COLUMN replaces TEXT "
        "CONSTRAINT fk_certificate_replaces_certificate REFERENCES certificate (id)"
    )
    op.add_column("certificate", sa.Column("used_at", sa.BigInteger(), nullable=True))


# --- new tables ---------------------------------------------------------------------------


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "version", name="pk_document"),
    )


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("kind", "name_key", name="uq_item_kind_name_key"),
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("used_for", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("digest", "kind", name="uq_ticket_digest_kind"),
    )
    op.create_index("ix_ticket_expires_at", "ticket", ["expires_at"])
    op.create_index("ix_ticket_kind_id", "ticket", ["kind", "id"])


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=False),
        sa.Column("hw_dev_id", sa.Text(), nullable=False),
        sa.Column("os_version", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hresult", sa.BigInteger(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_attempt"),
        sa.UniqueConstraint("id", name="uq_attempt_id"),
    )


def _autopilot() -> None:
    op.create_table(
        "autopilot",
        sa.Column("serial_key", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("hardware_hash", sa.Text(), nullable=False),
        sa.Column("group_tag", sa.Text(), nullable=False),
        sa.Column("assigned_user", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_autopilot_device_id_device"),
        sa.PrimaryKeyConstraint("serial_key", name="pk_autopilot"),
    )
    op.create_index("ix_autopilot_device_id", "autopilot", ["device_id"])


def _renewal() -> None:
    op.create_table(
        "renewal",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_renewal_certificate_id_certificate"
        ),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_renewal"),
    )
    op.create_index("ix_renewal_created_at", "renewal", ["created_at"])
