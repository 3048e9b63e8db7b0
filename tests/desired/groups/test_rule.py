"""Which devices a rule takes, why, and until when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.groups.portrait import Portrait, inventory_of
from lenskeep.desired.groups.rule import Explained, Truth, parse_rule
from lenskeep.desired.known import Known
from lenskeep.tree.fact import Fact

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = {
    "./DevDetail/FreeStorage": "6144",
    "./DevDetail/Lang": "de-DE",
    "./DevDetail/Long": "x" * 5000,
}
HEADSET = Portrait(
    generation="HoloLens 2",
    build="20348.1503",
    edition="Windows Holographic for Business",
    name="Ward-3-07",
    serial="003008",
    macs=("00-15-5D-01-02-03", "AA-BB-CC-DD-EE-FF"),
    tags=frozenset({"ward-3", "loan"}),
    user="CONTOSO\\ann",
    state="managed",
    last_seen=NOW - timedelta(days=2),
    inventory=TOLD.get,
)
STRANGER = Portrait()


@pytest.mark.parametrize(
    "text",
    [
        'generation = "hololens 2"',
        'generation != "HoloLens (1st gen)"',
        "name starts with WARD and name ends with 07 and name contains -3-",
        "name matches ward-?-0*",
        "name matches *",
        "not name matches ward-?",
        'user = "contoso\\ANN"',
        "serial in (1, 003008)",
        "serial not in (1, 2)",
        "tag = ward-3 and tag in (x, loan) and tag != spare",
        "tag starts with lo",
        "tag is known",
        "mac = 00155d010203 and mac starts with aa:bb and mac matches *-03",
        "mac != 00",
        "build = 20348 and build = 20348.1503 and build in (1234, 20348)",
        "build >= 20348 and build <= 20348 and build > 20348.1502 and build < 20348.10000",
        "not build > 20348 and not build < 20348",
        "build != 20348.1504 and build has 19041.1154",
        "branch = 20348 and branch = 20346 and branch in (19041, 20348)",
        "branch > 19041 and branch < 22621 and branch >= 20346",
        "last_seen < 3d and last_seen <= 48h and last_seen > 1d and last_seen >= 2880m",
        "last_seen < 1w and last_seen > 2026-02-26 and last_seen <= 2026-02-27T12:00Z",
        'inventory("./DevDetail/FreeStorage") >= 6144.0',
        'inventory("./DevDetail/FreeStorage") = 06144',
        'inventory("./DevDetail/FreeStorage") in (1, 6144.00)',
        'inventory("./DevDetail/Lang") starts with DE',
        'inventory("./DevDetail/Lang") is known and inventory("./DevDetail/None") is unknown',
        "model is unknown and not serial is unknown",
        "name = x or tag = loan",
        "serial = 003008 or model = x",
    ],
)
def test_a_rule_that_is_true_of_a_device_takes_it(text: str) -> None:
    assert parse_rule(text).holds(HEADSET, NOW)


@pytest.mark.parametrize(
    "text",
    [
        'generation = "HoloLens"',
        "name matches ward",
        "name matches ?ward*",
        "tag = ward",
        "tag = ward-3 and not tag = loan",
        "build < 20348",
        "build has 22621.1133",
        "branch = 22621",
        "last_seen < 2d",
        "last_seen >= 2026-03-01",
        'inventory("./DevDetail/FreeStorage") < 999.5',
        'inventory("./DevDetail/Lang") = de',
    ],
)
def test_a_rule_that_is_false_of_a_device_does_not(text: str) -> None:
    assert parse_rule(text).truth(HEADSET, NOW) is Truth.FALSE


@pytest.mark.parametrize(
    "text",
    [
        "name = a",
        "name != a",
        "name not in (a)",
        "not name starts with a",
        "build < 99999",
        "branch != 19041",
        "mac != 00",
        "last_seen > 1w",
        "last_seen < 2026-01-01",
        'inventory("./DevDetail/Lang") != de',
        "name = a or serial = b",
        "tag != a and name != a",
    ],
)
def test_what_nobody_has_told_is_unknown_and_takes_nobody(text: str) -> None:
    assert parse_rule(text).truth(STRANGER, NOW) is Truth.UNKNOWN
    assert not parse_rule(text).holds(STRANGER, NOW)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("name = a and tag = b", Truth.FALSE),
        ("name = a or tag != b", Truth.TRUE),
        ("tag is known", Truth.FALSE),
        ("last_seen is unknown", Truth.TRUE),
    ],
)
def test_the_unknown_does_not_matter_where_the_rest_decides(text: str, truth: Truth) -> None:
    assert truth is parse_rule(text).truth(STRANGER, NOW)


@pytest.mark.parametrize(
    "text",
    ['inventory("./DevDetail/Long") matches "*y"', 'inventory("./DevDetail/Lang") < 5'],
)
def test_what_cannot_be_compared_is_unknown(text: str) -> None:
    """A number with a word, a pattern with a value of thousands of characters."""
    assert parse_rule(text).truth(HEADSET, NOW) is Truth.UNKNOWN


def test_the_branch_trap_is_told_and_has_a_way_out() -> None:
    """20346.1002 is above 19041.1154 and older: it lacks what that build brought."""
    early = replace(HEADSET, build="20346.1002")

    assert parse_rule("build >= 19041.1154").holds(early, NOW)
    assert not parse_rule("build has 19041.1154").holds(early, NOW)
    assert "`build has 19041.1154`" in parse_rule("build >= 19041.1154").advice[0]
    for text in ("build has 19041.1154", "build >= 19041", "build >= 20348.1503", "name = a"):
        assert () == parse_rule(text).advice


def test_an_explanation_shows_every_comparison_with_the_device_s_own_value() -> None:
    rule = parse_rule("not name starts with ward and (model = x or build > 19041) and tag = loan")

    assert (
        Explained("name starts with ward", Truth.TRUE, "Ward-3-07"),
        Explained("model = x", Truth.UNKNOWN, ""),
        Explained("build > 19041", Truth.TRUE, "20348.1503"),
        Explained("tag = loan", Truth.TRUE, "loan, ward-3"),
    ) == rule.explain(HEADSET, NOW)


def test_an_explanation_shows_a_long_value_in_short() -> None:
    (line,) = parse_rule('inventory("./DevDetail/Long") contains x').explain(HEADSET, NOW)

    assert 201 == len(line.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("branch = 1234", "20348"),
        ("mac = 00", "00-15-5D-01-02-03, AA-BB-CC-DD-EE-FF"),
        ("last_seen < 1d", "2026-02-27T12:00:00+00:00"),
        ('inventory("./DevDetail/Lang") = x', "de-DE"),
    ],
)
def test_each_kind_of_field_shows_what_the_device_has(text: str, value: str) -> None:
    assert value == parse_rule(text).explain(HEADSET, NOW)[0].value


def test_a_rule_tells_what_it_asks_for() -> None:
    rule = parse_rule('tag = a and inventory("./DevDetail/Lang") = x and tag = b')

    assert {"tag", "inventory"} == rule.fields
    assert {"./DevDetail/Lang"} == rule.uris


# --- Time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "depends"),
    [("last_seen < 3d", True), ("last_seen < 2026-01-01", False), ("name = a", False)],
)
def test_only_a_duration_depends_on_time(text: str, depends: bool) -> None:
    assert depends is parse_rule(text).depends_on_time


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("last_seen < 3d", timedelta(days=1)),
        ("last_seen <= 3d", timedelta(days=1, microseconds=1)),
        ("last_seen > 5d", timedelta(days=3, microseconds=1)),
        ("last_seen >= 5d", timedelta(days=3)),
        ("last_seen < 3d or last_seen > 1w", timedelta(days=1)),
        ("last_seen < 3d or tag = loan", None),
        ("last_seen < 3d and name = x", None),
        ("last_seen < 1d", None),
        ("last_seen > 2026-02-01", None),
        ("name = a", None),
    ],
)
def test_it_is_known_when_time_alone_changes_membership(text: str, after: timedelta | None) -> None:
    expected = None if after is None else NOW + after

    assert expected == parse_rule(text).changes_at(HEADSET, NOW)


def test_a_device_never_seen_changes_by_no_passing_of_time() -> None:
    assert parse_rule("last_seen < 3d").changes_at(STRANGER, NOW) is None


@given(
    st.sampled_from(
        ["last_seen < {}h", "last_seen >= {}h or last_seen < 2h", "not last_seen <= {}h"]
    ),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 300),
)
@settings(max_examples=60, deadline=None)
def test_nothing_changes_before_it_is_said_to(text: str, hours: int, seen: int, later: int) -> None:
    rule = parse_rule(text.format(hours))
    device = Portrait(last_seen=NOW - timedelta(hours=seen))
    at = rule.changes_at(device, NOW)
    then = NOW + timedelta(hours=later)

    if at is None or then < at:
        assert rule.holds(device, NOW) is rule.holds(device, then)
    if at is not None:
        assert at > NOW
        assert rule.holds(device, NOW) is not rule.holds(device, at)


# --- Patterns and inventory -----------------------------------------------------------------------


def _matches(pattern: str, text: str) -> bool:
    """Match by the definition, slowly."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _matches(pattern[1:], text) or (bool(text) and _matches(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and _matches(pattern[1:], text[1:])


@given(st.text("ab*?", min_size=1, max_size=7), st.text("ab\n", min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_a_pattern_knows_stars_and_question_marks(pattern: str, text: str) -> None:
    rule = parse_rule(f'name matches "{pattern}"')

    assert _matches(pattern, text) is rule.holds(Portrait(name=text), NOW)


def test_no_pattern_takes_long() -> None:
    """A pattern that is tried again and again elsewhere would take longer than the world."""
    rule = parse_rule('name matches "' + "*a" * 900 + 'b"')

    assert not rule.holds(Portrait(name="a" * 4096), NOW)


def _fact(status: int, value: str | None) -> Fact:
    return Fact("./DevDetail/Lang", status, NOW, None, value)


@pytest.mark.parametrize(
    ("fact", "value"),
    [(_fact(200, "de"), "de"), (_fact(404, "de"), None), (_fact(200, None), None)],
)
def test_the_inventory_is_what_a_device_told_with_success(fact: Fact, value: str | None) -> None:
    told: Callable[[str], str | None] = inventory_of(Known().learn([fact]))

    assert value == told("./devdetail/LANG")
    assert told("./DevDetail/Other") is None
