"""What REST answers: one model a noun, read off the house's records by attribute.

Every moment is UTC in ISO 8601 with `Z`. A model names each field it shows, so that a record that
grows shows nothing by itself. No secret is in here but those made by the very request.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from lenskeep.access import Role, Scope
from lenskeep.base.secret import Secret
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.reading import DeviceView
from lenskeep.flows.records import (
    Account,
    ActorKind,
    Admin,
    Code,
    DeviceState,
    EnrollmentState,
    OperationRecord,
    PrincipalKind,
    Token,
)
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.value import Format

T = TypeVar("T")


class Answer(BaseModel):
    """What all answers share: made once from a record, then not changed."""

    model_config = ConfigDict(frozen=True, from_attributes=True, populate_by_name=True)


def deep(*path: str) -> Any:
    """Return a field that is read from deeper in the record."""
    return Field(validation_alias=AliasPath(path[0], *path[1:]))


class Listing(Answer, Generic[T]):
    """A page of a list; `next` is the value of `after` for the following page, null at the end."""

    items: list[T]
    next: str | None


class Complaint(Answer):
    """One thing wrong with the input: the field, what came, what is allowed."""

    field: str
    message: str
    allowed: str | None


class Problem(Answer):
    """How every error looks ([RFC 9457]); `complaints` is empty unless the input was wrong."""

    type: str
    title: str
    status: int
    detail: str
    complaints: list[Complaint]


# --- devices ------------------------------------------------------------------------------


class Device(Answer):
    """A device as lists show it; texts are empty until the device told them."""

    id: str
    device_id: str = Field(description="The DevId of its latest enrollment, a claim.")
    name: str
    state: DeviceState
    generation: str
    os_build: str
    os_version: str
    edition: str
    serial: str
    model: str
    manufacturer: str
    architecture: str
    macs: list[str]
    user: str
    first_seen: datetime
    last_seen: datetime | None
    operations_open: int
    operations_failed: int
    operations_unknown: int
    nodes_known: int
    worst: ProgressState | None = Field(
        description="How it stands to all that is wanted of it; null: nothing is."
    )
    tags: list[str]
    custody: Custody = Field(description="Where it is, as far as people know.")
    departing: Departure | None = Field(
        description="It was told to go, and was not heard of since; null: it stays."
    )
    departing_since: datetime | None


class Certificate(Answer):
    """A device certificate of an enrollment."""

    serial: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None


class Enrollment(Answer):
    """One life of the device under management."""

    id: str
    device_id: str = deep("dev_id")
    hardware_id: str = deep("hw_dev_id")
    kind: str
    principal_kind: PrincipalKind = deep("principal", "kind")
    principal_name: str = deep("principal", "name")
    way: str = Field(description="How it came, e.g. `entra join` or `typed password`.")
    tenant: str = Field(description="Of Entra; empty for other ways.")
    user_id: str = Field(description="Object id of the Entra user; empty where there is none.")
    entra_device: str = Field(description="Device id in Entra; empty where there is none.")
    state: EnrollmentState
    created_at: datetime
    ended_at: datetime | None
    end_reason: str
    certificates: list[Certificate] = Field(default_factory=list)


class InventoryRow(Answer):
    """One thing the device told; `status` is the OMA-DM code of its answer."""

    label: str
    value: str
    uri: str
    status: int
    learned_at: datetime


class InventoryGroup(Answer):
    """Things that belong together."""

    title: str
    rows: list[InventoryRow]


class DevicePage(Device):
    """One device with its enrollments, newest first, and its inventory."""

    same_hardware: list[str] = Field(description="Other records that claim the same hardware.")
    enrollments: list[Enrollment]
    inventory: list[InventoryGroup]

    @classmethod
    def of(cls, view: DeviceView) -> "DevicePage":
        """Return the answer for this view."""
        detail = view.detail
        enrollments = []
        for each in detail.enrollments:
            found = detail.certificates.get(each.id, ())
            certificates = [Certificate.model_validate(one) for one in found]
            shown = Enrollment.model_validate(each)
            enrollments.append(shown.model_copy(update={"certificates": certificates}))
        return cls(
            **Device.model_validate(detail.row).model_dump(),
            same_hardware=list(detail.row.same_hardware),
            enrollments=enrollments,
            inventory=[InventoryGroup.model_validate(each) for each in view.inventory],
        )


class TimelineLine(Answer):
    """One line of a device's timeline."""

    id: int
    at: datetime
    kind: str
    session: str = deep("session_id")
    message: str = deep("msg_id")
    detail: dict[str, str]


