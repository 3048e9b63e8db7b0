"""Eras of our authority: which one issues, which one the server shows, which ones count.

A rotation has three steps, each of them one small change of a value that is stored whole:

    begin    a new era issues to devices; everything of the old one still counts
    serve    the server shows a certificate of the new one: every device must have its root by then
    finish   the old one no longer counts: no device may rest on it any more

Pure. Which files an era lies in, and which devices hold it up, others say.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509

from lenskeep.base.errors import Conflict, Unavailable

FIRST: Final = 1

ROTATE_BEFORE: Final = timedelta(days=365)
"""Beside a certificate's whole life: time to notice, and for headsets that lie in a drawer."""


@dataclass(frozen=True, slots=True)
class Eras:
    """How our eras stand; each has a number, from 1 up."""

    issuing: int = FIRST
    """The newest: it issues to devices, and its root goes into every document."""
    serving: int = FIRST
    """Its server certificate is shown."""
    accepted: tuple[int, ...] = (FIRST,)
    """Whose device certificates count, the newest last."""

    @property
    def is_rotating(self) -> bool:
        """Whether an older era still counts."""
        return len(self.accepted) > 1

    @property
    def retiring(self) -> tuple[int, ...]:
        """Those that a rotation is to end."""
        return self.accepted[:-1]

    def begin(self) -> Self:
        """Return the state with a new era. Raises Conflict while a rotation is under way."""
        if self.is_rotating:
            raise Conflict("a rotation is under way; finish it first")
        number = self.issuing + 1
        return replace(self, issuing=number, accepted=(*self.accepted, number))

    def serve(self) -> Self:
        """Return the state in which the server shows the newest. Raises Conflict if it does."""
        if self.serving == self.issuing:
            raise Conflict("the server shows the newest era already")
        return replace(self, serving=self.issuing)

    def finish(self) -> Self:
        """Return the state in which only the newest counts. Raises Conflict without a rotation."""
        if not self.is_rotating:
            raise Conflict("no rotation is under way")
        return replace(self, serving=self.issuing, accepted=(self.issuing,))

    def dump(self) -> bytes:
        """Return the stored form."""
        shape = {"issuing": self.issuing, "serving": self.serving, "accepted": self.accepted}
        return json.dumps(shape).encode("ascii") + b"\n"

    @classmethod
    def load(cls, stored: bytes) -> Self:
        """Return what `dump` made. Raises Unavailable for anything else: a guess here would lock
        headsets out.
        """
        try:
            shape = json.loads(stored)
            accepted = tuple(int(each) for each in shape["accepted"])
            found = cls(int(shape["issuing"]), int(shape["serving"]), accepted)
        except (ValueError, TypeError, KeyError):
            raise Unavailable("the eras of the authority cannot be read") from None
        ordered = sorted(set(accepted)) == list(accepted)
        known = {found.issuing, found.serving} <= set(accepted)
        if not (ordered and known and accepted[-1] == found.issuing >= FIRST):
            raise Unavailable("the eras of the authority contradict each other")
        return found


@dataclass(frozen=True, slots=True)
class Era:
    """One era's certificates."""

    number: int
    root: x509.Certificate
    devices: x509.Certificate
    servers: x509.Certificate


def rotate_by(issuer: x509.Certificate, certificate_days: int) -> datetime:
    """Return when to begin a rotation at the latest, so that no device certificate is cut short
    by its issuer's end.
    """
    return issuer.not_valid_after_utc - timedelta(days=certificate_days) - ROTATE_BEFORE
