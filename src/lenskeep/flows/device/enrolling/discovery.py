"""Discovery: which way of signing in, and where to go on ([MS-MDE2] 3.1.4.1)."""

from lenskeep.base.errors import Refused
from lenskeep.enrollment.provision import Endpoints, negotiate
from lenskeep.flows.device.enrolling.headers import (
    ENROLLMENT_PATH,
    POLICY_PATH,
    response_header,
)
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.house import House
from lenskeep.wire import discover as discovery
from lenskeep.wire import soap


async def discover(house: House, body: bytes, _visitor: Visitor) -> bytes:
    """Answer Discover with the URLs and the way of signing in."""
    header, asked = discovery.read_discover(body)
    settings = house.settings
    endpoints = Endpoints(settings.url(POLICY_PATH), settings.url(ENROLLMENT_PATH))
    result = negotiate(asked, endpoints)
    if isinstance(result, Refused):
        raise result
    answer = response_header(house, header, soap.ACTION_DISCOVER_RESPONSE)
    return discovery.write_discover_response(answer, result)
