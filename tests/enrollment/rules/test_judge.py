"""Who may enroll: each rule refuses exactly its case, and says why and what to do."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enrollment.rules.samples import ANNA, EVERYTHING, NOW, TENANT, judged, rules_of

from lenskeep.base.errors import Refusal
from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Rule, judge
from lenskeep.enrollment.rules.rules import WAYS, Rules

applicants = st.builds(
    Applicant,
    way=st.sampled_from(WAYS),
    user=st.sampled_from(("", "anna@example.org", "eve@example.org", "bob@example.com", "carl")),
    typed=st.sampled_from(("", "eve@example.org")),
    tenant=st.sampled_from(("", TENANT, "99999999-2222-3333-4444-555555555555")),
    edition=st.sampled_from(("", "135", "136", "48", "x")),
    os_version=st.sampled_from(
        ("", "10.0.17763.1", "10.0.19041.1103", "10.0.20348.1501", "10.0.22621.1244", "x")
    ),
    serial=st.sampled_from(("", "0123-4567", "other")),
    hardware=st.sampled_from(("", "AB" * 32, "CD" * 32)),
    in_autopilot=st.booleans(),
    living=st.integers(0, 4),
)


@given(applicants)
@settings(max_examples=60, deadline=None)
def test_no_rules_let_everybody_in(applicant: Applicant) -> None:
    """Nothing set, nothing refused."""
    verdict = judge(Rules(), applicant, NOW)

    assert () == verdict.objections
    assert verdict.refused is None


@given(
    applicants,
    st.permutations(list(EVERYTHING)),
    st.permutations(EVERYTHING["users"]["allow"]),
    st.permutations(EVERYTHING["devices"]["serials"]),
)
@settings(max_examples=60, deadline=None)
def test_the_order_of_rules_and_entries_means_nothing(
    applicant: Applicant, keys: list[str], allowed: list[str], serials: list[str]
) -> None:
    """The same document in any order says the same."""
    shuffled = {key: EVERYTHING[key] for key in keys}
    shuffled["users"] = {**EVERYTHING["users"], "allow": allowed}
    shuffled["devices"] = {**EVERYTHING["devices"], "serials": serials}

    assert judged(applicant, **EVERYTHING) == judged(applicant, **shuffled)


@given(applicants, st.sets(st.sampled_from(list(EVERYTHING)), min_size=1))
@settings(max_examples=60, deadline=None)
def test_rules_together_object_as_each_does_alone(applicant: Applicant, keys: set[str]) -> None:
    """What is refused by several is what each of them refuses; none hides another."""
    keys -= {"users", "domains"}  # these two are one list
    alone = {
        objection
        for key in keys
        for objection in judged(applicant, **{key: EVERYTHING[key]}).objections
    }
    together = judged(applicant, **{key: EVERYTHING[key] for key in keys})

    assert alone == set(together.objections)


@pytest.mark.parametrize(
    ("rule", "document", "changed", "kind"),
    [
        (Rule.WAYS, {"ways": ["typed password"]}, {"way": "package"}, Refusal.NOT_SUPPORTED),
        (
            Rule.TENANTS,
            {"tenants": [TENANT.upper()]},
            {"tenant": "99999999-2222-3333-4444-555555555555"},
            Refusal.AUTHORIZATION,
        ),
        (Rule.TENANTS, {"tenants": [TENANT]}, {"tenant": ""}, Refusal.AUTHORIZATION),
        (
            Rule.USERS,
            {"users": {"allow": ["Anna@example.org"]}},
            {"user": "anna@example.com"},
            Refusal.AUTHORIZATION,
        ),
        (
            Rule.USERS,
            {"users": {"allow": ["*@example.org"]}},
            {"user": "anna@sub.example.org"},
            Refusal.AUTHORIZATION,
        ),
        (
            Rule.USERS,
            {"users": {"deny": ["*@bad.example"]}},
            {"user": "Anna@BAD.example"},
            Refusal.AUTHORIZATION,
        ),
        (Rule.USERS, {"domains": ["example.org"]}, {"user": "anna"}, Refusal.AUTHORIZATION),
        (Rule.USERS, {"domains": ["example.org"]}, {"user": ""}, Refusal.AUTHORIZATION),
        (
            Rule.GENERATIONS,
            {"generations": ["HoloLens 2"]},
            {"os_version": "10.0.17763.5"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (
            Rule.GENERATIONS,
            {"generations": ["HoloLens 2", "HoloLens (1st gen)"]},
            {"edition": "48"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (Rule.EDITIONS, {"editions": [136]}, {"edition": "135"}, Refusal.DEVICE_NOT_SUPPORTED),
        (Rule.EDITIONS, {"editions": [136]}, {"edition": ""}, Refusal.DEVICE_NOT_SUPPORTED),
        (
            Rule.BUILDS,
            {"builds": {"min": "22621.1000"}},
            {"os_version": "10.0.22621.999"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (
            Rule.BUILDS,
            {"builds": {"max": "22621"}},
            {"os_version": "10.0.22622.1"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (
            Rule.BUILDS,
            {"builds": {"max": "22621"}},
            {"os_version": "eleven"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (Rule.DEVICES, {"devices": {"serials": ["0123-4567"]}}, {"serial": "8"}, Refusal.CUSTOM),
        (
            Rule.DEVICES,
            {"devices": {"serials": ["0123-4567"]}},
            {"serial": "", "os_version": "10.0.19041.1103"},
            Refusal.DEVICE_NOT_SUPPORTED,
        ),
        (
            Rule.DEVICES,
            {"devices": {"hardware": ["AB" * 32]}},
            {"hardware": "EF" * 32},
            Refusal.CUSTOM,
        ),
        (Rule.CAP, {"cap_per_user": 2}, {"living": 2}, Refusal.DEVICE_CAP),
    ],
)
def test_each_rule_refuses_its_case_and_nothing_else(
    rule: Rule, document: dict[str, Any], changed: dict[str, Any], kind: Refusal
) -> None:
    """Anna with her headset passes; with this one thing different she does not."""
    good = replace(ANNA, tenant=TENANT, living=1)

    assert () == judged(good, **document).objections
    (objection,) = judged(replace(good, **changed), **document).objections
    assert (rule, kind) == (objection.rule, objection.kind)
    for sentence in (objection.words, objection.reason, objection.remedy):
        assert sentence
    assert "anna" not in objection.words  # the administrator's reasons are not the wearer's


def test_a_headset_is_known_by_any_of_the_lists() -> None:
    """Serial number, hardware id, or an Autopilot record; plainly or by digest."""
    digest = "sha256:" + hashlib.sha256(b"0123-4567").hexdigest()
    unknown = replace(ANNA, serial="", hardware="EF" * 32)
    lists = {"serials": [digest], "hardware": ["ab" * 32], "autopilot": True}

    assert judged(unknown, devices=lists).refused is not None
    for known in (
        replace(unknown, serial=" 0123-4567 "),
        replace(unknown, hardware="ab" * 32),
        replace(unknown, in_autopilot=True),
    ):
        assert judged(known, devices=lists).refused is None
    assert judged(replace(unknown, in_autopilot=True), devices={"serials": ["1"]}).refused


def test_a_code_proves_nobody_and_is_let_in_only_where_nobody_is() -> None:
    """The name that was typed with a code can be anybody's: allowing it would allow everybody."""
    code = replace(ANNA, user="", typed="anna@example.org")

    refused = judged(code, users={"allow": ["anna@example.org"]}).refused
    assert refused is not None
    assert "(nobody)" in refused.remedy
    assert judged(code, users={"allow": ["(nobody)"]}).refused is None
    assert judged(code, users={"deny": ["anna@example.org"]}).refused is not None
    assert judged(ANNA, users={"allow": ["(nobody)"]}).refused is not None


