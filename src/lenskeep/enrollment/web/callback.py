"""What a headset's sign-in window hands over: where it waits for the answer, and who typed a name.

Both come as query parameters of a page that anybody may open. `appru` is answered to, so it is
held against a grammar that has no room for a quote, a blank or another scheme.
"""

import re
import unicodedata
from typing import Final

MAX_APPRU: Final = 256
"""Characters. seen: `ms-app://windows.immersivecontrolpanel`; a package SID has about 100."""

MAX_HINT: Final = 256
"""Characters; a UPN has at most 113 ([MS-ADTS])."""

_APPRU: Final = re.compile(
    r"ms-app://"
    r"[a-z0-9](?:[a-z0-9.-]{0,190}[a-z0-9])?"  # a package: its SID or its name
    r"(?:/[a-z0-9._~-]{0,64}){0,4}",
    re.IGNORECASE | re.ASCII,
)
_DOMAIN: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    re.ASCII,
)


def read_appru(text: str) -> str | None:
    """Return where the token is handed to, or None for anything but an `ms-app:` URI.

    [MS-MDE2] 3.2: the client waits for a navigation to this URI, which no web page can see. Any
    other scheme would hand the token to whoever made up the link.
    """
    return text if len(text) <= MAX_APPRU and _APPRU.fullmatch(text) else None


def read_hint(text: str) -> str:
    """Return the user name that was typed before; empty for what nobody types."""
    name = text.strip()
    if len(name) > MAX_HINT or any(unicodedata.category(each)[0] == "C" for each in name):
        return ""
    return name


def domain_of(name: str) -> str:
    """Return the domain of `user@domain` in lower case; empty where there is none."""
    return read_domain(name.rpartition("@")[2]) or "" if "@" in name else ""


def read_domain(text: str) -> str | None:
    """Return a domain in lower case, its labels in ASCII; None for anything else."""
    text = text.strip().rstrip(".").lower()
    try:
        ascii_text = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return ascii_text if _DOMAIN.fullmatch(ascii_text) else None
