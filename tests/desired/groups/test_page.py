"""The page for administrators says what the language does."""

import re
from pathlib import Path
from typing import Final

import pytest

from lenskeep.desired.groups.fields import FIELDS, Field, Op
from lenskeep.desired.groups.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from lenskeep.desired.groups.rule import parse_rule
from lenskeep.desired.groups.tags import MAX_TAG, MAX_TAGS

PAGE: Final = (Path(__file__).parents[3] / "docs/reference/group-rules.md").read_text("utf-8")
RULES: Final = re.search(r"```rule\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("field", FIELDS, ids=lambda each: each.name)
def test_every_field_is_on_the_page_with_its_example(field: Field) -> None:
    table = PAGE.partition("## Fields")[2].partition("**Tags**")[0]
    (row,) = (line for line in table.splitlines() if re.match(rf"\| `{field.name}\b", line))

    assert f"`{field.example}`" in row
    for choice in field.choices:
        assert choice in PAGE


@pytest.mark.parametrize("op", Op, ids=lambda each: each.value)
def test_every_comparison_is_on_the_page(op: Op) -> None:
    table = PAGE.partition("## Comparisons")[2].partition("## Fields")[0]

    assert re.search(rf"(`|\w ){re.escape(op.value)}[ `]", table)


def test_the_rules_at_the_top_are_rules_in_canonical_spelling() -> None:
    assert RULES is not None
    for line in RULES[1].splitlines():
        assert line == parse_rule(line).text


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    said = " ".join(PAGE.split())

    assert f"{MAX_LENGTH} characters, {MAX_TERMS} comparisons and {MAX_DEPTH} levels" in said
    assert f"{MAX_TAG} characters at most, {MAX_TAGS} a device" in said
