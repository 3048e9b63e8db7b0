"""A rule while it is typed: which headsets it takes, and why; or where it cannot be read."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Invalid
from lenskeep.desired.groups.fields import FIELDS, OPERATORS, Field
from lenskeep.flows.desired.groups import preview_rule
from lenskeep.web.console.desired import looks
from lenskeep.web.console.desired.answer import part
from lenskeep.web.console.desired.picture import slices
from lenskeep.web.console.page import Visit
from lenskeep.web.console.words import Look

EXAMPLES_SHOWN: Final = 12
_WORD: Final = re.compile(r"\w+")
_PLACE: Final = re.compile(r"^at character (\d+): ")
_ALLOWED_SHOWN: Final = 12
_MATCHING: Final = Look("Match", "good", "The rule is certainly true of them.")
_OTHERS: Final = Look("Others", "none", "The rule is false or unknown of them.")


@dataclass(frozen=True, slots=True)
class Slip:
    """Where and why a rule cannot be read."""

    message: str
    allowed: tuple[str, ...]
    before: str
    at: str
    """The word that is wrong; a blank at the end."""
    after: str


async def rule_part(visit: Visit) -> Response:
    """Show what the rule in the address would take."""
    return part(visit, "desired/rule_preview.html", await previewed(visit, _asked(visit)))


async def previewed(visit: Visit, rule: str) -> dict[str, object]:
    """Return what the preview of a rule shows."""
    nothing: dict[str, object] = {"rule": rule, "preview": None, "slip": None, "rule_parts": ()}
    if not rule.strip():
        return nothing
    try:
        found = await preview_rule(visit.house, visit.caller, rule, limit=EXAMPLES_SHOWN)
    except Invalid as invalid:
        return nothing | {"slip": slip_of(rule, invalid)}
    others = found.devices - found.matching
    parts = slices([(_MATCHING, found.matching, ""), (_OTHERS, others, "")])
    return nothing | {"preview": found, "rule_parts": parts}


def slip_of(rule: str, invalid: Invalid) -> Slip:
    """Return the complaint with its place in the text."""
    complaint = invalid.complaints[0]
    found = _PLACE.match(complaint.message)
    message = complaint.message[found.end() :] if found else complaint.message
    place = int(found[1]) - 1 if found else len(rule)
    allowed = tuple(each.strip() for each in (complaint.allowed or "").split(",") if each.strip())
    if len(allowed) > _ALLOWED_SHOWN or not _are_names(allowed):
        allowed = (complaint.allowed or "",) if complaint.allowed else ()
    if not found:
        return Slip(message, allowed, "", "", "")
    end = place + len(_word_at(rule, place))
    return Slip(message, allowed, rule[:place], rule[place:end] or " ", rule[end:])


def _word_at(rule: str, place: int) -> str:
    """Return what begins there: a word, else one character."""
    found = _WORD.match(rule, place)
    return found[0] if found else rule[place : place + 1]


def help_values() -> dict[str, object]:
    """Return what the help beside a rule shows."""
    return {"fields": [(each, _operators(each)) for each in FIELDS], "looks": looks}


def _operators(field: Field) -> str:
    return ", ".join(each.value for each in OPERATORS[field.kind])


def _are_names(allowed: tuple[str, ...]) -> bool:
    return all(re.fullmatch(r"[\w.]+", each) for each in allowed)


def _asked(visit: Visit) -> str:
    return visit.request.query_params.get("rule", "")
