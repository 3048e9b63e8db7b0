"""The enrollment rules, as the administrator sees, sets and tries them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Objection, Verdict, judge
from lenskeep.enrollment.rules.read import is_in_reach, read_maintenance, read_rules
from lenskeep.enrollment.rules.rules import WAYS, Rules
from lenskeep.enrollment.rules.write import write_maintenance, write_rules
from lenskeep.flows.entrance import Attempt, Document, DocumentKind, Plain
from lenskeep.flows.entry.admission.standing import Standing, is_in_autopilot, rules_in_force, zone
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Audit, DeviceState, Enrollment, Page, PrincipalKind
from lenskeep.tree.value import UNWRITABLE

_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)
_TARGET: Final = "enrollment rules"


@dataclass(frozen=True, slots=True)
class RulesView:
    """The rules in force, as a document."""

    version: int
    at: datetime | None
    actor: str
    rules: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules would say of somebody."""

    allowed: bool
    objections: tuple[Objection, ...]
    """All of them; the first that counts is what the headset would be told."""
    refused: Objection | None
    dry_run: bool


async def show_rules(house: House, caller: Caller) -> RulesView:
    """Return the rules in force; version 0: none were ever set."""
    demand(caller, Permission.SEE)
    return _view(await rules_in_force(house))


async def set_rules(
    house: House, caller: Caller, document: Mapping[str, object], base: int
) -> RulesView:
    """Set the rules, in the place of version `base`; the next enrollment is judged by them.

    Maintenance stays as it is where the document does not speak of it, so that rules from a file
    do not end it by the way. Raises Invalid with every complaint, and Conflict on the base.
    """
    demand(caller, Permission.ADMINISTER)
    before = await rules_in_force(house)
    rules = read_rules(document, zone)
    if "maintenance" not in document:
        rules = replace(rules, maintenance=before.rules.maintenance)
    names = ", ".join(write_rules(rules)) or "none"
    detail = {"version": str(base + 1), "rules": names}
    line = audit_line(house, caller, "enrollment_rules.set", _TARGET, detail)
    return await _save(house, rules, base, line)


async def set_maintenance(
    house: House, caller: Caller, document: Mapping[str, object] | None
) -> RulesView:
    """Let nobody enroll until a moment, or end that (None). Renewals and management go on."""
    demand(caller, Permission.ADMINISTER)
    maintenance = None if document is None else read_maintenance(document)
    if maintenance is not None and maintenance.until <= house.clock.now():
        raise Invalid.field("maintenance.until", "it is over already", "a moment to come")
    before = await rules_in_force(house)
    rules = replace(before.rules, maintenance=maintenance)
    until = "" if maintenance is None else str(write_maintenance(maintenance)["until"])
    detail = {"version": str(before.version + 1), "until": until or "off"}
    line = audit_line(house, caller, "enrollment_maintenance.set", _TARGET, detail)
    return await _save(house, rules, before.version, line)


async def _save(house: House, rules: Rules, base: int, line: Audit) -> RulesView:
    document = Document(
        kind=DocumentKind.RULES,
        version=base + 1,
        body=json.dumps(write_rules(rules)),
        at=line.at,
        actor=line.actor.name,
    )
    await house.entry.documents.save(document, base, line)
    return _view(Standing(rules, document.version, document.at, document.actor))


def _view(standing: Standing) -> RulesView:
    return RulesView(standing.version, standing.at, standing.actor, write_rules(standing.rules))


# --- trying -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Described:
    """Somebody who might come, described, or a device as it came last."""

    applicant: Applicant | None = None
    device_id: DeviceId | None = None


async def try_rules(
    house: House,
    caller: Caller,
    described: Described,
    document: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> Trial:
    """Return what rules would say, those in force or a draft; nothing is stored or told.

    Raises Invalid, and Missing for an unknown device.
    """
    demand(caller, Permission.SEE)
    if at is not None and (at.utcoffset() is None or not is_in_reach(at)):
        raise Invalid.field("at", "no moment that can be", "2026-12-24T18:00:00Z")
    rules = (await rules_in_force(house)).rules
    if document is not None:
        rules = read_rules(document, zone)
    applicant = await _who(house, described)
    known = await is_in_autopilot(house, rules, applicant.serial)
    applicant = replace(applicant, in_autopilot=applicant.in_autopilot or known)
    verdict: Verdict = judge(rules, applicant, at or house.clock.now())
    return Trial(verdict.refused is None, verdict.objections, verdict.refused, rules.dry_run)


async def _who(house: House, described: Described) -> Applicant:
    if described.device_id is not None:
        return await _as_it_came(house, described.device_id)
    applicant = described.applicant
    if applicant is None:
        raise Invalid.field("applicant", "whom to try?", "a description, or a device")
    if applicant.way not in WAYS:
        raise Invalid.field("way", "there is no such way", ", ".join(WAYS))
    for name in ("user", "tenant", "edition", "os_version", "serial", "hardware"):
        if UNWRITABLE.search(getattr(applicant, name)):
            raise Invalid.field(name, "it has characters that no headset can send")
    return applicant


async def _as_it_came(house: House, device_id: DeviceId) -> Applicant:
    """Return a device as if it came again, by its latest enrollment and what it told since."""
    detail = await house.fleet.device(device_id)
    if not detail.enrollments:
        raise Invalid.field("device", "it never enrolled", "a device with an enrollment")
    row, latest = detail.row, detail.enrollments[0]
    by_code = latest.principal.kind is PrincipalKind.CODE
    name = latest.principal.name
    others = await _others(house, latest, is_living=row.state in _LIVING)
    return Applicant(
        way=latest.way,
        user="" if by_code else name,
        typed=name if by_code else "",
        tenant=latest.tenant,
        edition=_told(latest, "OSEdition"),
        os_version=row.os_version or _told(latest, "OSVersion"),
        serial=row.serial or _told(latest, "SerialNumber"),
        hardware=latest.hw_dev_id,
        living=others,
    )


async def _others(house: House, latest: Enrollment, *, is_living: bool) -> int:
    """Return how many other devices the user has; 0 for what stands for no user."""
    principal = latest.principal
    by_name = principal.kind in (PrincipalKind.ACCOUNT, PrincipalKind.FEDERATED)
    is_user = by_name or bool(latest.user_id)
    if not is_user:
        return 0
    living = await house.enrollments.living_of(principal)
    return living - 1 if is_living else living


def _told(enrollment: Enrollment, name: str) -> str:
    return enrollment.context.get(name, ("",))[0]


# --- attempts -----------------------------------------------------------------------------


async def list_attempts(house: House, caller: Caller, page: PageRequest) -> Page[Attempt]:
    """Return a page of who tried to come in, newest first."""
    demand(caller, Permission.SEE)
    return await house.entry.attempts.attempts(page.after, page.limit)
