"""Statements on the timeline, the audit log and message bodies. The audit log is only added to."""

from typing import Final

from sqlalchemy import Integer, bindparam, insert, select

from lenskeep.store.schema import audit, message_body, timeline
from lenskeep.store.sql import Query, labeled

_LIMIT: Final = bindparam("limit", type_=Integer)

ADD_AUDIT: Final = Query(insert(audit))
AUDIT_LINES: Final = Query(
    select(*labeled(audit))
    .where(audit.c.id < bindparam("before"))
    .order_by(audit.c.id.desc())
    .limit(_LIMIT)
)

ADD_TIMELINE: Final = Query(insert(timeline))
TIMELINE: Final = Query(
    select(*labeled(timeline))
    .where(timeline.c.device_id == bindparam("device_id"), timeline.c.id < bindparam("before"))
    .order_by(timeline.c.id.desc())
    .limit(_LIMIT)
)

ADD_BODY: Final = Query(insert(message_body))
BODIES: Final = Query(
    select(*labeled(message_body))
    .where(
        message_body.c.device_id == bindparam("device_id"),
        message_body.c.id < bindparam("before"),
    )
    .order_by(message_body.c.id.desc())
    .limit(_LIMIT)
)
