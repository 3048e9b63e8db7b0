"""Errors say what was wrong, and repeat little of what came."""

from collections.abc import Callable

import pytest

from lenskeep.access import parse_role, parse_scope
from lenskeep.base.errors import LenskeepError, Missing, shown
from lenskeep.tree.operation import make_operation
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import parse_format

LONG = "x" * 2000


def test_a_short_name_is_repeated_whole() -> None:
    """Quoted, so that white space in it is seen."""
    assert shown("int ") == "'int '"
    assert str(Missing("device", "dev_1")) == "there is no device 'dev_1'"


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: make_operation(LONG, "./DevInfo/Man"),
        lambda: parse_format(LONG),
        lambda: parse_uri("./" + LONG[:1500] + "\x01"),
        lambda: parse_role(LONG),
        lambda: parse_scope(LONG),
    ],
)
def test_what_came_is_never_repeated_at_length(refuse: Callable[[], object]) -> None:
    """Whoever sends kilobytes where a word belongs gets a sentence back."""
    with pytest.raises(LenskeepError) as refused:
        refuse()

    assert len(str(refused.value)) < 250


def test_a_missing_thing_is_not_named_at_length() -> None:
    """Its name came from a URL."""
    assert len(str(Missing("device", LONG))) < 120
