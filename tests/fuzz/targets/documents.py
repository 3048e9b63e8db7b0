"""The administrator's documents as JSON: rules of enrollment, first run, words for the wearer."""

import json
from typing import Final

from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import plain

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.first_run.document import plan_body, read_plan
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import judge
from lenskeep.enrollment.rules.read import read_maintenance, read_rules
from lenskeep.enrollment.rules.rules import WAYS
from lenskeep.enrollment.rules.write import write_maintenance, write_rules
from lenskeep.enrollment.wearer.words import Named, name_of, read_words, words_body
from lenskeep.flows.entry.admission.standing import zone

_APPLICANTS: Final = (
    Applicant("password"),
    Applicant(
        "web",
        user="wearer@example.org",
        typed="WEARER@example.org",
        edition="136",
        os_version="10.0.22621.1244",
        serial="003456700000",
        hardware="a" * 100,
        living=3,
    ),
    Applicant("", edition="x", os_version="99999999", serial=" ", user="@", living=10**6),
)


def run(data: bytes) -> None:
    """Read a document as each of them; what is taken survives writing."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    rules = attempt(Invalid, read_rules, given, zone)
    if rules is not None:
        again = read_rules(json.loads(json.dumps(write_rules(rules))), zone)
        same(rules, again, "rules read the same")
        for each in _APPLICANTS:
            judge(rules, each, keys.NOW)
    maintenance = attempt(Invalid, read_maintenance, given)
    if maintenance is not None:
        same(maintenance, read_maintenance(write_maintenance(maintenance)), "it reads the same")
    plan = attempt(Invalid, read_plan, given, WAYS)
    if plan is not None:
        same(plan, read_plan(json.loads(json.dumps(plan_body(plan))), WAYS), "a plan does, too")
    words = attempt(Invalid, read_words, given)
    if words is not None:
        same(words, read_words(words_body(words)), "and so do words")
        name = name_of(words, Named("HL-%SERIAL%", "\\1", "%USER%"))
        demand(len(name) <= 128, "a name that fits")


TARGET: Final = Target(
    name="documents",
    covers=(
        "lenskeep.enrollment.rules.read:read_rules",
        "lenskeep.enrollment.rules.read:read_maintenance",
        "lenskeep.enrollment.first_run.document:read_plan",
        "lenskeep.enrollment.wearer.words:read_words",
        "lenskeep.flows.entry.admission.standing:zone",
    ),
    run=run,
    mutate=plain.mutate,
    max_bytes=1 << 16,
)