def test_being_denied_wins_over_being_allowed() -> None:
    """Eve is of the domain that may, and may not."""
    users = {"allow": ["*@example.org"], "deny": ["eve@example.org"]}

    assert judged(replace(ANNA, user="eve@example.org"), users=users).refused is not None
    assert judged(ANNA, users=users).refused is None


def test_domains_and_allowed_users_are_one_list() -> None:
    """Either is enough."""
    rules: dict[str, Any] = {"users": {"allow": ["carl"]}, "domains": ["example.org"]}

    assert judged(ANNA, **rules).refused is None
    assert judged(replace(ANNA, user="Carl"), **rules).refused is None
    assert judged(replace(ANNA, user="dora"), **rules).refused is not None


@pytest.mark.parametrize(
    ("os_version", "edition", "kind"),
    [
        ("10.0.22621.1244", "136", Refusal.CUSTOM),
        ("10.0.19041.1128", "136", Refusal.CUSTOM),
        ("10.0.19041.1103", "136", Refusal.IN_MAINTENANCE),
        ("10.0.18362.1042", "136", Refusal.IN_MAINTENANCE),
        ("10.0.19041.1415", "48", Refusal.IN_MAINTENANCE),
        ("10.0.19042.1", "48", Refusal.CUSTOM),
        ("", "136", Refusal.IN_MAINTENANCE),
    ],
)
def test_own_words_go_only_to_builds_that_show_them(
    os_version: str, edition: str, kind: Refusal
) -> None:
    """Closed hours: since 20H2 in words, before as the type that says "later"."""
    applicant = replace(ANNA, os_version=os_version, edition=edition)
    hours = {"zone": "UTC", "days": ["sun"]}

    refused = judged(applicant, hours=hours).refused
    assert refused is not None
    assert kind is refused.kind
    assert "sun, UTC" in refused.words


def test_maintenance_refuses_everybody_until_its_end_and_ends_by_itself() -> None:
    """One second before and the second itself; the words are the administrator's."""
    until = datetime(2026, 11, 24, tzinfo=UTC)
    document = {"until": "2026-11-24T00:00:00Z", "words": "Back tomorrow."}
    rules = rules_of(maintenance=document)

    before = judge(rules, ANNA, until - timedelta(seconds=1)).refused
    assert before is not None
    assert (Refusal.IN_MAINTENANCE, "Back tomorrow.") == (before.kind, before.words)
    assert judge(rules, ANNA, until).refused is None


def test_a_dry_run_lets_in_and_notes_what_would_have_refused() -> None:
    """Two rules object; neither counts, and both are told."""
    verdict = judged(ways=["package"], editions=[135], dry_run=True)

    assert verdict.refused is None
    assert [Rule.WAYS, Rule.EDITIONS] == [each.rule for each in verdict.noted]


def test_maintenance_counts_in_a_dry_run_too() -> None:
    """It is a switch, not a rule to be tried."""
    verdict = judged(ways=["package"], dry_run=True, maintenance={"until": "2026-11-24T00:00:00Z"})

    assert verdict.refused is not None
    assert Rule.MAINTENANCE is verdict.refused.rule
    assert [Rule.WAYS] == [each.rule for each in verdict.noted]
