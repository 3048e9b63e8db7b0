"""Discovery: which way of signing in, and where to go on ([MS-MDE2] 3.1.4.1)."""

from lenskeep.base.errors import Refused
from lenskeep.certificates.verify import fingerprint
from lenskeep.enrollment.offering import CERTIFICATE, offer, offer_renewing
from lenskeep.enrollment.provision import Endpoints, negotiate
from lenskeep.enrollment.rules.judge import under_maintenance
from lenskeep.flows.device.enrolling.headers import (
    ENROLLMENT_PATH,
    POLICY_PATH,
    SIGN_IN_PATH,
    response_header,
)
from lenskeep.flows.device.enrolling.judging import refused
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.admission.standing import rules_in_force, set_up
from lenskeep.flows.house import House
from lenskeep.wire import discover as discovery
from lenskeep.wire import soap
from lenskeep.wire.discover import Discover


async def discover(house: House, body: bytes, visitor: Visitor) -> bytes:
    """Answer Discover with the URLs and the way of signing in. Raises Refused."""
    header, asked = discovery.read_discover(body)
    visitor.trail.user = asked.email_address
    visitor.trail.os_version = asked.os_version or asked.application_version
    policy = await _way_of_signing_in(house, asked, visitor)
    settings = house.settings
    endpoints = Endpoints(
        settings.url(POLICY_PATH), settings.url(ENROLLMENT_PATH), settings.url(SIGN_IN_PATH)
    )
    answer = response_header(house, header, soap.ACTION_DISCOVER_RESPONSE)
    return discovery.write_discover_response(answer, negotiate(asked, policy, endpoints))


async def _way_of_signing_in(house: House, asked: Discover, visitor: Visitor) -> str:
    """Return it. A headset that renews is never refused, whatever rules and maintenance say."""
    if await _renews(house, visitor):
        visitor.trail.note = "a headset under management looks for the server again"
        return offer_renewing(asked.auth_policies)
    rules = (await rules_in_force(house)).rules
    objection = under_maintenance(rules.maintenance, house.clock.now())
    if objection is not None:
        raise refused(objection)
    certificate = any(each.casefold() == CERTIFICATE.casefold() for each in asked.auth_policies)
    typed_is_closed = rules.ways is not None and Way.LOCAL.value not in rules.ways
    found = await set_up(house, rules, bulk=certificate or typed_is_closed)
    policy = offer(asked.auth_policies, asked.email_address, found)
    if isinstance(policy, Refused):
        raise policy
    return policy


async def _renews(house: House, visitor: Visitor) -> bool:
    """Return whether this is one of our headsets. [MS-MDE2] 3.4.4.1.1.2: a renewal is over TLS
    with the certificate in use; `assumed:` the discovery before it is, too.
    """
    if visitor.certificate is None:
        return False
    return await house.enrollments.renewable(fingerprint(visitor.certificate)) is not None
