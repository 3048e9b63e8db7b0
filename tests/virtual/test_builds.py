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
