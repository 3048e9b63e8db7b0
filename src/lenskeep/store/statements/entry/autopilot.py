"""Statements on what Autopilot knows of headsets."""

from typing import Final

from sqlalchemy import Integer, bindparam, delete, insert, select, update

from lenskeep.store.schema import autopilot
from lenskeep.store.sql import Query, labeled

COLUMNS: Final = (
    "serial",
    "product_id",
    "hardware_hash",
    "group_tag",
    "assigned_user",
    "source",
    "device_id",
    "changed_at",
    "search",
)

ADD_RECORD: Final = Query(insert(autopilot))
CHANGE_RECORD: Final = Query(
    update(autopilot)
    .where(autopilot.c.serial_key == bindparam("of_serial"))
    .values({name: bindparam(f"new_{name}") for name in COLUMNS})
    .returning(autopilot.c.serial_key)
)
RECORD: Final = Query(
    select(*labeled(autopilot)).where(autopilot.c.serial_key == bindparam("serial_key"))
)
RECORDS: Final = Query(
    select(*labeled(autopilot))
    .where(
        autopilot.c.serial_key > bindparam("after"),
        autopilot.c.search.like(bindparam("text"), escape="\\"),
    )
    .order_by(autopilot.c.serial_key)
    .limit(bindparam("limit", type_=Integer))
)
REMOVE_RECORD: Final = Query(
    delete(autopilot)
    .where(autopilot.c.serial_key == bindparam("of_serial"))
    .returning(autopilot.c.serial_key)
)
