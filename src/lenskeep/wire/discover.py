"""Discovery: what a headset asks first, and the answer that names the other services' URLs.

[MS-MDE2] 3.1.4.1. Values stay the strings they came as; negotiation is decided elsewhere.
"""

import re
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.envelope import (
    ACTION_DISCOVER,
    ACTION_DISCOVER_RESPONSE,
    DISCOVERY,
    XSI,
    RequestHeader,
    ResponseHeader,
    is_nil,
    read_request,
    read_response,
    write_request,
    write_response,
)
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.security import uri
from lenskeep.wire.xml import Out

_REQUEST: Final = "[MS-MDE2] 3.1.4.1.3.1"
_RESPONSE: Final = "[MS-MDE2] 3.1.4.1.3.2"
_VERSION: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}")
_AUTH_POLICIES: Final = ("OnPremise", "Federated", "Certificate")


@dataclass(frozen=True, slots=True)
class Discover:
    """What a headset says of itself before anything else; all but the version may be empty.

    `email_address` is whatever was typed (a UPN, a domain and a user, nothing at all).
    """

    email_address: str
    request_version: str
    device_type: str
    application_version: str
    os_edition: str
    auth_policies: tuple[str, ...]
    os_version: str = ""


@dataclass(frozen=True, slots=True)
class DiscoverResult:
    """Where to go on and how to sign in. Without `policy_url` the headset skips GetPolicies."""

    auth_policy: str
    enrollment_version: str | None
    policy_url: str | None
    enrollment_url: str
    authentication_url: str | None = None


def read_discover(body: bytes) -> tuple[RequestHeader, Discover]:
    """Return a Discover. Raises BadMessage; elements may come in any order (`xs:all`)."""
    header, content = read_request(body, ACTION_DISCOVER)
    discover = xml.required(content, DISCOVERY, "Discover", section=_REQUEST)
    request = xml.required(discover, DISCOVERY, "request", section=_REQUEST)
    address = xml.required(request, DISCOVERY, "EmailAddress", section=_REQUEST)
    return header, Discover(
        email_address=xml.text(address),
        request_version=_version(request),
        device_type=_text(request, "DeviceType"),
        application_version=_text(request, "ApplicationVersion"),
        os_edition=_text(request, "OSEdition"),
        auth_policies=_auth_policies(request),
        os_version=_text(request, "OSVersion"),
    )


def _version(request: Element) -> str:
    version = xml.text(xml.required(request, DISCOVERY, "RequestVersion", section=_REQUEST))
    if not _VERSION.fullmatch(version):
        raise BadMessage("a number is expected", where="request/RequestVersion", section=_REQUEST)
    return version


def _auth_policies(request: Element) -> tuple[str, ...]:
    """Return what is offered (seen: a published sample with the text right in AuthPolicies)."""
    offered = xml.child(request, DISCOVERY, "AuthPolicies")
    if offered is None:
        return ()
    named = [xml.text(policy) for policy in xml.children(offered, DISCOVERY, "AuthPolicy")]
    return tuple(policy for policy in named or xml.text(offered).split() if policy)


def _text(element: Element, local: str) -> str:
    return xml.text(xml.child(element, DISCOVERY, local))


def write_discover(header: RequestHeader, value: Discover) -> bytes:
    """Return a Discover, its elements in the order that Windows has (seen: Windows 10 19043)."""
    policies = tuple(Out("AuthPolicy", policy) for policy in value.auth_policies)
    pieces = [
        Out("EmailAddress", value.email_address),
        Out("RequestVersion", value.request_version),
        Out("DeviceType", value.device_type),
        Out("ApplicationVersion", value.application_version),
        Out("OSEdition", value.os_edition),
        Out("AuthPolicies", policies),
    ]
    if value.os_version:
        pieces.append(Out("OSVersion", value.os_version))
    request = Out("request", tuple(pieces), (("xmlns:i", XSI),))
    content = Out("Discover", (request,), (("xmlns", DISCOVERY),))
    return write_request(header, content, trust=False)


def read_discover_response(body: bytes) -> tuple[ResponseHeader, DiscoverResult]:
    """Return the answer to a Discover. Raises BadMessage where a headset would give up."""
    header, _, content = read_response(body, ACTION_DISCOVER_RESPONSE)
    response = xml.required(content, DISCOVERY, "DiscoverResponse", section=_RESPONSE)
    found = xml.required(response, DISCOVERY, "DiscoverResult", section=_RESPONSE)
    result = DiscoverResult(
        auth_policy=_text(found, "AuthPolicy"),
        enrollment_version=_optional(found, "EnrollmentVersion"),
        policy_url=_optional_url(found, "EnrollmentPolicyServiceUrl"),
        enrollment_url=_optional_url(found, "EnrollmentServiceUrl") or "",
        authentication_url=_optional_url(found, "AuthenticationServiceUrl"),
    )
    if breach := _breach(result):
        raise BadMessage(breach, where="DiscoverResult", section=_RESPONSE)
    return header, result


def _optional(result: Element, local: str) -> str | None:
    element = xml.child(result, DISCOVERY, local)
    return None if is_nil(element) else xml.text(element) or None


def _optional_url(result: Element, local: str) -> str | None:
    element = xml.child(result, DISCOVERY, local)
    return None if is_nil(element) else uri(element) or None


def _breach(result: DiscoverResult) -> str | None:
    """Return what no headset would accept: the policy's name, the URLs that it needs."""
    if result.auth_policy not in _AUTH_POLICIES:
        return f"AuthPolicy is none of {', '.join(_AUTH_POLICIES)}"
    if not result.enrollment_url:
        return "EnrollmentServiceUrl is missing"
    if result.auth_policy == "Federated" and not result.authentication_url:
        return "AuthenticationServiceUrl is missing, Federated needs it"
    urls = (result.policy_url, result.enrollment_url, result.authentication_url)
    if not all(url is None or url.lower().startswith("https://") for url in urls):
        return "a URL that is not https"
    if result.enrollment_version is not None and not _VERSION.fullmatch(result.enrollment_version):
        return "EnrollmentVersion is no number"
    return None


def write_discover_response(header: ResponseHeader, value: DiscoverResult) -> bytes:
    """Return the answer to a Discover. Raises CannotEncode for what no headset would accept."""
    if breach := _breach(value):
        raise CannotEncode(breach)
    named = (
        ("AuthPolicy", value.auth_policy),
        ("EnrollmentVersion", value.enrollment_version),
        ("EnrollmentPolicyServiceUrl", value.policy_url),
        ("EnrollmentServiceUrl", value.enrollment_url),
        ("AuthenticationServiceUrl", value.authentication_url),
    )
    pieces = tuple(Out(name, text) for name, text in named if text is not None)
    content = Out("DiscoverResponse", (Out("DiscoverResult", pieces),), (("xmlns", DISCOVERY),))
    return write_response(header, content, schema=True)
