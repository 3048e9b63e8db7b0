"""The grammar of ranges and delimiters."""

import pytest

from lenskeep.tree.catalog.allowed import Span, read_delimiter, read_ranges


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("[0-100]", ((0, 100),)),
        ("[(-1)-2147483647]", ((-1, 2147483647),)),
        ("[0-4294967295]", ((0, 4294967295),)),
        ("[(-5)-(-2)]", ((-5, -2),)),
        ("[0]", ((0, 0),)),
        ("[6,17]", ((6, 6), (17, 17))),
        ("0-100", ()),
        ("[low-high]", ()),
        ("", ()),
    ],
)
def test_ranges(text: str, spans: tuple[Span, ...]) -> None:
    assert read_ranges(text) == spans


@pytest.mark.parametrize("text", ["0xF000", "\\xF000", "0xf000"])
def test_the_private_use_delimiter_has_two_spellings(text: str) -> None:
    assert read_delimiter(text) == "\uf000"


def test_other_delimiters_stand_for_themselves() -> None:
    assert read_delimiter(";") == ";"
