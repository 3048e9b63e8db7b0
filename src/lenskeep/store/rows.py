"""Rows of the database to the values that flows know, and back. No SQL and no decisions."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from lenskeep.base.identifiers import (
    AccountId,
    AdminId,
    CertificateId,
    CodeId,
    DeviceId,
    EnrollmentId,
    GroupId,
    OperationId,
    TokenId,
)
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.mandate import Cohort, ProgressState
from lenskeep.flows.ports.conversation import DeviceHead
from lenskeep.flows.ports.mandate import Mandated
from lenskeep.flows.records import (
    Account,
    Actor,
    ActorKind,
    Admin,
    Audit,
    BodyRecord,
    Certificate,
    Code,
    DeviceRow,
    DeviceState,
    Enrollment,
    EnrollmentState,
    OperationRecord,
    Principal,
    PrincipalKind,
    TimelineEntry,
    Token,
)
from lenskeep.session.state import Open
from lenskeep.store.sql import Row
from lenskeep.tree.identity import Identity
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import LocUri, parse_uri
from lenskeep.tree.value import Format

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOLD: Final = tuple(each for each in Identity.__slots__ if each != "macs")
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return the moment as it is stored: microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    """Return the moment as it is stored; nothing for none."""
    return None if moment is None else micros(moment)


def moment(stored: int) -> datetime:
    """Return the moment that was stored."""
    return _EPOCH + timedelta(microseconds=stored)


def maybe_moment(stored: int | None) -> datetime | None:
    """Return the moment that was stored; None for none."""
    return None if stored is None else moment(stored)


def dump(value: Mapping[str, object] | Iterable[str]) -> str:
    """Return JSON text, the same for the same value."""
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def listed(rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as the list that a statement takes (`statements.listed`)."""
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))


