"""Listening: one message of the headset becomes what it answers, reports, asks and is owed.

Decides nothing of what is said back; that is the outbox. Every command of the headset gets one
status, in order; a Results gets one only where it came in pieces ([OMA-DM-RepPro 1.2.1]).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, assert_never

from lenskeep.base.errors import Invalid
from lenskeep.session.alerts import Heard, answer_to, hear
from lenskeep.session.answers import Answers
from lenskeep.session.ledger import Ledger
from lenskeep.session.state import Session
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import MAX_LENGTH, parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import AlertCode, StatusCode
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    CommandName,
    Group,
    Header,
    Item,
    Message,
    Request,
    Results,
    Status,
    Unknown,
)

MAX_OWN_ITEMS: Final = 64
"""Items of a DevInfo Replace that are listened to; Windows sends five."""
MAX_OWN_VALUE: Final = 1024
"""Characters of a DevInfo value; the longest known is a device id of 64."""
MAX_NAME: Final = 64
"""Characters of a strange command's name that are repeated in its status."""

_UTF_8: Final = ("utf-8", "surrogatepass")
_OWN_TREE: Final = "./devinfo/"
_DEFINED: Final = frozenset({"Copy", "Move", "Put", "Search", "Map", "Sync"})
"""SyncML commands that [OMA-DM-RepPro 1.2.1] leaves out: understood, not supported."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A status owed to a command of the headset."""

    cmd_ref: str
    cmd: str
    code: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Listened:
    """What one message said."""

    answers: Answers
    heard: Heard
    owed: tuple[Owed, ...]
    facts: tuple[Fact, ...]
    received: str
    """In words, for the timeline."""


def starts_session(message: Message) -> bool:
    """Return whether the message says that it begins a session ([MS-MDM] 2.2.7.2)."""
    begins = (AlertCode.SERVER_INITIATED, AlertCode.CLIENT_INITIATED)
    return any(isinstance(part, Alert) and part.code in begins for part in message.body)


def introduction(message: Message) -> str:
    """Return a digest of what the headset says of itself by itself; empty where it says nothing.

    It says the same whenever it begins a session (seen: Windows 11): once is enough.
    """
    requests = (part for part in message.body if isinstance(part, Request))
    named = message.header.source  # said in the header, too, and proved: no news at all
    told = "\n".join(
        f"{uri}={'' if value == named else value}"
        for each in requests
        for uri, value in _own_values(each)
    )
    return hashlib.sha256(told.encode(*_UTF_8)).hexdigest()[:32] if told else ""


def continues(session: Session | None, message: Message) -> bool:
    """Return whether the message goes on with the session as it is stored.

    MsgIDs only grow within a session; gaps are taken, since a refused message uses one up. The
    same number with other bytes is a session that began anew ([OMA-DM-RepPro 1.2.1]).
    """
    if session is None or session.session_id != message.header.session_id:
        return False
    if starts_session(message):
        return False
    last, here = session.msg_id, message.header.msg_id
    return last.isdecimal() and here.isdecimal() and int(here) > int(last)


def unfit(header: Header) -> StatusCode | None:
    """Return the status of a header that we do not speak, None for one that we do.

    [OMA-SyncMLRP 1.2.2] 10: 505 for the DTD's version, 513 for the protocol's.
    """
    if header.ver_dtd.strip() != "1.2":
        return StatusCode.DTD_NOT_SUPPORTED
    if header.ver_proto.strip().upper() != "DM/1.2":
        return StatusCode.PROTOCOL_NOT_SUPPORTED
    return None


def listen(session: Session, ledger: Ledger, message: Message, now: datetime) -> Listened:
    """Return what the message says; what it answers is settled by `Answers.draw_line`."""
    answers = Answers(session, ledger, now)
    heard = Heard()
    owed: list[Owed] = []
    facts: list[Fact] = []
    for part in message.body:
        match part:
            case Status():
                answers.hear_status(part)
            case Results():
                chunk = answers.hear_results(part)
                if chunk is not None:
                    owed.append(Owed(part.cmd_id, "Results", chunk.code, chunk.uri))
            case Alert():
                heard = hear(heard, part)
                _owe(owed, part, "Alert", answer_to(part))
            case Request():
                facts.extend(_own_fact(*each, now) for each in _own_values(part))
                _owe(owed, part, part.name.value, _answer_to_request(part))
            case Group():
                _owe(owed, part, part.name.value, StatusCode.NOT_SUPPORTED)
            case Unknown():
                owed.append(Owed(part.cmd_id, part.name[:MAX_NAME], _answer_to_unknown(part)))
            case _:
                assert_never(part)
    received = in_words(_kind(part) for part in message.body)
    return Listened(answers, heard, tuple(owed), tuple(facts), received)


def in_words(kinds: Iterable[str]) -> str:
    """Return the kinds counted, e.g. `2 statuses, 1 alert`; `nothing` for none."""
    counts = Counter(kinds)
    if not counts:
        return "nothing"
    return ", ".join(f"{count} {_plural(kind, count)}" for kind, count in counts.items())


def _plural(kind: str, count: int) -> str:
    if count == 1:
        return kind
    return kind + ("es" if kind.endswith("s") else "s")


def _kind(part: BodyPart) -> str:
    match part:
        case Status():
            return "status"
        case Results():
            return "value"
        case Alert():
            return "alert"
        case Request():
            return part.name.value
        case Group():
            return part.name.value
        case Unknown():
            return "unknown command"
        case _:
            assert_never(part)


def _owe(owed: list[Owed], part: Alert | Request | Group, cmd: str, code: StatusCode) -> None:
    if part.no_resp:
        return  # [OMA-SyncMLRP 1.2.2]: the sender wants no status
    if not part.cmd_id:
        code = StatusCode.BAD_REQUEST  # answered with an empty CmdRef, as Windows does
    owed.append(Owed(part.cmd_id, cmd, code))


def _answer_to_request(request: Request) -> StatusCode:
    """A headset may replace its DevInfo and nothing else ([OMA-DM-Protocol 1.2.1])."""
    own = all(_is_own(_uri(item)) for item in request.items)
    if request.name is CommandName.REPLACE and request.items and own:
        return StatusCode.OK
    return StatusCode.NOT_SUPPORTED


def _answer_to_unknown(part: Unknown) -> StatusCode:
    if part.cmd_id and part.name in _DEFINED:
        return StatusCode.NOT_SUPPORTED
    return StatusCode.BAD_REQUEST


def _own_fact(uri: str, value: str, now: datetime) -> Fact:
    return Fact(uri, int(StatusCode.OK), now, Format.CHR, value)


def _own_values(request: Request) -> Iterator[tuple[str, str]]:
    if request.name is not CommandName.REPLACE:
        return
    for item in request.items[:MAX_OWN_ITEMS]:
        uri = _uri(item)
        path = _own_path(uri) if len(uri) <= MAX_LENGTH else None
        if path is not None and item.data is not None and len(item.data) <= MAX_OWN_VALUE:
            yield path, item.data


def _uri(item: Item) -> str:
    return (item.source or item.target or "").strip()


def _is_own(uri: str) -> bool:
    return len(uri) <= MAX_LENGTH and _own_path(uri) is not None


@lru_cache(maxsize=64)  # every headset says the same five
def _own_path(uri: str) -> str | None:
    try:
        own = parse_uri(uri)
    except Invalid:
        return None
    return own.path if own.key.startswith(_OWN_TREE) else None
