"""Tags: short words that an administrator puts on a device."""

import re
from collections.abc import Iterable
from typing import Final

from lenskeep.base.errors import Complaint, Invalid, shown

MAX_TAG: Final = 40
"""Characters: what fits into a column of the console."""
MAX_TAGS: Final = 50
"""Tags a device: more is a data base, not a label."""
ALLOWED: Final = f"lower-case letters, digits, `-`, `_`, `.`, at most {MAX_TAG}, no blank"
_TAG: Final = re.compile(rf"[a-z0-9][a-z0-9_.-]{{0,{MAX_TAG - 1}}}")


def parse_tag(text: str) -> str:
    """Return the tag, in lower case. Raises Invalid."""
    tag = text.strip().lower()
    if not _TAG.fullmatch(tag):
        raise Invalid.field("tag", f"{shown(text)} is not a tag", ALLOWED)
    return tag


def parse_tags(texts: Iterable[str]) -> frozenset[str]:
    """Return the tags of one device. Raises Invalid with every one that is wrong."""
    tags: set[str] = set()
    wrong: list[Complaint] = []
    for text in texts:
        try:
            tags.add(parse_tag(text))
        except Invalid as invalid:
            wrong.extend(invalid.complaints)
    if wrong:
        raise Invalid(*wrong[:MAX_TAGS])
    if len(tags) > MAX_TAGS:
        raise Invalid.field("tag", f"{len(tags)} tags are too many", f"at most {MAX_TAGS}")
    return frozenset(tags)
