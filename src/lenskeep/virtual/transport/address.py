"""Addresses that a server or a person hands over. One that is none (`https://[`) has no parts."""

from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

_NONE: Final = SplitResult("", "", "", "", "")


def parts_of(url: str) -> SplitResult:
    """Return scheme, host and the rest, all of them empty where it is no address."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return _NONE
    return parts


def joined(base: str, address: str) -> str:
    """Return an absolute address, empty where it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
