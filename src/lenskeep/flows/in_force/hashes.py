"""Autopilot's records as rows of its file, and the reverse."""

from datetime import datetime

from lenskeep.enrollment.autopilot.rows import HashRow
from lenskeep.flows.entrance import AutopilotRecord


def row_of(record: AutopilotRecord) -> HashRow:
    """Return the line of the file that a record is."""
    return HashRow(
        serial=record.serial,
        product_id=record.product_id,
        hardware_hash=record.hardware_hash,
        group_tag=record.group_tag,
        assigned_user=record.assigned_user,
    )


def record_of(row: HashRow, source: str, at: datetime) -> AutopilotRecord:
    """Return the record of a line; it belongs to no device yet."""
    return AutopilotRecord(
        serial=row.serial,
        product_id=row.product_id,
        hardware_hash=row.hardware_hash,
        group_tag=row.group_tag,
        assigned_user=row.assigned_user,
        source=source,
        device_id=None,
        changed_at=at,
    )
