"""What a headset remembers, and where: a folder of its own, or memory for tests and fleets.

One JSON document beside key and certificate files, all readable by their owner only and replaced
in one step, so that a headset that is killed goes on where it was.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from lenskeep.base.secret import Secret
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.seed import Hardware
from lenskeep.virtual.tree.store import Changes, Node
from lenskeep.virtual.world.network import Network

STATE_FILE: Final = "state.json"
KEY_FILE: Final = "key.pem"
CERTIFICATE_FILE: Final = "certificate.pem"
CHAIN_FILE: Final = "chain.pem"
"""What the provisioning document brought: root and, where there is one, intermediate."""
TRUST_FILE: Final = "trusted.pem"
"""What the headset trusted before it enrolled."""

PACKAGE_FILE: Final = "package.json"
"""The provisioning package that the headset keeps, where it has one."""
RENEWAL_KEY_FILE: Final = "renewal.pem"
"""The key of a renewal under way."""

_OWNER_ONLY: Final = 0o600
_KEPT_SESSIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Account:
    """The management account, as the provisioning document set it up."""

    provider: str
    name: str
    address: str
    device_id: str
    user: str
    client_name: str
    client_secret: Secret
    nonce: str
    """Base64: the next nonce for the headset's digest."""
    server_secret: Secret
    retries: int
    enrolled_at: datetime
    first_backoff_s: float = 30.0
    longest_backoff_s: float = 120.0
    store: str = "User"
    leaves: tuple[tuple[str, Format, str], ...] = ()
    """Path, format and value of the nodes that the provisioning document set."""
    enrollment_type: str = "Full"
    entrance: str = "local"
    """The way by which it came to be."""
    tenant: str = ""
    discovery_url: str = ""
    """Where discovery was answered; renewals ask there again."""
    enrollment_url: str = ""
    """Where the certificate came from; for accounts that came without discovery."""
    shows_certificate: bool = True
    """Whether the headset finds the certificate that it is to show at TLS."""


@dataclass(frozen=True, slots=True)
class PendingAlert:
    """An alert that waits for the next session. `mark` critical also starts one."""

    code: int
    type: str
    data: str
    format: str | None = None
    mark: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session under way: the message that has no answer yet, byte for byte."""

    session_id: str
    body: bytes
    number: int
    """Messages of this session sent or about to be, this one included."""
    user: str
    with_proof: bool = False
    challenged: bool = False
    """Whether this very message already answers a challenge."""
    leaving: bool = False
    """Whether this is the last session of the enrollment."""
    origin: str = "2"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A large value that arrives in pieces."""

    verb: str
    uri: str
    format: str | None
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrollment begun and not finished: the identity that it goes on with."""

    device_id: str
    guid: str


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a headset remembers but its keys."""

    profile: str
    hardware: Hardware
    edition: int | None = None
    """Set where a license changed it."""
    candidate: Candidate | None = None
    account: Account | None = None
    session_counter: int = 0
    open: OpenSession | None = None
    chunk: Chunk | None = None
    alerts: tuple[PendingAlert, ...] = ()
    after: tuple[str, ...] = ()
    """Effects that wait for the end of the session."""
    polls: int = 0
    """Scheduled polls done since the schedule began."""
    last_poll_at: datetime | None = None
    """When the last of them was, or when the schedule was changed."""
    last_session_at: datetime | None = None
    restarts: int = 0
    network: Network = field(default_factory=Network)
    blocking: tuple[str, ...] = ()
    """App control policies that act until the next restart, whether still in the tree or not."""
    tree: Changes = field(default_factory=Changes)
    sessions: tuple[str, ...] = ()
    """One line each for the last sessions, newest last."""
    locked_by: str | None = None
    """The tenant that locked the headset's first run; empty for a server without a tenant."""
    set_up: bool = False
    """Whether its first run is over, by an enrollment."""
    needs_reset: bool = False
    """Whether it has lost its tenant and nobody can sign in any more."""
    local_user: str = ""
    """The local account that a package made."""
    status_since: datetime | None = None
    """Since when the status page counts; None: since the enrollment."""
    user_since: datetime | None = None
    """When somebody signed in first under this enrollment."""

    def noted(self, line: str) -> tuple[str, ...]:
        """Return the list of sessions with one more line."""
        return (*self.sessions, line)[-_KEPT_SESSIONS:]


