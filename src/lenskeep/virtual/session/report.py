"""How a session is asked for, and what is told of it afterwards."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.virtual.session.commands import Done
from lenskeep.virtual.transport import NO_ACCIDENTS, Exchange, Fate, Patience

USERS: Final = ("user", "others", "none")


class Origin(Enum):
    """Why a session starts; the value is UserAgentOrigin's."""

    USER = "1"
    SCHEDULE = "2"
    PUSH = "3"
    SIGN_IN = "4"
    ENROLLMENT = "5"


class Ended(Enum):
    """How a session came to its end."""

    NOTHING_MORE = "the server had nothing more"
    ABORTED = "the server broke it off"
    DROPPED = "dropped on purpose"
    UNENROLLED = "the headset left management"
    UNHEARD = "the headset left management without telling the server"
    WIPED = "the headset was wiped"


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What one session shall be like. `failing` maps LocURIs to the status they answer."""

    user: str = "user"
    origin: Origin = Origin.USER
    accidents: Fate = NO_ACCIDENTS
    patience: Patience | None = None
    failing: Mapping[str, int] = field(default_factory=dict)
    drop_on: str | None = None
    client_certificate: bool = True
    proof_first: bool = False
    """Send a digest with the first message, not only when asked."""
    witness: Callable[[Iterable[Done]], None] | None = None
    """Is told what each message made the headset do, the moment it is done."""
    entra_token: str = field(default="", repr=False)
    """Of the Entra user who is signed in: goes with every message, and in an alert."""

    def __post_init__(self) -> None:
        if self.user not in USERS:
            raise Invalid.field("user", f"{self.user!r} is not known", ", ".join(USERS))


@dataclass(frozen=True, slots=True)
class SessionReport:
    """What happened. `messages` counts ours, `statuses` are those we gave, header's left out."""

    session_id: str
    messages: int
    commands: tuple[Done, ...]
    ended: Ended
    resumed: bool = False
    challenged: bool = False
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)

    @property
    def statuses(self) -> tuple[int, ...]:
        """The status of each command's Item, in order."""
        return tuple(done.status for done in self.commands)

    def value(self, uri: str) -> str | None:
        """Return the last value that was read or set at a LocURI in this session."""
        for done in reversed(self.commands):
            if done.uri == uri:
                return done.value
        return None
