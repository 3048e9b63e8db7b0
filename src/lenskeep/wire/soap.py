"""What other rooms use of SOAP: envelopes' headers (from `envelope`), faults and their numbers.

A fault names a subcode and, where more is known, an error type; each stands for one HRESULT on
the headset ([MS-MDE2] 2.2.10). HTTP status is not the wire's matter.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.envelope import (
    ACTION_DISCOVER,
    ACTION_DISCOVER_RESPONSE,
    ACTION_GET_POLICIES,
    ACTION_GET_POLICIES_RESPONSE,
    ACTION_RST,
    ACTION_RSTRC,
    CONTENT_TYPE,
    ENROLLMENT,
    MESSAGE_ID_DISCOVER,
    MESSAGE_ID_GET_POLICIES,
    MESSAGE_ID_RST,
    RequestHeader,
    ResponseHeader,
    read_action,
    read_message_id,
    write_response,
)
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.security import BASE64_BINARY, USER_TOKEN, BinaryToken, UsernameToken
from lenskeep.wire.xml import Out

__all__ = [
    "ACTION_DISCOVER",
    "ACTION_DISCOVER_RESPONSE",
    "ACTION_GET_POLICIES",
    "ACTION_GET_POLICIES_RESPONSE",
    "ACTION_RST",
    "ACTION_RSTRC",
    "BASE64_BINARY",
    "CONTENT_TYPE",
    "MESSAGE_ID_DISCOVER",
    "MESSAGE_ID_GET_POLICIES",
    "MESSAGE_ID_RST",
    "RESPONSE_ACTIONS",
    "USER_TOKEN",
    "BinaryToken",
    "ErrorType",
    "Fault",
    "RequestHeader",
    "ResponseHeader",
    "Subcode",
    "UsernameToken",
    "read_action",
    "read_fault",
    "read_message_id",
    "write_fault",
]

RESPONSE_ACTIONS: Final = {
    ACTION_DISCOVER: ACTION_DISCOVER_RESPONSE,
    ACTION_GET_POLICIES: ACTION_GET_POLICIES_RESPONSE,
    ACTION_RST: ACTION_RSTRC,
}
"""Which action answers which."""

_MENROLL: Final = 0x8018_0000


class Subcode(Enum):
    """The fault in general; the value is its spelling on the wire ([MS-MDE2] 2.2.10)."""

    MESSAGE_FORMAT = "s:MessageFormat"
    AUTHENTICATION = "s:Authentication"
    AUTHORIZATION = "s:Authorization"
    CERTIFICATE_REQUEST = "s:CertificateRequest"
    ENROLLMENT_SERVER = "s:EnrollmentServer"
    INTERNAL_SERVICE_FAULT = "a:InternalServiceFault"
    INVALID_SECURITY = "a:InvalidSecurity"

    @property
    def hresult(self) -> int:
        """The number that the headset shows and logs."""
        return _SUBCODE_HRESULTS[self]


_SUBCODE_HRESULTS: Final = {
    subcode: _MENROLL + number for number, subcode in enumerate(Subcode, start=1)
}


class ErrorType(Enum):
    """What the wearer is told; the value is its spelling on the wire ([MS-MDE2] 2.2.10)."""

    DEVICE_CAP_REACHED = "DeviceCapReached"
    DEVICE_NOT_SUPPORTED = "DeviceNotSupported"
    NOT_SUPPORTED = "NotSupported"
    NOT_ELIGIBLE_TO_RENEW = "NotEligibleToRenew"
    IN_MAINTENANCE = "InMaintenance"
    USER_LICENSE = "UserLicense"
    INVALID_ENROLLMENT_DATA = "InvalidEnrollmentData"
    CUSTOM_SERVER_ERROR = "CustomServerError"
    """Since 20H2: the reason's text is shown to the wearer."""

    @property
    def hresult(self) -> int:
        """The number that the headset shows and logs."""
        return _ERROR_TYPE_HRESULTS[self]


