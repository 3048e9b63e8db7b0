"""What REST takes and answers of rules, ways, names and attempts."""

from datetime import datetime
from typing import Any

from pydantic import Field
from pydantic.types import JsonValue

from lenskeep.base.errors import Refused
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Objection
from lenskeep.enrollment.rules.ways import Standing
from lenskeep.enrollment.troubles.table import describe
from lenskeep.enrollment.troubles.trouble import spelled
from lenskeep.flows.entrance import Attempt, Way
from lenskeep.flows.entry.admission.names import NameView
from lenskeep.flows.entry.admission.rules import Trial
from lenskeep.flows.entry.admission.ways import PathView
from lenskeep.web import respond
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer

_RULES_EXAMPLE: dict[str, Any] = {
    "domains": ["example.org"],
    "builds": {"min": "20348.1501"},
    "cap_per_user": 5,
}


class EnrollmentRules(Answer):
    """The rules in force."""

    version: int = Field(description="0: none were ever set.")
    at: datetime | None
    actor: str
    rules: dict[str, JsonValue] = Field(description="What is set, and nothing else.")


class EnrollmentRulesBody(Body):
    """Rules to be set; docs/how-to/who-may-enroll names every key."""

    base: int = Field(description="The version that they replace; 0 for the first.", ge=0)
    rules: dict[str, JsonValue] = Field(
        description="All rules. `maintenance` stays as it is where it is left out.",
        examples=[_RULES_EXAMPLE],
    )


class MaintenanceBody(Body):
    """Nobody enrolls until then; without `until` it ends."""

    until: str | None = Field(None, max_length=64, examples=["2026-12-24T18:00:00Z"])
    words: str = Field("", max_length=400, description="What the wearer is told.")


class ApplicantBody(Body):
    """Somebody who might come; what is left out is not told, or not proved."""

    way: str = Field(
        Way.LOCAL.value, max_length=64, json_schema_extra={"enum": [each.value for each in Way]}
    )
    user: str = Field("", max_length=256, description="The name that was proved; none for a code.")
    tenant: str = Field("", max_length=64)
    edition: str = Field("136", max_length=16, description="GetProductInfo number.")
    os_version: str = Field("", max_length=64, examples=["10.0.22621.1244"])
    serial: str = Field("", max_length=256)
    hardware: str = Field("", max_length=256, description="HWDevID.")
    living: int = Field(0, ge=0, le=1_000_000, description="Other headsets of the user.")

    @property
    def applicant(self) -> Applicant:
        """The value."""
        return Applicant(**self.model_dump())


class RulesTrialBody(Body):
    """Whom to try the rules on: a description, or a device as it came last."""

    applicant: ApplicantBody | None = None
    device: str | None = Field(None, pattern="^[0-9A-Za-z_]{1,64}$")
    rules: dict[str, JsonValue] | None = Field(None, description="A draft; else those in force.")
    at: datetime | None = Field(None, strict=False, description="When; left out: now.")


class RuleObjection(Answer):
    """What one rule has against it."""

    rule: str
    reason: str
    remedy: str
    words: str = Field(description="What the wearer is told.")
    number: str = Field(description="What the headset shows.")

    @classmethod
    def of(cls, objection: Objection) -> "RuleObjection":
        """Return it with the number that the fault would have."""
        number = respond.fault_hresult(Refused(objection.kind, objection.reason))
        return cls(
            rule=objection.rule.value,
            reason=objection.reason,
            remedy=objection.remedy,
            words=objection.words,
            number=spelled(number),
        )


class RulesTrial(Answer):
    """What the rules would say."""

    allowed: bool
    refused: RuleObjection | None = Field(description="What the headset would be told.")
    objections: list[RuleObjection] = Field(description="All that rules have against it.")
    dry_run: bool = Field(description="Whether the rules only take notes.")

    @classmethod
    def of(cls, trial: Trial) -> "RulesTrial":
        """Return the trial."""
        return cls(
            allowed=trial.allowed,
            refused=RuleObjection.of(trial.refused) if trial.refused else None,
            objections=[RuleObjection.of(each) for each in trial.objections],
            dry_run=trial.dry_run,
        )


class WayMeans(Answer):
    """How one way stands."""

    way: str
    state: Standing
    missing: str = Field(description="What is to be set up first.")


class WayMenu(Answer):
    """Where to press, on which builds."""

    builds: str
    path: str


class EnrollmentWay(Answer):
    """One path into management."""

    letter: str
    title: str
    state: Standing
    ways: list[WayMeans]
    builds: str
    menus: list[WayMenu]
    administrator: list[str] = Field(description="What the administrator does, step by step.")
    wearer: list[str] = Field(description="What the wearer does, step by step.")
    owner: str
    leaving: str

    @classmethod
    def of(cls, view: PathView) -> "EnrollmentWay":
        """Return the path as it stands."""
        path = view.path
        return cls(
            letter=path.letter,
            title=path.title,
            state=view.state,
            ways=[WayMeans.model_validate(each) for each in view.means],
            builds=path.builds,
            menus=[WayMenu.model_validate(each) for each in path.menus],
            administrator=list(view.administrator),
            wearer=list(view.wearer),
            owner=path.owner,
            leaving=path.leaving,
        )


class EnrollmentName(Answer):
    """One name that headsets look for, and what was found there."""

    name: str
    why: str
    port: int
    zone_line: str = Field(description="As it may stand in a zone file.")
    addresses: list[str]
    leads_to: str = Field(description="The name that a CNAME leads to.")
    reachable: bool
    trusted: str = Field(description="`public`, `lenskeep`, or empty for nobody.")
    names_match: bool
    not_after: str
    status: int = Field(description="HTTP status of the discovery probe; 0 for none.")
    remedy: str = Field(description="What to do where the certificate lacks the name.")
    troubles: list[str]

    @classmethod
    def of(cls, view: NameView) -> "EnrollmentName":
        """Return the name with what was found."""
        needed, looked = view.needed, view.looked
        return cls(
            name=needed.name,
            why=needed.why,
            port=view.port,
            zone_line=needed.zone_line,
            addresses=list(looked.addresses),
            leads_to=looked.canonical,
            reachable=looked.reachable,
            trusted=looked.trusted,
            names_match=looked.names_match,
            not_after=looked.not_after,
            status=looked.status,
            remedy=needed.remedy,
            troubles=list(view.troubles),
        )


class EnrollmentAttempt(Answer):
    """One step of somebody who tried to come in."""

    id: str
    at: datetime
    phase: str
    outcome: str
    way: str
    user: str
    device_name: str
    hw_dev_id: str
    os_version: str
    address: str
    reason: str
    number: str = Field(description="What the headset shows; empty where nothing went wrong.")
    meaning: str = Field(description="That number in words.")
    remedy: str
    trace: str
    device_id: str

    @classmethod
    def of(cls, attempt: Attempt) -> "EnrollmentAttempt":
        """Return the attempt, its number in words."""
        trouble = describe(attempt.hresult) if attempt.hresult else None
        return cls(
            id=attempt.id,
            at=attempt.at,
            phase=attempt.phase,
            outcome=attempt.outcome,
            way=attempt.way,
            user=attempt.user,
            device_name=attempt.device_name,
            hw_dev_id=attempt.hw_dev_id,
            os_version=attempt.os_version,
            address=attempt.address,
            reason=attempt.reason,
            number=spelled(attempt.hresult) if attempt.hresult else "",
            meaning=trouble.meaning if trouble else "",
            remedy=trouble.remedy if trouble else "",
            trace=attempt.trace,
            device_id=attempt.device_id,
        )
