"""The three calls of an enrollment as values: what the headset sends, what it accepts.

[MS-MDE2] 3.1 (discovery), 3.3 (policy), 3.4 (certificate). Touches nothing: bytes in, bytes out.
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult, from_fault
from lenskeep.virtual.enrollment.passage import BY_HAND, Passage
from lenskeep.virtual.enrollment.proof import Proof
from lenskeep.virtual.state import Account
from lenskeep.virtual.transport import Answer
from lenskeep.virtual.transport.address import parts_of
from lenskeep.virtual.tree.seed import MANUFACTURER, Hardware
from lenskeep.virtual.trouble import Breach
from lenskeep.wire import discover, wstep, xcep
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import (
    ACTION_DISCOVER,
    ACTION_GET_POLICIES,
    ACTION_RST,
    CONTENT_TYPE,
    MESSAGE_ID_DISCOVER,
    MESSAGE_ID_GET_POLICIES,
    MESSAGE_ID_RST,
    RequestHeader,
    ResponseHeader,
    read_fault,
)

DISCOVERY_PATH: Final = "/EnrollmentServer/Discovery.svc"
USER_AGENT: Final = "ENROLLClient"
PROBE_HEADERS: Final = (
    ("Cache-Control", "no-cache"),
    ("Pragma", "no-cache"),
    ("User-Agent", USER_AGENT),
)
POST_HEADERS: Final = (("Content-Type", CONTENT_TYPE), ("User-Agent", USER_AGENT))
_DEVICE_TYPE: Final = "CIMClient_Windows"
_KEY_LENGTHS: Final = (1024, 2048, 3072, 4096)
_OLDEST_VERSION: Final = (3, 0)
_NEWEST_VERSION: Final = (9, 0)


def discovery_url(server: str, user: str = "") -> str:
    """Return where discovery begins: `host`, `host:port`, an https URL, or nothing at all.

    Without a server it is EnterpriseEnrollment.<the user's domain> ([MS-MDE2] 3.1.1). Raises
    Invalid where there is neither.
    """
    server = server.strip()
    if not server:
        _, at, domain = user.rpartition("@")
        if not at or not domain:
            raise Invalid.field("server", "neither a server nor a user with a domain is given")
        server = f"EnterpriseEnrollment.{domain}"
    if "://" not in server:
        server = f"https://{server}"
    parts = parts_of(server)
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid.field("server", "the address is not https", "https://HOST[:PORT]")
    path = parts.path if parts.path.strip("/") else DISCOVERY_PATH
    return f"https://{parts.netloc}{path}" + (f"?{parts.query}" if parts.query else "")


def discover_message(
    profile: Profile, url: str, email: str, offers: tuple[str, ...] = BY_HAND
) -> bytes:
    """Return the Discover request."""
    value = discover.Discover(
        email_address=email,
        request_version=profile.request_version,
        device_type=_DEVICE_TYPE,
        application_version=profile.os_version,
        os_edition=str(profile.edition),
        auth_policies=offers,
    )
    header = RequestHeader(ACTION_DISCOVER, MESSAGE_ID_DISCOVER, url)
    return discover.write_discover(header, value)


def read_discovery(
    answer: Answer, profile: Profile, offers: tuple[str, ...] = BY_HAND, *, heeded: bool = True
) -> discover.DiscoverResult:
    """Return where to go on. Raises EnrollmentRefused or Breach.

    The sign-in that the server chose is looked at only where it is `heeded`.
    """
    body = _content(answer)
    try:
        header, result = discover.read_discover_response(body)
    except BadMessage as error:
        raise _breach(error) from error
    _check_header(header, MESSAGE_ID_DISCOVER)
    if heeded and result.auth_policy not in offers:
        raise Breach("[MS-MDE2] 3.1.4.1.3.2", "the server chose a sign-in that was not offered")
    _check_version(result.enrollment_version, profile.request_version)
    _check_urls(result)
    return result


def _check_version(chosen: str | None, offered: str) -> None:
    if chosen is None:
        return
    number = _number(chosen)
    if not _OLDEST_VERSION <= number <= _NEWEST_VERSION or number > _number(offered):
        raise Breach(
            "[MS-MDE2] EnrollmentVersion is the lower of both sides",
            f"EnrollmentVersion {chosen} where the headset offered {offered}",
        )


def _number(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return (int(major), int(minor.partition(".")[0] or 0))


def _check_urls(result: discover.DiscoverResult) -> None:
    urls = [url for url in (result.policy_url, result.enrollment_url) if url]
    if any(parts_of(url).scheme != "https" for url in urls):
        raise EnrollmentRefused(Hresult.INSECURE_REDIRECT)
    if len({parts_of(url).hostname for url in urls}) > 1:
        raise Breach(
            "[MS-MDE2] policy and enrollment service share a host",
            "the policy and enrollment services are on different hosts",
        )


def policies_message(url: str, proof: Proof) -> bytes:
    """Return the GetPolicies request."""
    header = proof.header(ACTION_GET_POLICIES, MESSAGE_ID_GET_POLICIES, url)
    return proof.seal(xcep.write_get_policies(header, xcep.GetPolicies()))


def read_policies(answer: Answer) -> xcep.Policies:
    """Return what the server wants of the key. Raises EnrollmentRefused or Breach."""
    body = _content(answer)
    try:
        header, policies = xcep.read_policies(body)
    except BadMessage as error:
        raise _breach(error) from error
    _check_header(header, MESSAGE_ID_GET_POLICIES)
    rule = "[MS-XCEP] 3.1.4.1.3"
    if policies.minimal_key_length not in _KEY_LENGTHS:
        raise Breach(rule, f"minimalKeyLength {policies.minimal_key_length} is no key length")
    if not policies.crypto_providers:
        raise Breach(rule, "no crypto provider is named")
    if not 0 < policies.renewal_s < policies.validity_s:
        raise Breach(rule, "the renewal period is not within the validity period")
    return policies


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What the certificate is asked with: the request (DER), who the device is, how it comes.

    `blob` is what the terms of use gave.
    """

    request: bytes
    device_id: str
    profile: Profile
    hardware: Hardware
    passage: Passage
    blob: str = ""


