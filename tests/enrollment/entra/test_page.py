"""The administrator's text becomes blocks; markup in it stays text."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.entra.page import (
    MAX_TEXT,
    MAX_TITLE,
    Block,
    BlockKind,
    TermsText,
    check_text,
)


def test_a_text_has_headings_paragraphs_and_items() -> None:
    """Blank lines part paragraphs, `# ` and `- ` mark the others."""
    text = TermsText("T", "# Use\nOne line\nand another.\n\nNext.\n- first\n-second\n## Care\n")

    assert text.blocks == (
        Block(BlockKind.HEADING, "Use"),
        Block(BlockKind.PARAGRAPH, "One line and another."),
        Block(BlockKind.PARAGRAPH, "Next."),
        Block(BlockKind.ITEM, "first"),
        Block(BlockKind.PARAGRAPH, "-second"),
        Block(BlockKind.HEADING, "Care"),
    )


def test_markup_is_text() -> None:
    """Whoever writes the page escapes it."""
    blocks = TermsText("T", "<b>bold</b>\n# <script>").blocks

    assert [each.text for each in blocks] == ["<b>bold</b>", "<script>"]


def test_line_ends_of_windows_are_line_ends() -> None:
    """A file from a Windows desk is read alike."""
    assert check_text(" Terms ", "a\r\nb\r\n") == TermsText("Terms", "a\nb")


@pytest.mark.parametrize(
    ("title", "text", "fields"),
    [
        ("", "x", ["title"]),
        ("t" * (MAX_TITLE + 1), "x", ["title"]),
        ("a\nb", "x", ["title"]),
        ("T", "  \n", ["text"]),
        ("T", "x" * (MAX_TEXT + 1), ["text"]),
        ("T", "bell\a", ["text"]),
        ("", "", ["title", "text"]),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused(title: str, text: str, fields: list[str]) -> None:
    """All complaints come at once."""
    with pytest.raises(Invalid) as caught:
        check_text(title, text)

    assert [each.field for each in caught.value.complaints] == fields
