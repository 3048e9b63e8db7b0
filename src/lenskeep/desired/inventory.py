"""What the house asks a headset for its own sake, and what the answers say of the headset."""

from datetime import datetime

from lenskeep.desired.known import Known
from lenskeep.tree.identity import Identity


def questions(known: Known, asked_at: datetime | None, now: datetime) -> tuple[str, ...]:
    """Return the LocURIs to read in the next session."""
    raise NotImplementedError


def identify(known: Known) -> Identity:
    """Return who the headset says it is."""
    raise NotImplementedError
