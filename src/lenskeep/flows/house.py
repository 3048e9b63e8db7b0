"""The house as flows see it: settings, tools, ports; put together by `app` alone."""

from collections.abc import Callable
from dataclasses import dataclass

from lenskeep.base.ambient import Clock, Ids, Randomness
from lenskeep.certificates.authority import Authority
from lenskeep.certificates.keyring import Keyring
from lenskeep.config import Settings
from lenskeep.enrollment.credentials import Attempts, Remembered
from lenskeep.flows.ports import (
    ConversationStore,
    EnrollmentStore,
    FleetStore,
    HousekeepingStore,
    MandateStore,
    PasswordHasher,
    PeopleStore,
    Rehearser,
    RolloutStore,
    StandingStore,
)
from lenskeep.tree.catalog.load import Catalog


@dataclass(frozen=True, slots=True)
class Tools:
    """The world's answers: time, names, dice, locks."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    keyring: Keyring
    hasher: PasswordHasher


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates a device is given and known by."""

    root_der: bytes
    """The root both sides trust; in every provisioning document."""
    devices: Authority
    """Issues device certificates."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What is remembered of secrets in memory: wrong ones counted, right ones for minutes."""

    enrollment: Attempts
    sign_in: Attempts
    remembered: Remembered


@dataclass(frozen=True, slots=True)
class House:
    """Everything a flow may need."""

    settings: Settings
    tools: Tools
    trust: Trust
    guard: Guard
    conversations: ConversationStore
    enrollments: EnrollmentStore
    people: PeopleStore
    fleet: FleetStore
    housekeeping: HousekeepingStore
    mandate: MandateStore
    standings: StandingStore
    rollouts: RolloutStore
    rehearser: Rehearser
    catalog: Callable[[], Catalog]
    """The settings catalog; read when it is first asked for."""

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.tools.clock

    @property
    def ids(self) -> Ids:
        """The maker of identifiers."""
        return self.tools.ids

    @property
    def randomness(self) -> Randomness:
        """The dice."""
        return self.tools.randomness

    @property
    def keyring(self) -> Keyring:
        """The keys for secrets at rest and for digests."""
        return self.tools.keyring

    @property
    def hasher(self) -> PasswordHasher:
        """The password hasher."""
        return self.tools.hasher
