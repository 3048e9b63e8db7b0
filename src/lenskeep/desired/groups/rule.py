"""A rule: which devices belong to a group, in one line that a person can read.

A device belongs only when the rule is certainly true of it: what nobody has told yet is unknown,
and so is everything that follows from it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Final

from lenskeep.desired.builds import has_hololens_build, pair
from lenskeep.desired.groups.fields import FieldKind, Op
from lenskeep.desired.groups.judge import Judge, duration_of, judge, judge_term, told
from lenskeep.desired.groups.parser import parse
from lenskeep.desired.groups.portrait import Portrait
from lenskeep.desired.groups.syntax import Expression, Term, terms_of, written

_MAX_SHOWN: Final = 200
"""Characters of a device's value that an explanation shows."""
_INSTANT: Final = timedelta(microseconds=1)
_FIRST_OF_21H1: Final = "20346.1002"
"""May 2021, when 19041 went on to get new things; the only branch that began in the midst of
another's life."""


class Truth(Enum):
    """How a comparison comes out for a device; the value is the spelling in REST."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Explained:
    """One comparison of a rule, and how it comes out for a device."""

    term: str
    verdict: Truth
    value: str
    """What the device has; empty where nobody has told."""


@dataclass(frozen=True)
class Rule:
    """A rule, checked. Two rules of the same meaning and order are equal."""

    expression: Expression
    _judge: Judge = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_judge", judge(self.expression))

    @cached_property
    def text(self) -> str:
        """The canonical text; parsed, it gives the same rule."""
        return written(self.expression)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Its comparisons, each once."""
        return terms_of(self.expression)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields it asks for, `inventory` among them."""
        return frozenset(each.name for each in self.terms)

    @property
    def uris(self) -> frozenset[str]:
        """The LocURIs of the inventory values it asks for."""
        return frozenset(each.uri for each in self.terms if each.uri)

    @cached_property
    def depends_on_time(self) -> bool:
        """Whether a device can come to belong, or cease to, by the mere passing of time."""
        return any(duration_of(each) is not None for each in self.terms)

    @property
    def advice(self) -> tuple[str, ...]:
        """What its author should know, in sentences; nothing for most rules."""
        trapped = (each for each in self.terms if _crosses_branches(each))
        return tuple(_branch_trap(each) for each in trapped)

    def truth(self, device: Portrait, now: datetime) -> Truth:
        """Return how the whole rule comes out for a device."""
        return _truth(self._judge(device, now))

    def holds(self, device: Portrait, now: datetime) -> bool:
        """Return whether a device belongs: whether the rule is certainly true of it."""
        return self._judge(device, now) is True

    def explain(self, device: Portrait, now: datetime) -> tuple[Explained, ...]:
        """Return each comparison with its outcome, in order of their writing."""
        return tuple(
            Explained(
                written(term),
                _truth(judge_term(term)(device, now)),
                _shown(told(term, device)),
            )
            for term in self.terms
        )

    def changes_at(self, device: Portrait, now: datetime) -> datetime | None:
        """Return when next the device comes to belong or ceases to, if nothing but time passes."""
        if device.last_seen is None or not self.depends_on_time:
            return None
        belongs = self.holds(device, now)
        durations = (duration_of(each) for each in self.terms)
        edges = {device.last_seen + each for each in durations if each is not None}
        moments = sorted({at + late for at in edges for late in (timedelta(), _INSTANT)})
        later = (at for at in moments if at > now)
        return next((at for at in later if self.holds(device, at) is not belongs), None)


def parse_rule(text: str) -> Rule:
    """Return the rule. Raises Invalid with the place, what came and what was expected."""
    return Rule(parse(text))


def _truth(found: bool | None) -> Truth:
    if found is None:
        return Truth.UNKNOWN
    return Truth.TRUE if found else Truth.FALSE


def _shown(value: str) -> str:
    return value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}…"


def _crosses_branches(term: Term) -> bool:
    """Return whether the next branch began without what this one's revision had."""
    is_ordered = term.op in (Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST)
    if term.field.kind is not FieldKind.BUILD or not is_ordered:
        return False
    build = term.values[0]
    return pair(build) < pair(_FIRST_OF_21H1) and not has_hololens_build(_FIRST_OF_21H1, build)


def _branch_trap(term: Term) -> str:
    build = term.values[0]
    return (
        f"`{written(term)}` goes by number alone, and {_FIRST_OF_21H1} is the higher number "
        f"although it is older and lacks what came with {build}. `build has {build}` knows better."
    )
