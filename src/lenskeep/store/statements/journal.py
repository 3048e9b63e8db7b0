"""Statements on the timeline, the audit log and message bodies. The audit log is only added to."""

from typing import Final

from sqlalchemy import Insert, Integer, Table, bindparam, insert, select

from lenskeep.store.schema import audit, message_body, timeline
from lenskeep.store.sql import Query, labeled, stored_columns
from lenskeep.store.statements.listed import Words, worded

_LIMIT: Final = bindparam("limit", type_=Integer)

ADD_AUDIT: Final = Query(insert(audit))
AUDIT_LINES: Final = Query(
    select(*labeled(audit))
    .where(audit.c.id < bindparam("before"))
    .order_by(audit.c.id.desc())
    .limit(_LIMIT)
)


def _all_of(table: Table) -> Query:
    """Return the insertion of the rows of a list, in its order."""
    types = {each.name: each.type for each in stored_columns(table)}

    def insertion(words: Words) -> Insert:
        given = words.rows("lines", types).c
        return insert(table).from_select(list(types), select(*(given[each] for each in types)))

    return worded(insertion)


ADD_TIMELINE: Final = _all_of(timeline)
TIMELINE: Final = Query(
    select(*labeled(timeline))
    .where(timeline.c.device_id == bindparam("device_id"), timeline.c.id < bindparam("before"))
    .order_by(timeline.c.id.desc())
    .limit(_LIMIT)
)

ADD_BODIES: Final = _all_of(message_body)
BODIES: Final = Query(
    select(*labeled(message_body))
    .where(
        message_body.c.device_id == bindparam("device_id"),
        message_body.c.id < bindparam("before"),
    )
    .order_by(message_body.c.id.desc())
    .limit(_LIMIT)
)
