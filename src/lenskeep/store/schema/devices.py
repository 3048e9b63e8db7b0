"""Headsets, their enrollments and their certificates."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from lenskeep.store.schema.columns import (
    METADATA,
    NUMBER,
    blob,
    count,
    id_column,
    maybe_moment,
    maybe_text,
    moment,
    of,
    text_column,
)

device: Final = Table(
    "device",
    METADATA,
    id_column(),
    maybe_text("tenant"),
    text_column("dev_id"),  # of its latest enrollment
    text_column("name"),
    count("renamed"),  # 1: an administrator named it, the device no longer does
    text_column("state"),
    maybe_text("replaced_by"),
    moment("first_seen"),
    maybe_moment("last_seen"),
    text_column("generation"),
    text_column("os_build"),
    text_column("os_version"),
    text_column("edition"),
    text_column("serial"),
    text_column("model"),
    text_column("manufacturer"),
    text_column("architecture"),
    text_column("macs"),  # JSON list
    text_column("user_name"),
    text_column("search"),  # case-folded: what a list's text filter looks through
    count("operations_open"),
    count("operations_failed"),
    count("operations_unknown"),
    count("nodes_known"),
    Column("cohort_id", NUMBER, ForeignKey("cohort.id")),  # empty: never put into groups
    Column("tags", Text, nullable=False, server_default="[]"),  # JSON list
    Column("custody", Text, nullable=False, server_default="in use"),
    maybe_text("departing"),  # how it was told to go
    maybe_moment("departing_since"),
    maybe_text("departing_by"),  # the operation that tells it to
    Index(None, "state", "id"),
    Index(None, "cohort_id", "state"),  # cohorts are counted without reading devices
    Index(None, "state", "generation", "os_build"),  # and so are these
)

Index(  # and those that have any tags
    "ix_device_tags_state",
    device.c.tags,
    device.c.state,
    sqlite_where=text("tags <> '[]'"),
    postgresql_where=text("tags <> '[]'"),
)

enrollment: Final = Table(
    "enrollment",
    METADATA,
    id_column(),
    of("device_id", "device.id"),
    maybe_text("tenant"),  # of Entra
    text_column("scope"),  # `device` or `user`: whose management it is
    text_column("principal_kind"),
    text_column("principal_id"),
    text_column("principal_name"),
    text_column("dev_id"),
    text_column("hw_dev_id"),
    text_column("kind"),
    moment("created_at"),
    text_column("context"),  # JSON
    text_column("auth_name", unique=True),
    text_column("auth_secret"),  # sealed
    text_column("server_secret"),  # sealed
    text_column("first_nonce"),
    text_column("server_nonce"),
    text_column("state"),
    maybe_moment("ended_at"),
    text_column("end_reason"),
    Column("way", Text, nullable=False, server_default="typed password"),
    Column("user_id", Text, nullable=False, server_default=""),  # Entra object id
    Column("entra_device", Text, nullable=False, server_default=""),  # Entra device id
    Index(None, "device_id"),
    Index(None, "dev_id"),
    Index(None, "hw_dev_id"),
    Index(None, "principal_id", "state"),
)

provisioning: Final = Table(  # for the minutes in which a lost answer is repeated
    "provisioning",
    METADATA,
    of("enrollment_id", "enrollment.id", key=True),
    text_column("body"),  # sealed
    moment("created_at"),
    Index(None, "created_at"),
)

certificate: Final = Table(
    "certificate",
    METADATA,
    id_column(),
    of("enrollment_id", "enrollment.id"),
    text_column("serial", unique=True),
    blob("sha256", unique=True),
    blob("spki_sha256"),
    blob("der"),
    moment("not_before"),
    moment("not_after"),
    maybe_moment("revoked_at"),
    Column("replaces", Text, ForeignKey("certificate.id")),
    maybe_moment("used_at"),
    Index(None, "enrollment_id"),
    Index(None, "spki_sha256"),
)
