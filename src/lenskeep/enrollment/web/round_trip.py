"""A visit to a sign-in provider: what we must find again when the browser comes back.

It travels sealed, in a cookie of the browser that went: another browser cannot come back in its
place, and strangers who set out and never return leave nothing in our store. That it comes back
once is the store's to say.
"""

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import Digest

ROUND_TRIP_LIFE: Final = timedelta(minutes=15)
"""A wearer types a password and a second factor in the air."""

STATE_PURPOSE: Final = "enrollment.web state"
ROUND_TRIP_PURPOSE: Final = "enrollment.web round trip"
"""For the seal of the cookie."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One visit: to whom, with which secrets, and whither the answer goes in the end."""

    provider_id: str
    issuer: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: Secret
    appru: str
    hint: str
    expires_at: datetime

    def dump(self) -> bytes:
        """Return it as bytes, to be sealed."""
        values = {
            "provider": self.provider_id,
            "issuer": self.issuer,
            "state": self.state,
            "nonce": self.nonce,
            "verifier": self.verifier.reveal(),
            "appru": self.appru,
            "hint": self.hint,
            "until": int(self.expires_at.timestamp()),
        }
        return json.dumps(values, separators=(",", ":")).encode()


def load_round_trip(stored: bytes) -> RoundTrip:
    """Return what `dump` wrote; only ever called on what was sealed by us."""
    values = json.loads(stored)
    return RoundTrip(
        provider_id=values["provider"],
        issuer=values["issuer"],
        state=values["state"],
        nonce=values["nonce"],
        verifier=Secret(values["verifier"]),
        appru=values["appru"],
        hint=values["hint"],
        expires_at=datetime.fromtimestamp(values["until"], UTC),
    )


def state_digest(digest: Digest, state: str) -> bytes:
    """Return the keyed digest under which a finished visit is kept."""
    return digest(STATE_PURPOSE, state.encode("utf-8", "replace"))


class ReturnVerdict(Enum):
    """Whether this is the way back of that visit; the value is the reason for our log."""

    GOOD = "good"
    OTHER_STATE = "the state is not that of this browser's visit"
    EXPIRED = "the visit took too long"
    OTHER_ISSUER = "another provider answered than the one that was asked"


def judge_return(trip: RoundTrip, state: str, issuer: str, now: datetime) -> ReturnVerdict:
    """Return whether a browser with this cookie may come back with this answer.

    [RFC 6749] 10.12 for the state; [RFC 9207] 2.4 for the issuer, where the provider names it.
    """
    if not hmac.compare_digest(trip.state.encode(), state.encode("utf-8", "replace")):
        return ReturnVerdict.OTHER_STATE
    if issuer and issuer != trip.issuer:
        return ReturnVerdict.OTHER_ISSUER
    return ReturnVerdict.GOOD if now < trip.expires_at else ReturnVerdict.EXPIRED
