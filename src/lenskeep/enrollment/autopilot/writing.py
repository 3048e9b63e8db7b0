"""Writing the file with the hardware hashes in the form that Autopilot's import takes."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from lenskeep.enrollment.autopilot.rows import HashRow

HEADER: Final = (
    "Device Serial Number",
    "Windows Product ID",
    "Hardware Hash",
    "Group Tag",
    "Assigned User",
)
_FORMULA: Final = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet would carry out."""


def write_hashes(rows: Iterable[HashRow]) -> bytes:
    """Return the file: UTF-8 without a BOM, CRLF, a header line ([RFC 4180]).

    Free text that a spreadsheet would take for a formula gets an apostrophe in front, which our
    reader takes off again.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            (
                _harmless(row.serial),
                _harmless(row.product_id),
                row.hardware_hash,
                _harmless(row.group_tag),
                _harmless(row.assigned_user),
            )
        )
    return out.getvalue().encode("utf-8", "replace")


def _harmless(text: str) -> str:
    """Return it so that no formula begins with it, by a mark that can be taken off again."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text
