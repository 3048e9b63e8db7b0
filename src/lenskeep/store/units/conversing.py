"""What one message changes, as calls that happen together: no two of them touch the same row.

Everything they need was loaded with the message; `advance` makes sure that it still holds, since
whoever changes something that was loaded moves the conversation on. The counts of operations
change by as much as the message changes: another enrollment of the device may count at the same
time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lenskeep.flows.ports import Conversed, Loaded
from lenskeep.flows.records import DeviceState, TimelineEntry
from lenskeep.session.state import OperationChange
from lenskeep.session.stored import dump_session
from lenskeep.store.rows import dump, listed, maybe_micros, micros
from lenskeep.store.sql import Call
from lenskeep.store.statements.conversations import ADVANCE, FORGET_REPLIES, KEEP_REPLY, LEARN
from lenskeep.store.statements.devices import HEARD, INTRODUCED
from lenskeep.store.statements.journal import ADD_BODIES
from lenskeep.store.statements.operations import CHANGE_OPERATIONS
from lenskeep.store.units.custody import MISSED, heard
from lenskeep.store.units.journal import tell
from lenskeep.store.units.portrait import columns_of, identified
from lenskeep.store.units.standing import stand
from lenskeep.tree.operation import OperationState

_OPEN: Final = "open"
_COUNTED: Final = {
    OperationState.QUEUED: _OPEN,
    OperationState.SENT: _OPEN,
    OperationState.FAILED: "failed",
    OperationState.UNKNOWN: "unknown",
}
"""What a device's record counts; the others are not."""


def advance(loaded: Loaded, change: Conversed) -> Call:
    """Return the compare-and-set, with all that is said of the conversation itself."""
    return ADVANCE(
        of_enrollment=loaded.enrollment.id,
        at_version=loaded.version,
        new_session=dump_session(change.session),
        new_session_id=change.session.session_id,
        new_started_at=micros(change.session.started_at),
        new_heard_at=micros(change.at),
        new_questions_asked_at=maybe_micros(change.questions_asked_at),
        new_nonce=change.nonce,
        new_used_nonces=dump(change.used_nonces),
        new_arrival=change.arrival,
        notice_stays=int(not change.noticed),
    )


def kept(loaded: Loaded, change: Conversed) -> tuple[Call, ...]:
    """Return the calls that keep what the message brought."""
    return tuple(_kept(loaded, change))


def _kept(loaded: Loaded, change: Conversed) -> Iterator[Call]:
    before = {each.id: each.state for each in loaded.open}
    changes = [each for each in change.changes if each.id in before]
    counts = _counted(each.state for each in changes)
    counts.subtract(_counted(before[each.id] for each in changes))
    yield _hear(loaded, change, counts)
    yield from _keep_reply(loaded, change)
    entries = (*change.entries, *_missed(loaded, change))
    if entries:
        yield tell(loaded.device.id, entries)
    if changes:
        yield _change_operations(loaded, change, changes)
    if change.learned:
        yield LEARN(
            of_enrollment=loaded.enrollment.id,
            new_body=change.learned.known,
            new_nodes=change.learned.count,
        )
    if change.stood and not change.ended:
        yield from stand(loaded.device.id, loaded.enrollment.id, change.stood)
    if change.bodies:
        yield _keep_bodies(loaded, change)


def _counted(states: Iterable[OperationState]) -> Counter[str]:
    return Counter(_COUNTED[each] for each in states if each in _COUNTED)


def _hear(loaded: Loaded, change: Conversed, counts: Mapping[str, int]) -> Call:
    """Say in the device's record that it was heard, and who it is where that is news."""
    head, learned = loaded.device, change.learned
    values: dict[str, object] = {
        "of_device": head.id,
        "new_last_seen": micros(change.at),
        "new_nodes_known": learned.count if learned else None,
        **{f"more_{name}": counts[name] for name in dict.fromkeys(_COUNTED.values())},
    }
    told = identified(head, learned.identity) if learned else None
    if told is None and head.state is DeviceState.MANAGED:
        return HEARD(**values)
    columns = told or columns_of(head, head.identity)
    return INTRODUCED(**values, **{f"new_{name}": value for name, value in columns.items()})


def _missed(loaded: Loaded, change: Conversed) -> tuple[TimelineEntry, ...]:
    custody = loaded.device.custody.value
    if custody not in MISSED or change.session.messages != 1:
        return ()
    return (heard(custody, change.at, {"session": change.session.session_id}),)


def _keep_reply(loaded: Loaded, change: Conversed) -> tuple[Call, Call]:
    """Only the current session's replies are kept: a device repeats no message of an older one."""
    key = change.key
    forget = FORGET_REPLIES(
        of_enrollment=loaded.enrollment.id,
        in_session=key.session_id,
        started_at=micros(change.session.started_at),
        of_message=key.msg_id,
        of_digest=key.digest,
    )
    keep = KEEP_REPLY(
        enrollment_id=loaded.enrollment.id,
        session_id=key.session_id,
        msg_id=key.msg_id,
        digest=key.digest,
        body=change.reply,
        at=micros(change.at),
    )
    return forget, keep


def _change_operations(
    loaded: Loaded, change: Conversed, changes: Iterable[OperationChange]
) -> Call:
    now = micros(change.at)
    return CHANGE_OPERATIONS(
        changes=listed(
            {
                "id": each.id,
                "state": each.state.value,
                "status": each.status,
                "status_text": each.status_text,
                "result": each.result,
                "result_format": each.result_format,
                "deliveries": each.deliveries,
                "ended_at": None if each.state.is_open else now,
            }
            for each in changes
        ),
        of_enrollment=loaded.enrollment.id,
        new_session_id=change.session.session_id,
        now=now,
    )


def _keep_bodies(loaded: Loaded, change: Conversed) -> Call:
    return ADD_BODIES(
        lines=listed(
            {
                "device_id": loaded.device.id,
                "enrollment_id": loaded.enrollment.id,
                "at": micros(change.at),
                "session_id": change.key.session_id,
                "msg_id": change.key.msg_id,
                "direction": direction,
                "body": body,
            }
            for direction, body in change.bodies
        )
    )