class MessageBody(Answer):
    """One message that `keep_bodies` kept: SyncML without proofs and secret values."""

    id: int
    at: datetime
    session: str = deep("session_id")
    message: str = deep("msg_id")
    direction: str = Field(description="`from device` or `to device`.")
    body: str


class Fleet(Answer):
    """How many devices there are."""

    by_state: dict[str, int]
    by_generation: dict[str, int]
    by_build: dict[str, int]


# --- operations ---------------------------------------------------------------------------


class Operation(Answer):
    """An operation with its fate."""

    id: str
    device: str = deep("device_id")
    verb: Verb = deep("operation", "verb")
    uri: str = deep("operation", "uri", "text")
    format: Format | None = deep("operation", "format")
    value: str | None = deep("operation", "value")
    state: OperationState
    status: int | None = Field(description="The OMA-DM code with which the device answered.")
    status_text: str
    result: str | None = Field(description="The value read.")
    result_format: str | None
    deliveries: int
    actor: str
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class QueuedOperation(Operation):
    """An operation just queued, and what an administrator should know of it."""

    warnings: list[str]

    @classmethod
    def of(cls, record: OperationRecord, warnings: tuple[str, ...] = ()) -> "QueuedOperation":
        """Return the answer for this record."""
        shown = Operation.model_validate(record)
        return cls(**shown.model_dump(), warnings=list(warnings))


class QueuedOperations(Answer):
    """The operations just queued, one a device in the order asked."""

    items: list[Operation]
    warnings: list[str]


# --- people -------------------------------------------------------------------------------


class AccountRow(Answer):
    """An enrollment account."""

    id: str
    name: str
    created_at: datetime
    disabled_at: datetime | None


class NewAccount(AccountRow):
    """An account just added; `password` is shown here only, null where the caller gave it."""

    password: str | None

    @classmethod
    def of(cls, account: Account, password: Secret | None) -> "NewAccount":
        """Return the answer that shows a made password once."""
        shown = AccountRow.model_validate(account).model_dump()
        return cls(**shown, password=password.reveal() if password else None)


class CodeRow(Answer):
    """A one-time code; what it reads is known to nobody any more."""

    id: str
    uses_total: int
    uses_left: int
    created_at: datetime
    expires_at: datetime


class NewCode(CodeRow):
    """A code just made; `code` is shown here only."""

    code: str

    @classmethod
    def of(cls, record: Code, secret: Secret) -> "NewCode":
        """Return the answer that shows the code once."""
        return cls(**CodeRow.model_validate(record).model_dump(), code=secret.reveal())


class AdminRow(Answer):
    """A person who signs in."""

    id: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


class NewAdmin(AdminRow):
    """An administrator just added; `password` is shown here only, null where it was given."""

    password: str | None

    @classmethod
    def of(cls, admin: Admin, password: Secret | None) -> "NewAdmin":
        """Return the answer that shows a made password once."""
        shown = AdminRow.model_validate(admin).model_dump()
        return cls(**shown, password=password.reveal() if password else None)


class TokenRow(Answer):
    """A REST token without its secret."""

    id: str
    name: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None


class NewToken(TokenRow):
    """A token just made; `token` is shown here only."""

    token: str

    @classmethod
    def of(cls, record: Token, secret: Secret) -> "NewToken":
        """Return the answer that shows the token once."""
        return cls(**TokenRow.model_validate(record).model_dump(), token=secret.reveal())


class AuditLine(Answer):
    """Who changed what, when, from where."""

    at: datetime
    actor_kind: ActorKind = deep("actor", "kind")
    actor: str = deep("actor", "name")
    address: str = deep("actor", "address")
    action: str
    target: str
    detail: dict[str, str]
