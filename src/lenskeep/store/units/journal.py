"""Lines that go into the transaction of the change they tell of: timeline and audit."""

from collections.abc import Iterable

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.records import Audit, TimelineEntry
from lenskeep.store.rows import dump, listed, micros
from lenskeep.store.sql import Call
from lenskeep.store.statements.journal import ADD_AUDIT, ADD_TIMELINE


def tell(device_id: DeviceId, entries: Iterable[TimelineEntry]) -> Call:
    """Return the call that adds lines to a device's timeline."""
    return ADD_TIMELINE(
        lines=listed(
            {
                "device_id": device_id,
                "at": micros(entry.at),
                "kind": entry.kind,
                "detail": dump(entry.detail),
                "session_id": entry.session_id,
                "msg_id": entry.msg_id,
            }
            for entry in entries
        )
    )


def record(lines: Iterable[Audit]) -> Call:
    """Return the call that adds lines to the audit log."""
    return ADD_AUDIT.each(
        {
            "at": micros(line.at),
            "actor_kind": line.actor.kind.value,
            "actor_name": line.actor.name,
            "actor_address": line.actor.address,
            "action": line.action,
            "target": line.target,
            "detail": dump(line.detail),
        }
        for line in lines
    )
