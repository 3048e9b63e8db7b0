"""What a headset demands of every answer in a session; each breach names the rule.

[MS-MDM] 2.1 (transport), 2.2 (syntax), [OMA-DM-Protocol 1.2.1] 8 (package flow). A check never
repairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.tree.uri import Scope, parse_uri
from lenskeep.tree.value import parse_format
from lenskeep.virtual.transport import Answer
from lenskeep.virtual.trouble import Breach
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.codes import SYNC_HEADER, AlertCode
from lenskeep.wire.syncml.model import (
    Alert,
    CommandName,
    Group,
    GroupName,
    Item,
    Message,
    Request,
    Results,
    Status,
    Unknown,
)
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.xml import MAX_BYTES_PROVEN

_CONTENT_TYPE: Final = "application/vnd.syncml.dm+xml"
_TRANSPORT: Final = "[MS-MDM] 2.1"
_SYNTAX: Final = "[MS-MDM] 2.2"
_HEADER: Final = "[MS-MDM] 2.2.3 SyncHdr"
_FLOW: Final = "[OMA-DM-Protocol 1.2.1] 8 package flow"
_STATUS: Final = "[OMA-DM-Protocol 1.2.1] 8 one Status for each command, in order"
_GROUPS: Final = "[MS-MDM] 2.2.6 Atomic and Sequence"
_NODES: Final = "[OMA-DM-TND 1.2.1] LocURI"

CHALLENGES: Final = (401, 407)
_GOOD_HEADER: Final = (200, 212)
_SERVER_ALERTS: Final = (AlertCode.NEXT_MESSAGE, AlertCode.ABORT, AlertCode.NO_END_OF_DATA)

Command = Request | Alert | Group | Unknown


@dataclass(frozen=True, slots=True)
class Own:
    """What the answer is measured against: our message, and who we are."""

    message: Message
    device_id: str


def check_transport(answer: Answer) -> None:
    """Raise Breach unless the HTTP response is framed as a headset needs it."""
    if answer.status != 200:
        raise Breach(_TRANSPORT, f"expected HTTP 200, got {answer.status}")
    if answer.header("Transfer-Encoding"):
        raise Breach(_TRANSPORT, "the response is chunked")
    length = answer.header("Content-Length")
    if not length:
        raise Breach(_TRANSPORT, "the response has no Content-Length")
    if length != str(len(answer.body)):
        raise Breach(_TRANSPORT, f"Content-Length {length} for {len(answer.body)} bytes")
    if answer.header("Content-Encoding"):
        raise Breach(_TRANSPORT, "the response is compressed although that was not offered")
    kind = answer.header("Content-Type").partition(";")[0].strip().lower()
    if answer.body and kind != _CONTENT_TYPE:
        raise Breach(_TRANSPORT, f"the content type is not {_CONTENT_TYPE}")


def check_message(body: bytes, own: Own) -> Message:
    """Return the server's message. Raises Breach for the first rule that it breaks."""
    try:
        departures = order_breaches(body, max_bytes=MAX_BYTES_PROVEN)
        message = read_message(body, max_bytes=MAX_BYTES_PROVEN)
    except BadMessage as error:
        raise Breach(error.section or _SYNTAX, f"{error.where}: {error.problem}") from error
    if departures:
        raise Breach(_SYNTAX, departures[0])
    _check_header(message, own)
    _check_ids(message)
    _check_layout(message)
    _check_statuses(message, own)
    for command in commands_of(message):
        _check_command(command, inside=None)
    return message


def commands_of(message: Message) -> tuple[Command, ...]:
    """Return the server's commands, without its answers to ours."""
    return tuple(part for part in message.body if not isinstance(part, Status | Results))


def header_status(message: Message) -> Status:
    """Return the Status for our header; it is there once the message was checked."""
    first = message.body[0]
    assert isinstance(first, Status)
    return first


def _check_header(message: Message, own: Own) -> None:
    header, mine = message.header, own.message.header
    pairs = (
        ("Target", header.target, own.device_id),
        ("Source", header.source, mine.target),
        ("SessionID", header.session_id, mine.session_id),
        ("MsgID", header.msg_id, mine.msg_id),
        ("VerDTD", header.ver_dtd, "1.2"),
        ("VerProto", header.ver_proto, "DM/1.2"),
    )
    for name, came, expected in pairs:
        if came != expected:
            raise Breach(_HEADER, f"{name} is {came!r}, expected {expected!r}")


def _check_ids(message: Message) -> None:
    """CmdIDs are there, not 0, and unique, those of nested commands included."""
    seen: set[str] = set()
    for identifier in _identifiers(message.body):
        if identifier in ("", "0"):
            raise Breach(_SYNTAX, "a command has no CmdID, or 0")
        if identifier in seen:
            raise Breach(_SYNTAX, f"the CmdID {identifier} stands twice")
        seen.add(identifier)


def _identifiers(parts: tuple[Command | Status | Results, ...]) -> Iterator[str]:
    for part in parts:
        yield part.cmd_id
        if isinstance(part, Group):
            yield from _identifiers(part.commands)


