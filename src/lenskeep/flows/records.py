"""What the house remembers, as frozen values: the words that flows and store share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

from lenskeep.base.identifiers import (
    AccountId,
    AdminId,
    CertificateId,
    CodeId,
    DeviceId,
    EnrollmentId,
    OperationId,
    TokenId,
)
from lenskeep.flows.entrance import Custody, Departure, Way
from lenskeep.flows.mandate import ProgressState
from lenskeep.tree.operation import Operation, OperationState


class DeviceState(Enum):
    """Where a headset stands with us; the value is the REST spelling."""

    ENROLLED = "enrolled"
    """A certificate was issued; no session yet."""
    MANAGED = "managed"
    """It has had a session."""
    UNENROLLED = "unenrolled"
    """The wearer left, or the administrator ended it; its certificates are revoked."""
    WIPED = "wiped"
    """It was reset at our word; it comes back as new, with this history where it is recognized."""
    REPLACED = "replaced"
    """Its history was moved to another record."""


class EnrollmentState(Enum):
    """Whether an enrollment is the living one of its device."""

    ACTIVE = "active"
    ENDED = "ended"


class PrincipalKind(Enum):
    """By what an enrollment was allowed."""

    ACCOUNT = "account"
    CODE = "code"
    ENTRA = "entra"
    """`Principal.id` is `tenant/oid`, or `tenant/device` for all headsets without a user."""
    FEDERATED = "web"
    """Somebody whom a sign-in provider vouched for: `Principal.id` is of issuer and subject."""
    BULK = "bulk"
    """A bulk account, of a provisioning package: one account, many headsets."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who enrolled: what was proved, and the user name that was typed or vouched for."""

    kind: PrincipalKind
    id: str
    name: str


class ActorKind(Enum):
    """Who can cause a change."""

    SYSTEM = "system"
    DEVICE = "device"
    ADMIN = "admin"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    CONSOLE = "command line"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, and from where (an address, or empty)."""

    kind: ActorKind
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit line that goes into the transaction of its change. `detail` holds no secret."""

    at: datetime
    actor: Actor
    action: str
    """`noun.verb`, e.g. `operation.queue`."""
    target: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a device's timeline."""

    at: datetime
    kind: str
    detail: Mapping[str, str] = field(default_factory=dict)
    session_id: str = ""
    msg_id: str = ""
    id: int = 0
    """Set by the store; grows with time."""


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """One message as the debug switch keeps it: without proofs and secret values."""

    id: int
    """Set by the store; grows with time."""
    at: datetime
    session_id: str
    msg_id: str
    direction: str
    """`from device` or `to device`."""
    body: str


