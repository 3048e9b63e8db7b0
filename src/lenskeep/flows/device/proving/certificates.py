"""Is this the certificate of a provisioning package of ours, and did its key sign the request?"""

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.house import House
from lenskeep.wire.soap import BinaryToken


async def prove_certificate(house: House, asked: Asked, token: BinaryToken) -> Proven:
    """Return whose certificate it is. Raises Refused."""
    raise Refused(Refusal.SECURITY_HEADER, "no bulk account has a certificate")
