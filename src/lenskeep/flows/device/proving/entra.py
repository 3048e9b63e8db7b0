"""Is this a token of an Entra tenant of ours?"""

from lenskeep.base.errors import Refusal, Refused
from lenskeep.flows.device.proving.asked import Asked, Proven
from lenskeep.flows.house import House
from lenskeep.wire.soap import BinaryToken


async def prove_entra(house: House, asked: Asked, token: BinaryToken) -> Proven:
    """Return whose token it is. Raises Refused."""
    raise Refused(Refusal.SECURITY_HEADER, "no Entra tenant is set up")
