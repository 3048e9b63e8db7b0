"""Serves management sessions: one read and one compare-and-set a message."""

from datetime import datetime
from functools import partial

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.ports import Conversed, Learned, Loaded, MessageKey, Stood
from lenskeep.flows.records import Actor, ActorKind, Audit, DeviceState
from lenskeep.session.state import OperationChange
from lenskeep.session.stored import dump_session, load_session
from lenskeep.store import rows
from lenskeep.store.entry.renewing import first_used
from lenskeep.store.rows import dump, maybe_micros, micros, strings
from lenskeep.store.sql import Call, Executor, Row, Work
from lenskeep.store.statements.conversations import (
    ADD_REPLY,
    ADVANCE,
    ARRIVE,
    CLAIMANTS,
    FORGET_REPLIES,
    LEARN,
    LOAD_BY_AUTH_NAME,
    LOAD_BY_CERTIFICATE,
    NOTICED,
)
from lenskeep.store.statements.devices import (
    COUNT_NODES,
    DEVICE_OF_ENROLLMENT,
    IDENTIFY_DEVICE,
    SET_STATE,
    TOUCH_DEVICE,
)
from lenskeep.store.statements.entry.leaving import STAY
from lenskeep.store.statements.journal import ADD_BODY
from lenskeep.store.statements.operations import (
    CHANGE_OPERATION,
    OPEN_OPERATIONS,
    RECOUNT,
    SENT_OPERATION,
)
from lenskeep.store.units.custody import MISSED, heard
from lenskeep.store.units.ending import end_enrollment
from lenskeep.store.units.journal import record, tell
from lenskeep.store.units.portrait import identified
from lenskeep.store.units.standing import may_claim, stand
from lenskeep.tree.operation import OperationState


