"""Ways in: what the administrator says of them, one-time secrets, who came, Autopilot."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from lenskeep.store.schema.columns import (
    METADATA,
    id_column,
    maybe_moment,
    moment,
    number,
    of,
    text_column,
)

document: Final = Table(  # all versions are kept
    "document",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    text_column("body"),  # JSON
    moment("at"),
    text_column("actor"),
)

item: Final = Table(
    "item",
    METADATA,
    id_column(),
    text_column("kind"),
    text_column("name"),
    text_column("name_key"),  # case-folded: names compare without case
    text_column("body"),  # JSON
    text_column("sealed"),
    moment("created_at"),
    maybe_moment("disabled_at"),
    UniqueConstraint("kind", "name_key"),
)

ticket: Final = Table(
    "ticket",
    METADATA,
    number(),  # the order in which they were given out
    text_column("kind"),
    Column("digest", LargeBinary, nullable=False),
    text_column("body"),  # JSON
    moment("created_at"),
    moment("expires_at"),
    maybe_moment("used_at"),
    text_column("used_for"),
    UniqueConstraint("digest", "kind"),
    Index(None, "kind", "id"),
    Index(None, "expires_at"),
)

attempt: Final = Table(
    "attempt",
    METADATA,
    number("number"),  # the order in which they were made
    Column("id", Text, nullable=False, unique=True),
    moment("at"),
    text_column("phase"),
    text_column("outcome"),
    text_column("way"),
    text_column("user_name"),
    text_column("device_name"),
    text_column("hw_dev_id"),
    text_column("os_version"),
    text_column("address"),
    text_column("reason"),
    Column("hresult", BigInteger, nullable=False),  # above what 31 bits hold
    text_column("trace"),
    text_column("device_id"),  # empty for none: no reference
)

autopilot: Final = Table(
    "autopilot",
    METADATA,
    Column("serial_key", Text, primary_key=True),  # case-folded
    text_column("serial"),
    text_column("product_id"),
    text_column("hardware_hash"),
    text_column("group_tag"),
    text_column("assigned_user"),
    text_column("source"),
    Column("device_id", Text, ForeignKey("device.id")),
    moment("changed_at"),
    text_column("search"),  # case-folded: what a list's text filter looks through
    Index(None, "device_id"),
)

renewal: Final = Table(  # for the minutes in which a lost answer is repeated
    "renewal",
    METADATA,
    of("certificate_id", "certificate.id", key=True),
    text_column("body"),  # sealed
    moment("created_at"),
    Index(None, "created_at"),
)
