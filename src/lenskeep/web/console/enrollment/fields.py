"""What people type into forms, as values; what is no value is kept and complained about."""

import re
from typing import Final

NONE: Final = -1
"""A number that no field allows: whoever checks names the field and what is allowed."""
_MOST_DIGITS: Final = 9
_BETWEEN: Final = re.compile(r"[\r\n,;]+")


def number(text: str, usual: int) -> int:
    """Return a number, `usual` for an empty field, NONE for what is no number."""
    plain = text.strip()
    if not plain:
        return usual
    return int(plain) if plain.isdecimal() and len(plain) < _MOST_DIGITS else NONE


def entries(text: str) -> list[str]:
    """Return the entries of a list: one a line, or with commas between them."""
    return [each.strip() for each in _BETWEEN.split(text) if each.strip()]
