"""What waits for a headset that has just enrolled: how its first run begins."""

from lenskeep.enrollment.lifecycle import Claim
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.house import House


async def first_run(house: House, proven: Proven, claim: Claim) -> str:
    """Return how its first run stands, in the form that is stored; empty for none."""
    return ""
