"""A renewed certificate beside the one that it replaces, until it is used for the first time."""

from typing import Final

from lenskeep.base.identifiers import CertificateId, EnrollmentId
from lenskeep.enrollment.credentials import REPEAT_WINDOW
from lenskeep.flows.records import Audit, Certificate, EnrollmentState, TimelineEntry
from lenskeep.store.entry.enrolling import certificate_values
from lenskeep.store.rows import micros, moment
from lenskeep.store.sql import Work
from lenskeep.store.statements.enrollments import (
    ADD_CERTIFICATE,
    ADD_RENEWAL,
    CERTIFICATE_STANDS,
    ENROLLMENT_STANDS,
    FIRST_USED,
    RENEWED_SINCE,
    REVOKE_OTHERS,
    REVOKE_UNUSED,
)
from lenskeep.store.units.journal import record, tell

RENEWED: Final = "certificate renewed"
IN_USE: Final = "renewed certificate in use"
"""Kinds of timeline lines."""


def renew(
    enrollment_id: EnrollmentId, certificate: Certificate, document: str, audit: Audit
) -> Work[bool]:
    """Add it while the enrollment and the certificate that it replaces stand.

    Of two that ask with the same key in the same moment one is added: both are given that one.
    """
    found = yield ENROLLMENT_STANDS(enrollment_id=enrollment_id)
    if not found or found[0]["state"] != EnrollmentState.ACTIVE.value:
        return False
    replaced = yield CERTIFICATE_STANDS(
        enrollment_id=enrollment_id, certificate_id=certificate.replaces
    )
    if not replaced:
        return False
    now, since = micros(audit.at), micros(audit.at - REPEAT_WINDOW)
    given = yield RENEWED_SINCE(
        enrollment_id=enrollment_id, spki_sha256=certificate.spki_sha256, since=since
    )
    if given:
        return False
    yield REVOKE_UNUSED(of_enrollment=enrollment_id, but=certificate.replaces, now=now)
    yield ADD_CERTIFICATE(**certificate_values(certificate, enrollment_id))
    yield ADD_RENEWAL(certificate_id=certificate.id, body=document, created_at=now)
    yield record((audit,))
    line = TimelineEntry(audit.at, RENEWED, {**audit.detail, "certificate": certificate.id})
    yield tell(found[0]["device_id"], (line,))
    return True


def first_used(enrollment_id: EnrollmentId, used: CertificateId, now: int) -> Work[None]:
    """Mark it as used, and revoke what came before it; nothing happens a second time.

    Not only what it replaces: that one may have been renewed without ever having been used.
    """
    marked = yield FIRST_USED(of_enrollment=enrollment_id, of_certificate=used, now=now)
    if not marked or marked[0]["replaces"] is None:
        return
    yield REVOKE_OTHERS(of_enrollment=enrollment_id, but=used, now=now)
    found = yield ENROLLMENT_STANDS(enrollment_id=enrollment_id)
    line = TimelineEntry(moment(now), IN_USE, {"certificate": used})
    yield tell(found[0]["device_id"], (line,))
