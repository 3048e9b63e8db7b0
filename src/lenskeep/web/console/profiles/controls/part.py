"""One data element of an ADMX-backed policy as a part of a form."""

import re
from dataclasses import dataclass

from lenskeep.desired.document.admx import F000
from lenskeep.desired.validate.content.admx import Part


@dataclass(frozen=True, slots=True)
class PartControl:
    """What is filled in for one element. Without choices and bounds it is a text, or rows."""

    id: str
    hint: str
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    is_rows: bool = False
    """A list, which travels numbered and divided by U+F000."""
    required: bool = True


def part_control(part: Part) -> PartControl:
    """Return the control of a part, by what is said to be allowed in it."""
    found = re.fullmatch(r"([0-9]+) to ([0-9]+)", part.allowed)
    if found:
        low, high = int(found[1]), int(found[2])
        return PartControl(part.id, part.allowed, (), low, high, required=part.required)
    if part.fits(f"1{F000}x") and not part.fits("x"):
        return PartControl(part.id, "one a row", is_rows=True, required=part.required)
    words = tuple(part.allowed.split(", "))
    if all(part.fits(each) for each in words) and not part.fits("anything-else"):
        return PartControl(part.id, part.allowed, words, required=part.required)
    return PartControl(part.id, part.allowed, required=part.required)
