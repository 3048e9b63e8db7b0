"""What a session is between two messages, and the values that go into a turn and come out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

from lenskeep.base.identifiers import OperationId
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import Operation, OperationState, Verb

PLANNED: Final = "want|"
"""How the id of an operation begins that a planner thought of, not a person."""


class LoginStatus(Enum):
    """Who is at the headset ([MS-MDM] alert 1224 `com.microsoft/MDM/LoginStatus`)."""

    USER = "user"
    OTHERS = "others"
    NONE = "none"
    UNTOLD = "untold"


class Phase(Enum):
    """Where a session stands; the transitions are the table in `session.engine`."""

    OPEN = "open"
    """Commands may be sent."""
    MORE_COMING = "more coming"
    """The client's package has no Final yet: 1222 asks for the rest, no command is sent."""
    ENDED = "ended"
    """Nothing is left to say, or one side broke off."""


@dataclass(frozen=True, slots=True)
class Open:
    """An open operation as the engine sees it, oldest first in `Standing.open`."""

    id: OperationId
    operation: Operation
    state: OperationState
    deliveries: int = 0
    """How many replies that carried it were committed."""
    atomic: str = ""
    """Neighbors in the queue with the same name here travel in one Atomic, whole or not at all;
    empty: by itself."""

    @property
    def is_planned(self) -> bool:
        """Whether a planner thought of it, which may think again until it is sent."""
        return self.id.startswith(PLANNED)


@dataclass(frozen=True, slots=True)
class Read:
    """A value that came for a Get, kept until the Get is settled. `format` None: not said."""

    uri: str
    """As the headset wrote it."""
    format: str | None
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A command we sent and have not heard of, matched on (message, command, node)."""

    msg_ref: str
    cmd_ref: str
    verb: Verb
    uris: tuple[str, ...]
    """As written on the wire; more than one only for our own questions."""
    operation: OperationId | None
    """None: a question of ours or of the planner, answered by facts."""
    status: int | None = None
    """The status that came while the Results are still in pieces, or were not yet sent."""
    reads: tuple[Read, ...] = ()
    """Values that came while the status, or the rest of the package, is still to come."""
    late: bool = False
    """The package that should have answered it came without: a late answer still finds it."""
    heard: tuple[str, ...] = ()
    """Of a question: the comparison keys of the nodes that were answered by themselves."""
    group: str = ""
    """The CmdID of the Atomic that it went in, empty for none."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """An Atomic we sent, matched on (message, command); what is in it is awaited by itself."""

    msg_ref: str
    cmd_ref: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """A large object on its way in: what came of it so far."""

    msg_ref: str
    cmd_ref: str
    uri: str
    size: int | None
    format: str | None
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A large object on its way out: characters of its value sent so far."""

    operation: OperationId
    offset: int


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one enrollment, as stored between messages."""

    session_id: str
    msg_id: str
    """Of the last client message answered."""
    started_at: datetime
    phase: Phase = Phase.OPEN
    login: LoginStatus = LoginStatus.UNTOLD
    messages: int = 0
    awaited: tuple[Awaited, ...] = ()
    incoming: Pieces | None = None
    outgoing: Parcel | None = None
    max_msg_size: int | None = None
    """Octets the client states it can take, None where it states none."""
    asked: bool = False
    """Whether this session's questions went out."""
    settled: tuple[str, ...] = ()
    """`message/command` of what we sent and need not hear of again, newest last: a status or
    value that comes twice changes nothing."""
    groups: tuple[Grouped, ...] = ()
    """The Atomics whose commands are awaited."""
    introduced: str = ""
    """What the headset said of itself by itself, as a digest, in this session or one before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All the engine needs to know to take one turn."""

    dev_id: str
    """The DevId of the enrollment: the Target of every reply."""
    management_url: str
    """The Source of every reply."""
    session: Session | None
    open: tuple[Open, ...]
    """QUEUED, SENT, and UNKNOWN whose answer may still come in the same session; oldest first."""
    questions: tuple[str, ...] = ()
    """LocURIs to read in this session for ourselves, none when nothing is due."""
    next_nonce: str | None = None
    """Base64; set where the device proved itself by digest: goes out with the 200."""


@dataclass(frozen=True, slots=True)
class OperationChange:
    """A new state of an operation."""

    id: OperationId
    state: OperationState
    status: int | None = None
    status_text: str = ""
    """In words, for the administrator; says the next step where there is one."""
    result: str | None = None
    result_format: str | None = None
    deliveries: int | None = None
    """None: as it was."""


@dataclass(frozen=True, slots=True)
class News:
    """What a message taught, for the planner that decides what to send back."""

    facts: tuple[Fact, ...]
    changes: tuple[OperationChange, ...]
    """What became of operations, a person's and planned ones, in this turn so far."""
    login: LoginStatus
    started_at: datetime
    """When the session began: what was sent before belongs to an earlier one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a planner wants to go out next, as far as it fits."""

    asks: tuple[str, ...] = ()
    """LocURIs to read; what comes back are facts."""
    open: tuple[Open, ...] = ()
    """All planned operations to be sent now, in order, behind a person's own. A planned one that
    waits from before and is not among them is no longer wanted and dropped; one that was sent
    and not yet answered is left alone."""


class Planner(Protocol):
    """Decides what to ask and send, once in a turn in which anything may be sent."""

    def __call__(self, news: News) -> Planned:
        """Return what to send."""
        ...


class NoteKind(Enum):
    """What the timeline of a device can say of a session; the value is stored and shown."""

    SESSION_STARTED = "session started"
    SESSION_ENDED = "session ended"
    SESSION_LOST = "session lost"
    SESSION_ABORTED = "session aborted by the device"
    MESSAGE = "message"
    LOGIN = "login status"
    ALERT = "alert"
    UNENROLLED = "unenrolled by the wearer"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the timeline."""

    kind: NoteKind
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to; nothing has happened yet, the flow commits it."""

    reply: bytes
    """Empty: the session ends with an empty 200."""
    session: Session
    changes: tuple[OperationChange, ...] = ()
    facts: tuple[Fact, ...] = ()
    notes: tuple[Note, ...] = ()
    unenrolled: bool = False
    asked: tuple[str, ...] = ()
    """Which of the planner's asks went out with this reply."""
