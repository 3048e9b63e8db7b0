"""What happened: timelines and the audit log."""

from typing import Final

from sqlalchemy import Index, Table

from lenskeep.store.schema.columns import (
    METADATA,
    moment,
    number,
    of,
    text_column,
)

timeline: Final = Table(
    "timeline",
    METADATA,
    number(),
    of("device_id", "device.id"),
    moment("at"),
    text_column("kind"),
    text_column("detail"),  # JSON
    text_column("session_id"),
    text_column("msg_id"),
    Index(None, "device_id", "id"),
    Index(None, "at"),
)

audit: Final = Table(
    "audit",
    METADATA,
    number(),
    moment("at"),
    text_column("actor_kind"),
    text_column("actor_name"),
    text_column("actor_address"),
    text_column("action"),
    text_column("target"),
    text_column("detail"),  # JSON
)
