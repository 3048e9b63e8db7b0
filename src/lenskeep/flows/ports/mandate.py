"""What flows on the desired state ask of the store, and of the virtual headsets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import (
    Assignment,
    Cohort,
    Compliance,
    Group,
    Guard,
    Mandate,
    Member,
    Profile,
    Progress,
    ProgressRow,
    ProgressState,
    Revision,
    Rollout,
    StoredTree,
)
from lenskeep.flows.records import Audit, Page
from lenskeep.tree.operation import Operation

# --- with every management message --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mandated:
    """The head of what is wanted of a device: enough to see that nothing is to be done."""

    device: DeviceId
    groups: Cohort | None
    """None: it was never put into groups."""
    tree: str
    """The id of its cohort's wanted tree; empty: nothing is wanted."""
    standing_tree: str
    """The id of the tree it was last planned against."""
    settled: bool
    """So is a device that was never planned for."""
    due_at: datetime | None
    device_print: str


@dataclass(frozen=True, slots=True)
class Wanting:
    """What is wanted of a device and how it stands, for who looks at it."""

    tree: str
    sealed_tree: str = field(repr=False)
    """Empty: nothing is wanted."""
    standing: bytes = field(repr=False)
    guards: tuple[Guard, ...] = ()
    """Of the staged roll-outs in the tree, those that have begun."""


@dataclass(frozen=True, slots=True)
class Stood:
    """How the device stands now; committed with the message that led to it."""

    tree: str
    standing: bytes = field(repr=False)
    settled: bool
    due_at: datetime | None
    device_print: str
    worst: ProgressState | None
    """Over all profiles; None: nothing is wanted and nothing is left to take away."""
    progress: tuple[Progress, ...] = ()
    claims: tuple[str, ...] = ()
    """Guard keys that it begins as the scout; the message is decided again where another one was
    faster."""
    releases: tuple[str, ...] = ()


class StandingStore(Protocol):
    """Serves the message path, beside ConversationStore (whose commit stores `Stood`)."""

    async def sealed_tree(self, tree: str) -> str | None:
        """Return the wanted tree of this id, which never changes; None where it is gone."""
        ...

    async def standing_of(self, device_id: DeviceId) -> Wanting:
        """Return the same for the device's active, else latest, enrollment. Raises Missing."""
        ...

    async def unsettle(
        self, device_id: DeviceId, before: bytes, standing: bytes, audit: Audit
    ) -> bool:
        """Store a standing changed by an administrator (try again); planned at next contact.

        False, with nothing stored, where it is no longer as `before`: a message changed it.
        Raises the conversation's version, so that a message being decided is decided again;
        raises Missing, and Conflict where the device has no active enrollment.
        """
        ...


# --- who gets what ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MandateChange:
    """One change of who gets what; committed whole. Everything is optional."""

    profile: Profile | None = None
    """A new one, or an old one with another name, description or revision number."""
    forget_profile: ProfileId | None = None
    """With its revisions."""
    revision: Revision | None = None
    group: Group | None = None
    """A new one or an old one changed."""
    forget_group: GroupId | None = None
    assign: Assignment | None = None
    """A new one, or an old one (same id) changed."""
    unassign: AssignmentId | None = None
    trees: tuple[StoredTree, ...] = ()
    cohorts: Mapping[Cohort, str] = field(default_factory=dict)
    """Wanted tree by cohort: those that are new or changed."""
    moves: Mapping[DeviceId, Cohort] = field(default_factory=dict)
    """Devices that come into another cohort, which is stored already or among `cohorts`."""
    was: Mapping[DeviceId, Cohort | None] = field(default_factory=dict)
    """The cohorts in which devices were when this was decided; compared where given."""
    merges: Mapping[Cohort, Cohort] = field(default_factory=dict)
    """Cohorts all of whose devices come into another one (a group was forgotten)."""
    guards: tuple[Guard, ...] = ()
    """Staged roll-outs that begin; one whose key is there already stays as it is."""


