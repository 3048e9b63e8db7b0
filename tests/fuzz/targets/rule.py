"""The language of group rules, judged over devices; tags."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import text

from lenskeep.base.errors import Invalid
from lenskeep.desired.groups.parser import MAX_LENGTH, MAX_TERMS
from lenskeep.desired.groups.portrait import Portrait
from lenskeep.desired.groups.rule import parse_rule
from lenskeep.desired.groups.tags import parse_tags

_NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
_DEVICES: Final = (
    Portrait(),
    Portrait(
        generation="HoloLens 2",
        build="22621.1244",
        edition="136",
        model="HoloLens 2",
        name="ward-7",
        serial="003456700000",
        macs=("00-15-5D-01-02-03",),
        tags=frozenset({"ward", "demo"}),
        user="wearer@example.org",
        owner="ward",
        enrollment="local",
        state="enrolled",
        group_tag="Ward",
        last_seen=_NOW - timedelta(days=3),
        inventory=lambda uri: "1.5" if uri.endswith("e") else "a" * 5000,
    ),
    Portrait(
        build="a.b",
        name="a" * 3000,
        last_seen=datetime(1, 1, 1, tzinfo=UTC),
        inventory=lambda _: "",
    ),
)


def run(data: bytes) -> None:
    """Parse a rule, write it, ask it of devices; the same with its negation."""
    given = data.decode("utf-8", "replace")
    attempt(Invalid, parse_tags, given.split(","))
    rule = attempt(Invalid, parse_rule, given)
    if rule is None:
        return
    demand(len(rule.text) <= MAX_LENGTH and len(rule.terms) <= MAX_TERMS, "a bounded rule")
    same(rule, parse_rule(rule.text), "what is written reads the same")
    demand(all(len(each) <= 3000 for each in rule.advice), "advice of a readable length")
    for device in _DEVICES:
        told = rule.explain(device, _NOW)
        demand(len(told) == len(rule.terms), "each comparison is explained")
        demand(rule.holds(device, _NOW) is (rule.truth(device, _NOW).value == "true"), "one truth")
        rule.changes_at(device, _NOW)
    negated = attempt(Invalid, parse_rule, f"not ({rule.text})")
    if negated is not None:
        both = [negated.holds(each, _NOW) and rule.holds(each, _NOW) for each in _DEVICES]
        demand(not any(both), "no device is in and out")


TARGET: Final = Target(
    name="rule",
    covers=(
        "lenskeep.desired.groups.rule:parse_rule",
        "lenskeep.desired.groups.lexer:tokens",
        "lenskeep.desired.groups.tags:parse_tags",
    ),
    run=run,
    mutate=text.mutate,
    max_bytes=8192,
)
