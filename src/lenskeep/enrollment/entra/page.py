"""The administrator's text of the terms, as blocks that a page shows: plain text, never markup."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Complaint, Invalid

MAX_TITLE: Final = 120
MAX_TEXT: Final = 60_000
"""Characters: twenty pages of small print; a wearer scrolls by hand or by gaze."""


class BlockKind(Enum):
    """How a block is shown."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the text."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class TermsText:
    """The terms of use."""

    title: str
    text: str

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Headings (`# ` before them), list items (`- `) and paragraphs, parted by blank lines."""
        found: list[Block] = []
        open_paragraph: list[str] = []
        for line in (*self.text.splitlines(), ""):
            stripped = line.strip()
            block = _marked(stripped)
            if (block or not stripped) and open_paragraph:
                found.append(Block(BlockKind.PARAGRAPH, " ".join(open_paragraph)))
                open_paragraph = []
            if block:
                found.append(block)
            elif stripped:
                open_paragraph.append(stripped)
        return tuple(found)


def check_text(title: str, text: str) -> TermsText:
    """Return the terms. Raises Invalid."""
    complaints: list[Complaint] = []
    title = title.strip()
    if not 0 < len(title) <= MAX_TITLE or not title.isprintable():
        allowed = f"1 to {MAX_TITLE} printable characters"
        complaints.append(Complaint("title", "this is no title", allowed))
    if not 0 < len(text.strip()) <= MAX_TEXT:
        complaints.append(Complaint("text", "the text is empty or too long", f"up to {MAX_TEXT}"))
    if not all(each.isprintable() or each in "\n\r\t" for each in text):
        complaints.append(Complaint("text", "there are characters in it that cannot be shown"))
    if complaints:
        raise Invalid(*complaints)
    return TermsText(title, text.replace("\r\n", "\n").strip())


def _marked(line: str) -> Block | None:
    for mark, kind in (("#", BlockKind.HEADING), ("-", BlockKind.ITEM)):
        bare = line.lstrip(mark)
        if bare != line and bare.startswith(" "):
            return Block(kind, bare.strip())
    return None