def _check_layout(message: Message) -> None:
    """Statuses come first; Results are a client's; without Final something must follow."""
    parts = message.body
    answers = [isinstance(part, Status) for part in parts]
    if sorted(answers, reverse=True) != answers:
        raise Breach(_FLOW, "a Status stands behind a command")
    if any(isinstance(part, Results) for part in parts):
        raise Breach(_FLOW, "a server sends no Results")
    if not message.final and not commands_of(message):
        raise Breach(_FLOW, "Final is missing although nothing follows")


def _check_statuses(message: Message, own: Own) -> None:
    found = [part for part in message.body if isinstance(part, Status)]
    mine = own.message.header
    if not found or (found[0].cmd_ref, found[0].cmd) != ("0", SYNC_HEADER):
        raise Breach(_STATUS, "the first Status is not for our header (CmdRef 0, SyncHdr)")
    for status in found:
        if status.msg_ref != mine.msg_id:
            raise Breach(_STATUS, f"MsgRef {status.msg_ref} where our message is {mine.msg_id}")
    code = found[0].code
    if code not in (*_GOOD_HEADER, *CHALLENGES):
        raise Breach(_STATUS, f"our header was answered {code}")
    expected = [(part.cmd_id, command_name(part)) for part in _awaiting(own.message)]
    came = [(status.cmd_ref, status.cmd) for status in found[1:] if not _is_for_results(status)]
    for status in found:
        if _is_for_results(status) and status.code < 400:
            raise Breach(_STATUS, "good Results get no Status from a server")
    refused = code in CHALLENGES
    if came != (expected[: len(came)] if refused else expected):
        raise Breach(_STATUS, f"Statuses for {came}, expected {expected}")
    if refused and commands_of(message):
        raise Breach("[OMA-DM-Security 1.2.1] 5", "commands came to a headset that was refused")


def _is_for_results(status: Status) -> bool:
    return status.cmd == "Results"


def _awaiting(message: Message) -> Iterator[Command]:
    """Yield our commands that the server owes a Status."""
    for part in message.body:
        if not isinstance(part, Status | Results):
            yield part


def command_name(command: Command) -> str:
    """Return the command's name as a Status repeats it."""
    if isinstance(command, Alert):
        return "Alert"
    return command.name if isinstance(command, Unknown) else str(command.name.value)


def _check_command(command: Command, *, inside: GroupName | None) -> None:
    match command:
        case Group():
            _check_group(command, inside=inside)
        case Request():
            _check_request(command, inside=inside)
        case Alert():
            if command.code not in _SERVER_ALERTS:
                raise Breach("[MS-MDM] 2.2.7.2 Alert", f"a server sends no Alert {command.code}")
        case Unknown():
            raise Breach(_SYNTAX, f"the element {command.name} is no command of this protocol")


def _check_group(group: Group, *, inside: GroupName | None) -> None:
    if inside is GroupName.ATOMIC and group.name is GroupName.ATOMIC:
        raise Breach(_GROUPS, "an Atomic inside an Atomic")
    if group.name is GroupName.ATOMIC:
        uris = [item.target for each in _requests(group) for item in each.items if item.target]
        if len({parse_uri(uri).scope for uri in uris if _is_legal(uri)}) > 1:
            raise Breach(_GROUPS, "an Atomic mixes ./User and ./Device")
    atomic = GroupName.ATOMIC in (inside, group.name)
    for command in group.commands:
        _check_command(command, inside=GroupName.ATOMIC if atomic else group.name)


def _requests(group: Group) -> Iterator[Request]:
    for command in group.commands:
        if isinstance(command, Request):
            yield command
        elif isinstance(command, Group):
            yield from _requests(command)


def _check_request(request: Request, *, inside: GroupName | None) -> None:
    name = request.name.value
    if inside is GroupName.ATOMIC and request.name is CommandName.GET:
        raise Breach(_GROUPS, "a Get inside an Atomic")
    if not request.items:
        raise Breach(_SYNTAX, f"a {name} without an Item")
    if request.name is CommandName.EXEC and len(request.items) > 1:
        raise Breach(_SYNTAX, "an Exec with more than one Item")
    for item in request.items:
        _check_item(request, item)


def _check_item(request: Request, item: Item) -> None:
    name = request.name.value
    if not item.target:
        raise Breach(_NODES, f"an Item of a {name} without a Target")
    try:
        uri = parse_uri(item.target)
    except Invalid as error:
        raise Breach(_NODES, f"the LocURI of a {name} is not legal: {error}") from error
    if uri.query and request.name is not CommandName.GET:
        raise Breach(_NODES, f"a {name} with a query")
    format_ = item.meta.format or request.meta.format
    try:
        if format_:
            parse_format(format_)
    except Invalid as error:
        raise Breach("[MS-MDM] 2.2.5 Format", str(error)) from error
    if request.name is CommandName.REPLACE and item.data is None:
        raise Breach(_SYNTAX, "a Replace without Data")


def _is_legal(uri: str) -> bool:
    try:
        parse_uri(uri)
    except Invalid:
        return False
    return True


def is_user_scope(uri: str) -> bool:
    """Return whether a LocURI addresses the user's tree."""
    return _is_legal(uri) and parse_uri(uri).scope is Scope.USER
