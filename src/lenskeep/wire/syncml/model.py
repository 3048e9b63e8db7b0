"""A SyncML message as frozen values, the same for server and headset; names follow the standard."""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Meta:
    """The `metinf` children that Windows uses; absent ones are None."""

    format: str | None = None
    type: str | None = None
    mark: str | None = None
    size: int | None = None
    """Octets of the whole large object, decoded; on its first chunk only."""
    next_nonce: str | None = None
    """Base64 as it came."""
    max_msg_size: int | None = None
    max_obj_size: int | None = None


NO_META = Meta()


@dataclass(frozen=True, slots=True)
class Item:
    """One Item: where, what, and whether more of it follows in the next message."""

    target: str | None = None
    source: str | None = None
    meta: Meta = NO_META
    data: str | None = field(default=None, repr=False)
    """None: no Data element. Empty string: an empty one. Raw inner markup is kept as text. Not
    shown in any text form: it may be a password or a user's token."""
    more_data: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """A `Cred`: the proof the sender gives of itself. Not shown in any text form."""

    type: str
    format: str
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A `Chal`: the proof the receiver asks for next."""

    type: str
    format: str
    next_nonce: str | None = None


class CommandName(Enum):
    """The request commands; the value is the element's name."""

    ADD = "Add"
    REPLACE = "Replace"
    DELETE = "Delete"
    GET = "Get"
    EXEC = "Exec"


class GroupName(Enum):
    """The commands that hold commands."""

    ATOMIC = "Atomic"
    SEQUENCE = "Sequence"


@dataclass(frozen=True, slots=True)
class Request:
    """Add, Replace, Delete, Get or Exec. `cmd_id` is empty where the sender left it out."""

    name: CommandName
    cmd_id: str
    items: tuple[Item, ...]
    meta: Meta = NO_META
    no_resp: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """An Alert; `code` is its Data as a number."""

    cmd_id: str
    code: int
    items: tuple[Item, ...] = ()
    correlator: str | None = None
    no_resp: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Atomic or Sequence."""

    name: GroupName
    cmd_id: str
    commands: tuple["Request | Alert | Group | Unknown", ...]
    meta: Meta = NO_META
    no_resp: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to one command, or to the header (`cmd_ref` "0", `cmd` "SyncHdr")."""

    cmd_id: str
    msg_ref: str
    cmd_ref: str
    cmd: str
    code: int
    target_refs: tuple[str, ...] = ()
    source_refs: tuple[str, ...] = ()
    credential: Credential | None = None
    challenge: Challenge | None = None
    items: tuple[Item, ...] = ()
    original_error: str | None = None
    """`msft:originalerror`, an HRESULT in hexadecimal, since SyncApplicationVersion 3.0."""


@dataclass(frozen=True, slots=True)
class Results:
    """The values read by one Get."""

    cmd_id: str
    msg_ref: str
    cmd_ref: str
    items: tuple[Item, ...]
    meta: Meta = NO_META
    cmd: str | None = None
    target_refs: tuple[str, ...] = ()
    source_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body element that this reader has no value for (Copy, Map, Put, or a stranger's)."""

    name: str
    cmd_id: str


BodyPart = Request | Alert | Group | Status | Results | Unknown


@dataclass(frozen=True, slots=True)
class Header:
    """The SyncHdr."""

    session_id: str
    msg_id: str
    target: str
    source: str
    source_name: str | None = None
    """`Source/LocName`: the user name that goes with a credential."""
    target_name: str | None = None
    credential: Credential | None = None
    meta: Meta = NO_META
    resp_uri: str | None = None
    no_resp: bool = False
    ver_dtd: str = "1.2"
    ver_proto: str = "DM/1.2"


@dataclass(frozen=True, slots=True)
class Message:
    """One SyncML message."""

    header: Header
    body: tuple[BodyPart, ...]
    final: bool = True
