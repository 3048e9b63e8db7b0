"""How a device stands to what is wanted of it: kept with the message that taught it."""

from collections.abc import Iterable
from datetime import datetime

from lenskeep.base.identifiers import DeviceId, EnrollmentId, ProfileId
from lenskeep.flows.mandate import Guard, GuardState, Progress
from lenskeep.flows.ports.mandate import Stood
from lenskeep.store.rows import listed, maybe_micros, micros
from lenskeep.store.sql import Call, Row, Work
from lenskeep.store.statements.desired.standing import (
    ADD_GUARD,
    CLAIM_GUARD,
    FORGET_OTHER_PROGRESS,
    FORGET_PROGRESS_OF_DEVICE,
    FORGET_STANDING,
    GUARD,
    KEEP_PROGRESS,
    KEEP_STANDING,
    MOVE_PROGRESS,
    MOVE_SCOUT,
    MOVE_STANDING,
    PASS_GUARD,
)


def may_claim(device_id: DeviceId, keys: Iterable[str]) -> Work[bool]:
    """Return whether the device may be, or is, the scout of all these staged roll-outs."""
    for key in keys:
        found = yield GUARD(key=key)
        if found and not _is_open_to(found[0], device_id):
            return False
    return True


def _is_open_to(row: Row, device_id: DeviceId) -> bool:
    match GuardState(row["guard_state"]):
        case GuardState.OPEN:
            return True
        case GuardState.CLAIMED:
            return bool(row["guard_scout"] == device_id)
        case GuardState.RELEASED:
            return False


def stand(device_id: DeviceId, enrollment_id: EnrollmentId, stood: Stood) -> tuple[Call, ...]:
    """Return the calls that store how it stands, but for staged roll-outs."""
    progress = [_values(device_id, each) for each in stood.progress]
    calls = [
        KEEP_STANDING(
            enrollment_id=enrollment_id,
            device_id=device_id,
            tree=stood.tree,
            body=stood.standing,
            settled=int(stood.settled),
            due_at=maybe_micros(stood.due_at),
            device_print=stood.device_print,
            worst=stood.worst.value if stood.worst else None,
        ),
        FORGET_OTHER_PROGRESS(of_device=device_id, progress=listed(progress)),
    ]
    if progress:
        calls.append(KEEP_PROGRESS(progress=listed(progress)))
    return tuple(calls)


def scout(device_id: DeviceId, stood: Stood, at: datetime) -> Work[None]:
    """Begin and end its part as a scout; the caller asked `may_claim` in the same unit."""
    for key in stood.claims:
        found = yield GUARD(key=key)
        if not found:
            yield add_guards((_begun(key, at),))
        yield CLAIM_GUARD(of_key=key, new_scout=device_id, now=micros(at))
    for key in stood.releases:
        yield PASS_GUARD(of_key=key, of_device=device_id, now=micros(at))


def forget_standing(enrollment_id: EnrollmentId) -> Work[None]:
    """Drop how the enrollment stood, and its device's progress."""
    gone = yield FORGET_STANDING(of_enrollment=enrollment_id)
    if gone:
        yield FORGET_PROGRESS_OF_DEVICE(of_device=gone[0]["device_id"])


def move_standing(device_id: DeviceId, to: DeviceId) -> Work[None]:
    """Let another record stand as this one does, and be the scout where this one is."""
    yield FORGET_PROGRESS_OF_DEVICE(of_device=to)
    for move in (MOVE_STANDING, MOVE_PROGRESS, MOVE_SCOUT):
        yield move(of_device=device_id, to_device=to)


def add_guards(guards: Iterable[Guard]) -> Call:
    """Return the call that adds staged roll-outs."""
    return ADD_GUARD.each(
        {
            "key": each.key,
            "profile_id": each.profile,
            "revision": each.revision,
            "state": each.state.value,
            "scout": each.scout,
            "created_at": micros(each.created_at),
            "claimed_at": maybe_micros(each.claimed_at),
            "released_at": maybe_micros(each.released_at),
            "released_by": each.released_by,
        }
        for each in guards
    )


def _begun(key: str, at: datetime) -> Guard:
    profile, _, number = key.rpartition("/")
    return Guard(key, ProfileId(profile), int(number), GuardState.OPEN, None, at)


def _values(device_id: DeviceId, progress: Progress) -> dict[str, object]:
    return {
        "device_id": device_id,
        "profile_id": progress.profile,
        "revision": progress.revision,
        "state": progress.state.value,
        "verified": progress.verified,
        "total": progress.total,
        "failed": progress.failed,
    }
