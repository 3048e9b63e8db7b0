"""Rows of the ways in to the values that flows know, and back."""

import json

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import (
    Attempt,
    AutopilotRecord,
    Document,
    DocumentKind,
    Item,
    ItemKind,
    Ticket,
    TicketKind,
)
from lenskeep.store.rows import dump, maybe_micros, maybe_moment, micros, moment
from lenskeep.store.sql import Row

# --- texts and lists ----------------------------------------------------------------------


def document(row: Row) -> Document:
    """Return the version of the text."""
    return Document(
        kind=DocumentKind(row["document_kind"]),
        version=row["document_version"],
        body=row["document_body"],
        at=moment(row["document_at"]),
        actor=row["document_actor"],
    )


def document_values(document: Document) -> dict[str, object]:
    """Return the version as it is stored."""
    return {
        "kind": document.kind.value,
        "version": document.version,
        "body": document.body,
        "at": micros(document.at),
        "actor": document.actor,
    }


def item(row: Row) -> Item:
    """Return the entry of the list."""
    return Item(
        id=row["item_id"],
        kind=ItemKind(row["item_kind"]),
        name=row["item_name"],
        body=json.loads(row["item_body"]),
        sealed=row["item_sealed"],
        created_at=moment(row["item_created_at"]),
        disabled_at=maybe_moment(row["item_disabled_at"]),
    )


def item_values(item: Item) -> dict[str, object]:
    """Return what may change of the entry, as it is stored."""
    return {
        "name": item.name,
        "name_key": item.name.casefold(),
        "body": dump(item.body),
        "sealed": item.sealed,
        "disabled_at": maybe_micros(item.disabled_at),
    }


# --- who comes ----------------------------------------------------------------------------


def ticket(row: Row) -> Ticket:
    """Return the ticket."""
    return Ticket(
        digest=row["ticket_digest"],
        kind=TicketKind(row["ticket_kind"]),
        body=json.loads(row["ticket_body"]),
        created_at=moment(row["ticket_created_at"]),
        expires_at=moment(row["ticket_expires_at"]),
        used_at=maybe_moment(row["ticket_used_at"]),
        used_for=row["ticket_used_for"],
    )


def ticket_values(ticket: Ticket) -> dict[str, object]:
    """Return the ticket as it is stored."""
    return {
        "kind": ticket.kind.value,
        "digest": ticket.digest,
        "body": dump(ticket.body),
        "created_at": micros(ticket.created_at),
        "expires_at": micros(ticket.expires_at),
        "used_at": maybe_micros(ticket.used_at),
        "used_for": ticket.used_for,
    }


def attempt(row: Row) -> Attempt:
    """Return the attempt."""
    return Attempt(
        id=row["attempt_id"],
        at=moment(row["attempt_at"]),
        phase=row["attempt_phase"],
        outcome=row["attempt_outcome"],
        way=row["attempt_way"],
        user=row["attempt_user_name"],
        device_name=row["attempt_device_name"],
        hw_dev_id=row["attempt_hw_dev_id"],
        os_version=row["attempt_os_version"],
        address=row["attempt_address"],
        reason=row["attempt_reason"],
        hresult=row["attempt_hresult"],
        trace=row["attempt_trace"],
        device_id=row["attempt_device_id"],
    )


def attempt_values(attempt: Attempt) -> dict[str, object]:
    """Return the attempt as it is stored."""
    return {
        "id": attempt.id,
        "at": micros(attempt.at),
        "phase": attempt.phase,
        "outcome": attempt.outcome,
        "way": attempt.way,
        "user_name": attempt.user,
        "device_name": attempt.device_name,
        "hw_dev_id": attempt.hw_dev_id,
        "os_version": attempt.os_version,
        "address": attempt.address,
        "reason": attempt.reason,
        "hresult": attempt.hresult,
        "trace": attempt.trace,
        "device_id": attempt.device_id,
    }


def autopilot(row: Row) -> AutopilotRecord:
    """Return what Autopilot knows of the headset."""
    device_id = row["autopilot_device_id"]
    return AutopilotRecord(
        serial=row["autopilot_serial"],
        product_id=row["autopilot_product_id"],
        hardware_hash=row["autopilot_hardware_hash"],
        group_tag=row["autopilot_group_tag"],
        assigned_user=row["autopilot_assigned_user"],
        source=row["autopilot_source"],
        device_id=None if device_id is None else DeviceId(device_id),
        changed_at=moment(row["autopilot_changed_at"]),
    )


def autopilot_values(record: AutopilotRecord) -> dict[str, object]:
    """Return it as it is stored, without its key."""
    found_by = (record.serial, record.group_tag, record.assigned_user)
    return {
        "serial": record.serial,
        "product_id": record.product_id,
        "hardware_hash": record.hardware_hash,
        "group_tag": record.group_tag,
        "assigned_user": record.assigned_user,
        "source": record.source,
        "device_id": record.device_id,
        "changed_at": micros(record.changed_at),
        "search": "\n".join(found_by).casefold(),
    }
