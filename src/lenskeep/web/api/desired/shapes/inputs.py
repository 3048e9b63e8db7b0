"""What REST takes of profiles, groups and assignments: shapes only; flows know what words mean."""

from typing import Annotated, Final

from fastapi import Path
from pydantic import Field

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.document.read import read_document
from lenskeep.desired.profile import Drift, ProfileBody
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.operations import MAX_DEVICES
from lenskeep.tree.catalog.load import Catalog
from lenskeep.web.api.desired.shapes.values import SettingBody, body_of
from lenskeep.web.api.inputs import Body, Cut

LARGEST: Final = 10**9
"""A revision's number; nobody saves that often."""
NUMBER: Final = Field(ge=1, le=LARGEST)
Number = Annotated[int, Path(ge=1, le=LARGEST, description="The number of a revision.")]
Name = Annotated[
    str, Path(pattern="^[0-9a-z-]{1,64}$", description="The id of a template, as lists show it.")
]
DriftWord = Annotated[Drift, Field(strict=False)]
Ids = Annotated[list[str], Field(max_length=MAX_DEVICES)]
Tags = Annotated[list[str], Field(max_length=100)]


# --- profiles -----------------------------------------------------------------------------


class SettingsBody(Body):
    """The settings, in the order of their writing, and what is done when one drifts."""

    settings: list[SettingBody] = Field(default_factory=list)
    drift: DriftWord = Drift.CORRECT

    def body(self, catalog: Catalog) -> ProfileBody:
        """Return what a revision would hold. Raises Invalid."""
        return body_of(self.settings, self.drift, catalog)


class ProfileBodyNew(SettingsBody):
    """A new profile with its first settings."""

    name: str
    description: str = ""
    reason: str = ""
    template: str = Field("", description="The id of the template it was started from.")


class ProfileChange(Body):
    """What changes of a profile beside its settings; what is left out or null stays."""

    name: str | None = None
    description: str | None = None


class RevisionBody(SettingsBody):
    """A new save of a profile."""

    base: Annotated[int, NUMBER] = Field(description="The revision that it was made from.")
    reason: str = ""
    accept_conflicts: bool = Field(False, description="Save although other profiles differ.")


class ImportBody(Body):
    """A profile as YAML, for a new profile or as a new revision of the profile `into`."""

    document: str
    reason: str = ""
    into: str | None = None
    dry_run: bool = False
    accept_conflicts: bool = False


class Wanting(Body):
    """A body that is not saved: as settings, or as a YAML document."""

    profile: str | None = Field(None, description="The profile that it is, or would be, of.")
    settings: list[SettingBody] | None = None
    drift: DriftWord = Drift.CORRECT
    document: str | None = Field(None, description="YAML, in place of settings.")

    def body(self, catalog: Catalog, kept: ProfileBody) -> ProfileBody | None:
        """Return the body given, None where there is none. Raises Invalid.

        `kept` is what the profile holds today: secrets that a document leaves out stay.
        """
        if self.settings is not None and self.document is not None:
            problem = "there are settings and a document"
            raise Invalid(Complaint("document", problem, "one of them"))
        if self.document is not None:
            return read_document(self.document, catalog, kept).body
        if self.settings is None:
            return None
        return body_of(self.settings, self.drift, catalog)


class CheckBody(Wanting):
    """What would be saved; with a group, what would be said if it were assigned to it."""

    group: str | None = None


class RehearseBody(Wanting):
    """What is played; with `removal` it is taken away again in the end."""

    removal: bool = False


# --- groups and tags ----------------------------------------------------------------------


class GroupBody(Body):
    """A new group: by rule, or by hand with these devices."""

    name: str
    rule: str | None = None
    description: str = ""
    devices: Ids = Field(default_factory=list)


class GroupChange(Body):
    """What changes of a group; what is left out or null stays."""

    name: str | None = None
    rule: str | None = None
    description: str | None = None
    accept_conflicts: bool = False


class MembersBody(Body):
    """Who comes into a group by hand, and who leaves it."""

    add: Ids = Field(default_factory=list)
    remove: Ids = Field(default_factory=list)
    accept_conflicts: bool = False


class GroupCheckBody(Body):
    """A change of a group that is only thought of: its devices by hand, or its rule."""

    add: Ids = Field(default_factory=list)
    remove: Ids = Field(default_factory=list)
    rule: str | None = None


class RuleBody(Body):
    """A rule that is no group yet."""

    rule: str = Field(examples=['build >= 22621 and tag = "ward-3"'])
    limit: int = Field(20, ge=0, le=200, description="Examples.")


class TagsBody(Body):
    """Tags for devices, and tags off them."""

    devices: Ids
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)


# --- assignments and devices --------------------------------------------------------------


class AssignmentBody(Body):
    """A profile for a group; without a revision always the latest."""

    profile: str
    group: str
    revision: Annotated[int, NUMBER] | None = None
    excludes: bool = Field(False, description="The devices of the group do not get it.")
    priority: int = 0
    accept_conflicts: bool = False
    dry_run: bool = False


class AssignmentChange(Body):
    """What changes; what is left out stays. A revision of null is always the latest."""

    revision: Annotated[int, NUMBER] | None = None
    excludes: bool | None = None
    priority: int | None = None
    accept_conflicts: bool = False
    dry_run: bool = False


class RetryBody(Body):
    """Which failed settings are tried again; null for all of them."""

    uris: Annotated[list[str], Field(max_length=1000)] | None = None


class ProgressCut(Cut):
    """Which page of a profile's devices."""

    state: ProgressState | None = None


# --- templates ----------------------------------------------------------------------------


class StartBody(Body):
    """A profile to be made of a template."""

    name: str
    answers: dict[str, str] = Field(default_factory=dict)
    acknowledged: bool = Field(
        False, description="Somebody has read how its settings can lock a headset out."
    )
    reason: str = Field("", description="Why; empty: that it comes from the template.")


class CompareBody(Body):
    """What a template is held against: a device or a profile."""

    answers: dict[str, str] = Field(default_factory=dict)
    device: str | None = None
    profile: str | None = None
