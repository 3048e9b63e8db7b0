"""SyncML: a message read, written and read again; its exact order; values cut into pieces."""

from typing import Final

from tests.fuzz.harness import Target, attempt, demand, same, written
from tests.fuzz.mutators import markup

from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.chunks import chunk_at, size_of
from lenskeep.wire.syncml.model import Group, Item, Message, Request, Results
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import MAX_ID, read_message
from lenskeep.wire.syncml.write import write_message


def run(data: bytes) -> None:
    """Read a message, write it, and hold what we write to the exact order."""
    breaches = attempt(BadMessage, order_breaches, data)
    if breaches is not None:
        demand(all(len(each) < 5000 for each in breaches[:100]), "a breach of a readable length")
    message = attempt(BadMessage, read_message, data)
    if message is None:
        return
    demand(len(message.header.session_id) <= MAX_ID, "identifiers are short")
    for item in _items(message):
        _pieces(item.data or "", item.meta.format)
    body = written(write_message, message)
    if body is None or len(body) > 1 << 20:
        return
    again = read_message(body)
    same(message, again, "what is written reads the same")
    same(body, write_message(again), "same value, same bytes")


def _items(message: Message) -> list[Item]:
    found: list[Item] = []
    parts = list(message.body)
    while parts and len(found) < 4:
        part = parts.pop()
        if isinstance(part, Request | Results):
            found.extend(part.items[:4])
        elif isinstance(part, Group):
            parts.extend(part.commands[:4])
    return found


def _pieces(value: str, form: str | None) -> None:
    """Cut the beginning of a value into pieces, which join to it."""
    value, offset, joined, number = value[:2000], 0, "", 0
    size_of(value, form)
    while offset < len(value):
        piece = written(chunk_at, value, offset, budget=97, format_=form)
        if piece is None:
            return
        demand(piece.end > offset, "each piece goes on")
        demand((piece.size is not None) is (number == 0 and piece.more), "size is on the first")
        joined, offset, number = joined + piece.data, piece.end, number + 1
        demand(piece.more is (offset < len(value)), "the last says that it is")
    same(value, joined, "the pieces are the value")


TARGET: Final = Target(
    name="syncml",
    covers=(
        "lenskeep.wire.syncml.read:read_message",
        "lenskeep.wire.syncml.order:order_breaches",
        "lenskeep.wire.syncml.chunks:chunk_at",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=(1 << 20) + 1024,
)