class Conversations:
    """The ConversationStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def load_by_certificate(self, sha256: bytes, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment of this certificate."""
        call = LOAD_BY_CERTIFICATE(
            sha256=sha256, session_id=key.session_id, msg_id=key.msg_id, digest=key.digest
        )
        return await self._executor.read(partial(_load, call, with_certificate=True))

    async def load_by_auth_name(self, auth_name: str, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment that authenticates under this name."""
        call = LOAD_BY_AUTH_NAME(
            auth_name=auth_name, session_id=key.session_id, msg_id=key.msg_id, digest=key.digest
        )
        return await self._executor.read(partial(_load, call, with_certificate=False))

    async def auth_names_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the names of the newest active enrollments claiming this DevId, at most 8."""
        return await self._executor.read(partial(_auth_names, dev_id))

    async def used_nonces_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the challenges that the same enrollments have answered."""
        return await self._executor.read(partial(_used_nonces, dev_id))

    async def commit_message(
        self, enrollment_id: EnrollmentId, version: int, change: Conversed
    ) -> bool:
        """Store the change if the version is still this one; False: it moved, decide again."""
        return await self._executor.write(partial(_commit, enrollment_id, version, change))


# --- reading ------------------------------------------------------------------------------


def _auth_names(dev_id: str) -> Work[tuple[str, ...]]:
    found = yield CLAIMANTS(dev_id=dev_id)
    return tuple(row["auth_name"] for row in found)


def _used_nonces(dev_id: str) -> Work[tuple[str, ...]]:
    found = yield CLAIMANTS(dev_id=dev_id)
    return tuple(nonce for row in found for nonce in strings(row["used_nonces"]))


def _load(call: Call, *, with_certificate: bool) -> Work[Loaded | None]:
    found = yield call
    if not found:
        return None
    row = found[0]
    operations = yield OPEN_OPERATIONS(
        enrollment_id=row["enrollment_id"],
        session_id=row["conversation_session_id"],
        started_at=row["conversation_started_at"],
    )
    stored = row["conversation_session"]
    return Loaded(
        enrollment=rows.enrollment(row),
        certificate=rows.certificate(row) if with_certificate else None,
        version=row["conversation_version"],
        session=None if stored is None else load_session(stored),
        open=tuple(rows.open_operation(each) for each in operations),
        known=row["known_body"],
        questions_asked_at=rows.maybe_moment(row["conversation_questions_asked_at"]),
        nonce=row["conversation_nonce"],
        used_nonces=strings(row["conversation_used_nonces"]),
        stored_reply=row["reply_body"],
        mandated=rows.mandated(row),
        arrival=row["conversation_arrival"],
        notice_due=row["conversation_notice_due"] != 0,
        departing=row["device_departing"] is not None,
    )


# --- one message --------------------------------------------------------------------------


def _commit(enrollment_id: EnrollmentId, version: int, change: Conversed) -> Work[bool]:
    allowed = yield from _may_claim(enrollment_id, change.stood)
    if not allowed:
        return False
    moved = yield _advance(enrollment_id, version, change)
    if not moved:
        return False
    found = yield DEVICE_OF_ENROLLMENT(enrollment_id=enrollment_id)
    device = found[0]
    device_id = DeviceId(device["device_id"])
    yield from _keep_reply(enrollment_id, change)
    yield from _change_operations(enrollment_id, change)
    if change.changes:
        yield RECOUNT(of_device=device_id)
    if change.entries:
        yield tell(device_id, change.entries)
    if device["device_custody"] in MISSED and change.session.messages == 1:
        session = {"session": change.session.session_id}
        yield heard(device_id, device["device_custody"], change.at, session)
    if change.bodies:
        yield _keep_bodies(device_id, enrollment_id, change)
    yield TOUCH_DEVICE(of_device=device_id, new_last_seen=micros(change.at))
    if device["device_state"] != DeviceState.MANAGED.value:
        yield SET_STATE(
            of_device=device_id, new_state=DeviceState.MANAGED.value, new_replaced_by=None
        )
    yield from _arrive(enrollment_id, change)
    if change.learned:
        yield from _learn(device, enrollment_id, change.learned)
    if change.stood and not change.ended:
        yield from stand(device_id, enrollment_id, change.stood, change.at)
    if change.ended:
        yield from _leave(device_id, enrollment_id, change)
    return True


def _arrive(enrollment_id: EnrollmentId, change: Conversed) -> Work[None]:
    if change.arrival is not None:
        yield ARRIVE(of_enrollment=enrollment_id, new_arrival=change.arrival)
    if change.noticed:
        yield NOTICED(of_enrollment=enrollment_id)
    if change.first_use:
        yield from first_used(enrollment_id, change.first_use, micros(change.at))


def _may_claim(enrollment_id: EnrollmentId, stood: Stood | None) -> Work[bool]:
    """Looked at before anything is written: False leaves nothing behind."""
    if stood is None or not stood.claims:
        return True
    found = yield DEVICE_OF_ENROLLMENT(enrollment_id=enrollment_id)
    if not found:
        return False
    return (yield from may_claim(DeviceId(found[0]["device_id"]), stood.claims))


def _advance(enrollment_id: EnrollmentId, version: int, change: Conversed) -> Call:
    return ADVANCE(
        of_enrollment=enrollment_id,
        at_version=version,
        new_session=dump_session(change.session),
        new_session_id=change.session.session_id,
        new_started_at=micros(change.session.started_at),
        new_heard_at=micros(change.at),
        new_questions_asked_at=maybe_micros(change.questions_asked_at),
        new_nonce=change.nonce,
        new_used_nonces=dump(change.used_nonces),
    )


def _keep_reply(enrollment_id: EnrollmentId, change: Conversed) -> Work[None]:
    """Only the current session's replies are kept: a device repeats no message of an older one."""
    yield FORGET_REPLIES(
        of_enrollment=enrollment_id,
        in_session=change.key.session_id,
        started_at=micros(change.session.started_at),
    )
    yield ADD_REPLY(
        enrollment_id=enrollment_id,
        session_id=change.key.session_id,
        msg_id=change.key.msg_id,
        digest=change.key.digest,
        body=change.reply,
        at=micros(change.at),
    )


def _change_operations(enrollment_id: EnrollmentId, change: Conversed) -> Work[None]:
    for each in change.changes:
        values = _outcome(enrollment_id, each)
        if each.state is OperationState.SENT:
            session_id = change.session.session_id
            yield SENT_OPERATION(now=micros(change.at), new_session_id=session_id, **values)
        else:
            ended_at = None if each.state.is_open else micros(change.at)
            yield CHANGE_OPERATION(now=ended_at, new_state=each.state.value, **values)


def _outcome(enrollment_id: EnrollmentId, change: OperationChange) -> dict[str, object]:
    return {
        "operation_id": change.id,
        "of_enrollment": enrollment_id,
        "new_status": change.status,
        "new_status_text": change.status_text,
        "new_result": change.result,
        "new_result_format": change.result_format,
        "new_deliveries": change.deliveries,
    }


def _keep_bodies(device_id: DeviceId, enrollment_id: EnrollmentId, change: Conversed) -> Call:
    return ADD_BODY.each(
        {
            "device_id": device_id,
            "enrollment_id": enrollment_id,
            "at": micros(change.at),
            "session_id": change.key.session_id,
            "msg_id": change.key.msg_id,
            "direction": direction,
            "body": body,
        }
        for direction, body in change.bodies
    )


def _learn(device: Row, enrollment_id: EnrollmentId, learned: Learned) -> Work[None]:
    count = learned.count
    yield LEARN(of_enrollment=enrollment_id, new_body=learned.known, new_nodes=count)
    yield COUNT_NODES(of_device=device["device_id"], new_nodes_known=count)
    columns = identified(device, learned.identity)
    if columns is not None:
        values = {f"new_{name}": value for name, value in columns.items()}
        yield IDENTIFY_DEVICE(of_device=device["device_id"], **values)


def _leave(device_id: DeviceId, enrollment_id: EnrollmentId, change: Conversed) -> Work[None]:
    yield from end_enrollment(enrollment_id, change.end_reason, change.at)
    yield SET_STATE(
        of_device=device_id, new_state=DeviceState.UNENROLLED.value, new_replaced_by=None
    )
    yield STAY(of_device=device_id)
    yield record((_left(device_id, enrollment_id, change.end_reason, change.at),))


def _left(device_id: DeviceId, enrollment_id: EnrollmentId, reason: str, at: datetime) -> Audit:
    actor = Actor(ActorKind.DEVICE, device_id)
    return Audit(at, actor, "enrollment.end", enrollment_id, {"reason": reason})
