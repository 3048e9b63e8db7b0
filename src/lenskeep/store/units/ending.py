"""The end of an enrollment: certificates revoked, open operations cancelled, nobody half-way in.

How it stood to what is wanted is forgotten: a headset that comes back begins anew.
"""

from datetime import datetime
from typing import Final

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.records import TimelineEntry
from lenskeep.store.rows import micros
from lenskeep.store.sql import Work
from lenskeep.store.statements.conversations import MOVE_ON
from lenskeep.store.statements.enrollments import (
    ACTIVE_OF_DEVICE,
    END_ENROLLMENT,
    REVOKE_CERTIFICATES,
)
from lenskeep.store.statements.operations import CANCEL_OPEN, RECOUNT
from lenskeep.store.units.journal import tell
from lenskeep.store.units.standing import forget_standing

ENDED: Final = "enrollment ended"
"""The kind of the timeline line."""
_NEVER_SENT: Final = "cancelled: the enrollment ended before it was sent"
_NEVER_ANSWERED: Final = (
    "cancelled: it was sent, and the enrollment ended before the device answered; "
    "whether the device did it is not known"
)


def end_enrollment(enrollment_id: EnrollmentId, reason: str, at: datetime) -> Work[bool]:
    """End it; return whether it was still active. The caller sets the device's state."""
    now = micros(at)
    ended = yield END_ENROLLMENT(of_enrollment=enrollment_id, now=now, new_end_reason=reason)
    if not ended:
        return False
    device_id = DeviceId(ended[0]["device_id"])
    yield REVOKE_CERTIFICATES(of_enrollment=enrollment_id, now=now)
    yield CANCEL_OPEN(
        of_enrollment=enrollment_id, now=now, text_sent=_NEVER_ANSWERED, text_queued=_NEVER_SENT
    )
    yield from forget_standing(enrollment_id)
    yield MOVE_ON(of_enrollment=enrollment_id)
    yield RECOUNT(of_device=device_id)
    detail = {"enrollment": enrollment_id, "reason": reason}
    yield tell(device_id, (TimelineEntry(at, ENDED, detail),))
    return True


def end_all(device_id: DeviceId, reason: str, at: datetime) -> Work[tuple[EnrollmentId, ...]]:
    """End every active enrollment of the device; return which."""
    active = yield ACTIVE_OF_DEVICE(device_id=device_id)
    ids = tuple(EnrollmentId(row["id"]) for row in active)
    for enrollment_id in ids:
        yield from end_enrollment(enrollment_id, reason, at)
    return ids


def move_on(device_id: DeviceId) -> Work[None]:
    """Make every message of the device that is being decided be decided again: what is said of
    it in its record was loaded with the message, and is no longer so.
    """
    for row in (yield ACTIVE_OF_DEVICE(device_id=device_id)):
        yield MOVE_ON(of_enrollment=row["id"])
