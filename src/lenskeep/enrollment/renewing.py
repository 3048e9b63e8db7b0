"""Who may renew a certificate, and when. Pure: what the store knows comes in as values.

[MS-MDE2] 3.4.4.1.1.1 (renewal): the old certificate's key signs the request, and the same device's
certificate is the client's on the connection. Whatever is wrong is one answer outside, so that a
certificate that was found somewhere teaches nothing; the reason is for our log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.identifiers import EnrollmentId

WINDOW_SLACK: Final = timedelta(days=1)
"""A headset whose clock runs ahead begins early; refused, it would come back days later."""


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate of ours that counts: known, not revoked, its enrollment alive."""

    enrollment_id: EnrollmentId
    not_before: datetime
    not_after: datetime
    hindrance: str = ""
    """Why its headset is not to go on as it is, in words; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Term:
    """When a renewal is due, and what it would give."""

    renew_days: int
    """Days before its end at which a certificate may be renewed."""
    ends_at: datetime
    """When a certificate made now would end."""
    is_early: bool = False
    """Whether it may be renewed at any time: what issued it is on its way out."""


def judge_renewal(
    connection: Held | None, signer: Held | None, term: Term, now: datetime
) -> Refused | None:
    """Return why this certificate is not renewed, or None where it is.

    `connection` is the client certificate of the connection, `signer` the one that signed the
    request: usually the same one, and always of the same headset.
    """
    if connection is None:
        return _refused("the connection shows no certificate that counts")
    if signer is None:
        return _refused("the signer's certificate is unknown, revoked or of an ended enrollment")
    if connection.enrollment_id != signer.enrollment_id:
        return _refused("the connection is of one headset, the signature of another")
    if not (_is_good(connection, now) and _is_good(signer, now)):
        return _refused("the certificate is not good at this time; only enrolling again helps")
    if signer.hindrance:
        return _refused(signer.hindrance)
    return _judge_time(signer, term, now)


def window_opens(not_after: datetime, renew_days: int) -> datetime:
    """Return when a certificate of this end is expected to be renewed."""
    return not_after - timedelta(days=renew_days)


def _judge_time(signer: Held, term: Term, now: datetime) -> Refused | None:
    """A renewal that gains nothing would be asked for again and again; one that leads to another
    issuer gains that.
    """
    if term.is_early:
        return None
    opens = window_opens(signer.not_after, term.renew_days)
    slack = min(WINDOW_SLACK, (opens - signer.not_before) / 2)  # never open at issue
    if now < opens - slack:
        return _refused(f"too early: the window opens at {opens:%Y-%m-%d %H:%M} UTC")
    if term.ends_at <= signer.not_after:
        return _refused("the issuer itself ends no later: rotate the certificate authority")
    return None


def _is_good(held: Held, now: datetime) -> bool:
    return held.not_before <= now < held.not_after


def _refused(reason: str) -> Refused:
    return Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, f"renewal: {reason}")
