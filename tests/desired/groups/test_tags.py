"""Tags: short words on a device."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.desired.groups.tags import MAX_TAGS, parse_tag, parse_tags


@pytest.mark.parametrize(("text", "tag"), [("ward-3", "ward-3"), (" Ward_3.B ", "ward_3.b")])
def test_a_tag_is_kept_in_lower_case(text: str, tag: str) -> None:
    assert tag == parse_tag(text)


@pytest.mark.parametrize("text", ["", "-a", "ward 3", "a" * 41, "größe", "a,b", "a\n"[:1] + "\x00"])
def test_other_texts_are_no_tags(text: str) -> None:
    with pytest.raises(Invalid):
        parse_tag(text)


def test_every_wrong_tag_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse_tags(["a b", "fine", "c d"])

    assert ["'a b' is not a tag", "'c d' is not a tag"] == [
        each.message for each in caught.value.complaints
    ]


def test_a_device_has_fifty_tags_at_most() -> None:
    most = [f"t{number}" for number in range(MAX_TAGS)]

    assert frozenset(most) == parse_tags([*most, "T1"])
    with pytest.raises(Invalid, match="51 tags"):
        parse_tags([*most, "one-more"])
