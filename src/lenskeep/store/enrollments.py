"""Serves discovery, policy and enrollment."""

from datetime import datetime
from functools import partial
from typing import Final

from lenskeep.base.errors import Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.ports import Enrolled, Issued, NewEnrollment
from lenskeep.flows.records import (
    Account,
    Certificate,
    Code,
    DeviceState,
    Enrollment,
    Principal,
    PrincipalKind,
    TimelineEntry,
)
from lenskeep.store import rows
from lenskeep.store.rows import dump, maybe_micros, micros
from lenskeep.store.sql import Executor, Row, Work
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
    DEVICE_OF,
    ISSUED_SINCE,
)
from lenskeep.store.statements.people import (
    ACCOUNT_BY_KEY,
    ACCOUNT_STANDS,
    CODE_BY_DIGEST,
    USE_CODE,
)
from lenskeep.store.units.ending import end_all
from lenskeep.store.units.journal import record, tell
from lenskeep.store.units.portrait import searchable

ENROLLED: Final = "enrolled"
"""The kind of the timeline line."""
_ENROLLED_AGAIN: Final = "enrolled again"
_DEVICE_SCOPE: Final = "device"
"""`assumed:` HoloLens enrolls the device; a user's own enrollment would say so here."""


class Enrollments:
    """The EnrollmentStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def account_by_name(self, name: str) -> Account | None:
        """Return the account of that name (compared without case), disabled ones too."""
        return await self._executor.read(partial(_account, name.casefold()))

    async def code_by_digest(self, digest: bytes) -> Code | None:
        """Return the code, expired and exhausted ones too."""
        return await self._executor.read(partial(_code, digest))

    async def issued_since(
        self, principal: Principal, spki_sha256: bytes, since: datetime
    ) -> Issued | None:
        """Return what this principal got for this public key since then, while it is active."""
        return await self._executor.read(partial(_issued, principal, spki_sha256, since))

    async def device_of(self, principal: Principal, hw_dev_id: str) -> DeviceId | None:
        """Return the record whose latest enrollment has this principal and hardware id."""
        if not hw_dev_id:
            return None
        return await self._executor.read(partial(_device_of, principal, hw_dev_id))

    async def enroll(self, new: NewEnrollment) -> Enrolled:
        """Store it whole, or nothing."""
        return await self._executor.write(partial(_enroll, new))


# --- reading ------------------------------------------------------------------------------


def _account(name_key: str) -> Work[Account | None]:
    found = yield ACCOUNT_BY_KEY(name_key=name_key)
    return rows.account(found[0]) if found else None


def _code(digest: bytes) -> Work[Code | None]:
    found = yield CODE_BY_DIGEST(digest=digest)
    return rows.code(found[0]) if found else None


def _issued(principal: Principal, spki_sha256: bytes, since: datetime) -> Work[Issued | None]:
    found = yield ISSUED_SINCE(
        principal_kind=principal.kind.value,
        principal_id=principal.id,
        spki_sha256=spki_sha256,
        since=micros(since),
    )
    if not found:
        return None
    return Issued(EnrollmentId(found[0]["id"]), found[0]["body"])


def _device_of(principal: Principal, hw_dev_id: str) -> Work[DeviceId | None]:
    found = yield DEVICE_OF(
        principal_kind=principal.kind.value, principal_id=principal.id, hw_dev_id=hw_dev_id
    )
    return DeviceId(found[0]["device_id"]) if found else None


# --- enrolling ----------------------------------------------------------------------------


def _enroll(new: NewEnrollment) -> Work[Enrolled]:
    enrollment = new.enrollment
    allowed = yield from _consume(enrollment.principal, enrollment.created_at)
    if not allowed:
        return Enrolled.PRINCIPAL_GONE
    if new.existing_device is None:
        yield ADD_DEVICE(**_new_device(new))
    else:
        yield from _continue_device(new, new.existing_device)
    yield ADD_ENROLLMENT(**_enrollment_values(enrollment))
    yield ADD_PROVISIONING(
        enrollment_id=enrollment.id,
        body=new.provisioning,
        created_at=micros(enrollment.created_at),
    )
    yield ADD_CONVERSATION(**_conversation_values(enrollment))
    yield ADD_KNOWN(enrollment_id=enrollment.id, body=b"", nodes=0)
    yield ADD_CERTIFICATE(**_certificate_values(new.certificate, enrollment.id))
    yield tell(enrollment.device_id, (_told(new),))
    yield record((new.audit,))
    return Enrolled.STORED


def _consume(principal: Principal, at: datetime) -> Work[bool]:
    """Take one use of the code, or look whether the account still stands."""
    if principal.kind is PrincipalKind.CODE:
        used = yield USE_CODE(code_id=principal.id, now=micros(at))
        return bool(used)
    found = yield ACCOUNT_STANDS(account_id=principal.id)
    return bool(found) and found[0]["disabled_at"] is None


def _told(new: NewEnrollment) -> TimelineEntry:
    enrollment = new.enrollment
    kind = ENROLLED if new.existing_device is None else _ENROLLED_AGAIN
    detail = {"enrollment": enrollment.id, "by": enrollment.principal.kind.value, "user": new.user}
    return TimelineEntry(enrollment.created_at, kind, detail)


def _new_device(new: NewEnrollment) -> dict[str, object]:
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
    }
    return columns | {"search": searchable(columns)}


def _continue_device(new: NewEnrollment, device_id: DeviceId) -> Work[None]:
    """Go on with an earlier record: its enrollments end, its identity stays until told anew."""
    found = yield DEVICE(device_id=device_id)
    assert device_id == new.enrollment.device_id
    if not found:
        raise Missing("device", device_id)
    yield from end_all(device_id, "the device enrolled again", new.enrollment.created_at)
    yield CONTINUE_DEVICE(of_device=device_id, **_continued(found[0], new))


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
    )
    columns["search"] = searchable(columns)
    return {f"new_{column}": value for column, value in columns.items()}


def _enrollment_values(enrollment: Enrollment) -> dict[str, object]:
    context = {name: list(values) for name, values in enrollment.context.items()}
    return {
        "id": enrollment.id,
        "device_id": enrollment.device_id,
        "tenant": None,
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
    }


def _conversation_values(enrollment: Enrollment) -> dict[str, object]:
    """Nothing was said yet; the first nonce is the one the provisioning document carries."""
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
    }


def _certificate_values(certificate: Certificate, enrollment_id: EnrollmentId) -> dict[str, object]:
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
    }
