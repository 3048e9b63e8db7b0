"""What is told a person about a node: why something is sent, waits or failed. Never a secret."""

from typing import Final

from lenskeep.base.errors import shown
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.wire.syncml.codes import is_success

NO_BUILD: Final = "the headset has not said its build yet"
WAITS_FOR_USER: Final = "waits until the enrolled user is signed in"
USER_NOT_READY: Final = (
    "the user's management on the headset is not ready yet (405); it is tried again in the next "
    "session"
)
ASKING: Final = "the headset is asked what it holds"
READING_BACK: Final = "the headset said yes; it is being read back"
CANNOT_BE_READ: Final = "the headset said yes; it cannot be read back"
SHOWS_NOTHING: Final = "the headset said yes; it does not show what it holds here"
TOO_LONG: Final = "the headset said yes; what it holds is too long to be compared"
ACCEPTED: Final = "the headset accepted it and carries it out later"
NEEDS_RESTART: Final = "it is set, and takes effect once the headset has been restarted"
REMOVING: Final = "no longer wanted; it is being taken away"
LOOKING: Final = "no longer wanted; the headset is asked whether it is gone"
CANNOT_BE_REMOVED: Final = "no longer wanted; it cannot be removed without a reset of the headset"
WAITS_FOR_GUARD: Final = (
    "it can lock a headset out: it waits until one headset has it and has come back. If that one "
    "is gone, choose another one, or let the rest follow"
)
OTHERS_WAIT: Final = " The other headsets of this staged roll-out go on waiting."
WAITS_FOR_CONTACT: Final = (
    "it waits until the headset has come back over the network that was changed"
)
WAITS_FOR_NETWORK: Final = (
    "a network setting failed: nothing is locked down before that one is right"
)
WAITS_FOR_SESSION: Final = (
    "the old one is gone; this build takes the new one only in another session"
)
WAITS_FOR_GROUP: Final = "it goes with other settings below the same node"
READ_ONLY: Final = (
    "the node takes no value from a server, or not this one any more once it has another. "
    "Take the setting out of the profile"
)
STILL_THERE: Final = "no longer wanted; the headset said that it took it away, and still shows it"
GIVEN_UP: Final = " Given up until the setting changes or somebody asks to try again."
RETRIED: Final = " It is tried again by itself."
_CONFLICT: Final = "these profiles want different values at one priority: "


def conflict(wanted: WantedNode) -> str:
    """Return whose values contradict each other, and what to do."""
    names = ", ".join(dict.fromkeys(each.name for each in wanted.undecided))
    return f"{_CONFLICT}{names}. Give one assignment a higher priority"


def waits_for(title: str) -> str:
    """Return that an earlier phase is not through."""
    return f"waits for {title}"


def difference(wanted: WantedNode, fact: Fact | None) -> str:
    """Return what the headset holds and what it shall hold, without values that are secret."""
    if fact is None:
        return "it is not known what it is"
    if not is_success(fact.status):
        return "it is not set" if fact.status == _NOT_FOUND else f"it answered {fact.status}"
    if is_sensitive(wanted.uri.path) or fact.value is None or wanted.value is None:
        return "it is not what it shall be"
    return f"it is {shown(fact.value)} and shall be {shown(wanted.value)}"


_NOT_FOUND: Final = 404


def other_source(result: Fact) -> str:
    """Return that the policy is set and not, or not so, in effect."""
    if not is_success(result.status):
        return "it is set, and the headset does not show it in effect yet"
    return "it is set, and another source decides: another value is in effect"


def changed(fact: Fact) -> str:
    """Return how what was read is not as wanted, without any value: this is kept."""
    return "it holds another value" if is_success(fact.status) else "it has none"


def mismatch(fact: Fact) -> str:
    """Return that the headset said yes and holds something else."""
    return (
        f"the headset said yes, and then {changed(fact)}. Check the value, and whether another "
        "source decides it."
    )


def drifted(fact: Fact) -> str:
    """Return that it is no longer what was verified."""
    return f"it was as wanted once; now {changed(fact)}"
