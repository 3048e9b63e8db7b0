"""The front page of enrollment: every way in, how it stands, and who comes in at the moment."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.enrollment.package.instructions import ALL, has_way
from lenskeep.enrollment.rules.ways import Path, Standing
from lenskeep.flows.entry.admission.ways import PathView, show_ways
from lenskeep.web.console.enrollment.arrivals.page import arrivals_values
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look

FIRST_GEN: Final = "1st gen"
HEADSETS: Final = (
    ("", "Any headset"),
    ("22621.1244", "HoloLens 2, 23H2 or later"),
    ("20348.1501", "HoloLens 2, 22H1 and 22H2"),
    ("19041.1361", "HoloLens 2, 21H1 and 21H2"),
    ("19041.1128", "HoloLens 2, 20H2"),
    ("19041.1103", "HoloLens 2, 2004"),
    ("18362.1059", "HoloLens 2, 1903 and 1909"),
    (FIRST_GEN, "HoloLens (1st gen)"),
)
"""(the build from which steps are chosen, its name)."""

_NOT_THERE: Final = "not there"
_LOOKS: Final = {
    Standing.OFFERED: Look("Offered", "good", "A headset that comes this way is let in."),
    Standing.NEEDS_SET_UP: Look("Needs set-up", "warn", "Something is to be set up first."),
    Standing.CLOSED: Look("Closed", "calm", "The rules do not let anybody in this way."),
}
_NOT_FOR_IT: Final = Look("Not on this headset", "calm", "This generation or build lacks it.")

SUMMARIES: Final = {
    "A": "The first user signs in with a work account while the headset is set up.",
    "B": "A headset that is in use already joins the organization.",
    "C": "It sets itself up. Nobody signs in or types anything.",
    "D": "For a headset of a person with a Microsoft account: it stays theirs.",
    "E": "A code or password is typed in Settings, or the wearer signs in on a web page.",
    "F": "A package from a USB stick; everybody of the tenant can sign in afterwards.",
    "G": "A package from a USB stick. Nothing is typed, nobody signs in.",
}
_COMMAND: Final = re.compile(r":? \(?lenskeep [a-z -]+\)?")
WITHOUT_ENTRA: Final = ("E", "G")


@dataclass(frozen=True, slots=True)
class Card:
    """One way as a card shows it."""

    view: PathView
    look: Look
    is_there: bool
    """Whether the headset chosen has it."""

    @property
    def letter(self) -> str:
        """Which way."""
        return self.view.path.letter

    @property
    def summary(self) -> str:
        """What it is like, in a sentence."""
        return SUMMARIES[self.letter]

    @property
    def missing(self) -> str:
        """What is to be set up, without the commands that do it."""
        if not self.is_there or self.view.state is not Standing.NEEDS_SET_UP:
            return ""
        told = next((each.missing for each in self.view.means if each.missing), "")
        return _COMMAND.sub("", told)


async def front_page(visit: Visit) -> Response:
    """Show the ways in and who comes."""
    headset = chosen_headset(visit)
    found = await show_ways(visit.house, visit.caller)
    cards = [card(each, headset) for each in found]
    values: dict[str, object] = {
        "headsets": HEADSETS,
        "headset": headset,
        "kinds": (
            ("Without Microsoft Entra", [e for e in cards if e.letter in WITHOUT_ENTRA]),
            ("With Microsoft Entra", [e for e in cards if e.letter not in WITHOUT_ENTRA]),
        ),
    }
    return visit.answer("enrollment/ways.html", values | await arrivals_values(visit))


def card(view: PathView, headset: str) -> Card:
    """Return the card of a way, for a kind of headset."""
    is_there = has_path(view.path, headset)
    return Card(view, _LOOKS[view.state] if is_there else _NOT_FOR_IT, is_there)


def chosen_headset(visit: Visit) -> str:
    """Return the headset that the address names; empty for any."""
    asked = visit.request.query_params.get("headset", "")
    return asked if asked in {build for build, _ in HEADSETS} else ""


def has_path(path: Path, headset: str) -> bool:
    """Return whether such a headset has the way."""
    ways = [ALL[each.way] for each in path.means]
    if headset == FIRST_GEN:
        return any(each.first_gen != _NOT_THERE for each in ways)
    return any(has_way(each, headset) for each in ways)
