"""A whole profile against the catalog: every setting, all of them together, all complaints at once.

A lock-out that nobody acknowledged is a complaint; whether a device has a node is a warning here,
for a profile is for many and what does not apply is not sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.guard.whole import together
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.across import across
from lenskeep.desired.validate.check import Nodes, on_device, validate_among
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.finding import (
    Finding,
    Findings,
    Found,
    Setting,
    Weight,
    hidden,
    refused,
)
from lenskeep.tree.sensitive import is_sensitive


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding with the setting that it is of."""

    index: int
    """The place of the setting in the profile, from 0."""
    uri: str
    finding: Finding

    @property
    def field(self) -> str:
        """The field as the profile has it: `settings[3].value`."""
        return f"settings[{self.index}].{self.finding.field}"

    @property
    def complaint(self) -> Complaint:
        """The finding in the house's form; a lock-out asks for its acknowledgement."""
        if self.finding.weight is not Weight.LOCKOUT:
            return replace(self.finding.complaint, field=self.field)
        field = f"settings[{self.index}].acknowledged"
        return Complaint(field, self.finding.message, "true, once somebody has read this")


@dataclass(frozen=True, slots=True)
class SettingFindings:
    """What was noticed of one setting, alone and among the others."""

    index: int
    setting: ProfileSetting
    findings: Findings

    def noticed(self, *weights: Weight) -> Iterator[Noticed]:
        """Yield the findings of these weights."""
        for each in self.findings.found:
            if each.weight in weights:
                yield Noticed(self.index, self.setting.uri, each)


@dataclass(frozen=True, slots=True)
class ProfileFindings:
    """What was noticed of a profile, setting by setting in their order."""

    settings: tuple[SettingFindings, ...]

    @property
    def refusals(self) -> tuple[Noticed, ...]:
        """What stops the profile, acknowledged or not."""
        return self._of(Weight.REFUSED)

    @property
    def warnings(self) -> tuple[Noticed, ...]:
        """What somebody should look at."""
        return self._of(Weight.WARNING)

    @property
    def lockouts(self) -> tuple[Noticed, ...]:
        """What can lock a headset out; `finding.lockout` says how it is recovered."""
        return self._of(Weight.LOCKOUT)

    @property
    def unacknowledged(self) -> tuple[Noticed, ...]:
        """The lock-outs that nobody has acknowledged."""
        return tuple(
            noticed
            for each in self.settings
            if not each.setting.acknowledged
            for noticed in each.noticed(Weight.LOCKOUT)
        )

    @property
    def is_accepted(self) -> bool:
        """Whether the profile can be saved as it is."""
        return not self.complaints()

    def complaints(self) -> tuple[Complaint, ...]:
        """Return every refusal and every lock-out that was not acknowledged, all at once."""
        return tuple(each.complaint for each in (*self.refusals, *self.unacknowledged))

    def require(self) -> None:
        """Raise Invalid with every complaint, if there is one."""
        complaints = self.complaints()
        if complaints:
            raise Invalid(*complaints)

    def _of(self, weight: Weight) -> tuple[Noticed, ...]:
        return tuple(noticed for each in self.settings for noticed in each.noticed(weight))


def check_profile(
    catalog: Nodes,
    body: ProfileBody,
    *,
    device: DeviceFacts | None = None,
    others: Mapping[str, str | None] | None = None,
    now: datetime | None = None,
) -> ProfileFindings:
    """Return everything noticed about the settings of a profile, alone and together.

    `others` is what other profiles want of the same devices, value by LocURI. With a device, what
    it lacks or is too old for is a warning; with a moment, certificates are held against it.
    """
    rows = [(each.uri, each.value) for each in body.settings]
    whole = together((*(others or {}).items(), *rows))
    around = Circumstances(whole, device, now)
    own = {each.key: each.value for each in body.settings}
    placed: dict[str, Found] = {}
    for key, finding in across(own, around):
        placed[key] = (*placed.get(key, ()), finding)
    first: dict[str, int] = {}
    found: list[SettingFindings] = []
    for index, each in enumerate(body.settings):
        before = first.setdefault(each.key, index)
        alone = _alone(catalog, each, around)
        more = placed.get(each.key, ()) if before == index else (_again(before),)
        found.append(SettingFindings(index, each, _with(alone, each, more)))
    return ProfileFindings(tuple(found))


def _alone(catalog: Nodes, setting: ProfileSetting, around: Circumstances) -> Findings:
    asked = Setting(setting.uri, setting.value, format=setting.format)
    found = validate_among(catalog, asked, around)
    if around.device is None or found.record is None:
        return found
    against = on_device(found.record, around.device)
    if against is None:
        return found
    return replace(found, found=(*found.found, replace(against, weight=Weight.WARNING)))


def _again(before: int) -> Finding:
    return refused(f"is of the same node as settings[{before}]", "each node once", field="uri")


def _with(findings: Findings, setting: ProfileSetting, more: Found) -> Findings:
    """Return the findings with more; a refusal among them takes the wire value away."""
    if not more:
        return findings
    if is_sensitive(setting.uri):
        more = hidden(more)
    is_refused = any(each.weight is Weight.REFUSED for each in more)
    wire = None if is_refused else findings.wire
    return replace(findings, found=(*findings.found, *more), wire=wire)
