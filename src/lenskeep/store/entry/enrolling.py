"""A new enrollment, stored whole or not at all, with all that it spends."""

from typing import Final

from lenskeep.base.errors import Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.entrance import Custody, Departure, DocumentKind
from lenskeep.flows.ports import Enrolled, NewEnrollment
from lenskeep.flows.records import (
    Certificate,
    DeviceState,
    Enrollment,
    Principal,
    PrincipalKind,
    TimelineEntry,
)
from lenskeep.store.rows import dump, maybe_micros, micros
from lenskeep.store.sql import Row, Work
from lenskeep.store.statements.desired.mandate import LOCK_MANDATE
from lenskeep.store.statements.devices import (
    ADD_DEVICE,
    CONTINUE_DEVICE,
    CONTINUED_COLUMNS,
    DEVICE,
)
from lenskeep.store.statements.enrollments import (
    ADD_CERTIFICATE,
    ADD_CONVERSATION,
    ADD_ENROLLMENT,
    ADD_KNOWN,
    ADD_PROVISIONING,
    LIVING_BUT,
)
from lenskeep.store.statements.entry.texts import VERSIONS
from lenskeep.store.statements.entry.tickets import SPEND_TICKET
from lenskeep.store.statements.people import ACCOUNT_IN_FORCE, USE_BULK_ACCOUNT, USE_CODE
from lenskeep.store.units.custody import MISSED, heard
from lenskeep.store.units.ending import end_all
from lenskeep.store.units.journal import record, tell
from lenskeep.store.units.portrait import searchable

ENROLLED: Final = "enrolled"
"""The kind of the timeline line."""
_ENROLLED_AGAIN: Final = "enrolled again"
_ENDED: Final = "the device enrolled again"
_WHY_ENDED: Final = {
    Departure.WIPE.value: "it was wiped, and enrolled again",
    Departure.UNENROLL.value: "it was told to leave, and enrolled again",
}
_DEVICE_SCOPE: Final = "device"
"""`assumed:` HoloLens enrolls the device; a user's own enrollment would say so here."""


class NotStored(Exception):  # an outcome that undoes what the unit wrote
    """Undoes the enrollment; says what was in the way."""

    def __init__(self, outcome: Enrolled) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


def enroll(new: NewEnrollment) -> Work[Enrolled]:
    """Store it whole. Raises NotStored, so that nothing of it stays."""
    enrollment = new.enrollment
    yield from _allow(enrollment.principal, micros(enrollment.created_at))
    yield from _spend(new)
    yield from _stay_below_cap(new)
    if new.existing_device is None:
        yield ADD_DEVICE(**device_values(new))
    else:
        yield from _continue_device(new, new.existing_device)
    yield ADD_ENROLLMENT(**enrollment_values(enrollment))
    yield ADD_PROVISIONING(
        enrollment_id=enrollment.id,
        body=new.provisioning,
        created_at=micros(enrollment.created_at),
    )
    words = yield VERSIONS(kind=DocumentKind.WEARER.value, limit=1)
    yield ADD_CONVERSATION(**conversation_values(new, notice_due=bool(words)))
    yield ADD_KNOWN(enrollment_id=enrollment.id, body=b"", nodes=0)
    yield ADD_CERTIFICATE(**certificate_values(new.certificate, enrollment.id))
    yield tell(enrollment.device_id, (_told(new),))
    yield record((new.audit,))
    return Enrolled.STORED


# --- what it spends -----------------------------------------------------------------------


def _allow(principal: Principal, now: int) -> Work[None]:
    """Take one use of what allows it, or look whether it still stands."""
    match principal.kind:
        case PrincipalKind.CODE:
            found = yield USE_CODE(code_id=principal.id, now=now)
        case PrincipalKind.ACCOUNT:
            found = yield ACCOUNT_IN_FORCE(account_id=principal.id, now=now)
        case PrincipalKind.BULK:
            found = yield USE_BULK_ACCOUNT(account_id=principal.id, now=now)
        case PrincipalKind.ENTRA | PrincipalKind.FEDERATED:  # others vouch for them, not a row
            return
    if not found:
        raise NotStored(Enrolled.PRINCIPAL_GONE)


def _spend(new: NewEnrollment) -> Work[None]:
    now = micros(new.enrollment.created_at)
    for digest in dict.fromkeys(new.tickets):
        spent = yield SPEND_TICKET(of_digest=digest, now=now, new_used_for=new.enrollment.id)
        if not spent:
            raise NotStored(Enrolled.TICKET_SPENT)


def _stay_below_cap(new: NewEnrollment) -> Work[None]:
    """One who enrolls at a time is counted: of many at once none is over it."""
    if new.cap is None:
        return
    yield LOCK_MANDATE()
    principal = new.enrollment.principal
    counted = yield LIVING_BUT(
        principal_kind=principal.kind.value,
        principal_id=principal.id,
        but=new.existing_device or "",
    )
    if counted[0]["devices"] >= new.cap:
        raise NotStored(Enrolled.CAP_REACHED)


# --- what is stored -----------------------------------------------------------------------


