"""Message bodies for the debug switch, with everything that could be a secret taken out."""

from dataclasses import replace

from lenskeep.tree.sensitive import REDACTED, is_sensitive
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
    Status,
)
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message
from lenskeep.wire.xml import MAX_BYTES_PROVEN


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
        starred = Credential(header.credential.type, header.credential.format, REDACTED)
        header = replace(header, credential=starred)
    body = tuple(_redact(part) for part in message.body)
    try:
        return write_message(Message(header, body, message.final)).decode("utf-8")
    except WireError as error:
        return f"[not kept: {error}]"


def _redact(part: BodyPart) -> BodyPart:
    match part:
        case Request():
            return replace(part, items=_redact_items(part.items, (part.meta.type,)))
        case Alert():
            return replace(part, items=_redact_items(part.items))
        case Results():
            around = (part.meta.type, *part.target_refs, *part.source_refs)
            return replace(part, items=_redact_items(part.items, around, must_be_named=True))
        case Status():
            around = (*part.target_refs, *part.source_refs)
            return replace(part, items=_redact_items(part.items, around))
        case Group():
            inner = tuple(_redact(each) for each in part.commands)
            return replace(part, commands=inner)  # type: ignore[arg-type]
        case _:
            return part


def _redact_items(
    items: tuple[Item, ...], around: tuple[str | None, ...] = (), *, must_be_named: bool = False
) -> tuple[Item, ...]:
    """A value whose node is not said could be any; where it must be said, it is taken out."""

    def redact(item: Item) -> Item:
        places = [each for each in (item.target, item.source, item.meta.type, *around) if each]
        is_hidden = any(map(is_sensitive, places)) or (must_be_named and not places)
        return replace(item, data=REDACTED) if item.data and is_hidden else item

    return tuple(redact(each) for each in items)
