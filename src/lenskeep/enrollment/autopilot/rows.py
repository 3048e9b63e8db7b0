"""One headset of Autopilot's file: its values, and what is wrong with them."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.errors import shown

MIN_HASH: Final = 1000
MAX_HASH: Final = 12_000
"""Octets behind the base64. A hardware hash has some 3,000 (assumed: 4K of base64 is usual); what
is far from that is another column."""
MAX_SERIAL: Final = 64
MAX_TEXT: Final = 256
MAX_TAG: Final = 512
"""Characters of a group tag (assumed: Autopilot's own limit)."""
_SERIAL: Final = re.compile(r"[!-~]([ -~]*[!-~])?")


@dataclass(frozen=True, slots=True)
class HashRow:
    """What the file says of one headset; empty texts say nothing."""

    serial: str
    product_id: str = ""
    hardware_hash: str = field(default="", repr=False)
    """Base64."""
    group_tag: str = ""
    assigned_user: str = ""

    @property
    def key(self) -> str:
        """The form by which serial numbers compare."""
        return self.serial.casefold()


def wrongs(row: HashRow) -> Iterator[tuple[str, str, str]]:
    """Yield column, what is wrong, and what is allowed."""
    if not row.serial:
        yield "Device Serial Number", "it is missing", "the serial number"
    elif len(row.serial) > MAX_SERIAL or not _SERIAL.fullmatch(row.serial):
        yield "Device Serial Number", f"{shown(row.serial)} is none", f"at most {MAX_SERIAL}, ASCII"
    if row.hardware_hash:
        yield from _hash_wrongs(row.hardware_hash)
    else:
        yield "Hardware Hash", "it is missing", "the hash in base64"
    yield from text_wrongs(row)


def text_wrongs(row: HashRow) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with the free texts."""
    texts = (
        ("Windows Product ID", row.product_id, MAX_TEXT),
        ("Group Tag", row.group_tag, MAX_TAG),
        ("Assigned User", row.assigned_user, MAX_TEXT),
    )
    for name, text, most in texts:
        if len(text) > most or not text.isprintable():
            yield name, "it is no line that fits", f"one line of at most {most}"


def _hash_wrongs(text: str) -> Iterator[tuple[str, str, str]]:
    name, allowed = "Hardware Hash", f"base64 of {MIN_HASH} to {MAX_HASH} octets"
    if len(text) > 2 * MAX_HASH:
        yield name, f"it has {len(text)} characters", allowed
        return
    size = hash_size(text)
    if size is None:
        yield name, "it is no base64", allowed
    elif not MIN_HASH <= size <= MAX_HASH:
        yield name, f"it is the base64 of {size} octets", allowed


def hash_size(text: str) -> int | None:
    """Return the octets of a hash; None where it is no base64 (padding may be missing)."""
    if not text.isascii():
        return None
    padded = text + "=" * (-len(text) % 4)
    try:
        return len(base64.b64decode(padded, validate=True))
    except (binascii.Error, ValueError):
        return None
