"""How a device stands to what is wanted of it: kept with the message that taught it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from lenskeep.base.identifiers import DeviceId, EnrollmentId, ProfileId
from lenskeep.flows.mandate import Guard, GuardState, Progress
from lenskeep.flows.ports.mandate import Stood
from lenskeep.store.rows import maybe_micros, micros
from lenskeep.store.sql import Call, Row, Work
from lenskeep.store.statements.desired.standing import (
    ADD_GUARD,
    ADD_PROGRESS,
    ADD_STANDING,
    CHANGE_STANDING,
    CLAIM_GUARD,
    FORGET_PROGRESS,
    FORGET_PROGRESS_OF_DEVICE,
    FORGET_STANDING,
    GUARD,
    MOVE_PROGRESS,
    MOVE_SCOUT,
    MOVE_STANDING,
    PASS_GUARD,
    PROGRESS_OF_DEVICE,
)

_PROGRESS: Final = ("device_id", "profile_id", "revision", "state", "verified", "total", "failed")


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


def stand(
    device_id: DeviceId, enrollment_id: EnrollmentId, stood: Stood, at: datetime
) -> Work[None]:
    """Store how it stands; the caller asked `may_claim` in the same unit."""
    yield from _keep(device_id, enrollment_id, stood)
    yield from _keep_progress(device_id, stood.progress)
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


def _keep(device_id: DeviceId, enrollment_id: EnrollmentId, stood: Stood) -> Work[None]:
    values: dict[str, object] = {
        "tree": stood.tree,
        "body": stood.standing,
        "settled": int(stood.settled),
        "due_at": maybe_micros(stood.due_at),
        "device_print": stood.device_print,
        "worst": stood.worst.value if stood.worst else None,
    }
    changed = yield CHANGE_STANDING(
        of_enrollment=enrollment_id, **{f"new_{name}": value for name, value in values.items()}
    )
    if not changed:
        yield ADD_STANDING(enrollment_id=enrollment_id, device_id=device_id, **values)


def _keep_progress(device_id: DeviceId, progress: Iterable[Progress]) -> Work[None]:
    """Write what changed; drop the profiles that have no part in it any more."""
    found = yield PROGRESS_OF_DEVICE(device_id=device_id)
    before = {row["progress_profile_id"]: _columns(row) for row in found}
    now: Mapping[str, dict[str, object]] = {
        each.profile: _values(device_id, each) for each in progress
    }
    for profile, columns in before.items():
        if now.get(profile) != columns:
            yield FORGET_PROGRESS(of_device=device_id, of_profile=profile)
    for profile, columns in now.items():
        if before.get(profile) != columns:
            yield ADD_PROGRESS(**columns)


def _columns(row: Row) -> dict[str, object]:
    return {name: row[f"progress_{name}"] for name in _PROGRESS}


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
