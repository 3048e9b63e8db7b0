"""Statements on devices, their lists and counts, and moving one's history to another."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from lenskeep.flows.records import DeviceState, Unwanted
from lenskeep.store.schema import (
    autopilot,
    certificate,
    conversation,
    device,
    enrollment,
    known,
    message_body,
    operation,
    timeline,
)
from lenskeep.store.sql import Query, labeled
from lenskeep.store.statements.desired.rollouts import (
    IS_MANAGED,
    WORST,
    standing_so,
    with_standing,
)

_REPLACED: Final = DeviceState.REPLACED.value
SHOWN: Final = with_standing(
    select(*labeled(device, without=frozenset({"search"})), WORST.label("worst"))
)
"""Devices as lists show them."""

ADD_DEVICE: Final = Query(insert(device))
DEVICE: Final = Query(select(*labeled(device)).where(device.c.id == bindparam("device_id")))
DEVICE_SHOWN: Final = Query(SHOWN.where(device.c.id == bindparam("device_id")))
"""With how it stands to what is wanted of it, as on lists."""

SET_STATE: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(state=bindparam("new_state"), replaced_by=bindparam("new_replaced_by"))
)
IDENTITY_COLUMNS: Final = (
    "generation",
    "os_build",
    "os_version",
    "edition",
    "serial",
    "model",
    "manufacturer",
    "architecture",
    "macs",
    "name",
    "search",
)
_HEARD: Final = (
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(
        last_seen=bindparam("new_last_seen"),
        nodes_known=func.coalesce(bindparam("new_nodes_known"), device.c.nodes_known),
        operations_open=device.c.operations_open + bindparam("more_open"),
        operations_failed=device.c.operations_failed + bindparam("more_failed"),
        operations_unknown=device.c.operations_unknown + bindparam("more_unknown"),
    )
)
HEARD: Final = Query(_HEARD)
"""Of no indexed column: every message does this."""
INTRODUCED: Final = Query(
    _HEARD.values(
        state=DeviceState.MANAGED.value,
        replaced_by=null(),
        **{name: bindparam(f"new_{name}") for name in IDENTITY_COLUMNS},
    )
)
"""The same of a device that was not under management before, or told who it is."""
CONTINUED_COLUMNS: Final = (
    *IDENTITY_COLUMNS,
    "dev_id",
    "renamed",
    "state",
    "last_seen",
    "user_name",
    "nodes_known",
    "custody",
    "departing",
    "departing_since",
    "departing_by",
)
CONTINUE_DEVICE: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values({name: bindparam(f"new_{name}") for name in CONTINUED_COLUMNS})
)
"""A record goes on under a new enrollment, or with the history of another record."""

RENAME_DEVICE: Final = Query(
    update(device)
    .where(device.c.id == bindparam("of_device"))
    .values(name=bindparam("new_name"), renamed=1, search=bindparam("new_search"))
)

SAME_HARDWARE: Final = Query(
    select(enrollment.c.device_id)
    .join(device, device.c.id == enrollment.c.device_id)
    .where(
        enrollment.c.hw_dev_id.in_(
            select(enrollment.c.hw_dev_id).where(
                enrollment.c.device_id == bindparam("device_id"), enrollment.c.hw_dev_id != ""
            )
        ),
        enrollment.c.device_id != bindparam("device_id"),
    )
    .distinct()
    .order_by(enrollment.c.device_id)
)
ENROLLMENTS: Final = Query(
    select(*labeled(enrollment))
    .where(enrollment.c.device_id == bindparam("device_id"))
    .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
)
CERTIFICATES: Final = Query(
    select(*labeled(certificate))
    .join(enrollment, enrollment.c.id == certificate.c.enrollment_id)
    .where(enrollment.c.device_id == bindparam("device_id"))
    .order_by(certificate.c.not_before.desc(), certificate.c.id.desc())
)
ARRIVING: Final = Query(
    select(
        conversation.c.arrival.label("conversation_arrival"),
        conversation.c.notice_due.label("conversation_notice_due"),
    ).where(conversation.c.enrollment_id == bindparam("enrollment_id"))
)
KNOWN: Final = Query(
    select(known.c.body).where(known.c.enrollment_id == bindparam("enrollment_id"))
)

MOVES: Final = tuple(
    Query(
        update(table)
        .where(table.c.device_id == bindparam("of_device"))
        .values(device_id=bindparam("to_device"))
    )
    for table in (enrollment, operation, timeline, message_body, autopilot)
)

FLEET_COUNTS: Final = Query(
    select(
        device.c.state, device.c.generation, device.c.os_build, func.count().label("devices")
    ).group_by(device.c.state, device.c.generation, device.c.os_build)
)
"""From an index alone; the few rows are added up by whoever asks."""

# --- lists --------------------------------------------------------------------------------

_UNWANTED: Final = case((IS_MANAGED, literal(Unwanted.NONE.value)))
_NARROWED: Final[Mapping[str, ColumnElement[bool]]] = {
    "after": device.c.id < bindparam("after"),
    "text": device.c.search.like(bindparam("text"), escape="\\"),
    "state": device.c.state == bindparam("state"),
    "generation": device.c.generation == bindparam("generation"),
    "os_build": device.c.os_build == bindparam("os_build"),
    "edition": device.c.edition == bindparam("edition"),
    "trouble": or_(device.c.operations_failed > 0, device.c.operations_unknown > 0),
    "worst": func.coalesce(WORST, _UNWANTED) == bindparam("worst"),
    "rarely": standing_so(bindparam("rarely")),
    "tag": device.c.tags.like(bindparam("tag"), escape="\\"),
    "custody": device.c.custody == bindparam("custody"),
    "silent_since": and_(
        IS_MANAGED,
        func.coalesce(device.c.last_seen, device.c.first_seen) < bindparam("silent_since"),
    ),
}


@lru_cache(maxsize=1024)  # two to the number of narrowings, at most
def devices(narrowed_by: frozenset[str]) -> Query:
    """Return the list of devices, newest first, narrowed by these of the filter's fields."""
    conditions = [_NARROWED[name] for name in sorted(narrowed_by)]
    if "state" not in narrowed_by:
        conditions.append(device.c.state != _REPLACED)
    return Query(
        SHOWN.where(*conditions)
        .order_by(device.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )
