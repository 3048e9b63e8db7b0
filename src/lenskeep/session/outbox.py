"""Speaking: statuses first, then as many operations as fit, encoded here, because only bytes
can be measured.

Order of the queue is kept: what cannot go yet holds back what is behind it, except operations on
./User nodes, which wait by themselves until the enrolled user is at the headset.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from lenskeep.session.inbox import Owed
from lenskeep.session.ledger import NOT_SENT, Ledger
from lenskeep.session.state import Awaited, Grouped, LoginStatus, Open, Parcel, Session, Standing
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format
from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.syncml.chunks import Chunk, chunk_at, size_of
from lenskeep.wire.syncml.codes import AUTH_MD5, SYNC_HEADER, AlertCode, StatusCode
from lenskeep.wire.syncml.model import (
    NO_META,
    Alert,
    BodyPart,
    Challenge,
    CommandName,
    Group,
    GroupName,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Status,
)
from lenskeep.wire.syncml.write import size_of_part, write_message

MAX_ASKS: Final = 200
"""Nodes that a planner may ask for in one message; the rest are asked for in the next."""
MAX_COMMANDS: Final = 100
"""Operations in one message: an answer of 100 subtrees still fits the body limit."""
SOFT_SIZE: Final = 512 * 1024
"""Octets after which a message takes no further operation where the headset states no limit; a
larger single operation goes all the same. Servers are seen to send some 100 KiB at once."""
MIN_PIECE: Final = 128
"""Octets of the smallest piece of a large value, should a stated limit leave less room."""

_NAMES: Final = {
    Verb.GET: CommandName.GET,
    Verb.REPLACE: CommandName.REPLACE,
    Verb.ADD: CommandName.ADD,
    Verb.DELETE: CommandName.DELETE,
    Verb.EXEC: CommandName.EXEC,
}
_UNWRITABLE: Final = (
    "The value or the LocURI holds characters that no XML message can carry (control characters, "
    "for example). Encode the value as base64, if the node takes that, and queue it again."
)


@dataclass(slots=True)
class Reply:
    """A reply that grows part by part. Used by one turn, then dropped."""

    header: Header
    parts: list[BodyPart] = field(default_factory=list)
    awaited: list[Awaited] = field(default_factory=list)
    groups: list[Grouped] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    parcel: Parcel | None = None
    final: bool = True
    asked: bool = False
    """Whether this session's questions went out with it."""
    asks: tuple[str, ...] = ()
    """The planner's asks that went out with it."""
    size: int = 0
    used: int = 0

    @property
    def next_id(self) -> str:
        """The next CmdID: 1, 2, 3; those inside a group count on."""
        return str(self.used + 1)

    @property
    def has_commands(self) -> bool:
        """Whether the headset is asked to do anything."""
        return any(not isinstance(part, Status) for part in self.parts)

    def encode(self) -> bytes:
        """Return the bytes."""
        return write_message(Message(self.header, tuple(self.parts), self.final))

    def measure(self) -> int:
        """Return the octets so far."""
        return len(self.encode()) if self.parts else 0

    def cost(self, part: BodyPart) -> int:
        """Return the octets that the part adds. Raises CannotEncode where it cannot be written."""
        return size_of_part(part)

    def add(self, part: BodyPart) -> None:
        """Add a part whose CmdID is `next_id`."""
        self.parts.append(part)
        self.used += 1 + (len(part.commands) if isinstance(part, Group) else 0)


def begin_reply(standing: Standing, client: Header, code: int = StatusCode.OK) -> Reply:
    """Return a reply with the header's status, which carries the next nonce where one is due.

    Never 212: that would let the rest of the session go unproven.
    """
    header = Header(client.session_id, client.msg_id, standing.dev_id, standing.management_url)
    reply = Reply(header)
    challenge = None
    if standing.next_nonce is not None:
        challenge = Challenge(AUTH_MD5, "b64", standing.next_nonce)
    if not client.no_resp or challenge is not None:
        reply.add(Status("1", client.msg_id, "0", SYNC_HEADER, code, challenge=challenge))
    return reply


def acknowledge(reply: Reply, client: Header, owed: Sequence[Owed]) -> None:
    """Add the statuses that the headset's commands are owed, in their order."""
    if client.no_resp:
        return
    for each in owed:
        sources = (each.source,) if each.source else ()
        reply.add(
            Status(
                reply.next_id,
                client.msg_id,
                each.cmd_ref,
                each.cmd,
                each.code,
                source_refs=sources,
            )
        )


def say(reply: Reply, code: AlertCode) -> None:
    """Add an alert of ours; its status is of no interest."""
    reply.settled.append(f"{reply.header.msg_id}/{reply.next_id}")
    reply.add(Alert(reply.next_id, code))


