"""What REST takes and answers of first run, of what the wearer reads, and of Autopilot."""

from datetime import datetime
from typing import Any

from pydantic import Field

from lenskeep.flows.arriving.autopilot import RecordView
from lenskeep.web.api.inputs import Body, Cut
from lenskeep.web.api.models import Answer

# --- documents ----------------------------------------------------------------------------


class FirstRunBody(Body):
    """How first run is held up, in the place of a version."""

    base: int = Field(ge=0, description="The version that it replaces; 0: there is none.")
    plan: dict[str, Any] = Field(examples=[{"ways": ["autopilot"], "timeout_min": 60}])


class FirstRun(Answer):
    """How first run is held up."""

    version: int = Field(description="0: none was ever set.")
    at: datetime | None
    actor: str
    plan: dict[str, Any] = Field(validation_alias="body")


class WearerBody(Body):
    """What wearers read, in the place of a version."""

    base: int = Field(ge=0, description="The version that it replaces; 0: there is none.")
    words: dict[str, Any] = Field(examples=[{"help_phone": "+49 30 1234"}])


class WearerWords(Answer):
    """What wearers read."""

    version: int = Field(description="0: none was ever set.")
    at: datetime | None
    actor: str
    words: dict[str, Any] = Field(validation_alias="body")


# --- one headset --------------------------------------------------------------------------


class FirstRunStatus(Answer):
    """How far a headset's first run is."""

    stage: str = Field(description="none, announcing, delivering, releasing or over")
    outcome: str = Field(description="done, failed, timed out, no status page, or empty")
    began_at: datetime | None
    ends_at: datetime | None = Field(description="When it is let go whatever is missing.")
    waiting: int = Field(description="Settings that are still to come.")
    failed: list[str] = Field(description="LocURIs that were refused, the first of them.")
    user_page: bool


class WearerView(Answer):
    """What Settings shows of the management on one headset."""

    organization: str
    connected_by: str
    server: str
    device_name: str
    areas: list[str]
    policies: int
    apps: list[str]
    last_sync: datetime | None
    help_phone: str
    help_website: str
    help_email: str
    may_disconnect: bool
    why: str = Field(description="Why the wearer cannot disconnect; empty where that works.")
    is_told: bool = Field(description="False: it gets these words at its next contact.")


# --- Autopilot ----------------------------------------------------------------------------


class RecordCut(Cut):
    """Which page of which records."""

    text: str = Field("", max_length=200, description="In serial number, group tag or user.")


class RecordChange(Body):
    """What changes of a record; what is left out stays, empty texts take away."""

    group_tag: str | None = Field(None, max_length=512)
    assigned_user: str | None = Field(None, max_length=256)


class AutopilotDevice(Answer):
    """What Autopilot knows of a headset; the hash itself is in the export."""

    serial: str
    product_id: str
    group_tag: str
    assigned_user: str
    has_hash: bool
    source: str = Field(description="imported or collected")
    device: str | None = Field(description="The record it has here; null: it never came.")
    name: str = Field(description="What the name template makes of it; empty without one.")
    changed_at: datetime

    @classmethod
    def of(cls, view: RecordView) -> "AutopilotDevice":
        """Make the answer."""
        record = view.record
        return cls(
            serial=record.serial,
            product_id=record.product_id,
            group_tag=record.group_tag,
            assigned_user=record.assigned_user,
            has_hash=bool(record.hardware_hash),
            source=record.source,
            device=record.device_id,
            name=view.name,
            changed_at=record.changed_at,
        )


class AutopilotImport(Answer):
    """What an import did, or in a dry run would do."""

    added: int
    changed: int
    unchanged: int
