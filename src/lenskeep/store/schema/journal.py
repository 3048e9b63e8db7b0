"""What happened: timelines and the audit log."""

from typing import Final

from sqlalchemy import DDL, Index, Table, event
from sqlalchemy.schema import ExecutableDDLElement

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
