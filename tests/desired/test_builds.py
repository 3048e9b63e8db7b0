"""Builds of HoloLens and of desktop Windows."""

import pytest

from lenskeep.desired.builds import has_hololens_build, has_windows_build, numbers, pair
from lenskeep.tree.catalog.record import Build


@pytest.mark.parametrize(
    ("build", "needed", "has"),
    [
        ("22621.1244", "22621.1244", True),
        ("22621.1243", "22621.1244", False),
        ("19041.1128", "18362.1039", True),
        ("18362.1116", "19041.1103", False),
        ("20348.1007", "20346.1002", True),
        ("20346.1002", "20348.1007", False),
        ("20346.1002", "19041.1154", False),
        ("20346.1002", "19041.1146", True),
        ("20348.1007", "19041.1154", True),
        ("22621.1113", "19041.1154", True),
        ("19041.1223", "20346.1002", False),
        ("22621.1113", "20348.1528", True),
        ("17763.1", "18362.1039", False),
        ("22621", "22621", True),
    ],
)
def test_a_headset_has_what_came_to_its_branch_or_before_it(
    build: str, needed: str, has: bool
) -> None:
    assert has_hololens_build(build, needed) is has


def builds(*texts: str) -> list[Build]:
    return [Build(*(int(each) for each in text.split("."))) for text in texts]


@pytest.mark.parametrize(
    ("build", "needed", "has"),
    [
        ("19045.3000", ["22000", "19043.1202", "19041.1202"], True),
        ("19041.1100", ["22000", "19043.1202", "19041.1202"], False),
        ("22631.1", ["22000", "19041.1202"], True),
        ("20348.1", ["22000", "19041.1202"], False),
        ("22631.2400", ["22621.2361"], True),
        ("22621.2000", ["22621.2361"], False),
        ("26100.1", ["22621.2361"], True),
        ("22621.1", ["19041.1202", "22621.2361"], False),
        ("17763.1", ["17763"], True),
        ("17763.1", [], False),
    ],
)
def test_a_desktop_has_releases_and_the_backports_of_its_branch(
    build: str, needed: list[str], has: bool
) -> None:
    assert has_windows_build(build, builds(*needed)) is has


def test_a_version_is_read_as_numbers() -> None:
    assert numbers("1.10") > numbers("1.9")
    assert numbers("ten") == ()
    assert pair("10.0.22621.1244") == (22621, 1244)
    assert pair("") == (0, 0)
