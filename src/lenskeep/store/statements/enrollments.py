"""Statements on enrollments and certificates."""

from typing import Final

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update

from lenskeep.flows.records import DeviceState, EnrollmentState
from lenskeep.store.schema import (
    certificate,
    conversation,
    device,
    enrollment,
    known,
    provisioning,
    renewal,
)
from lenskeep.store.sql import Query, labeled

_ACTIVE: Final = EnrollmentState.ACTIVE.value

ADD_ENROLLMENT: Final = Query(insert(enrollment))
ADD_CONVERSATION: Final = Query(insert(conversation))
ADD_KNOWN: Final = Query(insert(known))
ADD_PROVISIONING: Final = Query(insert(provisioning))
ADD_CERTIFICATE: Final = Query(insert(certificate))

ISSUED_SINCE: Final = Query(
    select(enrollment.c.id, provisioning.c.body)
    .select_from(enrollment)
    .join(provisioning, provisioning.c.enrollment_id == enrollment.c.id)
    .join(certificate, certificate.c.enrollment_id == enrollment.c.id)
    .where(
        certificate.c.spki_sha256 == bindparam("spki_sha256"),
        certificate.c.replaces.is_(None),
        certificate.c.revoked_at.is_(None),
        enrollment.c.state == _ACTIVE,
        enrollment.c.principal_kind == bindparam("principal_kind"),
        enrollment.c.principal_id == bindparam("principal_id"),
        enrollment.c.created_at >= bindparam("since"),
    )
    .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
    .limit(1)
)

_newer: Final = enrollment.alias("newer")
DEVICE_OF: Final = Query(
    select(enrollment.c.device_id)
    .join(device, device.c.id == enrollment.c.device_id)
    .where(
        enrollment.c.hw_dev_id == bindparam("hw_dev_id"),
        enrollment.c.principal_kind == bindparam("principal_kind"),
        enrollment.c.principal_id == bindparam("principal_id"),
        device.c.state != DeviceState.REPLACED.value,
        ~exists().where(
            _newer.c.device_id == enrollment.c.device_id,
            or_(
                _newer.c.created_at > enrollment.c.created_at,
                and_(_newer.c.created_at == enrollment.c.created_at, _newer.c.id > enrollment.c.id),
            ),
        ),
    )
    .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
    .limit(1)
)

ACTIVE_OF_DEVICE: Final = Query(
    select(enrollment.c.id)
    .where(enrollment.c.device_id == bindparam("device_id"), enrollment.c.state == _ACTIVE)
    .order_by(enrollment.c.created_at.desc(), enrollment.c.id.desc())
)
ENROLLMENT_STANDS: Final = Query(
    select(enrollment.c.device_id, enrollment.c.state).where(
        enrollment.c.id == bindparam("enrollment_id")
    )
)

LIVING_BUT: Final = Query(
    select(func.count(enrollment.c.device_id.distinct()).label("devices")).where(
        enrollment.c.principal_kind == bindparam("principal_kind"),
        enrollment.c.principal_id == bindparam("principal_id"),
        enrollment.c.state == _ACTIVE,
        enrollment.c.device_id != bindparam("but"),
    )
)
"""Devices that the principal has under management, this one not counted."""

END_ENROLLMENT: Final = Query(
    update(enrollment)
    .where(enrollment.c.id == bindparam("of_enrollment"), enrollment.c.state == _ACTIVE)
    .values(
        state=EnrollmentState.ENDED.value,
        ended_at=bindparam("now"),
        end_reason=bindparam("new_end_reason"),
    )
    .returning(enrollment.c.device_id)
)
REVOKE_CERTIFICATES: Final = Query(
    update(certificate)
    .where(
        certificate.c.enrollment_id == bindparam("of_enrollment"),
        certificate.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
)

# --- renewal ------------------------------------------------------------------------------

ADD_RENEWAL: Final = Query(insert(renewal))
RENEWABLE: Final = Query(
    select(
        *labeled(enrollment),
        *labeled(certificate),
        device.c.custody.label("device_custody"),
        device.c.departing.label("device_departing"),
    )
    .select_from(certificate)
    .join(enrollment, enrollment.c.id == certificate.c.enrollment_id)
    .join(device, device.c.id == enrollment.c.device_id)
    .where(
        certificate.c.sha256 == bindparam("sha256"),
        certificate.c.revoked_at.is_(None),
        enrollment.c.state == _ACTIVE,
    )
)
RENEWED_SINCE: Final = Query(
    select(renewal.c.body)
    .join(certificate, certificate.c.id == renewal.c.certificate_id)
    .where(
        certificate.c.enrollment_id == bindparam("enrollment_id"),
        certificate.c.spki_sha256 == bindparam("spki_sha256"),
        certificate.c.revoked_at.is_(None),
        renewal.c.created_at >= bindparam("since"),
    )
    .order_by(renewal.c.created_at.desc(), renewal.c.certificate_id.desc())
    .limit(1)
)
CERTIFICATE_STANDS: Final = Query(
    select(certificate.c.id)
    .where(
        certificate.c.id == bindparam("certificate_id"),
        certificate.c.enrollment_id == bindparam("enrollment_id"),
        certificate.c.revoked_at.is_(None),
    )
    .with_for_update()
)
REVOKE_UNUSED: Final = Query(
    update(certificate)
    .where(
        certificate.c.enrollment_id == bindparam("of_enrollment"),
        certificate.c.replaces.is_not(None),
        certificate.c.used_at.is_(None),
        certificate.c.revoked_at.is_(None),
        certificate.c.id != bindparam("but"),
    )
    .values(revoked_at=bindparam("now"))
)
"""A renewed certificate that never arrived; not the one that renews itself now."""
FIRST_USED: Final = Query(
    update(certificate)
    .where(
        certificate.c.id == bindparam("of_certificate"),
        certificate.c.enrollment_id == bindparam("of_enrollment"),
        certificate.c.used_at.is_(None),
    )
    .values(used_at=bindparam("now"))
    .returning(certificate.c.replaces)
)
REVOKE_OTHERS: Final = Query(
    update(certificate)
    .where(
        certificate.c.enrollment_id == bindparam("of_enrollment"),
        certificate.c.id != bindparam("but"),
        or_(certificate.c.replaces.is_(None), certificate.c.replaces != bindparam("but")),
        certificate.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now"))
)
"""All that came before this one; what is to replace it in its turn stays."""
