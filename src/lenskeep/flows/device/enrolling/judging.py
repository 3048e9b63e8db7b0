"""Judges by the administrator's rules whether this headset may enroll."""

from typing import Final

import structlog

from lenskeep.base.errors import Refused
from lenskeep.enrollment.lifecycle import Claim
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Objection
from lenskeep.enrollment.rules.judge import judge as judge_rules
from lenskeep.enrollment.rules.rules import Rules
from lenskeep.flows.device.attempting import Trail
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.entry.admission.standing import is_in_autopilot, rules_in_force
from lenskeep.flows.house import House
from lenskeep.flows.records import DeviceState, PrincipalKind

log = structlog.get_logger()

_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)


async def judge(house: House, proven: Proven, claim: Claim, trail: Trail) -> int | None:
    """Return how many headsets the principal may have, None for any number. Raises Refused.

    The cap itself is held by the store, with the enrollment: of many at once none is over it.
    """
    rules = (await rules_in_force(house)).rules
    verdict = judge_rules(rules, await _applicant(house, rules, proven, claim), house.clock.now())
    if verdict.refused is not None:
        raise refused(verdict.refused)
    if verdict.noted:
        trail.note = "dry run, would be refused: " + "; ".join(map(in_words, verdict.noted))
        log.info("rules_would_refuse", reason=trail.note)
    return None if rules.dry_run or not _is_somebody(proven) else rules.cap_per_user


def refused(objection: Objection) -> Refused:
    """Return the refusal of a rule, with the remedy for our log and words for the wearer."""
    return Refused(objection.kind, in_words(objection), words=objection.words)


def in_words(objection: Objection) -> str:
    """Return an objection for the log and the record of attempts."""
    return f"rule {objection.rule.value}: {objection.reason} ({objection.remedy})"


async def _applicant(house: House, rules: Rules, proven: Proven, claim: Claim) -> Applicant:
    by_code = proven.principal.kind is PrincipalKind.CODE
    serial = _told(claim, "SerialNumber")
    return Applicant(
        way=proven.way.value,
        user="" if by_code else proven.user,
        typed=proven.user if by_code else "",
        tenant=proven.tenant,
        edition=claim.os_edition,
        os_version=claim.os_version,
        serial=serial,
        hardware=claim.hw_dev_id,
        in_autopilot=await is_in_autopilot(house, rules, serial),
        living=await _others_living(house, rules, proven, claim),
    )


def _told(claim: Claim, name: str) -> str:
    """Return an item of the context, whatever its case."""
    found = (value for key, value in claim.context.items() if key.casefold() == name.casefold())
    return next(found, ("",))[0].strip()


def _is_somebody(proven: Proven) -> bool:
    """Whether there is a user to count for: codes and bulk accounts have counts of their own."""
    kind = proven.principal.kind
    if kind is PrincipalKind.ENTRA:
        return bool(proven.user_id)
    return kind in (PrincipalKind.ACCOUNT, PrincipalKind.FEDERATED)


async def _others_living(house: House, rules: Rules, proven: Proven, claim: Claim) -> int:
    """Return how many other headsets the user has; asked only where a dry run has to say it."""
    if not rules.dry_run or rules.cap_per_user is None or not _is_somebody(proven):
        return 0
    living = await house.enrollments.living_of(proven.principal)
    again = await house.enrollments.device_of(proven.principal, claim.hw_dev_id)
    if again is None or (await house.fleet.device(again)).row.state not in _LIVING:
        return living
    return living - 1