@dataclass(frozen=True, slots=True)
class Asking:
    """The LocURIs to be read that are no operations."""

    questions: tuple[str, ...] = ()
    """Ours, once a session."""
    asks: tuple[str, ...] = ()
    """The planner's, whenever it asks."""


def send(reply: Reply, session: Session, ledger: Ledger, asking: Asking) -> None:
    """Add what is to be asked and done next, and count the deliveries in the ledger.

    `session` is the session as it is after listening. The planner's asks let pass an operation
    that must go alone, so that asking without an answer holds up nobody.
    """
    limit = session.max_msg_size or SOFT_SIZE
    begun = ledger.get(session.outgoing.operation) if session.outgoing is not None else None
    if session.outgoing is not None and begun is not None:
        _add_piece(reply, begun, session.outgoing.offset, limit)
        return
    if not (asking.questions or asking.asks or any(_sendable(ledger, session.login))):
        return
    reply.size = reply.measure()
    if asking.questions and not session.asked:
        reply.asked = bool(_ask(reply, asking.questions, limit))
    if reply.awaited or not _next_goes_alone(ledger, session.login):
        reply.asks = _ask(reply, _writable(reply, asking.asks)[:MAX_ASKS], limit)
    for bundle in _bundles(ledger, session.login):
        cost = _cost(reply, bundle, ledger)
        if cost is None:
            continue
        alone = any(map(_goes_alone, bundle))
        full = reply.size + cost > limit or len(reply.awaited) + len(bundle) > MAX_COMMANDS
        if reply.awaited and (alone or full):
            return
        if full and _can_be_cut(bundle, session):
            ledger.send(bundle[0].id)
            _add_piece(reply, bundle[0], 0, limit)
            return
        _add(reply, bundle, ledger, cost)
        if alone:
            return


def waiting_for_user(ledger: Ledger, login: LoginStatus) -> int:
    """Return how many operations wait for the user."""
    queued = sum(1 for each in ledger if each.state is OperationState.QUEUED)
    return queued - sum(1 for _ in _sendable(ledger, login))


def _sendable(ledger: Ledger, login: LoginStatus) -> Iterator[Open]:
    """Go through what may be sent, in order.

    seen: a ./User command before the user is there answers 405, and undoes an Atomic.
    """
    for each in ledger:
        if each.state is not OperationState.QUEUED:
            continue
        if each.operation.uri.scope is Scope.USER and login is not LoginStatus.USER:
            continue
        yield each


def _bundles(ledger: Ledger, login: LoginStatus) -> Iterator[tuple[Open, ...]]:
    """Go through what may be sent, in order, with what must travel together together.

    No Get goes into an Atomic ([OMA-DM-RepPro 1.2.1]), and ./User not with ./Device: such
    neighbors part.
    """
    for _, bundle in groupby(enumerate(_sendable(ledger, login)), key=_belonging):
        yield tuple(each for _, each in bundle)


def _belonging(placed: tuple[int, Open]) -> tuple[str, bool, int]:
    """Return what neighbors in one bundle have in common; one by itself has its own place."""
    at, each = placed
    in_user = each.operation.uri.scope is Scope.USER
    return (each.atomic, in_user, -1) if _is_grouped(each) else ("", in_user, at)


def _is_grouped(each: Open) -> bool:
    return bool(each.atomic) and each.operation.verb is not Verb.GET


def _goes_alone(each: Open) -> bool:
    """Return whether it shares no message: sent before without an answer, or sent only once."""
    return each.deliveries > 0 or not each.operation.verb.is_repeatable


def _next_goes_alone(ledger: Ledger, login: LoginStatus) -> bool:
    return any(_goes_alone(each) for each in next(_bundles(ledger, login), ()))


def _ask(reply: Reply, uris: Sequence[str], limit: int) -> tuple[str, ...]:
    """Add one Get, an Item each; return which: as many as fit, one at least in an empty reply."""
    if not uris:
        return ()
    asked = _as_fit(reply, uris, limit - reply.size)
    if asked:
        part = _get(reply, asked)
        reply.size += reply.cost(part)
        _await(reply, Verb.GET, asked, None)
        reply.add(part)
    return asked


def _as_fit(reply: Reply, uris: Sequence[str], room: int) -> tuple[str, ...]:
    if reply.cost(_get(reply, uris)) <= room:
        return tuple(uris)
    sizes = range(1, len(uris) + 1)
    count = bisect_right(sizes, room, key=lambda size: reply.cost(_get(reply, uris[:size])))
    return tuple(uris[: count or (0 if reply.awaited else 1)])


def _get(reply: Reply, uris: Sequence[str]) -> Request:
    return Request(CommandName.GET, reply.next_id, tuple(Item(target=uri) for uri in uris))


