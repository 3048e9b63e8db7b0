"""A headset of few words: what it says, made once and sent as bytes for as many as are wanted.

It answers whatever it is asked from a table of values, so that a whole session can be had in one
process and its bytes kept. It shares the wire with the server, as the virtual headset does, and
has no state of its own beside the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lenskeep.tree.uri import parse_uri
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.wire.syncml.codes import LOGIN_STATUS, SYNC_HEADER, AlertCode, StatusCode
from lenskeep.wire.syncml.model import (
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
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

PROFILE: Final = Profile("HL2-22621.1244", 2, 136, 22621, 1244, "5.0")
"""The kind of headset that is played."""
_DEV_INFO: Final = ("DevId", "Man", "Mod", "DmV", "Lang")
_READ: Final = StatusCode.OK.value
_MISSING: Final = StatusCode.NOT_FOUND.value


@dataclass
class Headset:
    """One headset: its name in messages, the address it speaks to, what its nodes hold."""

    dev_id: str
    address: str
    hardware: Hardware
    nodes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = AccountFacts("Lenskeep", "", self.address, self.dev_id)
        for leaf in seeds(PROFILE, self.hardware, facts):
            self.nodes[_key(leaf.path)] = leaf.value

    def opening(self, session: str) -> bytes:
        """Return package 1 as Windows sends it: two alerts, then DevInfo ([MS-MDM] 3)."""
        login = Item(meta=Meta(format="chr", type=LOGIN_STATUS), data="user")
        items = tuple(
            Item(source=f"./DevInfo/{name}", data=self.nodes[_key(f"./DevInfo/{name}")])
            for name in _DEV_INFO
        )
        parts = (
            Alert("2", AlertCode.CLIENT_INITIATED),
            Alert("3", AlertCode.CLIENT_EVENT, (login,)),
            Request(CommandName.REPLACE, "4", items),
        )
        return self._written(session, 1, parts)

    def answers(self, session: str, number: int, reply: bytes) -> bytes:
        """Return message `number` that answers a reply; nothing where it asks nothing."""
        if not reply:
            return b""
        told = read_message(reply)
        ref = told.header.msg_id
        ids = map(str, range(2, 1_000_000))
        parts = [part for each in _commands(told) for part in self._do(each, ref, ids)]
        if not parts:
            return b""
        head = Status("1", ref, "0", SYNC_HEADER, _READ)
        return self._written(session, number, (head, *parts))

    def _do(self, asked: Request, ref: str, ids: Iterator[str]) -> Iterator[BodyPart]:
        uris = [item.target or "" for item in asked.items]
        if asked.name is CommandName.GET:
            held = {uri: self.nodes.get(_key(uri)) for uri in uris}
            found = {uri: value for uri, value in held.items() if value is not None}
            codes = {uri: _READ if uri in found else _MISSING for uri in uris}
            yield from _statuses(asked, ref, ids, codes)
            items = tuple(Item(source=uri, data=value) for uri, value in found.items())
            if items:
                yield Results(next(ids), ref, asked.cmd_id, items)
            return
        for item in asked.items:
            key = _key(item.target or "")
            if asked.name in (CommandName.ADD, CommandName.REPLACE):
                self.nodes[key] = self.nodes[key.replace("/config/", "/result/")] = item.data or ""
            elif asked.name is CommandName.DELETE:
                self.nodes.pop(key, None)
        yield from _statuses(asked, ref, ids, dict.fromkeys(uris, _READ))

    def _written(self, session: str, number: int, parts: tuple[BodyPart, ...]) -> bytes:
        header = Header(session, str(number), self.address, self.dev_id)
        return write_message(Message(header, parts))


def _key(uri: str) -> str:
    return parse_uri(uri).key


def _commands(told: Message) -> Iterator[Request]:
    for part in told.body:
        if isinstance(part, Request):
            yield part
        elif isinstance(part, Group):
            yield from (each for each in part.commands if isinstance(each, Request))


def _statuses(
    asked: Request, ref: str, ids: Iterator[str], codes: dict[str, int]
) -> Iterator[Status]:
    """One status a code, as a client answers a command of several items."""
    for code in dict.fromkeys(codes.values()):
        uris = tuple(uri for uri, each in codes.items() if each == code)
        target = uris if len(codes) > 1 else ()
        yield Status(next(ids), ref, asked.cmd_id, asked.name.value, code, target)
