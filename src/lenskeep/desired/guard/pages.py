"""The list of Settings pages, read: CSP: Policy/Settings/PageVisibilityList."""

from dataclasses import dataclass
from typing import Final

NETWORK: Final = "network-wifi"
"""The page where a headset is put on a network."""
SYNC: Final = "workplace"
"""The page where the wearer can start a sync, and see what manages the headset."""

MAX_LIST: Final = 64 * 1024
"""Characters that are looked into; assumed: far above what a headset takes."""


@dataclass(frozen=True, slots=True)
class PageList:
    """Whether the named pages are hidden, or all others are; names in lower case."""

    hide: bool
    names: tuple[str, ...]

    def hides(self, page: str) -> bool:
        """Return whether the page is out of reach."""
        return (page in self.names) is self.hide


def read_pages(value: str) -> PageList | None:
    """Return the list, None for a text that is none."""
    text = value.strip()
    mode, colon, rest = text[:MAX_LIST].partition(":")
    mode = mode.strip().casefold()
    if text.startswith("<") or not colon or mode not in ("hide", "showonly"):
        return None
    names = tuple(each.strip().casefold() for each in rest.split(";") if each.strip())
    return PageList(mode == "hide", names)
