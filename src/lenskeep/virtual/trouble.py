"""What can stop a virtual headset: a server that breaks the rules, says no, waits, or is not there.

A breach is a finding about the server; a refusal is an answer; the others are the world.
"""

from lenskeep.base.errors import Conflict, LenskeepError, Unavailable


class Breach(LenskeepError):
    """The server broke a rule of the protocol; a real headset would stop here."""

    def __init__(self, rule: str, complaint: str) -> None:
        super().__init__(f"{complaint} (rule: {rule})")
        self.rule = rule
        self.complaint = complaint


class SessionRefused(LenskeepError):
    """The server does not accept this headset's identity."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"the server refuses this headset: {code} {words}")
        self.code = code


class Postponed(Unavailable):
    """The server asks to come back later."""


class NoConnection(Unavailable):
    """The server cannot be reached, or the connection broke."""


class LostPower(Unavailable):
    """The headset went out in the middle of a session, and forgot it."""


class WrongState(Conflict):
    """The headset is not in the state that this asks for."""
