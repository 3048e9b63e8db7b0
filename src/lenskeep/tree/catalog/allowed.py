"""Which values a node allows, as its description says it; nothing is checked here.

The kinds are those of DDF v2. What a kind does not use stays empty.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """How the allowed values are described; the value is our spelling of the DDF's ValueType."""

    ENUM = "enum"
    """One of `values`."""
    RANGE = "range"
    """A whole number in one of `ranges`."""
    FLAGS = "flags"
    """A whole number that is a union of `values`, which are decimal or `0x` hexadecimal."""
    REGEX = "regex"
    """A text that matches `pattern`."""
    XSD = "xsd"
    """A document of the schema `xsd_id`; the schema itself comes only with an own import."""
    JSON = "json"
    """A JSON document."""
    SDDL = "sddl"
    """A security descriptor."""
    ADMX = "admx"
    """An ADMX-backed string, `<enabled/>` with its data or `<disabled/>`; `admx` names the rule."""
    ANY = "any"
    """Its source says that it cannot be described."""
    UNSTATED = "unstated"
    """Its source says nothing."""


@dataclass(frozen=True, slots=True)
class Admx:
    """The group policy behind an ADMX-backed node: file, area (category path) and name."""

    file: str
    area: str
    name: str


Span = tuple[int, int]
"""Both ends belong to it; they reach up to 4294967295, for `int` may be unsigned."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a node allows. With `delimiter` the value is a list, and each item obeys the kind.

    `labels` belong to `values` one to one; they are Microsoft's words and thus empty unless the
    administrator imported them. `delimiter` is the character itself (U+F000 among them).
    """

    kind: Kind = Kind.UNSTATED
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    ranges: tuple[Span, ...] = ()
    pattern: str | None = None
    xsd_id: str | None = None
    admx: Admx | None = None
    delimiter: str | None = None

    @property
    def is_list(self) -> bool:
        """Whether the value holds several items."""
        return self.delimiter is not None


UNSTATED: Final = Allowed()

_SPAN: Final = re.compile(r"\(?(-?\d+)\)?(?:-\(?(-?\d+)\)?)?")


def read_ranges(text: str) -> tuple[Span, ...]:
    """Return the spans of `[a-b]`, `[a]` or `[a,b]`; negative numbers stand in parentheses.

    Returns nothing for a text that is none of them.
    """
    inside = text.strip()
    if not (inside.startswith("[") and inside.endswith("]")):
        return ()
    spans: list[Span] = []
    for piece in inside[1:-1].split(","):
        found = _SPAN.fullmatch(piece.strip())
        if not found:
            return ()
        low = int(found[1])
        spans.append((low, int(found[2]) if found[2] is not None else low))
    return tuple(spans)


def read_delimiter(text: str) -> str:
    """Return the character a list is joined with; the DDF spells U+F000 in two ways."""
    if text.casefold() in ("0xf000", "\\xf000"):
        return "\uf000"
    return text
