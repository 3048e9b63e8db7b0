"""The document of rules is read strictly, and written as it was read."""

import contextlib
import json
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.enrollment.rules.samples import EVERYTHING, rules_of, zones

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.rules.read import MAX_LISTED, read_maintenance, read_rules
from lenskeep.enrollment.rules.rules import ANY_REVISION, DAYS, GENERATIONS, WAYS, Rules
from lenskeep.enrollment.rules.write import write_rules


def complaints(document: object) -> dict[str, str]:
    """Return the fields that are complained about, with the words."""
    with pytest.raises(Invalid) as caught:
        read_rules(document, zones)
    return {each.field: each.message for each in caught.value.complaints}


def test_nothing_is_no_rule_at_all() -> None:
    """An empty document, and one of nulls, are the rules that let everybody in."""
    assert Rules() == rules_of()
    assert Rules() == rules_of(ways=None, users=None, hours=None, cap_per_user=None, dry_run=None)
    assert {} == write_rules(Rules())


def test_every_rule_is_read() -> None:
    """Each part of a document that has them all arrives."""
    rules = rules_of(**EVERYTHING)

    assert frozenset({"typed password", "entra join"}) == rules.ways
    assert frozenset({"eve@example.org"}) == rules.users.denied
    assert frozenset({"example.com"}) == rules.users.domains
    assert ((20348, 1501), (22621, ANY_REVISION)) == (rules.oldest, rules.newest)
    assert rules.devices.autopilot
    assert rules.hours is not None
    assert (time(8), time(18)) == (rules.hours.opens, rules.hours.closes)
    assert frozenset({0, 1}) == rules.hours.days
    assert rules.maintenance is not None
    assert datetime(2026, 11, 24, tzinfo=UTC) == rules.maintenance.until
    assert (3, True) == (rules.cap_per_user, rules.dry_run)


def test_what_is_written_is_what_was_read() -> None:
    """A document with every rule comes back, and so through JSON."""
    once = write_rules(rules_of(**EVERYTHING))

    assert rules_of(**EVERYTHING) == read_rules(json.loads(json.dumps(once)), zones)
    assert once == write_rules(read_rules(once, zones))
    assert EVERYTHING.keys() == once.keys()


