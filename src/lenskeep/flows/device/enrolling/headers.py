"""Where enrollment answers, and the headers of its answers."""

import uuid
from typing import Final

from lenskeep.flows.house import House
from lenskeep.wire import soap
from lenskeep.wire.errors import BadMessage

DISCOVERY_PATH: Final = "/EnrollmentServer/Discovery.svc"
POLICY_PATH: Final = "/EnrollmentServer/Policy.svc"
ENROLLMENT_PATH: Final = "/EnrollmentServer/Enrollment.svc"
TERMS_PATH: Final = "/EnrollmentServer/TermsOfUse"
SIGN_IN_PATH: Final = "/EnrollmentServer/Authenticate"


def fault_header(body: bytes, trace: str) -> soap.ResponseHeader:
    """Return the header of a fault that answers this body, readable or not."""
    try:
        action = soap.RESPONSE_ACTIONS.get(soap.read_action(body), soap.ACTION_RSTRC)
        return soap.ResponseHeader(action, soap.read_message_id(body), trace)
    except BadMessage:
        return soap.ResponseHeader(soap.ACTION_RSTRC, "", trace)


def new_guid(house: House) -> str:
    """Return a random GUID: what ActivityId and TraceId hold."""
    return str(uuid.UUID(bytes=house.randomness.octets(16), version=4))


def response_header(house: House, header: soap.RequestHeader, action: str) -> soap.ResponseHeader:
    """Return the header of an answer to this request."""
    return soap.ResponseHeader(action, header.message_id, new_guid(house))
