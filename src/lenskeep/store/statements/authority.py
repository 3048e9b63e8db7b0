"""Statements on the certificates that rest on an era of the authority."""

from typing import Final

from sqlalchemy import bindparam, select

from lenskeep.flows.records import EnrollmentState
from lenskeep.store.schema import certificate, device, enrollment, known
from lenskeep.store.sql import Query

LIVING: Final = Query(
    select(
        certificate.c.id,
        certificate.c.der,
        certificate.c.not_after,
        certificate.c.enrollment_id,
        enrollment.c.device_id,
        device.c.name,
        device.c.last_seen,
    )
    .select_from(certificate)
    .join(enrollment, enrollment.c.id == certificate.c.enrollment_id)
    .join(device, device.c.id == enrollment.c.device_id)
    .where(
        certificate.c.id > bindparam("after"),
        certificate.c.revoked_at.is_(None),
        certificate.c.not_after > bindparam("now"),
        enrollment.c.state == EnrollmentState.ACTIVE.value,
    )
    .order_by(certificate.c.id)
    .limit(bindparam("limit"))
)

KNOWN_OF: Final = Query(
    select(known.c.body).where(known.c.enrollment_id == bindparam("enrollment_id"))
)