def _writable(reply: Reply, uris: Sequence[str]) -> tuple[str, ...]:
    """Return each LocURI once, without those that no XML message can carry."""
    once = tuple(dict.fromkeys(uris))
    if not once or _can_be_written(reply, once):
        return once
    return tuple(uri for uri in once if _can_be_written(reply, (uri,)))


def _can_be_written(reply: Reply, uris: Sequence[str]) -> bool:
    try:
        reply.cost(_get(reply, uris))
    except CannotEncode:
        return False
    return True


def _cost(reply: Reply, bundle: Sequence[Open], ledger: Ledger) -> int | None:
    """Return the octets the bundle adds; None for one that cannot be written, which fails
    here, so that it stops nobody.
    """
    try:
        return reply.cost(_written(bundle, reply.next_id))
    except CannotEncode:
        _fail_unwritable(reply, bundle, ledger)
        return None


def _fail_unwritable(reply: Reply, bundle: Sequence[Open], ledger: Ledger) -> None:
    """Fail what cannot be written, and with it the rest of its group."""
    bad = [each for each in bundle if not _is_writable(reply, each)]
    for each in bundle:
        text = f"{NOT_SENT}{bad[0].operation.uri.text} in it cannot be written." if bad else ""
        ledger.fail(each.id, None, _UNWRITABLE if each in bad or not bad else text)


def _is_writable(reply: Reply, each: Open) -> bool:
    try:
        reply.cost(_command(each.operation, reply.next_id))
    except CannotEncode:
        return False
    return True


def _add(reply: Reply, bundle: Sequence[Open], ledger: Ledger, cost: int) -> None:
    reply.size += cost
    part = _written(bundle, reply.next_id)
    if isinstance(part, Group):
        reply.groups.append(Grouped(reply.header.msg_id, part.cmd_id))
        ids, group = [each.cmd_id for each in part.commands], part.cmd_id
    else:
        ids, group = [part.cmd_id], ""
    for each, cmd_id in zip(bundle, ids, strict=True):
        uris = (each.operation.uri.text,)
        awaited = Awaited(reply.header.msg_id, cmd_id, each.operation.verb, uris, each.id)
        reply.awaited.append(replace(awaited, group=group))
        ledger.send(each.id)
    reply.add(part)


def _await(reply: Reply, verb: Verb, uris: tuple[str, ...], each: Open | None) -> None:
    operation = each.id if each is not None else None
    reply.awaited.append(Awaited(reply.header.msg_id, reply.next_id, verb, uris, operation))


def _written(bundle: Sequence[Open], first_id: str) -> Request | Group:
    """Return the command, or the Atomic with its commands, numbered on from `first_id`."""
    if not _is_grouped(bundle[0]):
        return _command(bundle[0].operation, first_id)
    numbered = enumerate(bundle, start=int(first_id) + 1)
    commands = tuple(_command(each.operation, str(number)) for number, each in numbered)
    return Group(GroupName.ATOMIC, first_id, commands)


def _command(operation: Operation, cmd_id: str, piece: Item | None = None) -> Request:
    item = piece or Item(operation.uri.text, None, _meta(operation), operation.value)
    return Request(_NAMES[operation.verb], cmd_id, (item,))


def _meta(operation: Operation, size: int | None = None) -> Meta:
    form = operation.format
    if form is None:
        return NO_META
    kind = None if form in (Format.NODE, Format.NULL) else "text/plain"
    return Meta(format=form.value, type=kind, size=size)


# --- values too large for one message -----------------------------------------------------


def _can_be_cut(bundle: Sequence[Open], session: Session) -> bool:
    """Return whether to send it in pieces: the headset states a limit and the value is long.

    An Atomic goes whole, whatever its size.
    """
    long = len(bundle[0].operation.value or "") > MIN_PIECE
    return long and session.max_msg_size is not None and not _is_grouped(bundle[0])


def _add_piece(reply: Reply, each: Open, offset: int, limit: int) -> None:
    """Add the next piece, as long as fits ([OMA-DM-Protocol 1.2.1]).

    The Size is on the first one, MoreData on all but the last; the package ends with the last.
    """
    operation = each.operation
    value, form = operation.value or "", operation.format.value if operation.format else None
    empty = _piece(operation, reply.next_id, Chunk("", 0, size_of(value, form), more=True))
    budget = max(limit - reply.measure() - reply.cost(empty), MIN_PIECE)
    chunk = chunk_at(value, offset, budget=budget, format_=form)
    part = _piece(operation, reply.next_id, chunk)
    _await(reply, operation.verb, (operation.uri.text,), each)
    reply.add(part)
    reply.parcel = Parcel(each.id, chunk.end)
    reply.final = not chunk.more


def _piece(operation: Operation, cmd_id: str, chunk: Chunk) -> Request:
    meta = _meta(operation, chunk.size)
    item = Item(operation.uri.text, None, meta, chunk.data, more_data=chunk.more)
    return _command(operation, cmd_id, item)
