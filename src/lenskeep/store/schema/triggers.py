"""What the databases do by themselves: keep the audit log, keep a copy of a device's cohort."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement

from lenskeep.store.schema.desired import standing
from lenskeep.store.schema.journal import audit

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
_TAKE: Final = (
    "BEGIN UPDATE standing SET cohort_id = (SELECT cohort_id FROM device WHERE id = NEW.device_id) "
    "WHERE enrollment_id = NEW.enrollment_id; "
)
_GIVE: Final = "BEGIN UPDATE standing SET cohort_id = NEW.cohort_id WHERE device_id = NEW.id; "
COHORT_COPIES: Final = {
    "sqlite": (
        f"CREATE TRIGGER standing_added AFTER INSERT ON standing {_TAKE}END",
        f"CREATE TRIGGER standing_moved AFTER UPDATE OF device_id ON standing {_TAKE}END",
        "CREATE TRIGGER device_regrouped AFTER UPDATE OF cohort_id ON device "
        f"WHEN NEW.cohort_id IS NOT OLD.cohort_id {_GIVE}END",
    ),
    "postgresql": (
        "CREATE FUNCTION standing_takes_cohort() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ {_TAKE}RETURN NULL; END $$",
        "CREATE TRIGGER standing_takes_cohort AFTER INSERT OR UPDATE OF device_id ON standing "
        "FOR EACH ROW EXECUTE FUNCTION standing_takes_cohort()",
        "CREATE FUNCTION device_gives_cohort() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ {_GIVE}RETURN NULL; END $$",
        "CREATE TRIGGER device_gives_cohort AFTER UPDATE OF cohort_id ON device FOR EACH ROW "
        "WHEN (NEW.cohort_id IS DISTINCT FROM OLD.cohort_id) "
        "EXECUTE FUNCTION device_gives_cohort()",
    ),
}
"""`standing.cohort_id` is the device's, whoever changes it, older code too: how a fleet of many
thousands stands is then counted from one index. After the row, not before it: by then the message
that adds it holds the device's row, and whoever regroups the device waits.
"""


def _listen(table: Table, texts: Mapping[str, tuple[str, ...]]) -> None:
    for dialect, statements in texts.items():
        for each in statements:
            event.listen(table, "after_create", _made(each, dialect))


def _made(text: str, dialect: str) -> ExecutableDDLElement:
    statement: ExecutableDDLElement = DDL(text)  # type: ignore[no-untyped-call]
    return statement.execute_if(dialect=dialect)


_listen(audit, AUDIT_GUARDS)
_listen(standing, COHORT_COPIES)
