"""SOAP envelopes and their headers: WS-Addressing and WS-Security, read and written for both roles.

What discovery, policy and enrollment share. It knows no body; the modules of the three services
do. Read leniently (SOAP 1.1 and 1.2, any prefix, line breaks in any URI), written in one shape.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.security import (
    SECURITY,
    UTILITY,
    BinaryToken,
    UsernameToken,
    read_timestamp,
    read_token,
    uri,
    write_security,
)
from lenskeep.wire.xml import Out

CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"

SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope"  # the reader cuts its trailing slash
ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
TRUST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTHORIZATION: Final = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
DIAGNOSTICS: Final = "http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
DISCOVERY: Final = "http://schemas.microsoft.com/windows/management/2012/01/enrollment"
POLICY: Final = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
ENROLLMENT: Final = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"

ACTION_DISCOVER: Final = DISCOVERY + "/IDiscoveryService/Discover"
ACTION_DISCOVER_RESPONSE: Final = DISCOVERY + "/IDiscoveryService/DiscoverResponse"
ACTION_GET_POLICIES: Final = POLICY + "/IPolicy/GetPolicies"
ACTION_GET_POLICIES_RESPONSE: Final = POLICY + "/IPolicy/GetPoliciesResponse"
ACTION_RST: Final = ENROLLMENT + "/RST/wstep"
ACTION_RSTRC: Final = ENROLLMENT + "/RSTRC/wstep"

# seen: Windows 10 19043 and Windows 11 26200 compile these three in; they identify no message.
MESSAGE_ID_DISCOVER: Final = "748132ec-a575-4329-b01b-6171a9cf8478"
MESSAGE_ID_GET_POLICIES: Final = "72048B64-0F19-448F-8C2E-B4C661860AA0"
MESSAGE_ID_RST: Final = "0d5a1441-5891-453b-becf-a2e5f6ea3749"

_ANONYMOUS: Final = ADDRESSING + "/anonymous"
_URN: Final = re.compile("(?:urn:uuid:)*", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """What the header of a request says.

    `message_id` is the bare GUID where there is one, else the identifier as it came. `token` is
    None where there is no security header, or none of a kind that we read: that is a matter for
    whoever decides, not for the reader.
    """

    action: str
    message_id: str
    to: str
    token: UsernameToken | BinaryToken | None = None
    created: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class ResponseHeader:
    """What the header of a response says; both identifiers are bare GUIDs, empty where absent."""

    action: str
    relates_to: str
    activity_id: str


def read_action(body: bytes) -> str:
    """Return the action of a message. Raises BadMessage where there is none."""
    header, _ = _open(body)
    return _action(header)


def read_message_id(body: bytes) -> str:
    """Return the message's identifier for a fault's RelatesTo; empty where it cannot be read."""
    try:
        header, _ = _open(body)
    except BadMessage:
        return ""
    return bare_identifier(xml.text(xml.child(header, ADDRESSING, "MessageID")))


def read_request(body: bytes, action: str) -> tuple[RequestHeader, Element]:
    """Return the header and the Body of a request with that action. Raises BadMessage."""
    header, content = _open(body)
    _expect_action(header, action)
    identifier = xml.text(xml.required(header, ADDRESSING, "MessageID", section="[WSAddressing]"))
    security = xml.child(header, SECURITY, "Security")
    created, expires = read_timestamp(security)
    return (
        RequestHeader(
            action=action,
            message_id=bare_identifier(identifier),
            to=uri(xml.child(header, ADDRESSING, "To")),
            token=read_token(security),
            created=created,
            expires=expires,
        ),
        content,
    )


def read_response(body: bytes, action: str) -> tuple[ResponseHeader, Element, Element]:
    """Return the header, its element and the Body of a response with that action."""
    header, content = _open(body)
    _expect_action(header, action)
    return (
        ResponseHeader(
            action=action,
            relates_to=bare_identifier(xml.text(xml.child(header, ADDRESSING, "RelatesTo"))),
            activity_id=_activity_id(header),
        ),
        header,
        content,
    )


def is_nil(element: Element | None) -> bool:
    """Say whether the element is absent or marked `nil`, whatever stands inside."""
    return element is None or xml.attribute(element, "nil") in ("true", "1")


def bare_identifier(text: str) -> str:
    """Return the GUID of a `urn:uuid:` (seen: twice, or with a space); anything else as it came."""
    bare = _URN.sub("", "".join(text.split()), count=1)
    return bare if _UUID.fullmatch(bare) else text.strip()


def write_request(
    header: RequestHeader, content: Out, *, schema: bool = False, trust: bool = True
) -> bytes:
    """Return a request as a Windows client writes it.

    `schema` declares xsi and xsd on the Body; `trust` declares the security namespaces on the
    Envelope, which a Discover does not have, unless it carries a security header all the same.
    """
    pieces = [
        _must_understand("a:Action", header.action),
        Out("a:MessageID", _urn(header.message_id)),
        Out("a:ReplyTo", (Out("a:Address", _ANONYMOUS),)),
        _must_understand("a:To", header.to),
    ]
    is_timed = header.created is not None and header.expires is not None
    is_proven = header.token is not None or is_timed
    if is_proven:
        pieces.append(write_security(header.token, header.created, header.expires))
    if not (trust or is_proven):
        names: tuple[tuple[str, str], ...] = (("xmlns:a", ADDRESSING), ("xmlns:s", SOAP_12))
    else:
        names = (
            ("xmlns:s", SOAP_12),
            ("xmlns:a", ADDRESSING),
            ("xmlns:u", UTILITY),
            ("xmlns:wsse", SECURITY),
            ("xmlns:wst", TRUST),
            ("xmlns:ac", AUTHORIZATION),
        )
    return _write(names, tuple(pieces), content, schema=schema)


def write_response(
    header: ResponseHeader, content: Out, *, schema: bool = False, security: tuple[Out, ...] = ()
) -> bytes:
    """Return a response: Action, ActivityId, RelatesTo, then `security` where there is one."""
    pieces = [_must_understand("a:Action", header.action)]
    if header.activity_id:
        names = (("CorrelationId", header.activity_id), ("xmlns", DIAGNOSTICS))
        pieces.append(Out("ActivityId", header.activity_id, names))
    if header.relates_to:
        pieces.append(Out("a:RelatesTo", _urn(header.relates_to)))
    envelope: tuple[tuple[str, str], ...] = (("xmlns:s", SOAP_12), ("xmlns:a", ADDRESSING))
    if security:
        envelope = (*envelope, ("xmlns:u", UTILITY))
    return _write(envelope, (*pieces, *security), content, schema=schema)


# --- reading ------------------------------------------------------------------------------


def _open(body: bytes) -> tuple[Element, Element]:
    """Return Header and Body."""
    root = xml.read(body)
    for element in root.iter():
        if " " in element.tag:  # seen: published samples that break a namespace over two lines
            element.tag = element.tag.replace(" ", "")
    namespace = xml.namespace_of(root)
    if xml.local_name(root) != "Envelope" or namespace not in (SOAP_12, SOAP_11):
        raise BadMessage("a SOAP Envelope is expected", where="Envelope", section="[SOAP 1.2] 5.1")
    header = xml.required(root, namespace, "Header", section="[SOAP 1.2] 5.2")
    return header, xml.required(root, namespace, "Body", section="[SOAP 1.2] 5.3")


def _action(header: Element) -> str:
    return uri(xml.required(header, ADDRESSING, "Action", section="[WSAddressing]"))


def _expect_action(header: Element, action: str) -> None:
    if _action(header) != action:
        raise BadMessage(f"{action} is expected", where="Header/Action", section="[MS-MDE2] 3")


def _activity_id(header: Element) -> str:
    """Return the ActivityId (seen: without its namespace)."""
    for element in header:
        if xml.local_name(element) == "ActivityId":
            return xml.text(element)
    return ""


# --- writing ------------------------------------------------------------------------------


def _write(
    names: tuple[tuple[str, str], ...], header: tuple[Out, ...], content: Out, *, schema: bool
) -> bytes:
    on_body = (("xmlns:xsi", XSI), ("xmlns:xsd", XSD)) if schema else ()
    pieces = (Out("s:Header", header), Out("s:Body", (content,), on_body))
    return xml.write(Out("s:Envelope", pieces, names))


def _must_understand(name: str, text: str) -> Out:
    return Out(name, text, (("s:mustUnderstand", "1"),))


def _urn(identifier: str) -> str:
    """Return a GUID as URN; an identifier of another kind as it is, so that it is echoed."""
    return f"urn:uuid:{identifier}" if _UUID.fullmatch(identifier) else identifier
