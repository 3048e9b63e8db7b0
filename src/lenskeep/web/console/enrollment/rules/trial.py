"""Trying the rules on somebody: a description, or a headset as it came last. Nothing is stored."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from lenskeep.base.errors import Complaint, Invalid, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Objection
from lenskeep.enrollment.rules.rules import WAYS
from lenskeep.enrollment.troubles.trouble import spelled
from lenskeep.flows.entry.admission.rules import Described, Trial, try_rules
from lenskeep.web import respond
from lenskeep.web.console.enrollment.fields import number
from lenskeep.web.console.enrollment.rules.draft import document_of, typed
from lenskeep.web.console.page import Form, Visit

FIELDS: Final = ("user", "tenant", "edition", "os_version", "serial", "hardware", "living", "at")
USUAL: Final = {
    "way": "typed password",
    "device": "",
    **dict.fromkeys(FIELDS, ""),
    "edition": "136",
    "os_version": "10.0.22621.1244",
}
_OF_TRIAL: Final = frozenset({*FIELDS, "way", "device", "applicant"})


@dataclass(frozen=True, slots=True)
class Told:
    """One objection with the number that the headset would show."""

    objection: Objection
    number: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial."""

    trial: Trial
    told: tuple[Told, ...]
    of_draft: bool
    """Whether it was tried on what stands in the form, not on what is in force."""


async def tried(visit: Visit) -> Outcome:
    """Return what the rules would say. Raises Invalid, Missing."""
    form = visit.form
    of_draft = "base" in form
    document = document_of(typed(form)) if of_draft else None
    try:
        trial = await try_rules(
            visit.house, visit.caller, _described(form), document, _moment(form.get("try.at", ""))
        )
    except Invalid as invalid:
        raise Invalid(*map(_placed, invalid.complaints)) from None
    told = tuple(Told(each, _number(each)) for each in trial.objections)
    return Outcome(trial, told, of_draft)


def asked(form: Form) -> dict[str, str]:
    """Return what was typed of whom to try."""
    return {name: form.get(f"try.{name}", usual) for name, usual in USUAL.items()}


def _described(form: Form) -> Described:
    wish = {name: text.strip() for name, text in asked(form).items()}
    if wish["device"]:
        return Described(device_id=DeviceId(wish["device"]))
    living = number(wish["living"], 0)
    if living < 0:
        raise Invalid.field("living", "it is not a number", "0 and up")
    way = wish["way"] if wish["way"] in WAYS else WAYS[0]
    return Described(
        Applicant(
            way=way,
            user=wish["user"],
            tenant=wish["tenant"],
            edition=wish["edition"],
            os_version=wish["os_version"],
            serial=wish["serial"],
            hardware=wish["hardware"],
            living=living,
        )
    )


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid.field("at", "no moment that can be", "2026-12-24T18:00") from None


def _placed(complaint: Complaint) -> Complaint:
    """Return a complaint about whom to try at its own field, beside those of the rules."""
    if complaint.field not in _OF_TRIAL:
        return complaint
    return replace(complaint, field=f"try.{complaint.field}")


def _number(objection: Objection) -> str:
    return spelled(respond.fault_hresult(Refused(objection.kind, objection.reason)))
