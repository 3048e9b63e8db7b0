"""Statements on the administrator's texts and lists."""

from typing import Final

from sqlalchemy import Integer, bindparam, delete, insert, or_, select, update

from lenskeep.flows.records import EnrollmentState
from lenskeep.store.schema import conversation, device, document, enrollment, item
from lenskeep.store.sql import Query, labeled
from lenskeep.store.statements.desired.rollouts import IS_MANAGED

# --- texts --------------------------------------------------------------------------------

_VERSIONS: Final = (
    select(*labeled(document))
    .where(document.c.kind == bindparam("kind"))
    .order_by(document.c.version.desc())
    .limit(bindparam("limit", type_=Integer))
)
VERSIONS: Final = Query(_VERSIONS)
ADD_VERSION: Final = Query(insert(document))
_living: Final = (
    select(enrollment.c.id)
    .join(device, device.c.id == enrollment.c.device_id)
    .where(IS_MANAGED, enrollment.c.state == EnrollmentState.ACTIVE.value)
)
NOTICE_ALL: Final = Query(
    update(conversation)
    .where(conversation.c.enrollment_id.in_(_living))
    .values(notice_due=1, version=conversation.c.version + 1)
)
"""Every device is told anew; a message being decided with the old words is decided again."""

# --- lists --------------------------------------------------------------------------------

ITEMS: Final = Query(
    select(*labeled(item)).where(item.c.kind == bindparam("kind")).order_by(item.c.name_key)
)
ITEM: Final = Query(
    select(*labeled(item)).where(
        item.c.kind == bindparam("kind"),
        or_(item.c.id == bindparam("item_id"), item.c.name_key == bindparam("name_key")),
    )
)
ADD_ITEM: Final = Query(insert(item))
CHANGE_ITEM: Final = Query(
    update(item)
    .where(item.c.id == bindparam("of_item"), item.c.kind == bindparam("of_kind"))
    .values(
        name=bindparam("new_name"),
        name_key=bindparam("new_name_key"),
        body=bindparam("new_body"),
        sealed=bindparam("new_sealed"),
        disabled_at=bindparam("new_disabled_at"),
    )
    .returning(item.c.id)
)
REMOVE_ITEM: Final = Query(
    delete(item)
    .where(item.c.id == bindparam("of_item"), item.c.kind == bindparam("of_kind"))
    .returning(item.c.id)
)