def gathered(stored: str | None, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return the rows of a list that a statement found, with the columns under these names."""
    return (dict(zip(names, each, strict=True)) for each in json.loads(stored or "[]"))


def strings(stored: str) -> tuple[str, ...]:
    """Return the list of texts that was stored as JSON."""
    return tuple(json.loads(stored))


# --- people -------------------------------------------------------------------------------


def account(row: Row) -> Account:
    """Return the account."""
    return Account(
        id=AccountId(row["account_id"]),
        name=row["account_name"],
        password_hash=row["account_password_hash"],
        created_at=moment(row["account_created_at"]),
        disabled_at=maybe_moment(row["account_disabled_at"]),
        bulk=bool(row["account_bulk"]),
        uses_left=row["account_uses_left"],
        expires_at=maybe_moment(row["account_expires_at"]),
        certificate_sha256=row["account_certificate_sha256"],
    )


def code(row: Row) -> Code:
    """Return the code."""
    return Code(
        id=CodeId(row["code_id"]),
        digest=row["code_digest"],
        uses_total=row["code_uses_total"],
        uses_left=row["code_uses_left"],
        created_at=moment(row["code_created_at"]),
        expires_at=moment(row["code_expires_at"]),
        exhausted_at=maybe_moment(row["code_exhausted_at"]),
    )


def admin(row: Row) -> Admin:
    """Return the administrator."""
    return Admin(
        id=AdminId(row["admin_id"]),
        name=row["admin_name"],
        role=row["admin_role"],
        password_hash=row["admin_password_hash"],
        created_at=moment(row["admin_created_at"]),
        disabled_at=maybe_moment(row["admin_disabled_at"]),
    )


def token(row: Row) -> Token:
    """Return the token."""
    return Token(
        id=TokenId(row["token_id"]),
        name=row["token_name"],
        scope=row["token_scope"],
        digest=row["token_digest"],
        created_at=moment(row["token_created_at"]),
        revoked_at=maybe_moment(row["token_revoked_at"]),
    )


# --- devices ------------------------------------------------------------------------------


def device(row: Row, same_hardware: tuple[DeviceId, ...] = ()) -> DeviceRow:
    """Return the device as lists show it."""
    return DeviceRow(
        id=DeviceId(row["device_id"]),
        device_id=row["device_dev_id"],
        name=row["device_name"],
        state=DeviceState(row["device_state"]),
        first_seen=moment(row["device_first_seen"]),
        last_seen=maybe_moment(row["device_last_seen"]),
        generation=row["device_generation"],
        os_build=row["device_os_build"],
        os_version=row["device_os_version"],
        edition=row["device_edition"],
        serial=row["device_serial"],
        model=row["device_model"],
        manufacturer=row["device_manufacturer"],
        architecture=row["device_architecture"],
        macs=strings(row["device_macs"]),
        user=row["device_user_name"],
        operations_open=row["device_operations_open"],
        operations_failed=row["device_operations_failed"],
        operations_unknown=row["device_operations_unknown"],
        nodes_known=row["device_nodes_known"],
        same_hardware=same_hardware,
        worst=None if row["worst"] is None else ProgressState(row["worst"]),
        tags=strings(row["device_tags"]),
        custody=Custody(row["device_custody"]),
        departing=maybe_departure(row["device_departing"]),
        departing_since=maybe_moment(row["device_departing_since"]),
    )


def maybe_departure(stored: str | None) -> Departure | None:
    """Return how the device was told to go; None for not at all."""
    return None if stored is None else Departure(stored)


def enrollment(row: Row) -> Enrollment:
    """Return the enrollment."""
    context = json.loads(row["enrollment_context"])
    return Enrollment(
        id=EnrollmentId(row["enrollment_id"]),
        device_id=DeviceId(row["enrollment_device_id"]),
        principal=Principal(
            PrincipalKind(row["enrollment_principal_kind"]),
            row["enrollment_principal_id"],
            row["enrollment_principal_name"],
        ),
        dev_id=row["enrollment_dev_id"],
        hw_dev_id=row["enrollment_hw_dev_id"],
        kind=row["enrollment_kind"],
        created_at=moment(row["enrollment_created_at"]),
        context={name: tuple(values) for name, values in context.items()},
        auth_name=row["enrollment_auth_name"],
        auth_secret=row["enrollment_auth_secret"],
        server_secret=row["enrollment_server_secret"],
        first_nonce=row["enrollment_first_nonce"],
        server_nonce=row["enrollment_server_nonce"],
        state=EnrollmentState(row["enrollment_state"]),
        ended_at=maybe_moment(row["enrollment_ended_at"]),
        end_reason=row["enrollment_end_reason"],
        way=row["enrollment_way"],
        tenant=row["enrollment_tenant"] or "",
        user_id=row["enrollment_user_id"],
        entra_device=row["enrollment_entra_device"],
    )


def certificate(row: Row) -> Certificate:
    """Return the certificate."""
    replaces = row["certificate_replaces"]
    return Certificate(
        id=CertificateId(row["certificate_id"]),
        serial=row["certificate_serial"],
        sha256=row["certificate_sha256"],
        spki_sha256=row["certificate_spki_sha256"],
        der=row["certificate_der"],
        not_before=moment(row["certificate_not_before"]),
        not_after=moment(row["certificate_not_after"]),
        revoked_at=maybe_moment(row["certificate_revoked_at"]),
        replaces=None if replaces is None else CertificateId(replaces),
        used_at=maybe_moment(row["certificate_used_at"]),
    )


@lru_cache(maxsize=4096)  # many devices are in few cohorts
def groups(stored: str) -> Cohort:
    """Return the groups of a cohort."""
    return frozenset(GroupId(each) for each in strings(stored))


def mandated(row: Row) -> Mandated:
    """Return the head of what is wanted of the device."""
    in_groups = row["cohort_groups"]
    return Mandated(
        device=DeviceId(row["enrollment_device_id"]),
        groups=None if in_groups is None else groups(in_groups),
        tree=row["cohort_tree_id"] or "",
        standing_tree=row["standing_tree"] or "",
        settled=row["standing_settled"] != 0,  # None: never planned, nothing is open
        due_at=maybe_moment(row["standing_due_at"]),
        device_print=row["standing_device_print"] or "",
    )


# --- operations ---------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # the same few nodes are asked of every device
def _uri(text: str) -> LocUri:
    return parse_uri(text)


def _operation(row: Row) -> Operation:
    format_ = row["operation_format"]
    return Operation(
        verb=Verb(row["operation_verb"]),
        uri=_uri(row["operation_uri"]),
        format=None if format_ is None else Format(format_),
        value=row["operation_value"],
    )


def head(row: Row) -> DeviceHead:
    """Return what the device's row says of it."""
    return DeviceHead(
        id=DeviceId(row["device_id"]),
        dev_id=row["device_dev_id"],
        state=DeviceState(row["device_state"]),
        custody=Custody(row["device_custody"]),
        departing=row["device_departing"] is not None,
        user=row["device_user_name"],
        is_renamed=bool(row["device_renamed"]),
        identity=Identity(
            **{name: row[f"device_{name}"] for name in _TOLD},
            macs=strings(row["device_macs"]),
        ),
    )


def open_operation(row: Row) -> Open:
    """Return the operation as the session engine sees it."""
    return Open(
        id=OperationId(row["operation_id"]),
        operation=_operation(row),
        state=OperationState(row["operation_state"]),
        deliveries=row["operation_deliveries"],
    )


def operation(row: Row) -> OperationRecord:
    """Return the operation with its fate."""
    return OperationRecord(
        id=OperationId(row["operation_id"]),
        device_id=DeviceId(row["operation_device_id"]),
        enrollment_id=EnrollmentId(row["operation_enrollment_id"]),
        operation=_operation(row),
        state=OperationState(row["operation_state"]),
        created_at=moment(row["operation_created_at"]),
        actor=row["operation_actor"],
        status=row["operation_status"],
        status_text=row["operation_status_text"],
        result=row["operation_result"],
        result_format=row["operation_result_format"],
        deliveries=row["operation_deliveries"],
        sent_at=maybe_moment(row["operation_sent_at"]),
        ended_at=maybe_moment(row["operation_ended_at"]),
    )


# --- what happened ------------------------------------------------------------------------


def timeline_entry(row: Row) -> TimelineEntry:
    """Return the line of a device's timeline."""
    return TimelineEntry(
        at=moment(row["timeline_at"]),
        kind=row["timeline_kind"],
        detail=json.loads(row["timeline_detail"]),
        session_id=row["timeline_session_id"],
        msg_id=row["timeline_msg_id"],
        id=row["timeline_id"],
    )


def body(row: Row) -> BodyRecord:
    """Return the message that was kept."""
    return BodyRecord(
        id=row["message_body_id"],
        at=moment(row["message_body_at"]),
        session_id=row["message_body_session_id"],
        msg_id=row["message_body_msg_id"],
        direction=row["message_body_direction"],
        body=row["message_body_body"],
    )


def audit(row: Row) -> Audit:
    """Return the audit line."""
    return Audit(
        at=moment(row["audit_at"]),
        actor=Actor(
            ActorKind(row["audit_actor_kind"]), row["audit_actor_name"], row["audit_actor_address"]
        ),
        action=row["audit_action"],
        target=row["audit_target"],
        detail=json.loads(row["audit_detail"]),
    )
