"""Message bodies for the debug switch, with everything that could be a secret taken out."""

import re
from dataclasses import replace
from typing import Final

from lenskeep.wire.errors import WireError
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    Credential,
    Group,
    Item,
    Message,
    Request,
    Results,
)
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message
from lenskeep.wire.xml import MAX_BYTES_PROVEN

_STARS: Final = "[redacted]"
_SECRETIVE: Final = re.compile(
    r"password|secret|pfx|psk|passphrase|sharedkey|wlanxml|profilexml|eap|credential|token|"
    r"privatekey|license|aauthdata|nonce|recoverykey|/laps/|pin\b",
    re.IGNORECASE,
)
"""Node names whose values are, or may hold, a secret."""


def redacted_bodies(message: Message, reply: bytes) -> tuple[tuple[str, str], ...]:
    """Return (direction, text) of both messages without proofs and secret values."""
    texts = [("from device", _text(message))]
    if reply:
        try:
            texts.append(("to device", _text(read_message(reply, max_bytes=MAX_BYTES_PROVEN))))
        except WireError:
            texts.append(("to device", "[could not be read back]"))
    return tuple(texts)


def _text(message: Message) -> str:
    header = message.header
    if header.credential is not None:
        starred = Credential(header.credential.type, header.credential.format, _STARS)
        header = replace(header, credential=starred)
    body = tuple(_redact(part) for part in message.body)
    try:
        return write_message(Message(header, body, message.final)).decode("utf-8")
    except WireError:
        return "[could not be written]"


def _redact(part: BodyPart) -> BodyPart:
    match part:
        case Request() | Alert() | Results():
            return replace(part, items=tuple(_redact_item(each) for each in part.items))
        case Group():
            inner = tuple(_redact(each) for each in part.commands)
            return replace(part, commands=inner)  # type: ignore[arg-type]
        case _:
            return part


def _redact_item(item: Item) -> Item:
    place = f"{item.target or ''} {item.source or ''} {item.meta.type or ''}"
    if item.data and _SECRETIVE.search(place):
        return replace(item, data=_STARS)
    return item
