"""What validation is asked and what it answers: a setting, findings by weight, the wire value."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.guard.lockout import Lockout
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.sensitive import REDACTED
from lenskeep.tree.uri import LocUri
from lenskeep.tree.value import Format

_SHOWN: Final = 80
"""Characters of a value that a finding shows: enough to recognize it, too few to flood a page."""


class Weight(Enum):
    """How much a finding matters."""

    REFUSED = "refused"
    """It is not sent: the headset would refuse it, or take it and do nothing."""
    WARNING = "warning"
    """It is sent; somebody should look at it."""
    LOCKOUT = "lock-out"
    """It is sent once it was acknowledged: it can cut the headset off, or its wearer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed: the field, what is so about it, what is allowed, and what came.

    `problem` is a predicate ("is not one of the choices") and never holds the value itself, which
    may be a secret; `came` holds it, and is hidden for nodes that keep secrets.
    """

    weight: Weight
    field: str
    problem: str
    allowed: str | None = None
    came: str | None = None
    lockout: Lockout | None = None
    """With `LOCKOUT`: how it is recovered, and which network must remain."""

    @property
    def message(self) -> str:
        """The sentence for a person."""
        subject = f"the {self.field}" if self.came is None else f"'{self.came}'"
        return f"{subject} {self.problem}"

    @property
    def complaint(self) -> Complaint:
        """The finding in the house's form for wrong input."""
        return Complaint(self.field, self.message, self.allowed)


Found = tuple[Finding, ...]
"""What a single check noticed; nothing when all is well."""


def refused(
    problem: str, allowed: str | None = None, came: str | None = None, *, field: str = "value"
) -> Finding:
    """Return a finding that stops the setting."""
    return Finding(Weight.REFUSED, field, problem, allowed, shown(came))


def warned(
    problem: str, allowed: str | None = None, came: str | None = None, *, field: str = "value"
) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(Weight.WARNING, field, problem, allowed, shown(came))


def locks_out(lockout: Lockout) -> Finding:
    """Return a finding that needs an acknowledgement."""
    return Finding(Weight.LOCKOUT, "value", lockout.why, lockout=lockout)


def hidden(found: Found) -> Found:
    """Return the findings of a node that may keep a secret: what came is not shown."""
    return tuple(each if each.came is None else replace(each, came=REDACTED) for each in found)


def shown(value: str | None) -> str | None:
    """Return a value short enough to be shown, characters that cannot be printed escaped."""
    if value is None:
        return None
    short = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in short)


@dataclass(frozen=True, slots=True)
class Setting:
    """What somebody wants of one node.

    Without a verb the node is to be set, by Add or Replace as it turns out; without a format the
    catalog's is taken.
    """

    uri: str
    value: str | None = None
    verb: Verb | None = None
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A setting as it goes out: the concrete address, the catalog's format, the checked text."""

    uri: LocUri
    format: Format | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything noticed about one setting; `wire` is there unless it was refused.

    `atomic_root` is the concrete node whose whole subtree must travel in one `<Atomic>`, empty
    for none; `record` the catalog's node, where there is one.
    """

    found: Found = ()
    wire: Wire | None = None
    atomic_root: str = ""
    record: Record | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether nothing speaks against sending it."""
        return not self.refusals

    @property
    def refusals(self) -> Found:
        """What stops it."""
        return self._of(Weight.REFUSED)

    @property
    def warnings(self) -> Found:
        """What somebody should look at."""
        return self._of(Weight.WARNING)

    @property
    def lockouts(self) -> Found:
        """What has to be acknowledged."""
        return self._of(Weight.LOCKOUT)

    def require(self) -> Wire:
        """Return the wire value. Raises Invalid with every refusal at once."""
        if self.wire is None or self.refusals:
            raise Invalid(*(each.complaint for each in self.refusals))
        return self.wire

    def _of(self, weight: Weight) -> Found:
        return tuple(each for each in self.found if each.weight is weight)
