"""`wresult`: what our sign-in page gives a headset, and what it is good for.

The headset carries it from the page to GetPolicies and to the token request ([MS-MDE2] 3.2). It
is a short random text that means nothing without our store: nothing can be read from it, and
nothing can be made of it.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from lenskeep.base.ambient import Randomness
from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import REPEAT_WINDOW, Digest

TICKET_LIFE: Final = timedelta(minutes=10)
"""From the page to the token request is seconds; a wearer may look away in between."""

TICKET_PURPOSE: Final = "enrollment.web token"
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CHARACTERS: Final = 32
"""of 62: 190 bits. assumed: short is safe, since no limit of `wresult` is documented."""
_WRESULT: Final = re.compile(f"[A-Za-z0-9]{{{_CHARACTERS}}}")
_MAX_DATA: Final = 1024
"""Characters of base64; ours, encoded twice in UTF-16, has 230."""


def new_wresult(randomness: Randomness) -> Secret:
    """Return a fresh token for a headset."""
    return Secret(randomness.choice(_ALPHABET, _CHARACTERS))


def ticket_digest(digest: Digest, wresult: Secret) -> bytes:
    """Return the keyed digest under which the token is kept."""
    return digest(TICKET_PURPOSE, wresult.reveal().encode("ascii"))


def read_wresult(data: str) -> Secret | None:
    """Return the token from the text of a BinarySecurityToken; None where none of ours is in it.

    [MS-MDE2] 3.2: base64 of what the page gave. Forgiven: the URL-safe alphabet, missing padding,
    line breaks, base64 twice or not at all, and UTF-16 as Windows keeps its strings.
    """
    texts = [data.strip()] if len(data) <= _MAX_DATA else []
    for _ in range(3):
        found = next((each for each in texts if _WRESULT.fullmatch(each)), None)
        if found is not None:
            return Secret(found)
        texts = [plain for each in texts for plain in _plain(each)]
    return None


def _plain(text: str) -> list[str]:
    """Return what base64 text may stand for."""
    bare = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        octets = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return []
    readings: list[Callable[[], str]] = [
        lambda: octets.decode("ascii"),
        lambda: octets.decode("utf-16-le"),
    ]
    found = []
    for reading in readings:
        try:
            found.append(reading().strip("\x00\r\n\t "))
        except UnicodeDecodeError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class TicketStanding:
    """What is known of a token that was found."""

    expires_at: datetime
    used_at: datetime | None = None


class TicketVerdict(Enum):
    """What a token is still good for; the value is the reason for our log."""

    USABLE = "good"
    REPEAT_ONLY = "used minutes ago: only an answer already given is repeated"
    EXPIRED = "its time is over"
    USED = "it was used before"

    @property
    def accepted(self) -> bool:
        """Whether it passes as a proof (at GetPolicies, and for a repetition)."""
        return self in (TicketVerdict.USABLE, TicketVerdict.REPEAT_ONLY)


def judge_ticket(ticket: TicketStanding, now: datetime) -> TicketVerdict:
    """Return what the token is good for now.

    It may be shown any number of times until it is spent with a certificate, or its time is
    over. If the answer with the certificate is lost, the headset asks again with the same public
    key, within minutes, and gets that answer again.
    """
    if ticket.used_at is not None:
        recent = now < ticket.used_at + REPEAT_WINDOW
        return TicketVerdict.REPEAT_ONLY if recent else TicketVerdict.USED
    return TicketVerdict.USABLE if now < ticket.expires_at else TicketVerdict.EXPIRED