def test_names_and_ids_are_kept_in_one_form() -> None:
    """Case and blanks make no difference, in a person's name as in a headset's."""
    rules = rules_of(
        users={"allow": [" Anna@Example.ORG "]},
        domains=["@Example.org"],
        devices={"serials": [" ab12 "], "hardware": ["SHA256:" + "AB" * 32]},
    )

    assert frozenset({"anna@example.org"}) == rules.users.allowed
    assert frozenset({"example.org"}) == rules.users.domains
    assert frozenset({"AB12"}) == rules.devices.serials
    assert frozenset({"sha256:" + "ab" * 32}) == rules.devices.hardware


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "rules"),
        ("everybody", "rules"),
        ({"way": ["package"]}, "way"),
        ({"ways": "package"}, "ways"),
        ({"ways": ["magic"]}, "ways[0]"),
        ({"ways": []}, "ways"),
        ({"users": ["anna"]}, "users"),
        ({"users": {"allowed": ["anna"]}}, "users.allowed"),
        ({"users": {"allow": []}}, "users.allow"),
        ({"users": {"allow": ["an*na"]}}, "users.allow[0]"),
        ({"users": {"allow": ["*@"]}}, "users.allow[0]"),
        ({"users": {"deny": ["(nobody)", 7]}}, "users.deny[1]"),
        ({"domains": ["exa mple.org"]}, "domains[0]"),
        ({"tenants": ["common"]}, "tenants[0]"),
        ({"generations": ["HoloLens 3"]}, "generations[0]"),
        ({"editions": ["136"]}, "editions[0]"),
        ({"editions": [True]}, "editions[0]"),
        ({"builds": {"min": 22621}}, "builds.min"),
        ({"builds": {"min": "10.0.22621.1"}}, "builds.min"),
        ({"builds": {"min": "0348"}}, "builds.min"),
        ({"builds": {"least": "22621"}}, "builds.least"),
        ({"builds": {"min": "22621.2", "max": "22621.1"}}, "builds"),
        ({"devices": {"serials": ["sha256:zz"]}}, "devices.serials[0]"),
        ({"devices": {"serials": ["  "]}}, "devices.serials[0]"),
        ({"devices": {"autopilot": "yes"}}, "devices.autopilot"),
        ({"devices": {"hardware": ["A"] * 10_001}}, "devices.hardware"),
        ({"hours": {"days": ["mon"]}}, "hours.zone"),
        ({"hours": {"zone": "Berlin", "days": ["mon"]}}, "hours.zone"),
        ({"hours": {"zone": "UTC"}}, "hours.days"),
        ({"hours": {"zone": "UTC", "days": ["monday"]}}, "hours.days[0]"),
        ({"hours": {"zone": "UTC", "from": "08:00"}}, "hours.from"),
        ({"hours": {"zone": "UTC", "from": "8:00", "to": "18:00"}}, "hours.from"),
        ({"hours": {"zone": "UTC", "from": "24:00", "to": "18:00"}}, "hours.from"),
        ({"hours": {"zone": "UTC", "from": "08:00", "to": "08:00"}}, "hours.to"),
        ({"hours": {"zone": "UTC", "begins": "2026-01-01T00:00Z"}}, "hours.begins"),
        (
            {"hours": {"zone": "UTC", "begins": "2026-01-02T00:00", "ends": "2026-01-01T00:00"}},
            "hours.ends",
        ),
        ({"cap_per_user": 0}, "cap_per_user"),
        ({"cap_per_user": True}, "cap_per_user"),
        ({"cap_per_user": "3"}, "cap_per_user"),
        ({"maintenance": True}, "maintenance"),
        ({"maintenance": {}}, "maintenance.until"),
        ({"maintenance": {"until": "2026-01-01T00:00"}}, "maintenance.until"),
        ({"maintenance": {"until": "0001-01-01T00:00+14:00"}}, "maintenance.until"),
        ({"maintenance": {"until": "9999-12-31T23:59-12:00"}}, "maintenance.until"),
        ({"hours": {"zone": "Europe/Berlin", "begins": "0001-01-01T00:00"}}, "hours.begins"),
        (
            {"maintenance": {"until": "2026-01-01T00:00Z", "words": "x" * 201}},
            "maintenance.words",
        ),
        ({"dry_run": "yes"}, "dry_run"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(document: object, field: str) -> None:
    """One wrong thing gives a complaint about exactly that."""
    assert {field} == complaints(document).keys()


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Five mistakes, five complaints."""
    found = complaints(
        {
            "way": ["package"],
            "editions": ["x"],
            "builds": {"min": "?", "upto": "22621"},
            "cap_per_user": -1,
        }
    )

    assert {"way", "editions[0]", "builds.min", "builds.upto", "cap_per_user"} == found.keys()


def test_a_mistyped_key_is_told_the_right_one() -> None:
    """`domain` is answered with `domains?`."""
    with pytest.raises(Invalid) as caught:
        rules_of(domain=["example.org"])

    assert "domains?" == caught.value.complaints[0].allowed


def test_maintenance_can_be_read_by_itself() -> None:
    """As the switch for it sends it; without an end it is refused."""
    found = read_maintenance({"until": "2026-11-24T01:00:00+01:00", "words": " Back soon. "})

    assert (datetime(2026, 11, 24, tzinfo=UTC), "Back soon.") == (found.until, found.words)
    with pytest.raises(Invalid):
        read_maintenance({"words": "Back soon."})
    with pytest.raises(Invalid):
        read_maintenance(None)


names = st.sampled_from(("anna", "bob@example.org", "*@example.com", "eve@x.example"))
documents = st.fixed_dictionaries(
    {},
    optional={
        "ways": st.lists(st.sampled_from(WAYS), min_size=1),
        "users": st.fixed_dictionaries(
            {}, optional={"allow": st.lists(names, min_size=1), "deny": st.lists(names)}
        ),
        "domains": st.lists(st.sampled_from(("example.org", "example.com")), min_size=1),
        "generations": st.lists(st.sampled_from(GENERATIONS), min_size=1),
        "editions": st.lists(st.integers(1, 300), min_size=1, max_size=3),
        "builds": st.fixed_dictionaries(
            {},
            optional={
                "min": st.sampled_from(("18362", "19041.0", "19041.1128")),
                "max": st.sampled_from(("20348.0", "22621", "22621.1244")),
            },
        ),
        "devices": st.fixed_dictionaries(
            {},
            optional={
                "serials": st.lists(st.sampled_from(("a1", "B2", "c3")), min_size=1),
                "hardware": st.lists(st.sampled_from(("AB", "cd")), min_size=1),
                "autopilot": st.booleans(),
            },
        ),
        "hours": st.fixed_dictionaries(
            {
                "zone": st.sampled_from(("UTC", "Europe/Berlin")),
                "days": st.lists(st.sampled_from(DAYS), min_size=1),
            }
        ),
        "cap_per_user": st.integers(1, 100),
        "dry_run": st.booleans(),
    },
)


@given(documents)
@settings(max_examples=60, deadline=None)
def test_any_document_survives_being_written(document: dict[str, Any]) -> None:
    """What is read, written and read again is the same rules."""
    rules = read_rules(document, zones)

    assert rules == read_rules(json.loads(json.dumps(write_rules(rules))), zones)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(list(EVERYTHING)), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_document_breaks_the_reader(document: object) -> None:
    """Whatever JSON says is read or complained about, and nothing else happens."""
    with contextlib.suppress(Invalid):
        assert isinstance(read_rules(document, zones), Rules)


def test_more_complaints_than_anybody_reads_are_not_told() -> None:
    with pytest.raises(Invalid) as caught:
        read_rules({"editions": [-1] * 5000}, zones)

    assert MAX_LISTED == len(caught.value.complaints)
