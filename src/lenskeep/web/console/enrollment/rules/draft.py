"""The form of the rules: a document becomes what fields show, what was typed a document. Pure.

Fields are named as complaints name the places of the document, so that each complaint finds its
field. What cannot be read stays as it was typed, for the one reader of rules to complain about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lenskeep.flows.entrance import Plain
from lenskeep.web.console.enrollment.fields import NONE, entries, number
from lenskeep.web.console.page import Form

LISTS: Final = (
    "users.allow",
    "users.deny",
    "domains",
    "tenants",
    "devices.serials",
    "devices.hardware",
)
"""Texts, one a line."""
TEXTS: Final = (
    "builds.min",
    "builds.max",
    "hours.zone",
    "hours.from",
    "hours.to",
    "hours.begins",
    "hours.ends",
)
CHOICES: Final = ("ways", "generations", "hours.days")
FLAGS: Final = ("devices.autopilot", "dry_run")
EDITIONS: Final = "editions"
CAP: Final = "cap_per_user"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the fields of the form hold."""

    texts: Mapping[str, str]
    ticks: Mapping[str, frozenset[str]]
    flags: frozenset[str]


def draft_of(document: Mapping[str, Plain]) -> Draft:
    """Return what the fields show of a document."""
    texts = {name: "\n".join(_list(document, name)) for name in LISTS}
    texts |= {name: _text(document, name) for name in (*TEXTS, CAP)}
    texts[EDITIONS] = ", ".join(_list(document, EDITIONS))
    return Draft(
        texts,
        {name: frozenset(_list(document, name)) for name in CHOICES},
        frozenset(name for name in FLAGS if _at(document, name) is True),
    )


def typed(form: Form) -> Draft:
    """Return what was typed."""
    return Draft(
        {name: form.get(name, "") for name in (*LISTS, *TEXTS, EDITIONS, CAP)},
        {name: frozenset(form.getlist(name)) for name in CHOICES},
        frozenset(name for name in FLAGS if form.get(name) == "1"),
    )


def document_of(draft: Draft) -> dict[str, object]:
    """Return the document that the fields mean; an empty field is no rule."""
    document: dict[str, object] = {}
    for name in LISTS:
        _put(document, name, entries(draft.texts[name]))
    for name in TEXTS:
        _put(document, name, draft.texts[name].strip())
    for name in CHOICES:
        _put(document, name, sorted(draft.ticks[name]))
    for name in FLAGS:
        _put(document, name, name in draft.flags)
    _put(document, EDITIONS, [_number(each) for each in entries(draft.texts[EDITIONS])])
    cap = number(draft.texts[CAP], 0)
    _put(document, CAP, cap if draft.texts[CAP].strip() and cap != 0 else _zero(draft))
    return document


def _zero(draft: Draft) -> object:
    """A cap of 0 is typed, and complained about; an empty field is none."""
    return str(NONE) if draft.texts[CAP].strip() else None


def _number(text: str) -> int | str:
    found = number(text, NONE)
    return text if found == NONE else found


def _put(document: dict[str, object], name: str, value: object) -> None:
    """Put a value in its place, `users.allow` within `users`; nothing for an empty one."""
    if value in ("", [], None, False):
        return
    outer, dot, inner = name.partition(".")
    if not dot:
        document[name] = value
        return
    place = document.setdefault(outer, {})
    if isinstance(place, dict):
        place[inner] = value


def _at(document: Mapping[str, Plain], name: str) -> Plain:
    outer, dot, inner = name.partition(".")
    found = document.get(outer)
    if not dot:
        return found
    return found.get(inner) if isinstance(found, dict) else None


def _list(document: Mapping[str, Plain], name: str) -> list[str]:
    found = _at(document, name)
    return [str(each) for each in found] if isinstance(found, list) else []


def _text(document: Mapping[str, Plain], name: str) -> str:
    found = _at(document, name)
    return "" if found is None else str(found)