def token_message(url: str, proof: Proof, asked: TokenRequest) -> bytes:
    """Return the RequestSecurityToken with its context items in the order of Windows."""
    header = proof.header(ACTION_RST, MESSAGE_ID_RST, url)
    value = wstep.SecurityTokenRequest(
        wstep.RequestType.ISSUE, wstep.TOKEN_TYPE, wstep.PKCS10, asked.request, _context(asked)
    )
    return proof.seal(wstep.write_request(header, value))


def _context(asked: TokenRequest) -> tuple[tuple[str, str], ...]:
    """`seen:` this order on Windows 10 19043; the last four on Windows 11 26200.

    `assumed:` where the items of Entra and of packages stand.
    """
    profile, hardware, passage = asked.profile, asked.hardware, asked.passage
    items = [
        ("UXInitiated", _truth(passage.ux_initiated)),
        ("HWDevID", hardware.hardware_id),
        ("Locale", "en-US"),
        ("TargetedUserLoggedIn", _truth(passage.user_signed_in)),
        ("OSEdition", str(profile.edition)),
        ("DeviceName", hardware.name),
        ("MAC", hardware.mac),
        ("DeviceID", asked.device_id),
        ("EnrollmentType", passage.enrollment_type),
        ("DeviceType", _DEVICE_TYPE),
        ("OSVersion", profile.os_version),
        ("ApplicationVersion", profile.os_version),
        ("NotInOobe", "false"),
        *passage.items,
    ]
    if asked.blob:
        items.append(("EnrollmentData", asked.blob))
    if profile.is_windows_11_based:
        items += [
            ("Manufacturer", MANUFACTURER),
            ("DeviceModel", profile.model),
            ("SerialNumber", hardware.serial),
            ("RequestVersion", profile.request_version),
        ]
    return tuple(items)


def renewal_context(
    profile: Profile, hardware: Hardware, account: Account
) -> tuple[tuple[str, str], ...]:
    """Return what a renewal says of the headset ([MS-MDE2] 3.4.4.1.1.1)."""
    return (
        ("OSEdition", str(profile.edition)),
        ("OSVersion", profile.os_version),
        ("DeviceName", hardware.name),
        ("MAC", hardware.mac),
        ("EnrollmentType", account.enrollment_type),
        ("DeviceType", _DEVICE_TYPE),
        ("ApplicationVersion", profile.os_version),
        ("DeviceID", account.device_id),
        ("Locale", "en-US"),
        ("HWDevID", hardware.hardware_id),
    )


def _truth(value: bool) -> str:
    return "true" if value else "false"


def read_token(answer: Answer) -> bytes:
    """Return the provisioning document. Raises EnrollmentRefused or Breach."""
    body = _content(answer)
    try:
        header, response = wstep.read_response(body)
    except BadMessage as error:
        raise _breach(error) from error
    _check_header(header, MESSAGE_ID_RST)
    return response.provisioning


def check_framing(answer: Answer) -> None:
    """Raise Breach where a response is framed as no headset takes it ([MS-MDE2] 2.1)."""
    rule = "[MS-MDE2] 2.1 and [MS-MDM] 2.1: no chunked responses, a Content-Length on each"
    if answer.header("Transfer-Encoding"):
        raise Breach(rule, "the response is chunked")
    if not answer.header("Content-Length"):
        raise Breach(rule, "the response has no Content-Length")
    if answer.header("Content-Encoding"):
        raise Breach(rule, "the response is compressed although that was not offered")


def _content(answer: Answer) -> bytes:
    """Return the body of a good SOAP answer; a fault may come with 500 or with 200."""
    if answer.status == 429:
        wait = answer.header("Retry-After")
        raise EnrollmentRefused(Hresult.TOO_MANY_REQUESTS, f"come back in {wait} s" if wait else "")
    check_framing(answer)
    fault = read_fault(answer.body)
    if fault is not None:
        raise EnrollmentRefused(from_fault(fault), fault.reason, fault.trace_id)
    if answer.status != 200:
        raise Breach(
            "[MS-MDE2] 2.1: HTTP 200, or a SOAP fault",
            f"HTTP {answer.status} without a fault (0x8019{answer.status:04X})",
        )
    if not answer.body:
        raise EnrollmentRefused(Hresult.EMPTY_MESSAGE)
    kind = answer.header("Content-Type").partition(";")[0].strip().lower()
    if kind != "application/soap+xml":
        raise Breach("[SOAP 1.2] application/soap+xml", "the answer is of another content type")
    return answer.body


def _check_header(header: ResponseHeader, message_id: str) -> None:
    if header.relates_to.casefold() != message_id.casefold():
        raise Breach("[WS-Addressing 1.0] 3.4", "RelatesTo does not name our MessageID")
    if not header.activity_id:
        raise Breach("[MS-MDE2] 2.2.1", "the ActivityId is missing")


def _breach(error: BadMessage) -> Breach:
    return Breach(error.section or "[MS-MDE2] 2.2", f"{error.where}: {error.problem}")
