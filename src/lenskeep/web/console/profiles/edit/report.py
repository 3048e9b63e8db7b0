"""What is noticed of a draft, ready to be shown: by row, with the clashes, counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lenskeep.desired.profile import ProfileBody
from lenskeep.desired.validate.finding import Finding, Weight
from lenskeep.desired.validate.profile import SettingFindings
from lenskeep.flows.desired.profiles import Checked, Clashing, check_draft, show_revision
from lenskeep.web.console.page import Visit
from lenskeep.web.console.profiles.draft.draft import Draft
from lenskeep.web.console.profiles.draft.row import Row
from lenskeep.web.console.profiles.looks import WEIGHTS, reach_look
from lenskeep.web.console.words import Look

_FIELDS: Final = {"uri": "The address", "value": "The value", "format": "The format"}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was noticed, in words."""

    tone: str
    text: str
    allowed: str = ""
    recover: str = ""
    """With a lock-out: how a stranded headset is brought back."""
    leaves: str = ""
    """With a lock-out: the network that must remain."""

    @property
    def is_lockout(self) -> bool:
        """Whether it has to be acknowledged."""
        return bool(self.recover)


@dataclass(frozen=True, slots=True)
class RowReport:
    """What is noticed of one setting."""

    said: tuple[Said, ...] = ()
    reach: Look | None = None
    acknowledged: bool = False

    @property
    def lockouts(self) -> tuple[Said, ...]:
        """What has to be acknowledged."""
        return tuple(each for each in self.said if each.is_lockout)


@dataclass(frozen=True, slots=True)
class Report:
    """What is noticed of a draft."""

    rows: Mapping[str, RowReport] = field(default_factory=dict)
    clashes: tuple[Clashing, ...] = ()
    refused: int = 0
    unacknowledged: int = 0
    warnings: int = 0
    devices: int = 0
    settings: int = 0

    @property
    def conflicts(self) -> int:
        """How many clashes a person has to accept."""
        return sum(each.clash.kind.is_conflict for each in self.clashes)


async def kept_body(visit: Visit, draft: Draft) -> ProfileBody | None:
    """Return the revision that the rows came from, where a secret of it may stay."""
    if draft.profile is None or not draft.origin or not any(each.keeps for each in draft.rows):
        return None
    view = await show_revision(visit.house, visit.caller, draft.profile, draft.origin)
    return view.body


async def report_of(visit: Visit, draft: Draft) -> Report:
    """Return what saving this draft would say."""
    body, rows = draft.body(await kept_body(visit, draft))
    checked = await check_draft(
        visit.house, visit.caller, body, profile=draft.profile, group=draft.group
    )
    return told(checked, rows)


def told(checked: Checked, rows: tuple[Row, ...]) -> Report:
    """Return the report of what was noticed of these rows."""
    reports: dict[str, RowReport] = {}
    for index, (row, found) in enumerate(zip(rows, checked.findings.settings, strict=True)):
        reach = checked.reach[index] if index < len(checked.reach) else None
        look = None if reach is None else reach_look(reach)
        said = (*_nameless(row), *said_of(found, named=row.is_named))
        reports[row.id] = RowReport(said, look, row.acknowledged)
    return Report(
        reports,
        checked.clashes,
        len(checked.findings.refusals),
        len(checked.findings.unacknowledged),
        len(checked.findings.warnings),
        checked.devices,
        len(rows),
    )


def _nameless(row: Row) -> Iterator[Said]:
    if not row.is_named:
        missing = ", ".join(each.label for each in row.names if not each.typed)
        yield Said("bad", f"Fill in the name: {missing}.")


def said_of(found: SettingFindings, *, named: bool = True) -> Iterator[Said]:
    """Yield the findings of a setting in words, what stops it first.

    Of an address without its names nothing more is said.
    """
    order = (Weight.REFUSED, Weight.LOCKOUT, Weight.WARNING)
    for each in sorted(found.findings.found, key=lambda f: order.index(f.weight)):
        if named or each.field != "uri":
            yield _said(each)


def _said(finding: Finding) -> Said:
    subject = _FIELDS.get(finding.field, f"The {finding.field}")
    came = "" if finding.came is None else f" '{finding.came}'"
    text = f"{subject}{came} {finding.problem}."
    tone = WEIGHTS[finding.weight]
    if finding.lockout is None:
        return Said(tone, text, finding.allowed or "")
    lockout = finding.lockout
    why = f"This {lockout.why}."
    return Said(tone, why, "", lockout.recover, lockout.leaves)
