"""RequestSecurityToken: a headset's certificate request, and the provisioning that answers it.

[MS-MDE2] 3.4 profiles [MS-WSTEP]. The request inside is handed on as bytes, whatever they are:
a broken one is the certificate rooms' to refuse, with their own fault.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import envelope, xml
from lenskeep.wire.envelope import (
    ACTION_RST,
    ACTION_RSTRC,
    AUTHORIZATION,
    ENROLLMENT,
    TRUST,
    RequestHeader,
    ResponseHeader,
)
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.security import (
    BASE64_BINARY,
    SECURITY,
    BinaryToken,
    decode_base64,
    encode_base64,
    read_timestamp,
    salvage_base64,
    uri,
    uri_attribute,
    write_binary,
    write_timestamp,
)
from lenskeep.wire.xml import Out

_CONFIGURATION: Final = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment"
TOKEN_TYPE: Final = _CONFIGURATION + "/DeviceEnrollmentToken"
PROVISIONING: Final = _CONFIGURATION + "/DeviceEnrollmentProvisionDoc"
PKCS10: Final = ENROLLMENT + "#PKCS10"
PKCS7: Final = SECURITY + "#PKCS7"

_REQUEST: Final = "[MS-MDE2] 3.4.4.1.1.1"
_RESPONSE: Final = "[MS-MDE2] 3.4.4.1.1"
_X509: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
)
_TOKEN_TYPES: Final = (TOKEN_TYPE, _X509)  # [MS-WSTEP] 3.1.4.1.2.8 has the second
_VALUE_TYPES: Final = (PKCS10, SECURITY + "#PKCS10", PKCS7, ENROLLMENT + "#PKCS7")
"""Both namespaces were published for both; Windows has the first of each."""
_DER_SEQUENCE: Final = b"\x30"


class RequestType(Enum):
    """What is asked for; the value is its URI ([MS-WSTEP] 3.1.4.1.2.7)."""

    ISSUE = TRUST + "/Issue"
    RENEW = TRUST + "/Renew"
    RECOVERY = TRUST + "/Recovery"
    QUERY = ENROLLMENT + "/QueryTokenStatus"
    """Never sent in device management; it carries no certificate request."""


@dataclass(frozen=True, slots=True)
class SecurityTokenRequest:
    """A certificate request (DER) with what the headset says of itself.

    `context` keeps every item in the order it came, unknown and repeated ones (MAC) too.
    """

    request_type: RequestType
    token_type: str
    value_type: str
    request: bytes
    context: tuple[tuple[str, str], ...]

    @property
    def is_pkcs7(self) -> bool:
        """Say whether the request is signed with the old certificate, as a renewal is."""
        return self.value_type.endswith("#PKCS7")


@dataclass(frozen=True, slots=True)
class SecurityTokenResponse:
    """The provisioning document, and how long the answer says it is good for.

    seen: Windows 11 26200 accepts a stale period. Times are carried to the millisecond.
    """

    provisioning: bytes
    request_id: str = "0"
    created: datetime | None = None
    expires: datetime | None = None


def read_request(body: bytes) -> tuple[RequestHeader, SecurityTokenRequest]:
    """Return a RequestSecurityToken. Raises BadMessage; no security header is `token=None`."""
    header, content = envelope.read_request(body, ACTION_RST)
    asked = xml.required(content, TRUST, "RequestSecurityToken", section=_REQUEST)
    token_type = uri(xml.required(asked, TRUST, "TokenType", section=_REQUEST))
    if token_type not in _TOKEN_TYPES:
        raise BadMessage("an unknown TokenType", where="RequestSecurityToken", section=_REQUEST)
    request_type = _request_type(asked)
    value_type, request = "", b""
    if request_type is not RequestType.QUERY:
        value_type, request = _certificate_request(asked)
    context = _context(asked)
    return header, SecurityTokenRequest(request_type, token_type, value_type, request, context)


def _request_type(asked: Element) -> RequestType:
    text = uri(xml.required(asked, TRUST, "RequestType", section=_REQUEST))
    for known in RequestType:
        if text == known.value:
            return known
    raise BadMessage("an unknown RequestType", where="RequestSecurityToken", section=_REQUEST)


def _certificate_request(asked: Element) -> tuple[str, bytes]:
    """Return kind and bytes of the request, decoded once, or twice where that gives DER.

    [MS-MDE2] 3.4.4.1.1.1: a renewal that the wearer starts is encoded twice, one that starts by
    itself once.
    """
    token = xml.required(asked, SECURITY, "BinarySecurityToken", section=_REQUEST)
    value_type = uri_attribute(token, "ValueType")
    where = "RequestSecurityToken/BinarySecurityToken"
    if value_type not in _VALUE_TYPES:
        raise BadMessage("ValueType is neither PKCS10 nor PKCS7", where=where, section=_REQUEST)
    once = salvage_base64(xml.text(token))
    if not once:
        raise BadMessage("the certificate request is empty", where=where, section=_REQUEST)
    if once.startswith(_DER_SEQUENCE):
        return value_type, once
    try:
        twice = decode_base64(once.decode("ascii"), where=where)
    except (BadMessage, UnicodeDecodeError):
        return value_type, once
    return value_type, twice if twice.startswith(_DER_SEQUENCE) else once


def _context(asked: Element) -> tuple[tuple[str, str], ...]:
    holder = xml.child(asked, AUTHORIZATION, "AdditionalContext")
    if holder is None:
        return ()
    return tuple(
        (
            xml.attribute(item, "Name") or "",
            xml.text(xml.child(item, AUTHORIZATION, "Value")),
        )
        for item in xml.children(holder, AUTHORIZATION, "ContextItem")
    )


def write_request(header: RequestHeader, value: SecurityTokenRequest) -> bytes:
    """Return a RequestSecurityToken as a Windows client writes it."""
    pieces = [
        Out("wst:TokenType", value.token_type),
        Out("wst:RequestType", value.request_type.value),
    ]
    if value.request_type is not RequestType.QUERY:
        token = BinaryToken(value.value_type, BASE64_BINARY, encode_base64(value.request))
        pieces.append(write_binary("wsse:BinarySecurityToken", token))
    items = tuple(
        Out("ac:ContextItem", (Out("ac:Value", text),), (("Name", name),))
        for name, text in value.context
    )
    if items:
        pieces.append(Out("ac:AdditionalContext", items, (("xmlns", AUTHORIZATION),)))
    return envelope.write_request(header, Out("wst:RequestSecurityToken", tuple(pieces)))


def read_response(body: bytes) -> tuple[ResponseHeader, SecurityTokenResponse]:
    """Return the answer to a RequestSecurityToken. Raises BadMessage where a headset gives up."""
    header, element, content = envelope.read_response(body, ACTION_RSTRC)
    name = "RequestSecurityTokenResponse"
    collection = xml.required(content, TRUST, name + "Collection", section=_RESPONSE)
    answer = xml.required(collection, TRUST, name, section=_RESPONSE)
    if uri(xml.required(answer, TRUST, "TokenType", section=_RESPONSE)) != TOKEN_TYPE:
        raise BadMessage(f"TokenType is not {TOKEN_TYPE}", where=name, section=_RESPONSE)
    created, expires = read_timestamp(xml.child(element, SECURITY, "Security"))
    return header, SecurityTokenResponse(
        provisioning=_provisioning(answer),
        request_id=xml.text(xml.child(answer, ENROLLMENT, "RequestID")),
        created=created,
        expires=expires,
    )


def _provisioning(answer: Element) -> bytes:
    requested = xml.required(answer, TRUST, "RequestedSecurityToken", section=_RESPONSE)
    token = xml.required(requested, SECURITY, "BinarySecurityToken", section=_RESPONSE)
    where = "RequestedSecurityToken/BinarySecurityToken"
    if uri_attribute(token, "ValueType") != PROVISIONING:
        raise BadMessage(f"ValueType is not {PROVISIONING}", where=where, section=_RESPONSE)
    document = decode_base64(xml.text(token), where=where)
    if not document:
        raise BadMessage("the provisioning document is empty", where=where, section=_RESPONSE)
    return document


def write_response(header: ResponseHeader, value: SecurityTokenResponse) -> bytes:
    """Return the answer to a RequestSecurityToken, with a timestamp where both times are given.

    deviates: the published sample is SOAP 1.1; seen: Windows accepts 1.2, as everywhere else.
    """
    document = BinaryToken(PROVISIONING, BASE64_BINARY, encode_base64(value.provisioning))
    token = write_binary("BinarySecurityToken", document, ("xmlns", SECURITY))
    pieces = (
        Out("TokenType", TOKEN_TYPE),
        Out("DispositionMessage", (), (("xmlns", ENROLLMENT),)),
        Out("RequestedSecurityToken", (token,)),
        Out("RequestID", value.request_id, (("xmlns", ENROLLMENT),)),
    )
    answer = Out("RequestSecurityTokenResponse", pieces)
    content = Out("RequestSecurityTokenResponseCollection", (answer,), (("xmlns", TRUST),))
    security: tuple[Out, ...] = ()
    if value.created is not None and value.expires is not None:
        names = (("s:mustUnderstand", "1"), ("xmlns:o", SECURITY))
        security = (Out("o:Security", (write_timestamp(value.created, value.expires),), names),)
    return envelope.write_response(header, content, security=security)
