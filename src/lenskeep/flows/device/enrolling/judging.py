"""May this headset enroll, by the rules of the administrator?"""

from lenskeep.enrollment.lifecycle import Claim
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.house import House


async def judge(house: House, proven: Proven, claim: Claim) -> int | None:
    """Return how many headsets the principal may have, None for any number. Raises Refused."""
    return None
