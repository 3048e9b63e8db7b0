"""Commands in steps and remedies, told as the pages of the console that do the same. Pure."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Piece:
    """Text, or a link where there is an address; a command without a page stays one."""

    text: str
    address: str = ""
    is_command: bool = False


_PAGES: Final = (
    ("enrollment check-names DOMAIN", "Names", "/enrollment/names"),
    ("enrollment check-names", "Names", "/enrollment/names"),
    ("enrollment attempts", "Arrivals", "/enrollment"),
    ("enrollment ways", "Bring in", "/enrollment"),
    ("enrollment rules show", "Rules", "/enrollment/rules"),
    ("enrollment maintenance off", "Maintenance", "/enrollment/rules#maintenance"),
    ("code new", "Codes", "/codes"),
    ("account add", "Accounts", "/accounts"),
    ("sign-in add-provider NAME", "Web sign-in", "/enrollment/sign-in"),
    ("sign-in add-provider", "Web sign-in", "/enrollment/sign-in"),
    ("sign-in check", "Web sign-in", "/enrollment/sign-in"),
    ("entra add-tenant TENANT", "Entra", "/enrollment/entra"),
    ("entra add-tenant", "Entra", "/enrollment/entra"),
    ("entra try TOKEN", "Entra, Try a token", "/enrollment/entra"),
    ("autopilot export FILE", "Autopilot, Export", "/enrollment/autopilot"),
    ("bulk-account add", "Packages", "/enrollment/packages#bulk-title"),
    ("package new NAME --out FILE", "Packages", "/enrollment/packages#new"),
    ("package new", "Packages", "/enrollment/packages#new"),
    ("device retire", "Devices", "/"),
    ("device show", "Devices", "/"),
)
"""(what follows `lenskeep`, the page that does it, its address); the longest of a kind first."""

_COMMAND: Final = re.compile(
    r"lenskeep (?P<verb>"
    + "|".join(re.escape(verb) for verb, _, _ in _PAGES)
    + r")(?P<more>( --[a-z-]+ \S+)*)|lenskeep [a-z-]+( [a-z-]+)?"
)
_BY_VERB: Final = {verb: (name, address) for verb, name, address in _PAGES}


def spoken(text: str) -> tuple[Piece, ...]:
    """Return the text in pieces, commands as the pages that do the same."""
    found: list[Piece] = []
    end = 0
    for match in _COMMAND.finditer(text):
        found.append(Piece(text[end : match.start()]))
        found.append(_piece(match))
        end = match.end()
    found.append(Piece(text[end:]))
    return tuple(each for each in found if each.text)


def _piece(match: re.Match[str]) -> Piece:
    if match["verb"] is None:
        return Piece(match[0], is_command=True)
    name, address = _BY_VERB[match["verb"]]
    return Piece(name, address)
