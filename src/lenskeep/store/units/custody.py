"""Where a headset is, as far as people know, outlives an enrollment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody
from lenskeep.flows.records import TimelineEntry
from lenskeep.store.sql import Call
from lenskeep.store.units.journal import tell

MISSED: Final = frozenset({Custody.LOST.value, Custody.STOLEN.value})
"""What comes back so stays so until a person says otherwise."""
_HEARD: Final = "heard of while missing"
"""The kind of the timeline line."""


def heard(device_id: DeviceId, custody: str, at: datetime, detail: Mapping[str, str]) -> Call:
    """Return the call that says that a missing headset gave a sign of life."""
    return tell(device_id, (TimelineEntry(at, _HEARD, {"custody": custody, **detail}),))
