"""Statements of one management message: the hottest of the house."""

from typing import Final

from sqlalchemy import Select, and_, bindparam, delete, exists, insert, or_, select, update

from lenskeep.flows.records import EnrollmentState
from lenskeep.store.schema import (
    certificate,
    cohort,
    conversation,
    device,
    enrollment,
    known,
    reply,
    standing,
)
from lenskeep.store.sql import Query, labeled

_ACTIVE: Final = EnrollmentState.ACTIVE.value
_NAMES: Final = 8
"""Names tried for a digest that comes without one: more claimants of a DevId are no accident."""
_GIVEN: Final = and_(
    reply.c.enrollment_id == enrollment.c.id,
    reply.c.session_id == bindparam("session_id"),
    reply.c.msg_id == bindparam("msg_id"),
    reply.c.digest == bindparam("digest"),
)


def _load() -> Select[tuple[object, ...]]:
    found: Select[tuple[object, ...]] = select(
        *labeled(enrollment),
        *labeled(conversation),
        known.c.body.label("known_body"),
        reply.c.body.label("reply_body"),
        *labeled(cohort),
        *labeled(standing, without=frozenset({"body"})),
        device.c.departing.label("device_departing"),
    )
    return (
        found.select_from(enrollment)
        .join(conversation, conversation.c.enrollment_id == enrollment.c.id)
        .join(known, known.c.enrollment_id == enrollment.c.id)
        .join(device, device.c.id == enrollment.c.device_id)
        .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
        .outerjoin(standing, standing.c.enrollment_id == enrollment.c.id)
        .outerjoin(reply, _GIVEN)
        .where(enrollment.c.state == _ACTIVE)
    )


_HAS_CERTIFICATE: Final = exists().where(
    certificate.c.enrollment_id == enrollment.c.id, certificate.c.revoked_at.is_(None)
)
"""Whose certificates are all revoked does not come in with a password either."""
LOAD_BY_AUTH_NAME: Final = Query(
    _load().where(enrollment.c.auth_name == bindparam("auth_name"), _HAS_CERTIFICATE)
)
LOAD_BY_CERTIFICATE: Final = Query(
    _load()
    .add_columns(*labeled(certificate))
    .join(certificate, certificate.c.enrollment_id == enrollment.c.id)
    .where(certificate.c.sha256 == bindparam("sha256"), certificate.c.revoked_at.is_(None))
)
CLAIMANTS: Final = Query(
    select(enrollment.c.auth_name, conversation.c.used_nonces)
    .join(conversation, conversation.c.enrollment_id == enrollment.c.id)
    .where(
        enrollment.c.dev_id == bindparam("dev_id"), enrollment.c.state == _ACTIVE, _HAS_CERTIFICATE
    )
    .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
    .limit(_NAMES)
)

ADVANCE: Final = Query(
    update(conversation)
    .where(
        conversation.c.enrollment_id == bindparam("of_enrollment"),
        conversation.c.version == bindparam("at_version"),
    )
    .values(
        version=conversation.c.version + 1,
        session=bindparam("new_session"),
        session_id=bindparam("new_session_id"),
        started_at=bindparam("new_started_at"),
        heard_at=bindparam("new_heard_at"),
        questions_asked_at=bindparam("new_questions_asked_at"),
        nonce=bindparam("new_nonce"),
        used_nonces=bindparam("new_used_nonces"),
    )
    .returning(conversation.c.version)
)
"""The compare-and-set: no row comes back when another was faster."""
MOVE_ON: Final = Query(
    update(conversation)
    .where(conversation.c.enrollment_id == bindparam("of_enrollment"))
    .values(version=conversation.c.version + 1)
)
"""Makes every message that is being decided be decided again."""

ARRIVE: Final = Query(
    update(conversation)
    .where(conversation.c.enrollment_id == bindparam("of_enrollment"))
    .values(arrival=bindparam("new_arrival"))
)
NOTICED: Final = Query(
    update(conversation)
    .where(conversation.c.enrollment_id == bindparam("of_enrollment"))
    .values(notice_due=0)
)

LEARN: Final = Query(
    update(known)
    .where(known.c.enrollment_id == bindparam("of_enrollment"))
    .values(body=bindparam("new_body"), nodes=bindparam("new_nodes"))
)
FORGET_REPLIES: Final = Query(
    delete(reply).where(
        reply.c.enrollment_id == bindparam("of_enrollment"),
        or_(reply.c.session_id != bindparam("in_session"), reply.c.at < bindparam("started_at")),
    )
)
ADD_REPLY: Final = Query(insert(reply))
