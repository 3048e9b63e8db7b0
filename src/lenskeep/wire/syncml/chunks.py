"""Large objects: a value cut into pieces that fit, and pieces joined to a value again.

Both directions of large object handling ([OMA-DM-Protocol 1.2.1]): the first piece carries Size,
the octets of the decoded object; every piece but the last carries MoreData.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from lenskeep.wire import xml
from lenskeep.wire.errors import CannotEncode
from lenskeep.wire.syncml.codes import StatusCode
from lenskeep.wire.syncml.model import NO_META, Item, Meta

_BASE64_FORMATS: Final = frozenset({"b64", "bin"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece on its way out."""

    data: str = field(repr=False)
    end: int
    """Characters of the value that are sent once this piece is."""
    size: int | None
    """Goes into Meta; on the first of several pieces only."""
    more: bool
    """Whether MoreData follows."""


def chunk_at(value: str, offset: int, *, budget: int, format_: str | None = None) -> Chunk:
    """Return the piece that begins at `offset` (characters) and takes at most `budget` octets.

    The octets are those of the written document, escapes included. Raises CannotEncode where not
    even one character fits.
    """
    end = _fitting(value, offset, budget)
    more = end < len(value)
    if more and _is_base64(format_):
        end -= (end - offset) % 4  # whole groups, so that each piece decodes by itself
    if more and end <= offset:
        raise CannotEncode(f"no piece of the value fits into {budget} octets")
    size = size_of(value, format_) if more and offset == 0 else None
    return Chunk(value[offset:end], end, size, more)


def split(value: str, *, budget: int, format_: str | None = None) -> tuple[Chunk, ...]:
    """Return all pieces of the value, at least one."""
    pieces = [chunk_at(value, 0, budget=budget, format_=format_)]
    while pieces[-1].more:
        pieces.append(chunk_at(value, pieces[-1].end, budget=budget, format_=format_))
    return tuple(pieces)


def _fitting(value: str, offset: int, budget: int) -> int:
    """Return the largest end such that `value[offset:end]` is written in `budget` octets."""
    least, most = offset, min(len(value), offset + max(budget, 0))
    while least < most:
        middle = (least + most + 1) // 2
        if xml.octets(value[offset:middle]) <= budget:
            least = middle
        else:
            most = middle - 1
    return least


def size_of(value: str, format_: str | None = None) -> int:
    """Return the octets of the decoded object: UTF-8 for text, the bytes that base64 stands for."""
    if not _is_base64(format_):
        return len(value.encode("utf-8"))
    compact = "".join(value.split())
    return len(compact.rstrip("=")) * 3 // 4


def _is_base64(format_: str | None) -> bool:
    return format_ is not None and format_.strip().lower() in _BASE64_FORMATS


class Verdict(Enum):
    """What to say of a piece that came; the value is the status that says it."""

    WHOLE = StatusCode.OK
    """The object is complete; `data` is all of it."""
    MORE = StatusCode.CHUNK_ACCEPTED
    """Kept; ask for the next message with Alert 1222."""
    SIZE_MISMATCH = StatusCode.SIZE_MISMATCH
    """The octets do not add up to Size: forget the object."""
    TOO_BIG = StatusCode.SIZE_TOO_BIG
    """More than we take: forget the object."""

    @property
    def status(self) -> StatusCode:
        """The status that tells the sender."""
        return self.value


@dataclass(frozen=True, slots=True)
class Joined:
    """A large object on its way in, and the verdict on the piece that came last."""

    size: int | None = None
    """Octets announced by the first piece. None: the sender left it out; then none are checked."""
    format: str | None = None
    data: str = field(default="", repr=False)
    verdict: Verdict = Verdict.MORE

    def append(self, data: str, *, more: bool, limit: int) -> "Joined":
        """Return the object with one more piece; `limit` is the octets that we take at most."""
        joined = self.data + data
        octets = size_of(joined, self.format)
        return replace(self, data=joined, verdict=self._judge(octets, more=more, limit=limit))

    def _judge(self, octets: int, *, more: bool, limit: int) -> Verdict:
        if max(octets, self.size or 0) > limit:
            return Verdict.TOO_BIG
        if self.size is not None and (octets > self.size or (not more and octets < self.size)):
            return Verdict.SIZE_MISMATCH
        return Verdict.MORE if more else Verdict.WHOLE


def begin(item: Item, *, limit: int, command_meta: Meta = NO_META) -> Joined:
    """Return the object that begins with this Item; Meta may stand at the command instead."""
    start = Joined(
        size=command_meta.size if item.meta.size is None else item.meta.size,
        format=command_meta.format if item.meta.format is None else item.meta.format,
    )
    return start.append(item.data or "", more=item.more_data, limit=limit)
