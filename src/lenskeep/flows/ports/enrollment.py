"""Serves discovery, policy and enrollment."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from lenskeep.base.identifiers import (
    DeviceId,
    EnrollmentId,
)
from lenskeep.flows.entrance import Custody, Departure
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
    tickets: tuple[bytes, ...] = ()
    """Digests of tickets that are spent with it."""
    cap: int | None = None
    """The most headsets that the principal may have under management, this one included, and the
    record that it continues not counted."""
    arrival: str = ""
    """How its first run stands, in the form `enrollment.first_run` has for it; empty for none."""


class Enrolled(Enum):
    """What became of an enrollment that was to be stored; all but the first store nothing."""

    STORED = "stored"
    PRINCIPAL_GONE = "the code has no use left, or the account ended"
    TICKET_SPENT = "its one-time token was used before"
    CAP_REACHED = "the principal has as many headsets as are allowed"


@dataclass(frozen=True, slots=True)
class Renewable:
    """A certificate that asks to be renewed, and what it belongs to."""

    enrollment: Enrollment
    certificate: Certificate
    custody: Custody
    departing: Departure | None


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

    async def enroll(self, new: NewEnrollment) -> Enrolled:
        """Store it whole, or nothing: the principal may be a code without a use left or past its
        time (`new.enrollment.created_at`), an account disabled or used up meanwhile.
        """
        ...

    async def account_by_certificate(self, sha256: bytes) -> Account | None:
        """Return the bulk account of this certificate, disabled ones too."""
        ...

    async def bulk_proofs(self, at: datetime) -> tuple[bool, bool]:
        """Return whether some bulk account could enroll a headset now by a password, and whether
        one could by a certificate.
        """
        ...

    async def living_of(self, principal: Principal) -> int:
        """Return how many devices of this principal are under management."""
        ...

    # --- renewal ---

    async def renewable(self, sha256: bytes) -> Renewable | None:
        """Return what the certificate belongs to; None where it is unknown or revoked, or its
        enrollment has ended.
        """
        ...

    async def renewed_since(
        self, enrollment_id: EnrollmentId, spki_sha256: bytes, since: datetime
    ) -> str | None:
        """Return the sealed document that this public key was given since then."""
        ...

    async def renew(
        self, enrollment_id: EnrollmentId, certificate: Certificate, document: str, audit: Audit
    ) -> bool:
        """Add a certificate (`replaces` set) to a living enrollment, with its sealed document for
        a lost answer; False, with nothing stored, where the enrollment or the certificate that it
        replaces ended meanwhile, or this key was given one in the same moment (`renewed_since`
        has it). An earlier renewed one that was never used is revoked.
        """
        ...
