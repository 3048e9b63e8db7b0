"""Search finds every word anywhere, the best first, and hides what no HoloLens has."""

import pytest
from tests.tree.catalog.gadgets import gadgets

from lenskeep.tree.catalog.record import Build
from lenskeep.tree.catalog.search import Query, SearchIndex


def names(query: Query, *, with_text: bool = False) -> list[str]:
    """Return the names of what is found."""
    return [record.name for record in SearchIndex(gadgets(with_text=with_text)).find(query)]


@pytest.mark.parametrize(
    "words", ["autospin", "AUTOSPIN", "spin", "auto spin", "by itself", "nobody looks gadget"]
)
def test_names_titles_and_explanations_are_searched(words: str) -> None:
    assert names(Query(words))[0] == "AutoSpin"


def test_every_word_must_be_there() -> None:
    assert names(Query("spin kitchen")) == []


def test_blanket_areas_are_hidden_unless_everything_is_wanted() -> None:
    assert "SpinningTop" not in names(Query("spin"))
    assert "SpinningTop" in names(Query("spin", everything=True))


def test_an_exact_name_comes_first_and_settings_before_folders() -> None:
    assert names(Query("gadgets", everything=True))[0] == "Gadgets"
    assert names(Query("box"))[-1] in ("First", "{Shelf Id}", "Box")


def test_text_is_found_where_it_was_imported() -> None:
    assert names(Query("maker's sentence")) == []
    assert names(Query("maker's sentence"), with_text=True) == ["AutoSpin"]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (Build(19041, 9999), False),
        (Build(20348, 1431), False),
        (Build(20348, 1432), True),
        (Build(20348), True),
        (Build(22621, 1), True),
    ],
)
def test_a_build_of_the_documentation_counts_with_its_revision(
    build: Build, expected: bool
) -> None:
    assert ("AutoSpin" in names(Query("autospin", build))) is expected


def test_a_build_of_the_ddf_counts_by_its_number() -> None:
    assert names(Query("later", Build(20348, 9999))) == []
    assert names(Query("later", Build(22621, 1))) == ["Later"]


def test_insider_settings_are_on_no_build() -> None:
    assert names(Query("coming")) == ["Coming"]
    assert names(Query("coming", Build(22621, 9999))) == []


def test_a_limit_is_kept_and_no_words_mean_all() -> None:
    assert len(names(Query(limit=3))) == 3
    assert len(names(Query(everything=True, limit=1000))) == len(gadgets())
