"""Statements of one management message: the hottest of the house."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    update,
)

from lenskeep.flows.records import EnrollmentState
from lenskeep.store.schema import (
    certificate,
    cohort,
    conversation,
    device,
    enrollment,
    guard,
    known,
    operation,
    reply,
    standing,
    tree_guard,
)
from lenskeep.store.sql import Query, labeled
from lenskeep.store.statements.listed import Words, worded
from lenskeep.store.statements.operations import is_open_to

_ACTIVE: Final = EnrollmentState.ACTIVE.value
_NAMES: Final = 8
"""Names tried for a digest that comes without one: more claimants of a DevId are no accident."""
_GIVEN: Final = and_(
    reply.c.enrollment_id == enrollment.c.id,
    reply.c.session_id == bindparam("session_id"),
    reply.c.msg_id == bindparam("msg_id"),
    reply.c.digest == bindparam("digest"),
)


_EVERYTHING: Final = bindparam("everything", type_=Integer) == 1
_RESTS: Final = and_(
    func.coalesce(cohort.c.tree_id, "") == func.coalesce(standing.c.tree, ""),
    func.coalesce(standing.c.settled, 1) == 1,
    or_(
        standing.c.due_at.is_(None),
        and_(standing.c.due_at > bindparam("now"), standing.c.due_at <= bindparam("latest_due")),
    ),
)
"""Due later than anything can be are things whose moment came of a clock that ran ahead."""
_DUE: Final = or_(_EVERYTHING, not_(_RESTS))
"""Whether something may be to be done about what is wanted; else it is not even read."""
_KNOWN_COUNTS: Final = or_(
    _DUE,
    not_(func.coalesce(conversation.c.session, "").contains(bindparam("introduction"))),
    conversation.c.questions_asked_at.is_(None),
    conversation.c.questions_asked_at <= bindparam("asked_before"),
    conversation.c.questions_asked_at >= bindparam("asked_ahead"),
    conversation.c.arrival != "",
    conversation.c.notice_due != 0,
)
HEAD: Final = labeled(
    device,
    without=frozenset(
        {"tenant", "replaced_by", "first_seen", "last_seen", "search", "nodes_known", "cohort_id"}
        | {"operations_open", "operations_failed", "operations_unknown", "tags"}
        | {"departing_since", "departing_by"}
    ),
)
OPEN_COLUMNS: Final = ("number", "id", "verb", "uri", "format", "value", "state", "deliveries")
"""Of an open operation, as they stand in the list of them."""
GUARD_COLUMNS: Final = tuple(each.name for each in guard.c)

_HAS_CERTIFICATE: Final = exists().where(
    certificate.c.enrollment_id == enrollment.c.id, certificate.c.revoked_at.is_(None)
)
"""Whose certificates are all revoked does not come in with a password either."""


def _claimants(dev_id: ColumnElement[str]) -> Select[Any]:
    """Return the conversations of the newest active enrollments that claim a DevId."""
    claims, talks = enrollment.alias("claims"), conversation.alias("talks")
    proven = exists().where(
        certificate.c.enrollment_id == claims.c.id, certificate.c.revoked_at.is_(None)
    )
    return (
        select(claims.c.auth_name, talks.c.used_nonces)
        .select_from(claims)
        .join(talks, talks.c.enrollment_id == claims.c.id)
        .where(claims.c.dev_id == dev_id, claims.c.state == _ACTIVE, proven)
        .order_by(claims.c.created_at.desc(), claims.c.id.desc())
        .limit(_NAMES)
    )


def _gathered(words: Words) -> tuple[ColumnElement[Any], ...]:
    """Return what there may be several of: each a list, where it counts."""
    opened = words.gathered(
        select(*(operation.c[name] for name in OPEN_COLUMNS))
        .where(
            operation.c.enrollment_id == enrollment.c.id,
            is_open_to(conversation.c.session_id, conversation.c.started_at),
        )
        .correlate(enrollment, conversation)
    )
    begun = words.gathered(
        select(guard)
        .join(tree_guard, tree_guard.c.guard_key == guard.c.key)
        .where(tree_guard.c.tree_id == cohort.c.tree_id)
        .correlate(cohort)
    )
    return (
        opened.label("opened"),
        case((_DUE, standing.c.body)).label("due_standing"),
        case((_DUE, 1), else_=0).label("is_due"),
        case((_DUE, begun)).label("begun"),
        case((_KNOWN_COUNTS, known.c.body)).label("known_body"),
    )


def _load(words: Words) -> Select[Any]:
    return (
        select(
            *labeled(enrollment),
            *labeled(conversation),
            reply.c.body.label("reply_body"),
            *labeled(cohort),
            *labeled(standing, without=frozenset({"body"})),
            *HEAD,
            *_gathered(words),
        )
        .select_from(enrollment)
        .join(conversation, conversation.c.enrollment_id == enrollment.c.id)
        .join(known, known.c.enrollment_id == enrollment.c.id)
        .join(device, device.c.id == enrollment.c.device_id)
        .outerjoin(cohort, cohort.c.id == device.c.cohort_id)
        .outerjoin(standing, standing.c.enrollment_id == enrollment.c.id)
        .outerjoin(reply, _GIVEN)
        .where(enrollment.c.state == _ACTIVE)
    )


def _with_answered(words: Words) -> Select[Any]:
    """Return the load that also tells which challenges the DevId's claimants have answered."""
    claims = _claimants(enrollment.c.dev_id).correlate(enrollment)
    return _load(words).add_columns(words.gathered(claims).label("answered"))