def _told(new: NewEnrollment) -> TimelineEntry:
    enrollment = new.enrollment
    kind = ENROLLED if new.existing_device is None else _ENROLLED_AGAIN
    detail = {
        "enrollment": enrollment.id,
        "by": enrollment.principal.kind.value,
        "way": enrollment.way,
        "user": new.user,
    }
    return TimelineEntry(enrollment.created_at, kind, detail)


def device_values(new: NewEnrollment) -> dict[str, object]:
    """Return a new record as it is stored."""
    enrollment = new.enrollment
    columns: dict[str, object] = {
        "id": enrollment.device_id,
        "tenant": None,
        "dev_id": enrollment.dev_id,
        "name": new.device_name,
        "renamed": 0,
        "state": DeviceState.ENROLLED.value,
        "replaced_by": None,
        "first_seen": micros(enrollment.created_at),
        "last_seen": None,
        "generation": "",
        "os_build": "",
        "os_version": new.os_version,
        "edition": "",
        "serial": "",
        "model": "",
        "manufacturer": "",
        "architecture": "",
        "macs": dump(()),
        "user_name": new.user,
        "operations_open": 0,
        "operations_failed": 0,
        "operations_unknown": 0,
        "nodes_known": 0,
        "cohort_id": None,
        "tags": dump(()),
        "custody": Custody.IN_USE.value,
        "departing": None,
        "departing_since": None,
        "departing_by": None,
    }
    return columns | {"search": searchable(columns)}


def _continue_device(new: NewEnrollment, device_id: DeviceId) -> Work[None]:
    """Go on with an earlier record: its enrollments end, its identity stays until told anew."""
    found = yield DEVICE(device_id=device_id)
    assert device_id == new.enrollment.device_id
    if not found:
        raise Missing("device", device_id)
    row, at = found[0], new.enrollment.created_at
    yield from end_all(device_id, _WHY_ENDED.get(row["device_departing"], _ENDED), at)
    yield CONTINUE_DEVICE(of_device=device_id, **_continued(row, new))
    if row["device_custody"] in MISSED:
        by = {"enrollment": new.enrollment.id, "user": new.user}
        yield tell(device_id, (heard(row["device_custody"], at, by),))


def _continued(row: Row, new: NewEnrollment) -> dict[str, object]:
    name = row["device_name"]
    if new.device_name and not row["device_renamed"]:
        name = new.device_name
    columns = {column: row[f"device_{column}"] for column in CONTINUED_COLUMNS}
    columns.update(
        name=name,
        dev_id=new.enrollment.dev_id,
        state=DeviceState.ENROLLED.value,
        user_name=new.user,
        os_version=new.os_version or row["device_os_version"],
        nodes_known=0,
        custody=row["device_custody"] if row["device_custody"] in MISSED else Custody.IN_USE.value,
        departing=None,
        departing_since=None,
        departing_by=None,
    )
    columns["search"] = searchable(columns)
    return {f"new_{column}": value for column, value in columns.items()}


def enrollment_values(enrollment: Enrollment) -> dict[str, object]:
    """Return the enrollment as it is stored."""
    context = {name: list(values) for name, values in enrollment.context.items()}
    return {
        "id": enrollment.id,
        "device_id": enrollment.device_id,
        "tenant": enrollment.tenant or None,
        "scope": _DEVICE_SCOPE,
        "principal_kind": enrollment.principal.kind.value,
        "principal_id": enrollment.principal.id,
        "principal_name": enrollment.principal.name,
        "dev_id": enrollment.dev_id,
        "hw_dev_id": enrollment.hw_dev_id,
        "kind": enrollment.kind,
        "created_at": micros(enrollment.created_at),
        "context": dump(context),
        "auth_name": enrollment.auth_name,
        "auth_secret": enrollment.auth_secret,
        "server_secret": enrollment.server_secret,
        "first_nonce": enrollment.first_nonce,
        "server_nonce": enrollment.server_nonce,
        "state": enrollment.state.value,
        "ended_at": maybe_micros(enrollment.ended_at),
        "end_reason": enrollment.end_reason,
        "way": enrollment.way,
        "user_id": enrollment.user_id,
        "entra_device": enrollment.entra_device,
    }


def conversation_values(new: NewEnrollment, *, notice_due: bool) -> dict[str, object]:
    """Nothing was said yet; the first nonce is the one the provisioning document carries."""
    enrollment = new.enrollment
    return {
        "enrollment_id": enrollment.id,
        "version": 0,
        "session": None,
        "session_id": "",
        "started_at": 0,
        "heard_at": None,
        "questions_asked_at": None,
        "nonce": enrollment.first_nonce,
        "used_nonces": dump(()),
        "arrival": new.arrival,
        "notice_due": int(notice_due),
    }


def certificate_values(certificate: Certificate, enrollment_id: EnrollmentId) -> dict[str, object]:
    """Return the certificate as it is stored."""
    return {
        "id": certificate.id,
        "enrollment_id": enrollment_id,
        "serial": certificate.serial,
        "sha256": certificate.sha256,
        "spki_sha256": certificate.spki_sha256,
        "der": certificate.der,
        "not_before": micros(certificate.not_before),
        "not_after": micros(certificate.not_after),
        "revoked_at": maybe_micros(certificate.revoked_at),
        "replaces": certificate.replaces,
        "used_at": maybe_micros(certificate.used_at),
    }
