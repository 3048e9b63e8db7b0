"""Serves management sessions: one statement to load and one to commit a message.

What is rare (a roll-out's scout, the first use of a renewed certificate, the end of an
enrollment) goes with the commit as further statements of the same transaction.
"""

from functools import partial

from lenskeep.base.identifiers import EnrollmentId
from lenskeep.flows.ports import Conversed, Due, Glance, Loaded, MessageKey
from lenskeep.flows.records import Actor, ActorKind, Audit, DeviceState
from lenskeep.session.stored import introduced_part, load_session
from lenskeep.store import rows
from lenskeep.store.desired.rows import guard
from lenskeep.store.entry.renewing import first_used
from lenskeep.store.rows import gathered, micros, strings
from lenskeep.store.sql import Call, Executor, Row, Together, Work
from lenskeep.store.statements.conversations import (
    CLAIMANTS,
    GUARD_COLUMNS,
    LOAD_BY_AUTH_NAME,
    LOAD_BY_BOTH,
    LOAD_BY_CERTIFICATE,
    LOAD_CLAIMANTS,
    OPEN_COLUMNS,
)
from lenskeep.store.statements.devices import SET_STATE
from lenskeep.store.statements.entry.leaving import STAY
from lenskeep.store.units.conversing import advance, kept
from lenskeep.store.units.ending import end_enrollment
from lenskeep.store.units.journal import record
from lenskeep.store.units.standing import may_claim, scout

_OPEN = tuple(f"operation_{name}" for name in OPEN_COLUMNS)
_GUARD = tuple(f"guard_{name}" for name in GUARD_COLUMNS)
_ANSWERED = ("auth_name", "used_nonces")


class Conversations:
    """The ConversationStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def load_by_certificate(
        self, sha256: bytes, key: MessageKey, glance: Glance | None = None, *, digest: bool = False
    ) -> Loaded | None:
        """Return what stands for the enrollment of this certificate, all of it or at a glance."""
        query = LOAD_BY_BOTH if digest else LOAD_BY_CERTIFICATE
        call = query.only(sha256=sha256, **_asked(key, glance))
        found = await self._executor.read(partial(_load, call, with_certificate=True))
        return found[0] if found else None

    async def load_by_auth_name(self, auth_name: str, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment that authenticates under this name."""
        call = LOAD_BY_AUTH_NAME.only(auth_name=auth_name, **_asked(key, None))
        found = await self._executor.read(partial(_load, call, with_certificate=False))
        return found[0] if found else None

    async def load_claimants(self, dev_id: str, key: MessageKey) -> tuple[Loaded, ...]:
        """Return the newest active enrollments claiming this DevId, at most 8."""
        call = LOAD_CLAIMANTS.only(dev_id=dev_id, **_asked(key, None))
        return await self._executor.read(partial(_load, call, with_certificate=False))

    async def used_nonces_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the challenges that the same enrollments have answered."""
        return await self._executor.read(partial(_used_nonces, dev_id))

    async def commit_message(self, loaded: Loaded, change: Conversed) -> bool:
        """Store the change if all is still as it was loaded; False: decide again."""
        return await self._executor.write(partial(_commit, loaded, change))


# --- reading ------------------------------------------------------------------------------


def _used_nonces(dev_id: str) -> Work[tuple[str, ...]]:
    found = yield CLAIMANTS.only(dev_id=dev_id)
    return tuple(nonce for row in found for nonce in strings(row["used_nonces"]))


def _asked(key: MessageKey, glance: Glance | None) -> dict[str, object]:
    told = "" if glance is None else glance.introduction
    return {
        "session_id": key.session_id,
        "msg_id": key.msg_id,
        "digest": key.digest,
        "everything": int(glance is None),
        "introduction": introduced_part(told) if told else "",
        "now": 0 if glance is None else micros(glance.at),
        "latest_due": 0 if glance is None else micros(glance.latest_due),
        "asked_before": 0 if glance is None else micros(glance.asked_before),
        "asked_ahead": 0 if glance is None else micros(glance.asked_ahead),
    }


def _load(call: Call, *, with_certificate: bool) -> Work[tuple[Loaded, ...]]:
    found = yield call
    return tuple(_loaded(row, with_certificate=with_certificate) for row in found)


def _loaded(row: Row, *, with_certificate: bool) -> Loaded:
    stored = row["conversation_session"]
    return Loaded(
        enrollment=rows.enrollment(row),
        certificate=rows.certificate(row) if with_certificate else None,
        version=row["conversation_version"],
        session=None if stored is None else load_session(stored),
        open=tuple(
            rows.open_operation(each)
            for each in sorted(gathered(row["opened"], _OPEN), key=_queued_as)
        ),
        stored_known=row["known_body"],
        questions_asked_at=rows.maybe_moment(row["conversation_questions_asked_at"]),
        nonce=row["conversation_nonce"],
        used_nonces=strings(row["conversation_used_nonces"]),
        stored_reply=row["reply_body"],
        mandated=rows.mandated(row),
        device=rows.head(row),
        due=_due(row) if row["is_due"] else None,
        answered=_answered(row["answered"]),
        arrival=row["conversation_arrival"],
        notice_due=row["conversation_notice_due"] != 0,
    )


def _queued_as(row: Row) -> int:
    number: int = row["operation_number"]
    return number


def _due(row: Row) -> Due:
    guards = sorted(map(guard, gathered(row["begun"], _GUARD)), key=lambda each: each.key)
    return Due(row["due_standing"] or b"", tuple(guards))


def _answered(stored: str | None) -> tuple[str, ...]:
    found = gathered(stored, _ANSWERED)
    return tuple(nonce for each in found for nonce in strings(each["used_nonces"]))


# --- one message --------------------------------------------------------------------------


def _commit(loaded: Loaded, change: Conversed) -> Work[bool]:
    """Guards are looked at before anything is written: False leaves nothing behind."""
    rare = _is_rare(change)
    claims = change.stood.claims if change.stood else ()
    if claims:
        allowed = yield from may_claim(loaded.device.id, claims)
        if not allowed:
            return False
    moved = yield Together(advance(loaded, change), kept(loaded, change), last=not rare)
    if not moved:
        return False
    if rare:
        yield from _do_rest(loaded, change)
    return True


def _is_rare(change: Conversed) -> bool:
    scouts = change.stood is not None and (change.stood.claims or change.stood.releases)
    return bool(scouts or change.ended or change.first_use)


def _do_rest(loaded: Loaded, change: Conversed) -> Work[None]:
    enrollment_id = loaded.enrollment.id
    if change.first_use:
        yield from first_used(enrollment_id, change.first_use, micros(change.at))
    if change.stood and not change.ended:
        yield from scout(loaded.device.id, change.stood, change.at)
    if change.ended:
        yield from _leave(loaded, change)


def _leave(loaded: Loaded, change: Conversed) -> Work[None]:
    device_id = loaded.device.id
    yield from end_enrollment(loaded.enrollment.id, change.end_reason, change.at)
    yield SET_STATE(
        of_device=device_id, new_state=DeviceState.UNENROLLED.value, new_replaced_by=None
    )
    yield STAY(of_device=device_id)
    yield record((_left(loaded.enrollment.id, change, Actor(ActorKind.DEVICE, device_id)),))


def _left(enrollment_id: EnrollmentId, change: Conversed, actor: Actor) -> Audit:
    return Audit(change.at, actor, "enrollment.end", enrollment_id, {"reason": change.end_reason})
