"""The narrow questions that flows ask of the store. `app` decides who answers.

Every write takes its Audit line (where a person or device caused it) and commits it with the
change. Lists are paged by cursor: an opaque text from the page before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from lenskeep.base.identifiers import (
    AccountId,
    AdminId,
    CodeId,
    DeviceId,
    EnrollmentId,
    OperationId,
    TokenId,
)
from lenskeep.base.secret import Secret
from lenskeep.flows.records import (
    Account,
    Admin,
    Audit,
    BodyRecord,
    Certificate,
    Code,
    DeviceFilter,
    DeviceRow,
    DeviceState,
    Enrollment,
    OperationRecord,
    Page,
    Principal,
    SignIn,
    TimelineEntry,
    Token,
)
from lenskeep.session.state import Open, OperationChange, Session
from lenskeep.tree.identity import Identity

# --- one management message ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What makes a message the same message: session, number, and SHA-256 of its bytes."""

    session_id: str
    msg_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that is stored of one enrollment's conversation, read in one transaction."""

    enrollment: Enrollment
    certificate: Certificate | None
    """The one asked for by its hash; None when loaded by name."""
    version: int
    """Compared and raised by `commit`."""
    session: Session | None
    open: tuple[Open, ...]
    """QUEUED and SENT operations, and UNKNOWN ones of the current session; oldest first."""
    known: bytes
    """`desired.known` in its stored form; empty at first."""
    questions_asked_at: datetime | None
    nonce: str
    """Base64: the nonce that the next digest may use."""
    used_nonces: tuple[str, ...]
    """Challenges of the last minutes that were answered: none works twice."""
    stored_reply: bytes | None
    """The reply already given to these very bytes."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known once a message taught something, and who the device says it is."""

    known: bytes
    """`desired.known` in its stored form."""
    count: int
    """Nodes in it."""
    identity: Identity


@dataclass(frozen=True, slots=True)
class Conversed:
    """What one accepted message changes; committed whole or not at all."""

    key: MessageKey
    at: datetime
    session: Session
    reply: bytes
    changes: tuple[OperationChange, ...]
    questions_asked_at: datetime | None
    nonce: str
    used_nonces: tuple[str, ...]
    entries: tuple[TimelineEntry, ...]
    learned: Learned | None = None
    """None: the message taught nothing; what is known stays as it is."""
    ended: bool = False
    """The device unenrolled: the enrollment ends, its certificates are revoked, open operations
    are cancelled."""
    end_reason: str = ""
    bodies: tuple[tuple[str, str], ...] = ()
    """(direction, redacted text): only where the debug switch is on."""