_ERROR_TYPE_HRESULTS: Final = {
    ErrorType.DEVICE_CAP_REACHED: _MENROLL + 0x13,
    ErrorType.DEVICE_NOT_SUPPORTED: _MENROLL + 0x14,
    ErrorType.NOT_SUPPORTED: _MENROLL + 0x15,
    ErrorType.NOT_ELIGIBLE_TO_RENEW: _MENROLL + 0x16,
    ErrorType.IN_MAINTENANCE: _MENROLL + 0x17,
    ErrorType.USER_LICENSE: _MENROLL + 0x18,
    ErrorType.INVALID_ENROLLMENT_DATA: _MENROLL + 0x19,
    ErrorType.CUSTOM_SERVER_ERROR: _MENROLL + 0x32,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal. `message` and `trace_id` travel only together with an error type."""

    subcode: Subcode
    reason: str
    error_type: ErrorType | None = None
    message: str = ""
    trace_id: str = ""

    @property
    def hresult(self) -> int:
        """What the headset shows: the error type's number where there is one."""
        return self.subcode.hresult if self.error_type is None else self.error_type.hresult


def write_fault(header: ResponseHeader, fault: Fault) -> bytes:
    """Return the fault as a SOAP 1.2 message."""
    subcode = Out("s:Subcode", (Out("s:Value", fault.subcode.value),))
    code = Out("s:Code", (Out("s:Value", "s:Receiver"), subcode))
    reason = Out("s:Reason", (Out("s:Text", fault.reason, (("xml:lang", "en-US"),)),))
    pieces: tuple[Out, ...] = (code, reason)
    if fault.error_type is not None:
        pieces = (*pieces, Out("s:Detail", (_detail(fault.error_type, fault),)))
    return write_response(header, Out("s:Fault", pieces))


def _detail(error_type: ErrorType, fault: Fault) -> Out:
    pieces = (
        Out("ErrorType", error_type.value),
        Out("Message", fault.message),
        Out("TraceId", fault.trace_id),
    )
    return Out("DeviceEnrollmentServiceError", pieces, (("xmlns", ENROLLMENT),))


def read_fault(body: bytes) -> Fault | None:
    """Return the fault in a message, None where there is none or the bytes are no message.

    SOAP 1.1 and 1.2; any case and any prefix (seen: the published samples are all lower case). A
    fault without a known subcode counts as an unexpected error.
    """
    try:
        root = xml.read(body)
    except BadMessage:
        return None
    fault = _descend(root, "body", "fault") if _name(root) == "envelope" else None
    if fault is None:
        return None
    detail = _descend(fault, "detail", "deviceenrollmentserviceerror")
    subcode = _match(Subcode, _texts(fault, "code", "subcode", "value"))
    subcode = subcode or _match(Subcode, _texts(fault, "faultcode"))
    return Fault(
        subcode=subcode or Subcode.INTERNAL_SERVICE_FAULT,
        reason=_texts(fault, "reason", "text") or _texts(fault, "faultstring"),
        error_type=_match(ErrorType, _texts(detail, "errortype")),
        message=_texts(detail, "message"),
        trace_id=_texts(detail, "traceid"),
    )


def _name(element: Element) -> str:
    return xml.local_name(element).lower()


def _descend(element: Element, *names: str) -> Element | None:
    """Return the first element down a path of lower-case local names."""
    for name in names:
        found = next((child for child in element if _name(child) == name), None)
        if found is None:
            return None
        element = found
    return element


def _texts(element: Element | None, *names: str) -> str:
    return "" if element is None else xml.text(_descend(element, *names))


_Choice = TypeVar("_Choice", Subcode, ErrorType)


def _match(choices: type[_Choice], text: str) -> _Choice | None:
    """Return the choice of that name, without regard to prefix and case."""
    local = text.rpartition(":")[2].lower()
    return next((c for c in choices if c.value.rpartition(":")[2].lower() == local), None)
