"""Large values in pieces ([OMA-DM-Protocol 1.2.1]): 213 and Alert 1222 until the last."""

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Final

from lenskeep.tree.uri import same_node
from lenskeep.virtual.state import Chunk
from lenskeep.wire.syncml.codes import AlertCode, StatusCode

LARGEST: Final = 16 * 1024 * 1024
"""16 MiB. `assumed:` no limit of the headset is published."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One Item's value as it came, with whether more of it follows."""

    verb: str
    uri: str
    format: str | None
    size: int | None
    data: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """A value that is complete."""

    format: str | None
    data: str | None


class Chunks:
    """Joins pieces; `pending` outlives the message, `alerts` go into the answer to this one."""

    def __init__(self, pending: Chunk | None = None) -> None:
        self.pending = pending
        self.alerts: list[int] = []

    def take(self, came: Incoming) -> Whole | int:
        """Return the whole value, or the status that a piece gets."""
        open_ = self.pending
        if open_ and not (open_.verb == came.verb and same_node(open_.uri, came.uri)):
            self.pending = open_ = None
            self.alerts.append(AlertCode.NO_END_OF_DATA)
        if open_ is None and not came.more:
            return Whole(came.format, came.data)
        return self._first(came) if open_ is None else self._next(open_, came)

    def _first(self, came: Incoming) -> int:
        if came.size is None:
            return StatusCode.SIZE_REQUIRED
        if came.size > LARGEST:
            return StatusCode.SIZE_TOO_BIG
        self.pending = Chunk(came.verb, came.uri, came.format, came.size, came.data or "")
        self.alerts.append(AlertCode.NEXT_MESSAGE)
        return StatusCode.CHUNK_ACCEPTED

    def _next(self, open_: Chunk, came: Incoming) -> Whole | int:
        joined = replace(open_, text=open_.text + (came.data or ""))
        if came.more:
            self.pending = joined
            self.alerts.append(AlertCode.NEXT_MESSAGE)
            return StatusCode.CHUNK_ACCEPTED
        self.pending = None
        if _size(joined.text, joined.format) != joined.size:
            return StatusCode.SIZE_MISMATCH
        return Whole(joined.format, joined.text)


def _size(text: str, format_: str | None) -> int:
    """Return the octets of the value, decoded where it travels as base64."""
    if (format_ or "").lower() in ("b64", "bin"):
        try:
            return len(base64.b64decode("".join(text.split()), validate=True))
        except (binascii.Error, ValueError):
            return -1
    return len(text.encode())