class ConversationStore(Protocol):
    """Serves management sessions. Only ACTIVE enrollments and unrevoked certificates are loaded;
    everything else is None, so that unknown and revoked look the same.
    """

    async def load_by_certificate(self, sha256: bytes, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment of this certificate."""
        ...

    async def load_by_auth_name(self, auth_name: str, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment that authenticates under this name."""
        ...

    async def auth_names_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the names of the newest active enrollments claiming this DevId, at most 8."""
        ...

    async def used_nonces_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the challenges that the same enrollments have answered."""
        ...

    async def commit_message(
        self, enrollment_id: EnrollmentId, version: int, change: Conversed
    ) -> bool:
        """Store the change if the version is still this one; False: it moved, decide again."""
        ...


# --- enrollment ---------------------------------------------------------------------------


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


# --- people -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdminChange:
    """What changes of an administrator; None stays as it is."""

    role: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    """With a new password every sign-in ends: the old one may be known to somebody."""
    disabled: bool = False
    """Every sign-in ends, and there is no new one."""


class PeopleStore(Protocol):
    """Serves accounts, codes, administrators, sign-ins and tokens.

    `add_*` raise Conflict where the name is taken.
    """

    async def add_account(self, account: Account, audit: Audit) -> None: ...

    async def accounts(self, after: str | None, limit: int) -> Page[Account]: ...

    async def disable_account(self, account_id: AccountId, audit: Audit) -> None: ...

    async def add_code(self, code: Code, audit: Audit) -> None: ...

    async def codes(self, after: str | None, limit: int) -> Page[Code]: ...

    async def end_code(self, code_id: CodeId, audit: Audit) -> None: ...

    async def add_admin(self, admin: Admin, audit: Audit) -> None: ...

    async def admin_by_name(self, name: str) -> Admin | None: ...

    async def admins(self, after: str | None, limit: int) -> Page[Admin]: ...

    async def change_admin(self, admin_id: AdminId, change: AdminChange, audit: Audit) -> Admin:
        """Change the person; Conflict where no active administrator would be left."""
        ...

    async def add_sign_in(self, sign_in: SignIn, audit: Audit) -> None: ...

    async def sign_in_by_digest(self, digest: bytes) -> SignIn | None: ...

    async def end_sign_in(self, digest: bytes, audit: Audit) -> None: ...

    async def add_token(self, token: Token, audit: Audit) -> None: ...

    async def token_by_digest(self, digest: bytes) -> Token | None: ...

    async def tokens(self, after: str | None, limit: int) -> Page[Token]: ...

    async def revoke_token(self, token_id: TokenId, audit: Audit) -> None: ...


# --- devices and operations ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """One device with all that its page shows."""

    row: DeviceRow
    enrollments: tuple[Enrollment, ...]
    """Newest first."""
    certificates: Mapping[EnrollmentId, tuple[Certificate, ...]]
    known: bytes


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """Numbers for the head of the fleet page: devices by state, generation and build."""

    by_state: Mapping[str, int]
    by_generation: Mapping[str, int]
    by_build: Mapping[str, int]


MAX_OPEN: Final = 1000
"""Open operations a device: all of them are read with each of its messages, and a headset that
is told twenty a message needs fifty messages for as many."""


class FleetStore(Protocol):
    """Serves the faces: REST, console, command line.

    Methods that change raise Missing for an unknown id and Conflict where the state forbids it.
    """

    async def devices(
        self, narrowed: DeviceFilter, after: str | None, limit: int
    ) -> Page[DeviceRow]: ...

    async def fleet_counts(self) -> FleetCounts: ...

    async def device(self, device_id: DeviceId) -> DeviceDetail: ...

    async def timeline(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[TimelineEntry]:
        """Newest first."""
        ...

    async def bodies(self, device_id: DeviceId, after: str | None, limit: int) -> Page[BodyRecord]:
        """Newest first; empty unless the debug switch is, or was, on."""
        ...

    async def rename_device(self, device_id: DeviceId, name: str, audit: Audit) -> None: ...

    async def link_device(self, device_id: DeviceId, earlier: DeviceId, audit: Audit) -> None:
        """Move the enrollments and history of `device_id` to `earlier`, whose own active
        enrollments end; `device_id` becomes REPLACED and leaves the lists.
        """
        ...

    async def end_enrollments(
        self, device_id: DeviceId, state: DeviceState, reason: str, audit: Audit
    ) -> None:
        """End the active enrollments: certificates revoked, open operations cancelled."""
        ...

    async def queue_operations(
        self, operations: Sequence[OperationRecord], audit: Sequence[Audit]
    ) -> None:
        """Queue them, in order, each for the active enrollment that the record names.

        All or none; Conflict where a device would have more than MAX_OPEN open ones.
        """
        ...

    async def active_enrollment(self, device_id: DeviceId) -> EnrollmentId: ...

    async def operations(
        self, device_id: DeviceId, after: str | None, limit: int
    ) -> Page[OperationRecord]:
        """Newest first."""
        ...

    async def operation(self, operation_id: OperationId) -> OperationRecord: ...

    async def cancel_operation(self, operation_id: OperationId, audit: Audit) -> OperationRecord:
        """Cancel one that is queued; Conflict when it was sent or has ended."""
        ...

    async def audit_lines(self, after: str | None, limit: int) -> Page[Audit]:
        """Newest first."""
        ...


# --- housekeeping -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept (each a moment: older goes)."""

    replies_before: datetime
    timeline_before: datetime
    bodies_before: datetime
    sign_ins_before: datetime
    operations_before: datetime
    """Ended ones."""
    codes_before: datetime
    """Expired ones."""


class HousekeepingStore(Protocol):
    """Serves the sweeps."""

    async def lose_sessions(self, silent_since: datetime, at: datetime) -> int:
        """Turn SENT Exec operations of sessions silent since then to UNKNOWN, with a timeline
        line; the session itself stays, so that a late answer still finds its operation.
        Return how many.
        """
        ...

    async def sweep(self, retention: Retention) -> Mapping[str, int]:
        """Delete what is past its time; return how many rows of what."""
        ...


# --- the world beside the store -----------------------------------------------------------


class PasswordHasher(Protocol):
    """Hashes passwords off the event loop, as many at once as there are cores."""

    async def hash(self, secret: Secret) -> str:
        """Return the argon2id hash in PHC form."""
        ...

    async def verify(self, password_hash: str, secret: Secret, *, suspicion: int = 0) -> bool:
        """Return whether it is the secret; the less suspicion, the sooner it is its turn."""
        ...

    @property
    def dummy_hash(self) -> str:
        """A hash of nothing known, checked for unknown names so that they cost the same."""
        ...
