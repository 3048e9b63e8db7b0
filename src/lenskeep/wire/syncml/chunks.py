"""Large objects: a value cut into pieces that fit, and the size by which pieces are measured.

Large object handling ([OMA-DM-Protocol 1.2.1]): the first piece carries Size, the octets of the
decoded object; every piece but the last carries MoreData. Joining pieces is left to who receives
them: server and headset judge them differently.
"""

from dataclasses import dataclass, field
from typing import Final

from lenskeep.wire import xml
from lenskeep.wire.errors import CannotEncode

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
