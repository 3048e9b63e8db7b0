"""What the house remembers of the desired state, as frozen values: shared by flows and store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId

ALL_DEVICES: Final = GroupId("grp_all")
"""The built-in group that every device under management is in."""


class GroupKind(Enum):
    """How a device comes into a group; the value is the REST spelling."""

    ALL = "all"
    HAND = "hand"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named bundle of settings, without the settings."""

    id: ProfileId
    name: str
    description: str
    created_at: datetime
    revision: int
    """The number of its latest revision."""
    template: str = ""
    """The id of the template it was started from; empty for none."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable save of a profile. `sealed` is the body, encrypted."""

    profile: ProfileId
    number: int
    at: datetime
    author: str
    reason: str
    settings: int
    """How many settings it holds."""
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of devices. `rule` is empty unless its kind is RULE."""

    id: GroupId
    name: str
    kind: GroupKind
    rule: str
    description: str
    created_at: datetime
    devices: int = 0
    """How many devices are in it; filled when it is read."""
    fault: str = ""
    """Why its stored rule cannot be read (any more), filled when it is shown: until it is changed,
    the group keeps the devices that it has.
    """


@dataclass(frozen=True, slots=True)
class Assignment:
    """One profile assigned to one group."""

    id: AssignmentId
    profile: ProfileId
    revision: int | None
    """None: always the latest."""
    group: GroupId
    excludes: bool
    """The devices of the group do not get the profile, whatever else says so."""
    priority: int
    """Where two profiles want different values of one node, the higher number wins."""
    created_at: datetime
    actor: str


Cohort = frozenset[GroupId]
"""The groups a device is in: all devices of one cohort share one wanted tree."""


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A cohort as stored."""

    groups: Cohort
    tree: str
    """The id of its wanted tree."""
    devices: int


@dataclass(frozen=True, slots=True)
class Mandate:
    """All that decides who gets what, read in one transaction."""

    version: int
    """Raised by every change; compared when one is committed."""
    profiles: Mapping[ProfileId, Profile]
    groups: Mapping[GroupId, Group]
    assignments: tuple[Assignment, ...]
    cohorts: tuple[CohortRow, ...]


@dataclass(frozen=True, slots=True)
class StoredTree:
    """A wanted tree as stored under the digest of its content."""

    id: str
    sealed: str = field(repr=False)
    nodes: int
    owners: Mapping[ProfileId, tuple[int, int]]
    """Revision, and number of nodes, of each profile that has a part in it."""
    guards: tuple[str, ...] = ()


class GuardState(Enum):
    """Where a staged roll-out stands; the value is the REST spelling."""

    OPEN = "waiting for the first device"
    CLAIMED = "the first device has it, and is to come back"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Guard:
    """A staged roll-out of settings that can lock a headset out: one device first."""

    key: str
    """`profile/revision`."""
    profile: ProfileId
    revision: int
    state: GuardState
    scout: DeviceId | None
    created_at: datetime
    claimed_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str = ""
    """The administrator who let the rest follow; empty: the scout came back."""


class ProgressState(Enum):
    """How a device stands to one profile, worst first; the value is the REST spelling."""

    FAILED = "failed"
    DRIFTED = "drifted"
    CONFLICTING = "conflicting"
    WAITING = "waiting"
    """Something is pending, sent or being removed, or the device was not heard of since."""
    APPLIED = "applied"
    """Everything was accepted, not everything could be read back."""
    VERIFIED = "verified"
    NOT_APPLICABLE = "not applicable"
    """The device has none of its settings."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How one device stands to one profile, as last planned."""

    profile: ProfileId
    revision: int
    state: ProgressState
    verified: int
    total: int
    """Settings that it has; those that do not apply are not counted."""
    failed: int
    """Failed, drifted and conflicting ones."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a profile has come over all devices that it reaches."""

    devices: int
    by_state: Mapping[ProgressState, int]


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One line of a profile's page: a device that the profile reaches."""

    device: DeviceId
    name: str
    os_build: str
    last_seen: datetime | None
    progress: Progress | None
    """None: not heard of since it was assigned."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """The fleet in one picture: devices by their worst state over all that is wanted of them."""

    devices: int
    """Devices under management."""
    by_state: Mapping[ProgressState, int]
    unmanaged: int
    """Devices of which nothing is wanted."""


@dataclass(frozen=True, slots=True)
class Member:
    """What rules are evaluated on: a device as stored. `known` is `desired.known` stored."""

    device: DeviceId
    groups: Cohort | None
    """None: it was never put into groups."""
    name: str
    state: str
    generation: str
    os_build: str
    edition: str
    model: str
    manufacturer: str
    architecture: str
    serial: str
    user: str
    enrollment: str
    """The way of its latest enrollment (`flows.entrance.Way`)."""
    macs: tuple[str, ...]
    tags: tuple[str, ...]
    last_seen: datetime | None
    group_tag: str = ""
    """Of its Autopilot record; empty where there is none."""
    known: bytes = field(repr=False, default=b"")
    """Empty unless asked for."""