class MandateStore(Protocol):
    """Serves profiles, groups and assignments. Raises Missing for an unknown id."""

    async def mandate(self, *, counted: bool = True) -> Mandate:
        """Return all that decides who gets what.

        `counted`: with how many devices each group and cohort has, which takes as long as the
        fleet is large; without, each has 0.
        """
        ...

    async def commit(self, version: int, change: MandateChange, audit: Sequence[Audit]) -> bool:
        """Store the change if the mandate's version is still this one; False: it moved.

        So it is False where a device is no longer where it `was`. A change of nothing but `moves`,
        all of them among `was`, does not raise the version: many devices come at once.
        Raises Conflict where a profile's or group's name is taken (compared without case).
        """
        ...

    async def revision(self, profile: ProfileId, number: int) -> Revision:
        """Return one save of a profile."""
        ...

    async def revisions(self, profile: ProfileId) -> tuple[Revision, ...]:
        """Newest first, without their bodies (`sealed` is empty)."""
        ...

    async def bodies(
        self, wanted: Collection[tuple[ProfileId, int]]
    ) -> Mapping[tuple[ProfileId, int], str]:
        """Return the sealed bodies of these revisions."""
        ...

    async def members(
        self, devices: Collection[DeviceId] | None = None, *, with_known: bool = False
    ) -> Sequence[Member]:
        """Return these devices, or all that are under management, in order of their id.

        Devices that are asked for come whatever their state; unknown ones do not come.
        """
        ...

    async def members_of(self, group: GroupId, after: str | None, limit: int) -> Page[Member]:
        """Return the devices of a group, in order of their id."""
        ...

    async def set_tags(
        self,
        tags: Mapping[DeviceId, tuple[str, ...]],
        audit: Sequence[Audit],
        was: Mapping[DeviceId, tuple[str, ...]] | None = None,
    ) -> bool:
        """Give each of these devices exactly these tags.

        False, with nothing stored, where one has other tags than it `was` thought to have.
        """
        ...

    async def tags(self) -> Mapping[str, int]:
        """Return every tag in use and how many devices have it."""
        ...


class RolloutStore(Protocol):
    """Serves the pictures: how far a profile has come, how the fleet stands."""

    async def rollout(self, profile: ProfileId) -> Rollout:
        """Return how far a profile has come."""
        ...

    async def rollouts(self) -> Mapping[ProfileId, Rollout]:
        """Return the same of every profile that reaches a device."""
        ...

    async def progress(
        self, profile: ProfileId, state: ProgressState | None, after: str | None, limit: int
    ) -> Page[ProgressRow]:
        """Devices that the profile reaches, those in trouble first."""
        ...

    async def compliance(self) -> Compliance:
        """Return how the fleet stands."""
        ...

    async def guards(self, profile: ProfileId | None = None) -> tuple[Guard, ...]:
        """Newest first."""
        ...

    async def release(self, key: str, audit: Audit) -> Guard:
        """Let the rest follow although the scout has not come back."""
        ...

    async def reset_scout(self, key: str, audit: Audit) -> Guard:
        """Let another device be the first: the scout is given up."""
        ...


# --- rehearsal ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """What a virtual headset said to one command, and what it shows afterwards."""

    status: int
    value: str | None = field(repr=False)
    """What a Get of the node gives; None where it gives none."""
    effective: str | None = field(repr=False)
    """What Policy/Result shows; None where there is none."""


class Rehearser(Protocol):
    """Plays operations on a virtual headset that nobody else sees."""

    def nearest(self, generation: str, edition: str, os_build: str) -> str:
        """Return the played build that stands in best for such a device."""
        ...

    async def rehearse(
        self, build: str, operations: Sequence[tuple[Operation, str]]
    ) -> tuple[Tried, ...]:
        """Return what a fresh headset of this build says, in order.

        The text beside an operation is its Atomic's root; adjacent ones with the same one travel
        together, empty ones alone.
        """
        ...
