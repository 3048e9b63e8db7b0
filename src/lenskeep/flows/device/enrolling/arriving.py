"""What waits for a headset that has just enrolled: how its first run begins."""

import re
from typing import Final

from lenskeep.enrollment.first_run.arrival import begin
from lenskeep.enrollment.lifecycle import Claim
from lenskeep.flows.device.own.housewishes import first_memory
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import plan_in_force

_WITHOUT_USER: Final = (Way.AUTOPILOT, Way.BULK_TOKEN, Way.PACKAGE, Way.PACKAGE_CERTIFICATE)
"""Ways on which nobody in particular enrolls: whoever signs in later is somebody else."""
_BUILD: Final = re.compile(r"(?:\d+\.\d+\.)?(\d+\.\d+)")


async def first_run(house: House, proven: Proven, claim: Claim) -> str:
    """Return how its first run stands, in the form that is stored; empty for none."""
    plan, _ = await plan_in_force(house)
    found = _BUILD.fullmatch(claim.os_version.strip())
    arrival = begin(
        plan,
        proven.way.value,
        has_user=proven.way not in _WITHOUT_USER,
        build=found.group(1) if found else "",
        now=house.clock.now(),
    )
    return first_memory(arrival)
