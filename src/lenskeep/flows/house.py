"""The house as flows see it: settings, tools, ports; put together by `app` alone."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from cryptography import x509

from lenskeep.base.ambient import Clock, Ids, Randomness
from lenskeep.base.errors import Unavailable
from lenskeep.base.spans import NO_SPANS, Spans
from lenskeep.certificates.authority import Authority
from lenskeep.certificates.keyring import Keyring
from lenskeep.certificates.keys import dump_certificate
from lenskeep.config import Settings
from lenskeep.desired.known import Known, load_known
from lenskeep.desired.wanted import WantedTree
from lenskeep.enrollment.allowance import Allowance
from lenskeep.enrollment.credentials import Attempts, Remembered
from lenskeep.flows.ports import (
    AttemptStore,
    AuthorityFiles,
    AutopilotStore,
    ConversationStore,
    DocumentStore,
    EnrollmentStore,
    FleetStore,
    HousekeepingStore,
    ItemStore,
    KeySource,
    LeavingStore,
    LivingStore,
    MandateStore,
    NameProbe,
    PasswordHasher,
    PeopleStore,
    Rehearser,
    RolloutStore,
    SignIn,
    StandingStore,
    StumbleStore,
    TicketStore,
)
from lenskeep.tree.catalog.load import Catalog

COUNTED_AT_ONCE: Final = 100
COUNTED_EVERY: Final = timedelta(milliseconds=50)
"""Rows for wrong secrets, a process: with a life of minutes, some thousands at the very most."""
_KNOWN: Final = "known.value"
_UTF_8: Final = ("utf-8", "surrogatepass")
MAX_WANTED: Final = 5_000
"""Nodes of all wanted trees kept together, some 1.5 kB each: 50 trees of 100 settings."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The world's answers: time, names, dice, locks."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    keyring: Keyring
    hasher: PasswordHasher
    spans: Spans = NO_SPANS


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates a device is given and known by."""

    root_der: bytes
    """The root both sides trust; in every provisioning document."""
    devices: Authority
    """Issues device certificates."""
    roots: tuple[bytes, ...]
    """All roots (DER) that are trusted while they are changed, the one in use first."""
    issuers: tuple[x509.Certificate, ...]
    """All issuers whose device certificates are good, the one in use first."""
    serving_root: bytes
    """The root of the certificate that the server shows now: who comes must trust it before."""


def read_trust(files: AuthorityFiles) -> Trust:
    """Return what the eras that count stand for; the newest one's root is handed out."""
    state = files.state()
    eras = [files.era(number) for number in reversed(state.accepted)]
    roots = tuple(dict.fromkeys(dump_certificate(each.root) for each in eras))
    issuers = tuple(each.devices for each in eras)
    serving = dump_certificate(files.era(state.serving).root)
    return Trust(roots[0], files.issuing(), roots, issuers, serving)


@dataclass(slots=True)
class Authorities:
    """What we issue with and trust, exchanged as a whole when a rotation moves on.

    The one thing in the house that changes under way: who needs it asks for it every time.
    """

    files: AuthorityFiles
    living: LivingStore
    trust: Trust
    listeners: list[Callable[[], None]] = field(default_factory=list)
    """Told after an exchange: the TLS listener trusts other issuers from then on."""

    def exchange(self, trust: Trust) -> None:
        """Put this in place of what was, and tell the listeners."""
        self.trust = trust
        for each in self.listeners:
            each()


@dataclass(frozen=True, slots=True)
class Guard:
    """What is remembered of secrets: wrong ones counted, right ones for minutes.

    In memory, but for the count that all processes keep together in the store; nothing is asked
    of that for a right secret.
    """

    enrollment: Attempts
    sign_in: Attempts
    remembered: Remembered
    stumbles: StumbleStore
    counted: Allowance = field(default_factory=lambda: Allowance(COUNTED_AT_ONCE, COUNTED_EVERY))
    """How many wrong secrets are put into the store; whoever is faster is counted in memory."""
    strangers: Allowance = field(default_factory=Allowance)
    """What those who proved nothing may have us write down."""


class Trees:
    """Wanted trees opened lately, by their id, under which they never change.

    Bounded by the nodes in them, whatever the number of devices: a fleet has few different trees.
    """

    def __init__(self, max_nodes: int = MAX_WANTED) -> None:
        self._max = max_nodes
        self._nodes = 0
        self._trees: OrderedDict[str, WantedTree] = OrderedDict()

    def __len__(self) -> int:
        return len(self._trees)

    def get(self, tree: str) -> WantedTree | None:
        """Return the tree, if it is kept."""
        found = self._trees.get(tree)
        if found is not None:
            self._trees.move_to_end(tree)
        return found

    def keep(self, tree: str, wanted: WantedTree) -> None:
        """Keep it, in place of those not used for the longest time; one too large is not kept."""
        size = len(wanted.nodes)
        if tree in self._trees or size > self._max:
            return
        self._trees[tree] = wanted
        self._nodes += size
        while self._nodes > self._max:
            _, gone = self._trees.popitem(last=False)
            self._nodes -= len(gone.nodes)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ways in and out need."""

    documents: DocumentStore
    items: ItemStore
    tickets: TicketStore
    attempts: AttemptStore
    autopilot: AutopilotStore
    leaving: LeavingStore
    keys: KeySource
    sign_in: SignIn
    names: NameProbe


@dataclass(frozen=True, slots=True)
class House:
    """Everything a flow may need."""

    settings: Settings
    tools: Tools
    authorities: Authorities
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
    entry: Entry
    catalog: Callable[[], Catalog]
    """The settings catalog; read when it is first asked for."""
    trees: Trees = field(default_factory=Trees)
    """Wanted trees that were opened lately."""

    @property
    def trust(self) -> Trust:
        """What we issue with and trust at this moment."""
        return self.authorities.trust

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

    def open_known(self, stored: bytes) -> Known:
        """Return what is known of a device, with the secrets in it."""
        return load_known(stored, self._unsealed)

    def stored_known(self, known: Known) -> bytes:
        """Return the form in which it is stored: secrets sealed."""
        return known.dump(lambda value: self.keyring.seal(_KNOWN, value.encode(*_UTF_8)))

    def _unsealed(self, sealed: str) -> str | None:
        try:
            return self.keyring.open(_KNOWN, sealed).decode(*_UTF_8)
        except Unavailable:  # its master key was dropped: the headset is asked again
            return None

    @property
    def hasher(self) -> PasswordHasher:
        """The password hasher."""
        return self.tools.hasher
