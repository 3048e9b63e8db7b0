"""Values in the cell of a table: a document is told by its beginning; `--json` has it whole."""

from typing import Final

LONGEST: Final = 120
"""Characters: two lines of a terminal."""


def short(value: str | None) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return ""
    if len(value) <= LONGEST:
        return value
    return f"{value[:LONGEST]}… ({len(value)} characters)"
