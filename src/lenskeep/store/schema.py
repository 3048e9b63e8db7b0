"""The tables, written once for SQLite and PostgreSQL.

Only three kinds of columns: integers, text, bytes. Moments are integer microseconds since 1970
in UTC; closed choices are the text of their enum; mappings and lists are JSON text. A change
here needs a migration (`migrations/versions`); a test compares the two.
"""

from typing import Final

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.schema import ExecutableDDLElement

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database counts up; SQLite does so for the type INTEGER alone."""


def _text(name: str, *, unique: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, unique=unique)


def _maybe(name: str) -> Column[str]:
    return Column(name, Text)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _at(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _maybe_at(name: str) -> Column[int]:
    return Column(name, BigInteger)


def _bytes(name: str, *, unique: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False, unique=unique)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _number(name: str = "id") -> Column[int]:
    return Column(name, _NUMBER, primary_key=True, autoincrement=True)


def _of(name: str, target: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey(target), nullable=False, primary_key=key)


# --- people -------------------------------------------------------------------------------

account: Final = Table(
    "account",
    METADATA,
    _id(),
    _text("name"),
    _text("name_key", unique=True),  # case-folded: names compare without case
    _text("password_hash"),
    _at("created_at"),
    _maybe_at("disabled_at"),
)

code: Final = Table(
    "code",
    METADATA,
    _id(),
    _bytes("digest", unique=True),
    _count("uses_total"),
    _count("uses_left"),
    _at("created_at"),
    _at("expires_at"),
    _maybe_at("exhausted_at"),
    Index(None, "expires_at"),
)

admin: Final = Table(
    "admin",
    METADATA,
    _id(),
    _text("name"),
    _text("name_key", unique=True),
    _text("role"),
    _text("password_hash"),
    _at("created_at"),
    _maybe_at("disabled_at"),
)

sign_in: Final = Table(
    "sign_in",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _of("admin_id", "admin.id"),
    _at("created_at"),
    _at("expires_at"),
    Index(None, "expires_at"),
)

token: Final = Table(
    "token",
    METADATA,
    _id(),
    _text("name"),
    _text("scope"),
    _bytes("digest", unique=True),
    _at("created_at"),
    _maybe_at("revoked_at"),
)
Index(  # the name of a revoked token is free again
    "uq_token_name_living",
    token.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)

# --- devices ------------------------------------------------------------------------------

device: Final = Table(
    "device",
    METADATA,
    _id(),
    _maybe("tenant"),
    _text("dev_id"),  # of its latest enrollment
    _text("name"),
    _count("renamed"),  # 1: an administrator named it, the device no longer does
    _text("state"),
    _maybe("replaced_by"),
    _at("first_seen"),
    _maybe_at("last_seen"),
    _text("generation"),
    _text("os_build"),
    _text("os_version"),
    _text("edition"),
    _text("serial"),
    _text("model"),
    _text("manufacturer"),
    _text("architecture"),
    _text("macs"),  # JSON list
    _text("user_name"),
    _text("search"),  # case-folded: what a list's text filter looks through
    _count("operations_open"),
    _count("operations_failed"),
    _count("operations_unknown"),
    _count("nodes_known"),
    Index(None, "state", "id"),
)

enrollment: Final = Table(
    "enrollment",
    METADATA,
    _id(),
    _of("device_id", "device.id"),
    _maybe("tenant"),
    _text("scope"),  # `device` or `user`: whose management it is
    _text("principal_kind"),
    _text("principal_id"),
    _text("principal_name"),
    _text("dev_id"),
    _text("hw_dev_id"),
    _text("kind"),
    _at("created_at"),
    _text("context"),  # JSON
    _text("auth_name", unique=True),
    _text("auth_secret"),  # sealed
    _text("server_secret"),  # sealed
    _text("first_nonce"),
    _text("server_nonce"),
    _text("state"),
    _maybe_at("ended_at"),
    _text("end_reason"),
    Index(None, "device_id"),
    Index(None, "dev_id"),
    Index(None, "hw_dev_id"),
)

provisioning: Final = Table(  # for the minutes in which a lost answer is repeated
    "provisioning",
    METADATA,
    _of("enrollment_id", "enrollment.id", key=True),
    _text("body"),  # sealed
    _at("created_at"),
    Index(None, "created_at"),
)

certificate: Final = Table(
    "certificate",
    METADATA,
    _id(),
    _of("enrollment_id", "enrollment.id"),
    _text("serial", unique=True),
    _bytes("sha256", unique=True),
    _bytes("spki_sha256"),
    _bytes("der"),
    _at("not_before"),
    _at("not_after"),
    _maybe_at("revoked_at"),
    Index(None, "enrollment_id"),
    Index(None, "spki_sha256"),
)

# --- conversations ------------------------------------------------------------------------

conversation: Final = Table(  # beside `enrollment`: small, and rewritten by every message
    "conversation",
    METADATA,
    _of("enrollment_id", "enrollment.id", key=True),
    _count("version"),
    _maybe("session"),  # JSON; session_id and started_at once more as columns, for queries
    _text("session_id"),
    _at("started_at"),
    _maybe_at("heard_at"),
    _maybe_at("questions_asked_at"),
    _text("nonce"),
    _text("used_nonces"),  # JSON list
)

known: Final = Table(  # beside `conversation`: large, and rarely changed
    "known",
    METADATA,
    _of("enrollment_id", "enrollment.id", key=True),
    _bytes("body"),
    _count("nodes"),
)

reply: Final = Table(
    "reply",
    METADATA,
    _number(),
    _of("enrollment_id", "enrollment.id"),
    _text("session_id"),
    _text("msg_id"),
    _bytes("digest"),
    _bytes("body"),
    _at("at"),
    UniqueConstraint("enrollment_id", "session_id", "msg_id", "digest"),
    Index(None, "at"),
)

message_body: Final = Table(
    "message_body",
    METADATA,
    _number(),
    _of("device_id", "device.id"),
    _of("enrollment_id", "enrollment.id"),
    _at("at"),
    _text("session_id"),
    _text("msg_id"),
    _text("direction"),
    _text("body"),
    Index(None, "at"),
    Index(None, "device_id", "id"),
)

operation: Final = Table(
    "operation",
    METADATA,
    _number("number"),  # the order in which they were queued
    Column("id", Text, nullable=False, unique=True),
    _of("device_id", "device.id"),
    _of("enrollment_id", "enrollment.id"),
    _text("verb"),
    _text("uri"),
    _maybe("format"),
    _maybe("value"),
    _text("state"),
    _at("created_at"),
    _text("actor"),
    Column("status", Integer),
    _text("status_text"),
    _maybe("result"),
    _maybe("result_format"),
    _count("deliveries"),
    _text("session_id"),  # in which it was sent last
    _maybe_at("sent_at"),
    _maybe_at("ended_at"),
    Index(None, "enrollment_id", "state"),
    Index(None, "device_id", "state"),
    Index(None, "device_id", "number"),
    Index(None, "state", "ended_at"),
)

# --- what happened ------------------------------------------------------------------------

timeline: Final = Table(
    "timeline",
    METADATA,
    _number(),
    _of("device_id", "device.id"),
    _at("at"),
    _text("kind"),
    _text("detail"),  # JSON
    _text("session_id"),
    _text("msg_id"),
    Index(None, "device_id", "id"),
    Index(None, "at"),
)

audit: Final = Table(
    "audit",
    METADATA,
    _number(),
    _at("at"),
    _text("actor_kind"),
    _text("actor_name"),
    _text("actor_address"),
    _text("action"),
    _text("target"),
    _text("detail"),  # JSON
)

job: Final = Table(
    "job",
    METADATA,
    _number(),
    _text("kind"),
    _at("run_at"),
    _maybe_at("locked_until"),
    _count("attempts"),
    _text("payload"),  # JSON
    Index(None, "run_at"),
)

# --- the audit log only grows -------------------------------------------------------------

AUDIT_GUARDS: Final = {
    "sqlite": (
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$",
        "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()",
    ),
}


def _guard(text: str, dialect: str) -> ExecutableDDLElement:
    statement: ExecutableDDLElement = DDL(text)  # type: ignore[no-untyped-call]
    return statement.execute_if(dialect=dialect)


for _dialect, _texts in AUDIT_GUARDS.items():
    for _each in _texts:
        event.listen(audit, "after_create", _guard(_each, _dialect))