LOAD_BY_AUTH_NAME: Final = worded(
    lambda words: _with_answered(words).where(
        enrollment.c.auth_name == bindparam("auth_name"), _HAS_CERTIFICATE
    )
)
LOAD_CLAIMANTS: Final = worded(
    lambda words: (
        _with_answered(words)
        .where(enrollment.c.dev_id == bindparam("dev_id"), _HAS_CERTIFICATE)
        .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
        .limit(_NAMES)
    )
)


def _by_certificate(found: Select[Any]) -> Select[Any]:
    return (
        found.add_columns(*labeled(certificate))
        .join(certificate, certificate.c.enrollment_id == enrollment.c.id)
        .where(certificate.c.sha256 == bindparam("sha256"), certificate.c.revoked_at.is_(None))
    )


LOAD_BY_CERTIFICATE: Final = worded(
    lambda words: _by_certificate(_load(words).add_columns(null().label("answered")))
)
LOAD_BY_BOTH: Final = worded(lambda words: _by_certificate(_with_answered(words)))
"""For a message with a certificate and a digest."""
CLAIMANTS: Final = Query(_claimants(bindparam("dev_id")))

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
        arrival=func.coalesce(bindparam("new_arrival"), conversation.c.arrival),
        notice_due=conversation.c.notice_due * bindparam("notice_stays", type_=Integer),
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

LEARN: Final = Query(
    update(known)
    .where(known.c.enrollment_id == bindparam("of_enrollment"))
    .values(body=bindparam("new_body"), nodes=bindparam("new_nodes"))
)
_THIS_REPLY: Final = and_(
    reply.c.session_id == bindparam("in_session"),
    reply.c.msg_id == bindparam("of_message"),
    reply.c.digest == bindparam("of_digest"),
)
FORGET_REPLIES: Final = Query(
    delete(reply).where(
        reply.c.enrollment_id == bindparam("of_enrollment"),
        or_(reply.c.session_id != bindparam("in_session"), reply.c.at < bindparam("started_at")),
        not_(_THIS_REPLY),
    )
)
"""Of older sessions: a device repeats no message of those."""
KEEP_REPLY: Final = worded(
    lambda words: words.upsert(reply, ("enrollment_id", "session_id", "msg_id", "digest"))
)
"""In place of the one to the same bytes in an older session."""
