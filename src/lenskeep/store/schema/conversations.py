"""What is said with a headset: sessions, what is known, replies, operations."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from lenskeep.store.schema.columns import (
    METADATA,
    blob,
    count,
    maybe_moment,
    maybe_text,
    moment,
    number,
    of,
    text_column,
)

conversation: Final = Table(  # beside `enrollment`: small, and rewritten by every message
    "conversation",
    METADATA,
    of("enrollment_id", "enrollment.id", key=True),
    count("version"),
    maybe_text("session"),  # JSON; session_id and started_at once more as columns, for queries
    text_column("session_id"),
    moment("started_at"),
    maybe_moment("heard_at"),
    maybe_moment("questions_asked_at"),
    text_column("nonce"),
    text_column("used_nonces"),  # JSON list
    Column("arrival", Text, nullable=False, server_default=""),
    Column("notice_due", Integer, nullable=False, server_default="0"),
)

known: Final = Table(  # beside `conversation`: large, and rarely changed
    "known",
    METADATA,
    of("enrollment_id", "enrollment.id", key=True),
    blob("body"),
    count("nodes"),
)

reply: Final = Table(
    "reply",
    METADATA,
    number(),
    of("enrollment_id", "enrollment.id"),
    text_column("session_id"),
    text_column("msg_id"),
    blob("digest"),
    blob("body"),
    moment("at"),
    UniqueConstraint("enrollment_id", "session_id", "msg_id", "digest"),
    Index(None, "at"),
)

message_body: Final = Table(
    "message_body",
    METADATA,
    number(),
    of("device_id", "device.id"),
    of("enrollment_id", "enrollment.id"),
    moment("at"),
    text_column("session_id"),
    text_column("msg_id"),
    text_column("direction"),
    text_column("body"),
    Index(None, "at"),
    Index(None, "device_id", "id"),
)

operation: Final = Table(
    "operation",
    METADATA,
    number("number"),  # the order in which they were queued
    Column("id", Text, nullable=False, unique=True),
    of("device_id", "device.id"),
    of("enrollment_id", "enrollment.id"),
    text_column("verb"),
    text_column("uri"),
    maybe_text("format"),
    maybe_text("value"),
    text_column("state"),
    moment("created_at"),
    text_column("actor"),
    Column("status", Integer),
    text_column("status_text"),
    maybe_text("result"),
    maybe_text("result_format"),
    count("deliveries"),
    text_column("session_id"),  # in which it was sent last
    maybe_moment("sent_at"),
    maybe_moment("ended_at"),
    Index(None, "enrollment_id", "state"),
    Index(None, "device_id", "state"),
    Index(None, "device_id", "number"),
    Index(None, "state", "ended_at"),
)
