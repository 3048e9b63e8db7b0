"""Serves management sessions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lenskeep.base.errors import Unavailable
from lenskeep.base.identifiers import CertificateId, DeviceId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.mandate import Guard
from lenskeep.flows.ports.mandate import Mandated, Stood
from lenskeep.flows.records import (
    Certificate,
    DeviceState,
    Enrollment,
    TimelineEntry,
)
from lenskeep.session.state import Open, OperationChange, Session
from lenskeep.tree.identity import Identity


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What makes a message the same message: session, number, and SHA-256 of its bytes."""

    session_id: str
    msg_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Glance:
    """What a message is that may find nothing to do: then little is read for it."""

    at: datetime
    asked_before: datetime
    """Questions of ours are due where the last ones were asked before this."""
    asked_ahead: datetime
    """And where they were asked after this: by a clock that was set back since."""
    latest_due: datetime
    """What is due later than this, is due: that moment came of such a clock, too."""
    introduction: str
    """A digest of what the headset says of itself, empty for nothing: only where it is another
    one than before it is news, and what is known is read.
    """


@dataclass(frozen=True, slots=True)
class DeviceHead:
    """What the device's record says of it."""

    id: DeviceId
    dev_id: str
    state: DeviceState
    custody: Custody
    departing: bool
    """Whether it was told to go."""
    user: str
    is_renamed: bool
    """Whether a person named it."""
    identity: Identity


@dataclass(frozen=True, slots=True)
class Due:
    """How the device stands to what is wanted of it, where something may be to be done."""

    standing: bytes = field(repr=False)
    guards: tuple[Guard, ...] = ()
    """Of the staged roll-outs in the tree, those that have begun."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that is stored of one enrollment's conversation, read in one statement."""

    enrollment: Enrollment
    certificate: Certificate | None
    """The one asked for by its hash; None when loaded by name."""
    version: int
    """Compared and raised by `commit`."""
    session: Session | None
    open: tuple[Open, ...]
    """QUEUED and SENT operations, and UNKNOWN ones of the current session; oldest first."""
    stored_known: bytes | None = field(repr=False)
    """`desired.known` in its stored form, empty at first; None: a glance did not need it."""
    questions_asked_at: datetime | None
    nonce: str
    """Base64: the nonce that the next digest may use."""
    used_nonces: tuple[str, ...]
    """Challenges of the last minutes that were answered: none works twice."""
    stored_reply: bytes | None
    """The reply already given to these very bytes."""
    mandated: Mandated
    """The head of what is wanted of the device."""
    device: DeviceHead
    due: Due | None
    """None: at a glance, there is nothing to be done."""
    answered: tuple[str, ...] = ()
    """Where a digest is to be checked: the challenges that were answered by any enrollment
    claiming this DevId, all of them together.
    """
    arrival: str = ""
    """How its first run stands; empty: there is none, or it is over."""
    notice_due: bool = False
    """Whether what the wearer is to see was changed since the device was told."""

    @property
    def known(self) -> bytes:
        """What is known of the device, in its stored form."""
        if self.stored_known is None:
            raise Unavailable("a message turned out to be about more than was read for it")
        return self.stored_known


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known once a message taught something, and who the device says it is."""

    known: bytes
    """`desired.known` in its stored form."""
    count: int
    """Nodes in it."""
    identity: Identity


@dataclass(frozen=True, slots=True)
class Conversed:
    """What one accepted message changes; committed whole or not at all."""

    key: MessageKey
    at: datetime
    session: Session
    reply: bytes
    changes: tuple[OperationChange, ...]
    questions_asked_at: datetime | None
    nonce: str
    used_nonces: tuple[str, ...]
    entries: tuple[TimelineEntry, ...]
    learned: Learned | None = None
    """None: the message taught nothing; what is known stays as it is."""
    ended: bool = False
    """The device unenrolled: the enrollment ends, its certificates are revoked, open operations
    are cancelled."""
    end_reason: str = ""
    bodies: tuple[tuple[str, str], ...] = ()
    """(direction, redacted text): only where the debug switch is on."""
    stood: Stood | None = None
    """None: how the device stands to what is wanted stays as it is."""
    arrival: str | None = None
    """None: as it was."""
    noticed: bool = False
    """The device was told all that the wearer is to see."""
    first_use: CertificateId | None = None
    """The renewed certificate that was used for the first time: what it replaces is revoked."""


class ConversationStore(Protocol):
    """Serves management sessions. Only ACTIVE enrollments and unrevoked certificates are loaded;
    everything else is None, so that unknown and revoked look the same.
    """

    async def load_by_certificate(
        self, sha256: bytes, key: MessageKey, glance: Glance | None = None, *, digest: bool = False
    ) -> Loaded | None:
        """Return what stands for the enrollment of this certificate, all of it or at a glance.

        `digest`: with what it takes to check one.
        """
        ...

    async def load_by_auth_name(self, auth_name: str, key: MessageKey) -> Loaded | None:
        """Return what stands for the enrollment that authenticates under this name."""
        ...

    async def load_claimants(self, dev_id: str, key: MessageKey) -> tuple[Loaded, ...]:
        """Return the newest active enrollments claiming this DevId, at most 8."""
        ...

    async def used_nonces_of(self, dev_id: str) -> tuple[str, ...]:
        """Return the challenges that the same enrollments have answered."""
        ...

    async def commit_message(self, loaded: Loaded, change: Conversed) -> bool:
        """Store the change if all is still as it was loaded; False: decide again."""
        ...
