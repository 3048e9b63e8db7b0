"""Headsets are found by any sensible spelling of their build."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.virtual.builds import PROFILES, find_profile


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("19041.1128", "HL2-19041.1128"),
        ("HL2-19041.1128", "HL2-19041.1128"),
        ("hl2 20348.1503", "HL2-20348.1503"),
        ("HL1 17763 Business", "HL1-17763-Business"),
        ("HL1-17763-Biz", "HL1-17763-Business"),
        ("17763 dev", "HL1-17763-Dev"),
    ],
)
def test_a_build_is_found(text: str, name: str) -> None:
    assert name == find_profile(text).name


def test_an_unknown_build_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Invalid) as invalid:
        find_profile("99999.1")

    assert all(profile.name in str(invalid.value.complaints) for profile in PROFILES)


def test_only_a_developer_edition_is_holographic_plain() -> None:
    assert [p.name for p in PROFILES if p.edition == 135] == ["HL1-17763-Dev"]


@pytest.mark.parametrize(
    ("build", "since", "expected"),
    [
        ("19041.1128", (19041, 1128), True),
        ("19041.1128", (19041, 1154), False),
        ("20346.1002", (19041, 1128), True),
        ("20346.1002", (19041, 1154), False),
        ("20348.1447", (19041, 1154), True),
        ("20348.1447", (20346, 1002), True),
        ("20348.1503", (20348, 1528), False),
        ("22621.1113", (20348, 1528), True),
        ("22621.1113", (22621, 1244), False),
        ("HL2-insider", (22621, 1244), True),
        ("17763 dev", (18362, 1039), False),
    ],
)
def test_builds_are_compared_along_their_branches(
    build: str, since: tuple[int, int], expected: bool
) -> None:
    """A monthly update of an old branch is not in the first release of the next one."""
    assert find_profile(build).reaches(since) is expected
