"""Who or what wants in, as rules look at it: what was proved, and what the headset says of itself.

All but the way, the user, the tenant and the count is a claim: rules about a claim keep order, they
keep no liar out.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from lenskeep.enrollment.rules.rules import HOLOLENS_1, HOLOLENS_2, Build

_VERSION: Final = re.compile(r"(?:10\.0\.)?([0-9]{1,6})(?:\.([0-9]{1,6}))?")
_EDITION: Final = re.compile(r"[0-9]{1,6}")
_HOLOGRAPHIC: Final = frozenset({135, 136})
"""GetProductInfo: PRODUCT_HOLOGRAPHIC and PRODUCT_HOLOGRAPHIC_BUSINESS."""

_FIRST_OF_HOLOLENS_2: Final = 18362
"""1903; HoloLens (1st gen) ended with 17763 (1809)."""

_SHOWS_WORDS_HOLOLENS: Final = (19041, 1128)
_SHOWS_WORDS_DESKTOP: Final = (19042, 0)
"""20H2: the first that shows the words of CustomServerError ([MS-MDE2] 2.2.10). On HoloLens it is
19041.1128, on desktops 19042."""

DIGEST: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One who wants to enroll; empty is what is not known."""

    way: str
    user: str = ""
    """The name that was proved; empty where a way proves none."""
    typed: str = ""
    """A name that was given without proof (with a code)."""
    tenant: str = ""
    edition: str = ""
    os_version: str = ""
    serial: str = ""
    hardware: str = ""
    in_autopilot: bool = False
    living: int = 0
    """Other headsets under management for this user."""

    @property
    def build(self) -> Build | None:
        """Build and revision, None where they are not told."""
        return read_build(self.os_version)

    @property
    def edition_number(self) -> int | None:
        """GetProductInfo number, None where it is not told."""
        edition = self.edition.strip()
        return int(edition) if _EDITION.fullmatch(edition) else None

    @property
    def is_holographic(self) -> bool:
        """Whether it says that it is a HoloLens."""
        return self.edition_number in _HOLOGRAPHIC

    @property
    def generation(self) -> str:
        """Which HoloLens; empty for anything else and where it cannot be told."""
        build = self.build
        if build is None or not self.is_holographic:
            return ""
        return HOLOLENS_2 if build[0] >= _FIRST_OF_HOLOLENS_2 else HOLOLENS_1

    @property
    def shows_words(self) -> bool:
        """Whether the wearer gets to read the server's own sentence."""
        since = _SHOWS_WORDS_HOLOLENS if self.is_holographic else _SHOWS_WORDS_DESKTOP
        return self.build is not None and self.build >= since


def read_build(text: str) -> Build | None:
    """Return build and revision of `10.0.22621.1244`, `22621.1244` or `22621`."""
    found = _VERSION.fullmatch(text.strip())
    return (int(found[1]), int(found[2] or 0)) if found else None


def told(text: str) -> str:
    """Return a serial number or hardware id in the one form in which lists have it."""
    return text.strip().upper()


def is_listed(text: str, entries: frozenset[str] | None) -> bool:
    """Return whether what was told is on the list, plainly or by its digest."""
    plain = told(text)
    if not entries or not plain:
        return False
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
    return plain in entries or DIGEST + digest in entries
