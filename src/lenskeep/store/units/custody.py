"""Where a headset is, as far as people know, outlives an enrollment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lenskeep.flows.entrance import Custody
from lenskeep.flows.records import TimelineEntry

MISSED: Final = frozenset({Custody.LOST.value, Custody.STOLEN.value})
"""What comes back so stays so until a person says otherwise."""
_HEARD: Final = "heard of while missing"
"""The kind of the timeline line."""


def heard(custody: str, at: datetime, detail: Mapping[str, str]) -> TimelineEntry:
    """Return the line that says that a missing headset gave a sign of life."""
    return TimelineEntry(at, _HEARD, {"custody": custody, **detail})
