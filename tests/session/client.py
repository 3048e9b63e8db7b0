"""A headset and a store in a few lines, for tests: what is said, and what is kept in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from lenskeep.base.identifiers import OperationId
from lenskeep.session.engine import converse
from lenskeep.session.state import News, Open, Planned, Planner, Session, Standing, Turn
from lenskeep.session.stored import dump_session, load_session
from lenskeep.tree.operation import Operation, OperationState, make_operation
from lenskeep.wire.syncml.model import (
    NO_META,
    Alert,
    BodyPart,
    CommandName,
    Group,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Results,
    Status,
)
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
DEV = "8A25C6D1F0B94E3E9D7C1B2A3F4E5D6C"
URL = "https://mdm.example.org/ManagementServer/MDM.svc"
LOGIN = "com.microsoft/MDM/LoginStatus"
MODEL = "./DevInfo/Mod"


def header(session: str, msg: str, meta: Meta = NO_META) -> Header:
    """The header of a headset's message."""
    return Header(session, msg, URL, DEV, meta=meta)


def dev_info(cmd_id: str = "4") -> Request:
    """The Replace that every first package has."""
    values = ((MODEL, "HoloLens 2"), ("./DevInfo/Lang", "en-US"))
    items = tuple(Item(source=uri, data=data) for uri, data in values)
    return Request(CommandName.REPLACE, cmd_id, items)


def login(user: str, cmd_id: str = "3") -> Alert:
    """The alert that says who is signed in."""
    return Alert(cmd_id, 1224, (Item(meta=Meta(type=LOGIN), data=user),))


def package1(
    session: str = "1", msg: str = "1", *parts: BodyPart, user: str = "user", final: bool = True
) -> Message:
    """A first package as Windows sends it."""
    body = (Alert("2", 1201), login(user), *parts, dev_info())
    return Message(header(session, msg), body, final)


def says(session: str, msg: str, *parts: BodyPart, final: bool = True) -> Message:
    """A message with just these parts after the status of our header."""
    ours = Status("1", str(int(msg) - 1), "0", "SyncHdr", 200)
    return Message(header(session, msg), (ours, *parts), final)


def commands(reply: bytes) -> list[Request]:
    """What the reply asks for."""
    return [part for part in read_message(reply).body if isinstance(part, Request)]


def groups(reply: bytes) -> list[Group]:
    """The Atomics of the reply."""
    return [part for part in read_message(reply).body if isinstance(part, Group)]


def inside(group: Group) -> list[Request]:
    """The commands of an Atomic."""
    return [each for each in group.commands if isinstance(each, Request)]


def statuses(reply: bytes) -> list[Status]:
    """The statuses of the reply."""
    return [part for part in read_message(reply).body if isinstance(part, Status)]


def alerts(reply: bytes) -> list[int]:
    """The codes of the reply's alerts."""
    return [part.code for part in read_message(reply).body if isinstance(part, Alert)]


def answer(
    reply: bytes,
    *,
    codes: Mapping[str, int] | None = None,
    values: Mapping[str, str] | None = None,
    skip: Sequence[str] = (),
) -> Message:
    """What a headset says to the reply: 200 and a value, unless told otherwise for a LocURI."""
    said = read_message(reply)
    parts: list[BodyPart] = []
    for each in said.body:
        asked = [each] if isinstance(each, Request) else []
        if isinstance(each, Group):
            failed = any((codes or {}).get(one.items[0].target or "") for one in inside(each))
            code, at = 507 if failed else 200, str(100 + len(parts))
            parts.append(Status(at, said.header.msg_id, each.cmd_id, each.name.value, code))
            asked = inside(each)
        for one in asked:
            if one.items[0].target not in skip:
                parts += _answer_one(said.header.msg_id, one, codes or {}, values or {}, len(parts))
    return says(said.header.session_id, str(int(said.header.msg_id) + 1), *parts)


def _answer_one(
    msg: str, asked: Request, codes: Mapping[str, int], values: Mapping[str, str], at: int
) -> list[BodyPart]:
    uris = [item.target or "" for item in asked.items]
    told = [codes.get(uri, 200) for uri in uris]
    parts: list[BodyPart] = []
    for uri, code in zip(uris, told, strict=True):
        refs = (uri,) if len(uris) > 1 else ()
        cmd_id = str(100 + at + len(parts))
        parts.append(Status(cmd_id, msg, asked.cmd_id, asked.name.value, code, refs))
    good = [uri for uri, code in zip(uris, told, strict=True) if code == 200]
    if asked.name is CommandName.GET and good:
        items = tuple(Item(source=uri, data=values.get(uri, f"value of {uri}")) for uri in good)
        parts.append(Results(str(100 + at + len(parts)), msg, asked.cmd_id, items))
    return parts


@dataclass
class Row:
    """An operation as a store keeps it."""

    operation: Operation
    state: OperationState = OperationState.QUEUED
    deliveries: int = 0
    status: int | None = None
    text: str = ""
    result: str | None = None
    form: str | None = None
    atomic: str = ""


@dataclass
class Shelf:
    """The store of one enrollment, in memory; takes turns and checks what every turn must keep."""

    session: Session | None = None
    rows: dict[OperationId, Row] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    nonce: str | None = None
    turns: int = 0
    unknown_in: dict[OperationId, datetime] = field(default_factory=dict)
    planner: Planner | None = None
    news: list[News] = field(default_factory=list)
    """What the planner was told, one for each time it was called."""

    def queue(
        self,
        verb: str,
        uri: str,
        form: str | None = None,
        value: str | None = None,
        atomic: str = "",
    ) -> OperationId:
        """Queue an operation."""
        id_ = OperationId(f"op_{len(self.rows) + 1}")
        self.rows[id_] = Row(make_operation(verb, uri, form, value), atomic=atomic)
        return id_

    def plan(self, news: News) -> Planned:
        """Ask the planner, keep what it was told and what it wants."""
        assert self.planner is not None
        self.news.append(news)
        planned = self.planner(news)
        for each in planned.open:
            self.rows.setdefault(each.id, Row(each.operation, each.state, atomic=each.atomic))
        return planned

    def standing(self) -> Standing:
        """What stands in for the next message."""
        kept = (OperationState.QUEUED, OperationState.SENT)
        here = self.session.started_at if self.session else None
        open_ = tuple(
            Open(id_, row.operation, row.state, row.deliveries, row.atomic)
            for id_, row in self.rows.items()
            if row.state in kept or self.unknown_in.get(id_) == here is not None
        )
        return Standing(DEV, URL, self.session, open_, self.questions, self.nonce)

    def take(self, message: Message) -> Turn:
        """Take a turn and store it."""
        self.turns += 1
        at, plan = NOW + timedelta(seconds=self.turns), self.plan if self.planner else None
        turn = converse(self.standing(), message, at, plan)
        assert turn.session == load_session(dump_session(turn.session))
        if turn.reply:
            assert order_breaches(turn.reply) == ()
            assert read_message(turn.reply).header.target == DEV
        self._store(turn)
        return turn

    def _store(self, turn: Turn) -> None:
        self.session = turn.session
        for change in turn.changes:
            row = self.rows[change.id]
            assert row.state.is_open or row.state is OperationState.UNKNOWN
            self.rows[change.id] = replace(
                row,
                state=change.state,
                deliveries=row.deliveries if change.deliveries is None else change.deliveries,
                status=change.status,
                text=change.status_text,
                result=change.result,
                form=change.result_format,
            )
            if change.state is OperationState.UNKNOWN:
                self.unknown_in[change.id] = turn.session.started_at
