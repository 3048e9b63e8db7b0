"""The text of a JWT, out of whatever a headset packed it into."""

import base64
import binascii
import re
from typing import Final

MAX_TOKEN: Final = 16 * 1024
"""Characters of a token: real ones have 1.5 to 3 thousand, with 200 groups in it about ten."""

MAX_PACKED: Final = 32 * 1024
"""Characters that come: base64 twice makes 16 KiB to 29."""

_MOST_LAYERS: Final = 2
"""The element's own base64, and that of a client that encodes the token first ([MS-MDE2] 3.4)."""

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""[RFC 7515] 7.1. Base64 has no dots, so that neither is ever taken for the other."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_TO_STANDARD: Final = str.maketrans("-_", "+/")


def token_text(packed: str) -> str | None:
    """Return the JWT in what a BinarySecurityToken holds, or None if there is none.

    The token itself, or base64 of it, once or twice; in either alphabet, padded or not, in lines
    or not (seen: each of them, from clients and from captures of them).
    """
    if len(packed) > MAX_PACKED:
        return None
    text = _bare(packed)
    for _ in range(_MOST_LAYERS + 1):
        if _COMPACT.fullmatch(text):
            return text if len(text) <= MAX_TOKEN else None
        unpacked = _unpacked(text)
        if unpacked is None:
            return None
        text = _bare(unpacked)
    return None


def _bare(text: str) -> str:
    """Return the text without white space, and without the zero that ends a C string."""
    return "".join(text.rstrip("\0").split())


def _unpacked(text: str) -> str | None:
    standard = text.translate(_TO_STANDARD)
    if not _BASE64.fullmatch(standard):
        return None
    bare = standard.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
