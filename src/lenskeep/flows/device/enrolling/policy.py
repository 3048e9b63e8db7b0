"""GetPolicies: which key to make, told to whoever proved a secret ([MS-XCEP] 3.1.4.1)."""

from lenskeep.enrollment.provision import policies_answer
from lenskeep.flows.device.enrolling.headers import response_header
from lenskeep.flows.device.proving.asked import Asked, Visitor
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.house import House
from lenskeep.wire import soap, xcep


async def policies(house: House, body: bytes, visitor: Visitor) -> bytes:
    """Answer GetPolicies for a proved secret. Consumes nothing."""
    header, _ = xcep.read_get_policies(body)
    await prove(house, Asked(header.token, visitor, body, issuing=False))
    answer = response_header(house, header, soap.ACTION_GET_POLICIES_RESPONSE)
    settings = house.settings
    value = policies_answer(settings.certificate_days, settings.renew_days)
    return xcep.write_policies(answer, value)
