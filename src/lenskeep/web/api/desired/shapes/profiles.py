"""What REST answers of profiles: themselves, their revisions, and what was noticed of a body."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from lenskeep.desired.changes import ChangeKind, record_of, title_of
from lenskeep.desired.guard.danger import LockoutKind
from lenskeep.desired.merge.wish import ClashKind
from lenskeep.desired.profile import Drift, ProfileSetting
from lenskeep.desired.validate.finding import Weight
from lenskeep.desired.validate.profile import Noticed, ProfileFindings
from lenskeep.flows import mandate
from lenskeep.flows.desired.casting import stranding
from lenskeep.flows.desired.casting.clashing import Clashing
from lenskeep.flows.desired.profiles import Checked, Reach, RevisionView, Saved
from lenskeep.flows.mandate import ProgressState
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.value import Format
from lenskeep.web.api.models import Answer, Problem, deep


def _with_all(found: Mapping[ProgressState, int]) -> dict[ProgressState, int]:
    return {**dict.fromkeys(ProgressState, 0), **found}


ByState = Annotated[dict[ProgressState, int], BeforeValidator(_with_all)]
"""Devices by state; every state is named."""


class Owner(Answer):
    """A profile, at the revision that says it."""

    profile: str
    name: str
    revision: int


class Rollout(Answer):
    """How many devices a profile reaches, and how they stand to it."""

    devices: int
    by_state: ByState


class Assignment(Answer):
    """A profile assigned to a group; a revision of null is always the latest."""

    id: str
    profile: str
    revision: int | None
    group: str
    excludes: bool
    priority: int
    created_at: datetime
    actor: str


class Profile(Answer):
    """A profile without its settings; `revision` is the latest."""

    id: str
    name: str
    description: str
    created_at: datetime
    revision: int
    template: str = Field(description="The id of the template it was started from, or empty.")


class ProfileLine(Answer):
    """A profile with its assignments, and how far it has come."""

    profile: Profile
    assignments: list[Assignment]
    rollout: Rollout


class Revision(Answer):
    """One immutable save."""

    profile: str
    number: int
    at: datetime
    author: str
    reason: str
    settings_count: int

    @classmethod
    def line(cls, revision: mandate.Revision) -> "Revision":
        """Return the answer for this save."""
        return cls(
            profile=revision.profile,
            number=revision.number,
            at=revision.at,
            author=revision.author,
            reason=revision.reason,
            settings_count=revision.settings,
        )


class Setting(Answer):
    """What one node shall hold; the value is the text that goes on the wire."""

    uri: str
    title: str
    value: str | None
    format: Format | None = Field(description="Null: the catalog's.")
    acknowledged: bool

    @classmethod
    def of(cls, setting: ProfileSetting, catalog: Catalog) -> "Setting":
        """Return the answer for this setting."""
        return cls(
            uri=setting.uri,
            title=title_of(record_of(setting.uri, catalog), setting.uri),
            value=setting.value,
            format=setting.format,
            acknowledged=setting.acknowledged,
        )


class RevisionPage(Revision):
    """One save with its settings; who may only look reads no secret in it."""

    drift: Drift
    settings: list[Setting]

    @classmethod
    def of(cls, view: RevisionView, catalog: Catalog) -> "RevisionPage":
        """Return the answer for this view."""
        return cls(
            **Revision.line(view.revision).model_dump(),
            drift=view.body.drift,
            settings=[Setting.of(each, catalog) for each in view.body.settings],
        )


class Change(Answer):
    """One setting that differs; secrets are redacted."""

    kind: ChangeKind
    uri: str
    title: str
    before: str | None
    after: str | None
    acknowledged: bool


# --- what was noticed ---------------------------------------------------------------------


class Finding(Answer):
    """One thing noticed of a setting; a lock-out says how a stranded headset is recovered."""

    weight: Weight
    field: str = Field(examples=["settings[3].value"])
    uri: str
    message: str
    allowed: str | None
    acknowledged: bool
    recover: str | None
    network: str | None = Field(description="With a lock-out: the network that must remain.")

    @classmethod
    def of(cls, noticed: Noticed, *, acknowledged: bool) -> "Finding":
        """Return the answer for this finding."""
        lockout = noticed.finding.lockout
        return cls(
            weight=noticed.finding.weight,
            field=noticed.field,
            uri=noticed.uri,
            message=noticed.finding.message,
            allowed=noticed.finding.allowed,
            acknowledged=acknowledged,
            recover=lockout.recover if lockout else None,
            network=lockout.leaves if lockout else None,
        )


class Claim(Answer):
    """Who wants what of a node; a secret is redacted."""

    profile: str = deep("owner", "profile")
    name: str = deep("owner", "name")
    revision: int = deep("owner", "revision")
    value: str | None


class Clash(Answer):
    """A node of which profiles want different things, and on how many devices.

    Where it is a conflict it asks for acceptance.
    """

    uri: str = deep("clash", "uri")
    kind: ClashKind = deep("clash", "kind")
    conflict: bool = deep("clash", "kind", "is_conflict")
    winners: list[Claim] = deep("clash", "winners")
    losers: list[Claim] = deep("clash", "losers")
    words: str = deep("clash", "words")
    devices: int
    names: list[str] = Field(description="Of the first of the devices.")

    @classmethod
    def all_of(cls, clashes: tuple[Clashing, ...]) -> "list[Clash]":
        """Return the answer for these clashes."""
        return [cls.model_validate(each) for each in clashes]


class Stranding(Answer):
    """A lock-out that no profile is alone, but several together; it asks for acceptance."""

    uri: str = deep("lockout", "uri")
    kind: LockoutKind = deep("lockout", "kind")
    why: str = deep("lockout", "why")
    recover: str = deep("lockout", "recover")
    owners: list[Owner] = Field(description="Whose setting it is, and who makes it a lock-out.")
    devices: int
    names: list[str] = Field(description="Of the first of the devices.")

    @classmethod
    def all_of(cls, strandings: "tuple[stranding.Stranding, ...]") -> "list[Stranding]":
        """Return the answer for these lock-outs."""
        return [cls.model_validate(each) for each in strandings]


class Consequences(Answer):
    """What of a change has to be accepted; nothing of it is said where there is nothing."""

    clashes: list[Clash]
    strandings: list[Stranding]


class SettingReach(Answer):
    """On how many of the devices in question one setting works, and why not on the others."""

    uri: str
    yes: int
    no: int
    unknown: int
    reasons: dict[str, int]


class CheckedProfile(Answer):
    """What there is to know of a body before it is saved."""

    accepted: bool = Field(description="Whether it can be saved as it is, but for conflicts.")
    findings: list[Finding]
    clashes: list[Clash]
    strandings: list[Stranding]
    reach: list[SettingReach]
    devices: int

    @classmethod
    def of(cls, checked: Checked) -> "CheckedProfile":
        """Return the answer for this check."""
        reach: tuple[Reach, ...] = checked.reach
        return cls(
            accepted=checked.findings.is_accepted,
            findings=_findings(checked.findings),
            clashes=Clash.all_of(checked.clashes),
            strandings=Stranding.all_of(checked.strandings),
            reach=[SettingReach.model_validate(each) for each in reach],
            devices=checked.devices,
        )


def _findings(found: ProfileFindings) -> list[Finding]:
    return [
        Finding.of(noticed, acknowledged=each.setting.acknowledged)
        for each in found.settings
        for noticed in each.noticed(*Weight)
    ]


class SavedProfile(Answer):
    """A profile as saved, and what was noticed on the way."""

    profile: Profile
    checked: CheckedProfile

    @classmethod
    def of(cls, saved: Saved) -> "SavedProfile":
        """Return the answer for what was saved."""
        profile = Profile.model_validate(saved.profile)
        return cls(profile=profile, checked=CheckedProfile.of(saved.checked))


class ImportedProfile(Answer):
    """What an import did; in a dry run there is no profile."""

    profile: Profile | None
    checked: CheckedProfile

    @classmethod
    def of(cls, found: Saved | Checked) -> "ImportedProfile":
        """Return the answer for this import."""
        if isinstance(found, Checked):
            return cls(profile=None, checked=CheckedProfile.of(found))
        saved = SavedProfile.of(found)
        return cls(profile=saved.profile, checked=saved.checked)


class ContestedProblem(Problem):
    """A conflict. Where it waits for acceptance, `clashes` has the nodes of which profiles want
    different things, and `strandings` the lock-outs that come of what they want together.

    Both are left out where the state is another than was assumed in some other way.
    """

    clashes: list[Clash] | None = None
    strandings: list[Stranding] | None = None
