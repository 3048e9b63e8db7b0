"""Were the terms of use accepted, by this very user?"""

from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.house import House


async def accepted_terms(
    house: House, proven: Proven, context: tuple[tuple[str, str], ...]
) -> tuple[bytes, ...]:
    """Return the digests of the tickets that the enrollment spends. Raises Refused."""
    return ()