@dataclass(frozen=True, slots=True)
class Account:
    """An enrollment account; `password_hash` is argon2id in PHC form.

    A bulk account is for provisioning packages alone and enrolls many headsets.
    """

    id: AccountId
    name: str
    password_hash: str = field(repr=False)
    """Of a bulk account with a certificate: a hash that nothing fits."""
    created_at: datetime
    disabled_at: datetime | None = None
    bulk: bool = False
    uses_left: int | None = None
    """Headsets that a bulk account may still enroll; None: as many as come."""
    expires_at: datetime | None = None
    certificate_sha256: bytes | None = None
    """Of the certificate (DER) that proves a bulk account, instead of a password."""


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time short code, kept as a keyed digest."""

    id: CodeId
    digest: bytes = field(repr=False)
    uses_total: int
    uses_left: int
    created_at: datetime
    expires_at: datetime
    exhausted_at: datetime | None = None
    """When its last use was consumed."""


@dataclass(frozen=True, slots=True)
class Admin:
    """A person who signs in to the console."""

    id: AdminId
    name: str
    role: str
    """`viewer`, `operator` or `admin`."""
    password_hash: str = field(repr=False)
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A console session; its cookie is kept as a digest."""

    digest: bytes = field(repr=False)
    admin: Admin
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A REST token, kept as a digest."""

    id: TokenId
    name: str
    scope: str
    """`read`, `operate` or `admin`."""
    digest: bytes = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A device certificate we issued, bound to its enrollment by serial and public key."""

    id: CertificateId
    serial: str
    """Upper-case hexadecimal."""
    sha256: bytes
    """Of the DER certificate."""
    spki_sha256: bytes
    """Of the DER SubjectPublicKeyInfo."""
    der: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None
    replaces: CertificateId | None = None
    """The one that it renews, which stays good until this one is used."""
    used_at: datetime | None = None
    """When a renewed one was used first; of the first certificate of an enrollment always None."""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One life of a headset under management."""

    id: EnrollmentId
    device_id: DeviceId
    principal: Principal
    dev_id: str
    """The DeviceID the headset gave for itself: 32 upper-case hexadecimal digits, a claim."""
    hw_dev_id: str
    """The hardware id it gave, a claim; empty for none."""
    kind: str
    """`Full` or `Device` ([MS-MDE2] EnrollmentType)."""
    created_at: datetime
    context: Mapping[str, tuple[str, ...]]
    """The AdditionalContext items as they came, attestation blobs left out."""
    auth_name: str
    auth_secret: str = field(repr=False)
    """Sealed: the secret the device proves (APPSRV)."""
    server_secret: str = field(repr=False)
    """Sealed: the secret the server proves (CLIENT)."""
    first_nonce: str = field(repr=False)
    """Base64: AAUTHDATA of the APPSRV entry, the first nonce a digest may use."""
    server_nonce: str = field(repr=False)
    """Base64: AAUTHDATA of the CLIENT entry."""
    state: EnrollmentState = EnrollmentState.ACTIVE
    ended_at: datetime | None = None
    end_reason: str = ""
    way: str = Way.LOCAL.value
    """How it came: a `Way`."""
    tenant: str = ""
    """Entra tenant (GUID); empty for other ways."""
    user_id: str = ""
    """Entra object id of the user; empty where there is none."""
    entra_device: str = ""
    """Entra device id; empty where there is none."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as lists show it. Identity columns are empty until the device told them."""

    id: DeviceId
    device_id: str
    """The DevId of its latest enrollment."""
    name: str
    state: DeviceState
    first_seen: datetime
    last_seen: datetime | None = None
    """Its last accepted management message."""
    generation: str = ""
    """`HoloLens 2`, `HoloLens (1st gen)`, or the model it reports."""
    os_build: str = ""
    """e.g. `22621.1244`."""
    os_version: str = ""
    """e.g. `10.0.22621.1244`."""
    edition: str = ""
    serial: str = ""
    model: str = ""
    manufacturer: str = ""
    architecture: str = ""
    macs: tuple[str, ...] = ()
    user: str = ""
    """The user name typed at enrollment."""
    operations_open: int = 0
    operations_failed: int = 0
    operations_unknown: int = 0
    nodes_known: int = 0
    same_hardware: tuple[DeviceId, ...] = ()
    """Other records that claim the same hardware id; filled by `device`, not by lists."""
    worst: ProgressState | None = None
    """How it stands to all that is wanted of it, as the picture of the fleet counts it; None:
    nothing is wanted, or it is not under management.
    """
    tags: tuple[str, ...] = ()
    custody: Custody = Custody.IN_USE
    departing: Departure | None = None
    """On its way out: told to leave, or to reset itself, and not heard of since."""
    departing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation with its fate."""

    id: OperationId
    device_id: DeviceId
    enrollment_id: EnrollmentId
    operation: Operation
    state: OperationState
    created_at: datetime
    actor: str
    status: int | None = None
    status_text: str = ""
    result: str | None = None
    result_format: str | None = None
    deliveries: int = 0
    sent_at: datetime | None = None
    ended_at: datetime | None = None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list; `next` is the cursor of the following one, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


class Unwanted(Enum):
    """Stands for devices of which nothing is wanted; the value is the REST spelling."""

    NONE = "none"


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a device list is narrowed by; empty fields narrow nothing.

    `text` is looked for in name, serial, DevId, user, model and MAC addresses, without case.
    """

    text: str = ""
    state: str = ""
    generation: str = ""
    os_build: str = ""
    edition: str = ""
    trouble: bool = False
    """Only devices with failed operations or operations of unknown outcome."""
    worst: ProgressState | Unwanted | None = None
    """Only devices under management that stand so, or of which nothing is wanted."""
    tag: str = ""
    """Only devices that have exactly this tag."""
    custody: str = ""
    silent_since: datetime | None = None
    """Only devices under management that were not heard of since then."""
