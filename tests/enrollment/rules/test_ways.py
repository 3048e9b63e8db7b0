"""The ways in, as people are shown them."""

import pytest

from lenskeep.enrollment.rules.rules import WAYS
from lenskeep.enrollment.rules.ways import PATHS, Means, Need, Path, Standing, standing


def test_the_paths_are_those_of_the_documentation_and_arrive_by_every_way() -> None:
    """A to G, and no way is left without a path."""
    assert list("ABCDEFG") == [each.letter for each in PATHS]
    assert set(WAYS) == {means.way for path in PATHS for means in path.means}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.letter)
def test_every_path_says_what_to_do_on_both_sides(path: Path) -> None:
    """Steps, menus and builds; and its steps can be filled in."""
    assert path.administrator
    assert path.wearer
    assert path.menus
    assert path.builds
    for step in (*path.administrator, *path.wearer):
        assert "{" not in step.format(server="mdm.example.org", organization="Example")


def test_a_way_is_offered_needs_something_or_is_closed() -> None:
    """Closed wins: what is missing of a closed way is nobody's business."""
    means = Means("package", Need.BULK_PASSWORD)

    assert Standing.OFFERED is standing(means, WAYS, [Need.BULK_PASSWORD])
    assert Standing.NEEDS_SET_UP is standing(means, WAYS, [Need.TENANT])
    assert Standing.CLOSED is standing(means, ["typed password"], [])
