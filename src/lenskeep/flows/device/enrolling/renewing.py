"""A certificate is renewed without a hand ([MS-MDE2] 3.4, [MS-WSTEP])."""

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.house import House
from lenskeep.wire import wstep


async def renew(house: House, asked: wstep.SecurityTokenRequest, visitor: Visitor) -> bytes:
    """Return the provisioning document with the new certificate. Raises Refused."""
    raise Refused(Refusal.NOT_ELIGIBLE_TO_RENEW, "renewal is not offered yet")
