"""Serves discovery, policy and enrollment."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lenskeep.base.identifiers import (
    DeviceId,
    EnrollmentId,
)
from lenskeep.flows.records import (
    Account,
    Audit,
    Certificate,
    Code,
    Enrollment,
    Principal,
)


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """A new enrollment with its certificate; the code's use is consumed in the same transaction."""

    enrollment: Enrollment
    certificate: Certificate
    provisioning: str = field(repr=False)
    """Sealed: the provisioning document, for the minutes in which a lost answer is repeated."""
    device_name: str
    user: str
    os_version: str
    existing_device: DeviceId | None
    """The record it continues: same account, same hardware id. Its earlier enrollments end."""
    audit: Audit


@dataclass(frozen=True, slots=True)
class Issued:
    """An enrollment made minutes ago for the same principal and public key."""

    enrollment_id: EnrollmentId
    provisioning: str = field(repr=False)


class EnrollmentStore(Protocol):
    """Serves discovery, policy and enrollment."""

    async def account_by_name(self, name: str) -> Account | None:
        """Return the account of that name (compared without case), disabled ones too."""
        ...

    async def code_by_digest(self, digest: bytes) -> Code | None:
        """Return the code, expired and exhausted ones too."""
        ...

    async def issued_since(
        self, principal: Principal, spki_sha256: bytes, since: datetime
    ) -> Issued | None:
        """Return what this principal got for this public key since then, while it is active."""
        ...

    async def device_of(self, principal: Principal, hw_dev_id: str) -> DeviceId | None:
        """Return the record whose latest enrollment has this principal and hardware id."""
        ...

    async def enroll(self, new: NewEnrollment) -> bool:
        """Store it whole; False, with nothing stored, when the principal is a code without a use
        left or past its time (`new.enrollment.created_at`), or an account disabled meanwhile.
        """
        ...
