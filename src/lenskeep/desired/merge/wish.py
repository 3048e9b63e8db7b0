"""What goes into a merge and what comes out of it: wishes, claims and clashes."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from lenskeep.desired.profile import Drift, Owner, ProfileBody
from lenskeep.desired.wanted import WantedTree
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.value import Format

Records = Callable[[str], Record | None]
"""Return the catalog's node for a concrete LocURI."""

Mark = Callable[[str], str]
"""Return the keyed digest of a text."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A profile's revision that reaches the cohort. Its settings have been validated.

    `guards` maps the comparison key of a node to the staged roll-out it waits for.
    """

    owner: Owner
    priority: int
    body: ProfileBody
    guards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one profile wants of one node. `typed` is the key of its value (`compare.typed`)."""

    owner: Owner
    priority: int
    uri: str
    format: Format
    value: str | None = field(repr=False)
    typed: Hashable = field(repr=False)
    drift: Drift
    guard: str

    @property
    def order(self) -> tuple[int, str, int]:
        """The order of wishes: by priority, highest first, then by profile and revision."""
        return -self.priority, self.owner.profile, self.owner.revision


def mark_text(form: Format, value: str | None) -> str:
    """Return the text of which a wish's mark is made."""
    return form.value if value is None else f"{form.value} {value}"


class ClashKind(Enum):
    """How profiles differ over a node; the value is the spelling in REST."""

    OWN_RULE = "own rule"
    """The node's own rule says which value wins. Nobody needs to decide."""
    PRIORITY = "priority"
    """The profile of higher priority wins."""
    WHOLE = "whole"
    """The node belongs to a whole that is taken from one profile, and this is not it."""
    UNDECIDED = "undecided"
    """Profiles of one priority contradict each other, so nothing is sent."""

    @property
    def is_conflict(self) -> bool:
        """Whether somebody's wish is not done for the sake of another's alone."""
        return self is not ClashKind.OWN_RULE


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants what of a node; a value that may be a secret is not shown."""

    owner: Owner
    value: str | None


@dataclass(frozen=True, slots=True)
class Clash:
    """A node of which profiles want different things, and what comes of it."""

    uri: str
    kind: ClashKind
    winners: tuple[Claim, ...]
    """Empty where it is undecided."""
    losers: tuple[Claim, ...]
    words: str
    """For a person; without values."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The wanted tree, and where profiles differed; both in order of the node's key."""

    tree: WantedTree
    clashes: tuple[Clash, ...] = ()

    @property
    def conflicts(self) -> tuple[Clash, ...]:
        """The clashes that somebody should see before it is saved."""
        return tuple(each for each in self.clashes if each.kind.is_conflict)


def names(wishes: Sequence[Wish]) -> str:
    """Return who wishes, in words: `'Ward' and 'Theatre'`."""
    every = list(dict.fromkeys(f"'{each.owner.name}'" for each in wishes))
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}"
