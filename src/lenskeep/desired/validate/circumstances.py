"""What a check may look at beside the value: all that is wanted, the device, the moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.builds import has_hololens_build, pair
from lenskeep.desired.guard.whole import Whole


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known; None for what nobody has said, and then no rule asks for it."""

    wanted: Whole | None = None
    """Everything that the same device shall have, this setting included."""
    device: DeviceFacts | None = None
    now: datetime | None = None

    def has_build(self, needed: str) -> bool | None:
        """Return whether the device has what came with a HoloLens build, None if unknown."""
        if self.device is None or not pair(self.device.build)[0]:
            return None
        return has_hololens_build(self.device.build, needed)


UNKNOWN: Final = Circumstances()
