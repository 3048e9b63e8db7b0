"""A template, what it asks for, and how answers make a body of settings of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Template as Text
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.desired.templates.blank import YES, Blank
from lenskeep.desired.validate.finding import Found

Answers = Mapping[str, str]

POLICY: Final = "./Device/Vendor/MSFT/Policy/Config/"
_SLOT: Final = re.compile(r"\$\{([a-z0-9_]+)\}")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A setting of a template: where, what, and why it is there or what it can do.

    `${name}` in the address and the value stands for an answer; `made` makes a document of
    answers and names those it needs.
    """

    uri: str
    value: str | None = None
    trap: str = ""
    """How it can trap a fleet; empty for what cannot."""
    when: str = ""
    """The question that has to be answered with yes; empty: always."""
    made: "Document | None" = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The blanks without which it is left out, each once."""
        slots = (*_SLOT.findall(self.uri), *_SLOT.findall(self.value or ""))
        return tuple(dict.fromkeys((*slots, *(self.made.needs if self.made else ()))))


@dataclass(frozen=True, slots=True)
class Document:
    """A document made of answers."""

    needs: tuple[str, ...]
    write: Callable[[Answers], str]


@dataclass(frozen=True, slots=True)
class Needs:
    """On which headsets a template makes sense."""

    enrollments: tuple[str, ...] = ("any",)
    """How they were enrolled: any, entra, autopilot, package."""
    first_build: str = ""
    """The first build that has all of it; older ones leave out what they lack. Empty: any."""
    before_build: str = ""
    """Only builds before this one, empty: any."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A setting that the answers so far take out."""

    uri: str
    because: str


@dataclass(frozen=True, slots=True)
class Template:
    """A profile to start from. `id` never changes; what it sets may, with a new release."""

    id: str
    title: str
    summary: str
    audience: str
    """Whom it is for."""
    settings: tuple[Suggestion, ...]
    blanks: tuple[Blank, ...] = ()
    warnings: tuple[str, ...] = ()
    """What somebody has to know who uses it, beside the traps of single settings."""
    needs: Needs = Needs()
    source: str = ""
    """Where its facts come from."""

    @property
    def traps(self) -> tuple[tuple[str, str], ...]:
        """What can lock a headset out: the address, as written here, and how."""
        return tuple((each.uri, each.trap) for each in self.settings if each.trap)

    def fill(self, answers: Answers = MappingProxyType({})) -> ProfileBody:
        """Return the settings with these answers. Raises Invalid with everything wrong at once.

        Nothing is acknowledged in it: what can lock out has to be looked at by somebody.
        """
        given = self._checked(answers)
        kept = (each for each in self.settings if not self._obstacle(each, given))
        return ProfileBody(tuple(_setting(each, given) for each in kept), Drift.CORRECT)

    def left_out(self, answers: Answers = MappingProxyType({})) -> tuple[LeftOut, ...]:
        """Return which settings these answers take out, and why. Raises Invalid as `fill` does."""
        given = self._checked(answers)
        pairs = ((each.uri, self._obstacle(each, given)) for each in self.settings)
        return tuple(LeftOut(uri, because) for uri, because in pairs if because)

    def blank(self, name: str) -> Blank | None:
        """Return the blank of that name."""
        return next((each for each in self.blanks if each.name == name), None)

    def _obstacle(self, setting: Suggestion, given: Answers) -> str:
        if setting.when and given[setting.when] != YES:
            return f"{self._title(setting.when)}: {given[setting.when]}"
        empty = [name for name in setting.needs if not given[name]]
        return f"not filled in: {', '.join(map(self._title, empty))}" if empty else ""

    def _title(self, name: str) -> str:
        blank = self.blank(name)
        return name if blank is None else blank.title

    def _checked(self, answers: Answers) -> dict[str, str]:
        wrong = tuple(self._wrong(answers))
        if wrong:
            raise Invalid(*wrong)
        return {each.name: _answer(each, answers.get(each.name, "")) for each in self.blanks}

    def _wrong(self, answers: Answers) -> Iterator[Complaint]:
        names = [each.name for each in self.blanks]
        for name, answer in answers.items():
            blank = self.blank(name)
            if blank is None:
                near = get_close_matches(name[:60], names, n=1)
                allowed = near[0] if near else ", ".join(names) or "no answers"
                yield Complaint(name[:60], f"nothing here is called {shown(name)}", allowed)
            elif answer.strip():
                yield from _complaints(blank, blank.wrong(_answer(blank, answer)))


def _answer(blank: Blank, answer: str) -> str:
    """Return the answer without the blanks around it, which in a secret may be part of it."""
    if not answer.strip():
        return blank.default
    return answer if blank.is_secret else answer.strip()


def _complaints(blank: Blank, found: Found) -> Iterator[Complaint]:
    """Return what stops an answer; the answer itself is not repeated, it may be a secret."""
    for each in found:
        if each.weight.value == "refused":
            yield Complaint(blank.name, f"the answer {each.problem}", each.allowed)


def _setting(suggestion: Suggestion, given: Answers) -> ProfileSetting:
    names = {name: quote(answer, safe="") for name, answer in given.items()}
    uri = Text(suggestion.uri).substitute(names)
    if suggestion.made is not None:
        return ProfileSetting(uri, suggestion.made.write(given))
    value = suggestion.value
    return ProfileSetting(uri, None if value is None else Text(value).substitute(given))


# --- Short ways to write them ---------------------------------------------------------------------


def policy(name: str, value: str | int, trap: str = "", *, when: str = "") -> Suggestion:
    """Return a policy by `Area/Name`."""
    return Suggestion(POLICY + name, str(value), trap, when)


def node(uri: str, value: str | None, trap: str = "", *, when: str = "") -> Suggestion:
    """Return a node of another CSP, by what follows `./Device/Vendor/MSFT/`."""
    return Suggestion(f"./Device/Vendor/MSFT/{uri}", value, trap, when)


def document(uri: str, made: Document, trap: str = "", *, when: str = "") -> Suggestion:
    """Return a node that holds a document made of answers."""
    return Suggestion(f"./Device/Vendor/MSFT/{uri}", None, trap, when, made)
