"""What REST answers of how wishes come to devices: assignments, progress, plans, rehearsals."""

from datetime import datetime

from pydantic import Field

from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import assigning
from lenskeep.flows.desired.planning import GroupPlan
from lenskeep.flows.mandate import GuardState, ProgressState
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.web.api.desired.shapes.profiles import (
    Assignment,
    ByState,
    Clash,
    Owner,
    Rollout,
    Stranding,
)
from lenskeep.web.api.models import Answer, deep


class StagedRollout(Answer):
    """Settings that can lock a headset out: one device (`scout`) first, then the rest."""

    key: str = Field(examples=["prf_1/3"])
    profile: str
    revision: int
    state: GuardState
    scout: str | None
    created_at: datetime
    claimed_at: datetime | None
    released_at: datetime | None
    released_by: str


class Assigned(Answer):
    """What an assignment did, or in a dry run would do; then there is no assignment."""

    assignment: Assignment | None
    clashes: list[Clash]
    strandings: list[Stranding]
    devices: int = Field(description="Of the group.")
    trees: int = Field(description="Different wanted trees that were made.")
    guards: list[StagedRollout] = Field(description="Staged roll-outs that it takes part in.")

    @classmethod
    def of(cls, done: assigning.Assigned) -> "Assigned":
        """Return the answer for this assignment."""
        made = done.assignment
        return cls(
            assignment=Assignment.model_validate(made) if made else None,
            clashes=Clash.all_of(done.clashes),
            strandings=Stranding.all_of(done.strandings),
            devices=done.devices,
            trees=done.trees,
            guards=[StagedRollout.model_validate(each) for each in done.guards],
        )


# --- progress -----------------------------------------------------------------------------


class Progress(Answer):
    """How a device stands to a profile, as last planned."""

    revision: int
    state: ProgressState
    verified: int
    total: int
    failed: int = Field(description="Failed, drifted and conflicting ones.")


class ProgressLine(Answer):
    """A device that a profile reaches; without progress it was not heard of since."""

    device: str
    name: str
    os_build: str
    last_seen: datetime | None
    progress: Progress | None


class ProgressPage(Answer):
    """How far a profile has come, and a page of its devices."""

    rollout: Rollout
    items: list[ProgressLine]
    next: str | None


class Compliance(Answer):
    """The fleet by each device's worst state; of `unmanaged` devices nothing is wanted."""

    devices: int
    by_state: ByState
    unmanaged: int


# --- one device ---------------------------------------------------------------------------


class DeviceSetting(Answer):
    """One setting of one device: what is wanted, what is known, and how that stands."""

    uri: str
    title: str
    state: SettingState
    text: str
    wanted: str | None
    known: str | None
    known_at: datetime | None
    effective: str | None = Field(description="What Policy/Result says.")
    owners: list[Owner]
    overruled: list[Owner]
    undecided: list[Owner]
    status: int | None = Field(description="The OMA-DM status of the last command.")
    since: datetime | None
    retry_at: datetime | None
    guard: str
    reboot: Reboot


class DeviceSettings(Answer):
    """All that is wanted of one device, or is being taken away from it."""

    tree: str
    planned: bool = Field(description="Whether the device was heard of since this is wanted.")
    counts: dict[SettingState, int]
    settings: list[DeviceSetting]


class Retried(Answer):
    """How many failed settings are tried again at the next contact."""

    retried: int


# --- beforehand ---------------------------------------------------------------------------


class PlannedCommand(Answer):
    """One command that would be sent; without a verb, a node for which none would be."""

    uri: str
    verb: Verb | None
    format: Format | None
    value: str | None
    reason: str
    phase: str
    state: SettingState
    text: str


class Plan(Answer):
    """What would be sent to these devices: all of them the same."""

    devices: list[str]
    commands: list[PlannedCommand]

    @classmethod
    def of(cls, plan: GroupPlan) -> "Plan":
        """Return the answer for this plan."""
        return cls(
            devices=list(plan.devices),
            commands=[
                PlannedCommand(
                    uri=each.uri,
                    verb=each.verb,
                    format=each.format,
                    value=each.value,
                    reason=each.reason,
                    phase=each.phase.title,
                    state=each.state,
                    text=each.text,
                )
                for each in plan.previews
            ],
        )


class RehearsedSetting(Answer):
    """What a virtual headset said to one command; `skipped` says why nothing was sent."""

    uri: str
    verb: Verb | None
    status: int | None
    words: str
    accepted: bool
    value_after: str | None
    effective_after: str | None
    skipped: str


class Rehearsal(Answer):
    """A rehearsal on one build; `devices` of the group it stood in for."""

    build: str
    devices: int
    settings: list[RehearsedSetting] = deep("rows")