class Vault(Protocol):
    """Where a headset keeps things; every write is whole or not at all."""

    def read(self, name: str) -> bytes | None:
        """Return what is kept under that name, None where there is nothing."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep it under that name."""
        ...

    def remove(self, name: str) -> None:
        """Forget it, if it is there."""
        ...

    def keep(self, state: State) -> None:
        """Keep the headset's memory, under `STATE_FILE`."""
        ...


class Folder:
    """A vault of files that only their owner can read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, name: str) -> bytes | None:
        """Return the file's content, None where there is no file."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write the file in one step."""
        draft = self.path / f".{name}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / name)

    def remove(self, name: str) -> None:
        """Delete the file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def keep(self, state: State) -> None:
        """Write the headset's memory."""
        self.write(STATE_FILE, dump_state(state))


class Memory:
    """A vault that lasts as long as the process. The headset's memory is kept as it is."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._state: State | None = None

    def read(self, name: str) -> bytes | None:
        """Return what is kept under that name."""
        if name == STATE_FILE and self._state is not None:
            return dump_state(self._state)
        return self._kept.get(name)

    def write(self, name: str, data: bytes) -> None:
        """Keep it under that name."""
        self._kept[name] = data

    def keep(self, state: State) -> None:
        """Keep the headset's memory: it is a value, nobody changes it."""
        self._state = state

    def remove(self, name: str) -> None:
        """Forget it."""
        self._kept.pop(name, None)


def dump_state(state: State) -> bytes:
    """Return the state as JSON; the account's secrets are in it, hence the file's mode."""
    return json.dumps(_plain(state), indent=1).encode()


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case Secret():
            return value.reveal()
        case bytes():
            return base64.b64encode(value).decode()
        case Format():
            return value.value
        case tuple():
            return [_plain(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value


def load_state(data: bytes) -> State:
    """Return the state of a JSON document that `dump_state` wrote."""
    raw: dict[str, Any] = json.loads(data)
    tree = raw.pop("tree")
    return State(
        profile=raw["profile"],
        hardware=Hardware(**raw["hardware"]),
        edition=raw["edition"],
        candidate=Candidate(**raw["candidate"]) if raw["candidate"] else None,
        account=_account(raw["account"]) if raw["account"] else None,
        session_counter=raw["session_counter"],
        open=_open(raw["open"]) if raw["open"] else None,
        chunk=Chunk(**raw["chunk"]) if raw["chunk"] else None,
        alerts=tuple(PendingAlert(**alert) for alert in raw["alerts"]),
        after=tuple(raw["after"]),
        polls=raw["polls"],
        last_poll_at=_moment(raw["last_poll_at"]),
        last_session_at=_moment(raw["last_session_at"]),
        restarts=raw["restarts"],
        network=_network(raw.get("network")),
        blocking=tuple(raw.get("blocking", ())),
        tree=_changes(tree),
        sessions=tuple(raw["sessions"]),
        locked_by=raw.get("locked_by"),
        set_up=raw.get("set_up", raw["account"] is not None),
        needs_reset=raw.get("needs_reset", False),
        local_user=raw.get("local_user", ""),
        status_since=_moment(raw.get("status_since")),
        user_since=_moment(raw.get("user_since")),
    )


def _network(raw: dict[str, Any] | None) -> Network:
    return Network(raw["ethernet"], raw["by_hand"], tuple(raw["away"])) if raw else Network()


def _changes(raw: dict[str, Any]) -> Changes:
    nodes, waiting = raw["nodes"], raw.get("waiting", ())
    return Changes(tuple(map(_node, nodes)), tuple(raw["removed"]), tuple(map(_node, waiting)))


def _account(raw: dict[str, Any]) -> Account:
    leaves = tuple((path, Format(form), value) for path, form, value in raw.pop("leaves"))
    enrolled_at = datetime.fromisoformat(raw.pop("enrolled_at"))
    client, server = Secret(raw.pop("client_secret")), Secret(raw.pop("server_secret"))
    return Account(
        **raw, client_secret=client, server_secret=server, enrolled_at=enrolled_at, leaves=leaves
    )


def _open(raw: dict[str, Any]) -> OpenSession:
    return OpenSession(**{**raw, "body": base64.b64decode(raw["body"])})


def _node(raw: dict[str, Any]) -> Node:
    return Node(raw["path"], Format(raw["format"]), raw["value"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
