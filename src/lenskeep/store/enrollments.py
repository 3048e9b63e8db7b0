"""Serves discovery, policy, enrollment and renewal."""

from datetime import datetime
from functools import partial

from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.ports import Enrolled, Issued, NewEnrollment, Renewable
from lenskeep.flows.records import Account, Audit, Certificate, Code, Principal
from lenskeep.store import rows
from lenskeep.store.entry.enrolling import NotStored, enroll
from lenskeep.store.entry.renewing import renew
from lenskeep.store.rows import micros
from lenskeep.store.sql import Executor, Work
from lenskeep.store.statements.enrollments import (
    DEVICE_OF,
    ISSUED_SINCE,
    LIVING_BUT,
    RENEWABLE,
    RENEWED_SINCE,
)
from lenskeep.store.statements.people import (
    ACCOUNT_BY_CERTIFICATE,
    ACCOUNT_BY_KEY,
    BULK_PROOFS,
    CODE_BY_DIGEST,
)


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
        try:
            return await self._executor.write(partial(enroll, new))
        except NotStored as undone:
            return undone.outcome

    async def account_by_certificate(self, sha256: bytes) -> Account | None:
        """Return the bulk account of this certificate, disabled ones too."""
        return await self._executor.read(partial(_account_by_certificate, sha256))

    async def bulk_proofs(self, at: datetime) -> tuple[bool, bool]:
        """Return whether a bulk account could enroll by password, and by certificate."""
        return await self._executor.read(partial(_bulk_proofs, at))

    async def living_of(self, principal: Principal) -> int:
        """Return how many devices of this principal are under management."""
        return await self._executor.read(partial(_living, principal))

    # --- renewal ---

    async def renewable(self, sha256: bytes) -> Renewable | None:
        """Return what the certificate belongs to; None for unknown, revoked and ended."""
        return await self._executor.read(partial(_renewable, sha256))

    async def renewed_since(
        self, enrollment_id: EnrollmentId, spki_sha256: bytes, since: datetime
    ) -> str | None:
        """Return the sealed document that this public key was given since then."""
        return await self._executor.read(
            partial(_renewed, enrollment_id, spki_sha256, micros(since))
        )

    async def renew(
        self, enrollment_id: EnrollmentId, certificate: Certificate, document: str, audit: Audit
    ) -> bool:
        """Add a certificate to a living enrollment, with its sealed document."""
        return await self._executor.write(
            partial(renew, enrollment_id, certificate, document, audit)
        )


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


def _account_by_certificate(sha256: bytes) -> Work[Account | None]:
    found = yield ACCOUNT_BY_CERTIFICATE(sha256=sha256)
    return rows.account(found[0]) if found else None


def _bulk_proofs(at: datetime) -> Work[tuple[bool, bool]]:
    found = yield BULK_PROOFS(now=micros(at))
    kinds = {bool(each["by_password"]) for each in found}
    return True in kinds, False in kinds


def _living(principal: Principal) -> Work[int]:
    counted = yield LIVING_BUT(
        principal_kind=principal.kind.value, principal_id=principal.id, but=""
    )
    devices: int = counted[0]["devices"]
    return devices


def _renewable(sha256: bytes) -> Work[Renewable | None]:
    found = yield RENEWABLE(sha256=sha256)
    if not found:
        return None
    row = found[0]
    return Renewable(
        enrollment=rows.enrollment(row),
        certificate=rows.certificate(row),
        custody=Custody(row["device_custody"]),
        departing=rows.maybe_departure(row["device_departing"]),
    )


def _renewed(enrollment_id: EnrollmentId, spki_sha256: bytes, since: int) -> Work[str | None]:
    found = yield RENEWED_SINCE(enrollment_id=enrollment_id, spki_sha256=spki_sha256, since=since)
    return str(found[0]["body"]) if found else None
