"""The template by which a headset gets its name: fixed text, %SERIAL% and %RAND:n%.

assumed: the rules of Autopilot's device name template (15 characters, letters, digits, hyphens,
not digits alone), which HoloLens follows; DevDetail fills the same two places in.
"""

import re
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid, shown

MAX_NAME: Final = 15
"""assumed: characters of a computer's NetBIOS name."""
ALLOWED: Final = "letters, digits and -, with %SERIAL% or %RAND:n%, at most 15 characters filled in"
_PLACE: Final = re.compile(r"%SERIAL%|%RAND:([0-9]{1,2})%", re.IGNORECASE)
_FIXED: Final = re.compile(r"[A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A checked template."""

    text: str

    def filled(self, serial: str, digits: str = "") -> str:
        """Return the name of one headset; where `digits` run out, `#` stands for them.

        A serial number that is too long loses its beginning (assumed: as DevDetail does it).
        """
        rest = iter(digits)
        room = MAX_NAME - _length(self.text)
        plain = re.sub(r"[^A-Za-z0-9-]", "", serial)
        own = plain[-room:] if room > 0 else ""

        def fill(found: re.Match[str]) -> str:
            if found.group(1) is None:
                return own
            return "".join(next(rest, "#") for _ in range(int(found.group(1))))

        return _PLACE.sub(fill, self.text)


def parse_template(text: str) -> NameTemplate:
    """Return the template. Raises Invalid with what is wrong."""
    text = text.strip()
    rest = _PLACE.sub("", text)
    if not text or not _FIXED.fullmatch(rest):
        raise _wrong(f"{shown(text)} is no name template")
    places = list(_PLACE.finditer(text))
    serials = sum(each.group(1) is None for each in places)
    if serials > 1:
        raise _wrong("%SERIAL% is in it twice")
    if any(each.group(1) is not None and int(each.group(1)) < 1 for each in places):
        raise _wrong("%RAND:0% makes nothing")
    if _length(text) + serials > MAX_NAME:
        raise _wrong(f"it makes names of more than {MAX_NAME} characters")
    if (rest.isdigit() and not serials) or (not rest and not serials):
        raise _wrong("it makes names of digits alone")
    if text.startswith("-") or text.endswith("-"):
        raise _wrong("a name neither begins nor ends with -")
    return NameTemplate(text)


def _length(text: str) -> int:
    """Return the characters that are made whatever the serial number."""
    digits = sum(int(each.group(1)) for each in _PLACE.finditer(text) if each.group(1))
    return len(_PLACE.sub("", text)) + digits


def _wrong(message: str) -> Invalid:
    return Invalid.field("name_template", message, ALLOWED)
