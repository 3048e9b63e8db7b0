"""A rule's text: what is taken, how it is written back, and what is said of mistakes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid
from lenskeep.desired.groups.fields import BY_NAME, FIELDS, INVENTORY, OPERATORS, FieldKind, Op
from lenskeep.desired.groups.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from lenskeep.desired.groups.rule import Rule, parse_rule
from lenskeep.desired.groups.syntax import And, Expression, Not, Or, Term
from lenskeep.desired.groups.values import checked


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("NAME==a", "name = a"),
        ("name = 'a \"b\"'", 'name = "a ""b"""'),
        ("user = 'A\\b'", 'user = "A\\b"'),
        ("(name = a)", "name = a"),
        ("((a_ = 1))".replace("a_", "name"), "name = 1"),
        ("name = a AND (serial = 1 and mac = 00)", "name = a and serial = 1 and mac = 00"),
        ("(name = a or name = b) and not (tag = c)", "(name = a or name = b) and not tag = c"),
        ("not (name = a or not not name = b)", "not (name = a or not not name = b)"),
        ("not tag in (Ward-3,ward-3, x)", "tag not in (ward-3, x)"),
        ("name not starts with x", "not name starts with x"),
        ("serial is not known", "serial is unknown"),
        ("not serial is unknown", "not serial is unknown"),
        ("build >= 10.0.20348.01503", "build >= 20348.1503"),
        ("branch in (20348.1, 19041)", "branch in (20348, 19041)"),
        ("last_seen<03D", "last_seen < 3d"),
        ("last_seen >= 2026-01-01T00:00", "last_seen >= 2026-01-01"),
        ("last_seen >= '2026-01-01 02:30:00+02:00'", "last_seen >= 2026-01-01T00:30:00Z"),
        ("name = 'and'", 'name = "and"'),
        ("name matches *-3-?", "name matches *-3-?"),
        ("inventory('./DevDetail/SwV') < ' 7'", 'inventory("./DevDetail/SwV") < 7'),
        ("name\n=\ta", "name = a"),
    ],
)
def test_a_rule_is_written_back_in_one_way(text: str, canonical: str) -> None:
    rule = parse_rule(text)

    assert canonical == rule.text
    assert rule == parse_rule(canonical)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 1, "empty"),
        ("  ", 1, "empty"),
        ("generatoin = x", 1, "did you mean generation?"),
        ("name = a and last-seen < 3d", 14, "did you mean last_seen?"),
        ("name = HoloLens 2", 17, "'2' came after a comparison"),
        ("name = a name = b", 10, "after a comparison"),
        ("name", 5, "the end came where a comparison"),
        ("name =", 7, "the end came where a value"),
        ("name = and", 8, "'and' came where a value"),
        ("and name = a", 1, "'and' came where a field"),
        ("(name = a", 10, "parenthesis should end"),
        ("name = a)", 9, "after a comparison"),
        ("name in (a b)", 12, "list should end"),
        ("name in a", 9, "after in"),
        ("name in ()", 10, "where a value"),
        ("name starts a", 13, "after starts"),
        ("name not = a", 10, "where a comparison"),
        ("name is a", 9, "after is"),
        ("name is not unknown", 13, "after is"),
        ("name < b", 6, "name cannot be compared with <"),
        ("tag has x", 5, "is it `tag = value`?"),
        ("tag = 'a b'", 7, "is not a tag"),
        ("last_seen = 3d", 11, "cannot be compared with ="),
        ("last_seen < 3y", 13, "'3y'"),
        ("last_seen < 0001-01-01T00:00+02:00", 13, "cannot be compared"),
        ("build > 22H2", 9, "'22H2'"),
        ("build = 0348", 9, "'0348'"),
        ("branch starts with 2", 8, "cannot be compared with starts with"),
        ("mac = '--'", 7, "'--'"),
        ("name = ''", 8, "an empty text"),
        ('name = "a', 8, "does not end"),
        ("name = “a”", 8, "means nothing here"),
        ("name = a && name = b", 10, "means nothing here"),
        ("! name = a", 1, "means nothing here"),
        ("inventory = 1", 11, "after inventory"),
        ("inventory('DevDetail') = 1", 11, "the LocURI is wrong"),
        ("inventory('./Vendor/MSFT/WiFi/Profile/a/WlanXml') is known", 11, "secret"),
        ("inventory('./DevDetail/SwV') < a", 32, "'a'"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, at: int, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_rule(text)

    (complaint,) = caught.value.complaints
    assert complaint.message.startswith(f"at character {at}: ")
    assert words in complaint.message


def test_what_would_do_is_said() -> None:
    with pytest.raises(Invalid) as caught:
        parse_rule("build starts with 2")

    assert "=, !=, in, <, <=, >, >=, has, is known" == caught.value.complaints[0].allowed


@pytest.mark.parametrize(
    "text",
    [
        "name = " + "a" * MAX_LENGTH,
        "(" * (MAX_DEPTH + 1) + "name = a" + ")" * (MAX_DEPTH + 1),
        "not " * (MAX_DEPTH + 1) + "tag = a",
        " or ".join(["tag=a"] * (MAX_TERMS + 1)),
        "or".join(["(tag=a)"] * 2000),
    ],
)
def test_a_rule_is_bounded(text: str) -> None:
    with pytest.raises(Invalid, match=r"\d characters|too deeply|too many"):
        parse_rule(text)


def test_a_rule_within_its_bounds_is_taken() -> None:
    nested = "(" * MAX_DEPTH + "name = a" + ")" * MAX_DEPTH

    assert "name = a" == parse_rule(nested).text
    assert ("tag",) == tuple(parse_rule("or".join(["(tag=a)"] * 150)).fields)


def test_a_rule_that_grows_too_long_when_written_back_is_refused() -> None:
    """Else the stored text could not be read again."""
    text = "or".join(["(tag=a)"] * 200)

    assert len(text) < MAX_LENGTH
    with pytest.raises(Invalid, match="written in full"):
        parse_rule(text)


@pytest.mark.parametrize("field", FIELDS, ids=lambda each: each.name)
def test_the_example_of_a_field_is_a_rule_about_it(field: object) -> None:
    (found,) = (each for each in FIELDS if each is field)

    rule = parse_rule(found.example)

    assert {found.name} == rule.fields


@pytest.mark.parametrize("field", FIELDS, ids=lambda each: each.name)
def test_a_field_takes_every_comparison_of_its_kind(field: object) -> None:
    (found,) = (each for each in FIELDS if each is field)
    name = 'inventory("./DevDetail/SwV")' if found.name == INVENTORY else found.name
    for op in OPERATORS[found.kind]:
        value = {Op.IN: "(19041)", Op.KNOWN: ""}.get(op, "19041")
        if found.kind is FieldKind.AGE and value:
            value = "3d"

        assert parse_rule(f"{name} {op.value} {value}").terms[0].op is op


# --- Laws -----------------------------------------------------------------------------------------

TEXTS = st.text(min_size=1, max_size=8) | st.sampled_from(["and", "19041", "3d", '"', "ward-3"])


@st.composite
def terms(draw: st.DrawFn) -> Term:
    """Draw a comparison."""
    field = draw(st.sampled_from(FIELDS))
    op = draw(st.sampled_from(OPERATORS[field.kind]))
    pool = {
        FieldKind.BUILD: st.sampled_from(["20348", "20348.1503"]),
        FieldKind.BRANCH: st.sampled_from(["19041", "22621"]),
        FieldKind.AGE: st.sampled_from(["3d", "90m", "2026-01-31", "2026-01-31T10:00:00Z"]),
        FieldKind.TAGS: st.sampled_from(["ward-3", "and", "x.1"]),
        FieldKind.ADDRESSES: st.sampled_from(["00-15-5D", "00:15"]),
        FieldKind.TEXT: TEXTS,
        FieldKind.INVENTORY: st.sampled_from(["7", "-1.5"]) if op in _ORDERED else TEXTS,
    }[field.kind]
    size = {Op.KNOWN: 0}.get(op, 1)
    many = 3 if op is Op.IN else size
    values = draw(st.lists(pool, min_size=size, max_size=many, unique=True))
    uri = draw(st.sampled_from(["./DevDetail/SwV", "./a/b%20c"])) if field.name == INVENTORY else ""
    return Term(
        field.name, op, tuple(dict.fromkeys(checked(field.kind, op, v) for v in values)), uri
    )


_ORDERED = (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)


def _joined(kind: type[And] | type[Or], parts: list[Expression]) -> Expression:
    flat = tuple(p for each in parts for p in (each.parts if isinstance(each, kind) else (each,)))
    return kind(flat)


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    terms(),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(And, parts))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: _joined(Or, parts))
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_as_the_same_rule(expression: Expression) -> None:
    rule = Rule(expression)

    assert rule == parse_rule(rule.text)
    assert rule.text == parse_rule(rule.text).text


WORDS = st.sampled_from(
    ["(", ")", ",", "=", "<", "not", "and", "or", "in", "is", "known", "3d", '"', *BY_NAME, "x y"]
)


@given(st.text(max_size=40) | st.lists(WORDS, max_size=12).map(" ".join))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_rule_or_invalid(text: str) -> None:
    try:
        rule = parse_rule(text)
    except Invalid:
        return

    assert rule == parse_rule(rule.text)
