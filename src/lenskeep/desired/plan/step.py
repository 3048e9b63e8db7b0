"""What planning is asked and what it answers. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.standing import DeviceStanding
from lenskeep.tree.operation import Operation, OperationState, Verb

_PREFIX: Final = "want|"
_VERBS: Final = frozenset(each.value for each in Verb)


def step_id(verb: Verb, key: str) -> OperationId:
    """Return the id under which a planned command travels: `want|replace|./device/...`."""
    return OperationId(f"{_PREFIX}{verb.value}|{key}")


def is_step(operation: OperationId) -> bool:
    """Return whether an id is that of a command for a wanted node, not of an operation of a person
    or of a wish of the server's own (`want|house|...`).
    """
    return operation.startswith(_PREFIX) and operation.split("|", 2)[1] in _VERBS


def parts_of_step(operation: OperationId) -> tuple[Verb, str]:
    """Return verb and node key of a planned command's id."""
    _, verb, key = operation.split("|", 2)
    return Verb(verb), key


@dataclass(frozen=True, slots=True)
class Step:
    """One command to send."""

    id: OperationId
    operation: Operation = field(repr=False)
    """Holds the value, which may be a secret."""
    reason: str
    """In words: why it is sent."""
    atomic: str = ""
    """The node whose whole subtree travels in one Atomic; adjacent steps with the same one do."""
    deliveries: int = 0
    """How often it was delivered before without an answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: the engine's word on it."""

    id: OperationId
    state: OperationState
    status: int | None = None
    text: str = ""
    deliveries: int | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """How a staged roll-out of lock-out settings stands."""

    scout: DeviceId | None = None
    """The one device that gets them first; None: nobody yet."""
    released: bool = False
    """Whether the scout has come back, or a person let the rest follow."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What besides wanted, known and standing decides what is done next."""

    device: DeviceId
    facts: DeviceFacts
    now: datetime
    session_started: datetime
    user_is_there: bool
    tree: str
    """The id of the wanted tree."""
    staged: Mapping[str, Staged] = field(default_factory=dict)
    """By guard key; one that is not in it has not begun."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next; nothing has been done yet."""

    asks: tuple[str, ...] = ()
    """LocURIs to read, in one Get of several items."""
    steps: tuple[Step, ...] = ()
    standing: DeviceStanding = field(default_factory=DeviceStanding)
    """How the device stands with this plan in mind, before anything is sent."""
    claims: tuple[str, ...] = ()
    """Staged roll-outs that this device begins as the scout."""
    releases: tuple[str, ...] = ()
    """Staged roll-outs whose scout has come back just now."""
