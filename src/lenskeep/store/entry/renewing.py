"""A renewed certificate beside the one that it replaces, until it is used for the first time."""

from lenskeep.base.identifiers import CertificateId, EnrollmentId
from lenskeep.flows.records import Audit, Certificate, EnrollmentState
from lenskeep.store.entry.enrolling import certificate_values
from lenskeep.store.rows import micros
from lenskeep.store.sql import Work
from lenskeep.store.statements.enrollments import (
    ADD_CERTIFICATE,
    ADD_RENEWAL,
    CERTIFICATE_STANDS,
    ENROLLMENT_STANDS,
    FIRST_USED,
    REVOKE_CERTIFICATE,
    REVOKE_UNUSED,
)
from lenskeep.store.units.journal import record


def renew(
    enrollment_id: EnrollmentId, certificate: Certificate, document: str, audit: Audit
) -> Work[bool]:
    """Add it while the enrollment and the certificate that it replaces stand."""
    found = yield ENROLLMENT_STANDS(enrollment_id=enrollment_id)
    if not found or found[0]["state"] != EnrollmentState.ACTIVE.value:
        return False
    replaced = yield CERTIFICATE_STANDS(
        enrollment_id=enrollment_id, certificate_id=certificate.replaces
    )
    if not replaced:
        return False
    now = micros(audit.at)
    yield REVOKE_UNUSED(of_enrollment=enrollment_id, but=certificate.replaces, now=now)
    yield ADD_CERTIFICATE(**certificate_values(certificate, enrollment_id))
    yield ADD_RENEWAL(certificate_id=certificate.id, body=document, created_at=now)
    yield record((audit,))
    return True


def first_used(enrollment_id: EnrollmentId, used: CertificateId, now: int) -> Work[None]:
    """Mark it as used, and revoke what it replaces; nothing happens a second time."""
    marked = yield FIRST_USED(of_enrollment=enrollment_id, of_certificate=used, now=now)
    if marked and marked[0]["replaces"] is not None:
        yield REVOKE_CERTIFICATE(of_certificate=marked[0]["replaces"], now=now)
