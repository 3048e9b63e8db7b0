"""The examples that Microsoft prints in its specifications, where they lie beside the project.

Their text is not ours and is not in the repository. A file that is in neither table fails here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from lenskeep.wire import soap, wap
from lenskeep.wire.discover import read_discover, read_discover_response
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import BinaryToken, ErrorType, Subcode, UsernameToken
from lenskeep.wire.wstep import RequestType, read_request, read_response
from lenskeep.wire.xcep import SHA_256, read_get_policies, read_policies

FOLDER: Final = Path(__file__).parents[3] / "shared" / "samples"
PREFIXES: Final = ("mde2-", "mswstep-", "msxcep-", "msdocs-renew")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the published samples are not here"),
]


def _discover(policy: str, version: str) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_discover(body)
        assert header.message_id == soap.MESSAGE_ID_DISCOVER
        assert header.to == "https://ENROLLTEST.CONTOSO.COM/EnrollmentServer/Discovery.svc"
        assert (value.auth_policies, value.request_version) == ((policy,), version)
        assert (value.email_address, value.os_edition) == ("user@contoso.com", "3")

    return check


def _discovered(policy: str, version: str) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_discover_response(body)
        assert header.relates_to == soap.MESSAGE_ID_DISCOVER
        assert header.activity_id == "d9eb2fdd-e38a-46ee-bd93-aea9dc86a3b8"
        assert (value.auth_policy, value.enrollment_version) == (policy, version)
        assert value.policy_url == value.enrollment_url
        assert (value.authentication_url is not None) is (policy == "Federated")

    return check


def _asks_policies(token: type) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_get_policies(body)
        assert isinstance(header.token, token)
        assert header.message_id.startswith(("72048B64-", "5fb5f6fd-"))
        assert value.preferred_language == ""

    return check


def _policies(hash_oid: str) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_policies(body)
        assert header.relates_to == "69960163-adad-4a72-82d2-bb0e5cff5598"
        assert (value.common_name, value.minimal_key_length) == ("CEPUnitTest", 2048)
        assert (value.validity_s, value.renewal_s) == (1_209_600, 172_800)
        assert (value.hash_oid, len(value.crypto_providers)) == (hash_oid, 2)

    return check


def _asks_token(token: type) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_request(body)
        assert isinstance(header.token, token)
        assert header.message_id == soap.MESSAGE_ID_RST
        assert value.request_type is RequestType.ISSUE
        assert not value.is_pkcs7
        assert len(value.context) == body.count(b"<ac:ContextItem")
        assert ("DeviceID", "7BA748C8-703E-4DF2-A74A-92984117346A") in value.context
        macs = [item for name, item in value.context if name == "MAC"]
        assert macs == ["FF:FF:FF:FF:FF:FF", "CC:CC:CC:CC:CC:CC"]
        assert ("HWDevID", "F" * 64) in value.context

    return check


def _asks_generic_token(request_type: RequestType, *, has_request: bool) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        header, value = read_request(body)
        assert header.token is None
        assert value.request_type is request_type
        assert value.request.startswith(b"\x30\x82") is has_request
        assert value.context == ()

    return check


def _renewal_request(body: bytes) -> None:
    header, value = read_request(body)
    assert isinstance(header.token, UsernameToken)
    assert header.token.password.reveal() == ""
    assert header.created is not None
    assert (value.request_type, value.is_pkcs7) == (RequestType.RENEW, True)
    assert value.context == (("DeviceType", "WindowsPhone"), ("ApplicationVersion", "5.0.7616.0"))


def _renewal_document(body: bytes) -> None:
    store, application = wap.read_characteristics(body)
    assert [area.type for area in store.inner()] == ["Root", "My"]
    parm = application.parm("PROVIDER-ID")
    assert parm is not None
    assert parm.value == "TestMDMServer"
    with pytest.raises(BadMessage):  # its certificates are words, not certificates
        wap.read_renewal(body)


def _app_management_document(body: bytes) -> None:
    assert [tree.type for tree in wap.read_characteristics(body)] == ["APPLICATION", "DMClient"]
    with pytest.raises(BadMessage):  # an application-management account, without certificates
        wap.read_provisioning(body)


def _token_response(body: bytes) -> None:
    header, value = read_response(body)
    assert header.relates_to == "81a5419a-496b-474f-a627-5cdd33eed8ab"
    assert value.request_id == "0"
    assert value.provisioning
    assert value.created is not None
    assert value.expires is not None
    assert (value.expires - value.created).total_seconds() == 300


def _fault(reason: str, error_type: ErrorType | None) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        fault = soap.read_fault(body)
        assert fault is not None
        assert (fault.subcode, fault.reason) == (Subcode.AUTHORIZATION, reason)
        assert fault.error_type is error_type

    return check


READ: Final[dict[str, Callable[[bytes], None]]] = {
    "mde2-discover-request-certificate.xml": _discover("Certificate", "3.0"),
    "mde2-discover-request-federated.xml": _discover("Federated", "5.0"),
    "mde2-discover-request-onpremise.xml": _discover("OnPremise", "3.0"),
    "mde2-discover-response-certificate.xml": _discovered("Certificate", "3.0"),
    "mde2-discover-response-federated.xml": _discovered("Federated", "5.0"),
    "mde2-discover-response-onpremise.xml": _discovered("OnPremise", "3.0"),
    "mde2-getpolicies-request-certificate.xml": _asks_policies(BinaryToken),
    "mde2-getpolicies-request-federated.xml": _asks_policies(BinaryToken),
    "mde2-getpolicies-request-onpremise.xml": _asks_policies(UsernameToken),
    "msxcep-getpolicies-lastupdate-request.xml": _asks_policies(UsernameToken),
    "msxcep-getpolicies-request.xml": _asks_policies(UsernameToken),
    "mde2-getpolicies-response-azureattestation.xml": _policies("1.3.14.3.2.29"),
    "mde2-getpolicies-response.xml": _policies(SHA_256),
    "mde2-rst-request-certificate.xml": _asks_token(BinaryToken),
    "mde2-rst-request-federated-azureattestation.xml": _asks_token(BinaryToken),
    "mde2-rst-request-federated.xml": _asks_token(BinaryToken),
    "mde2-rst-request-onpremise.xml": _asks_token(UsernameToken),
    "mswstep-issue-request.xml": _asks_generic_token(RequestType.ISSUE, has_request=True),
    "mswstep-renew-request.xml": _asks_generic_token(RequestType.ISSUE, has_request=True),
    "mswstep-querytokenstatus-request.xml": _asks_generic_token(
        RequestType.QUERY, has_request=False
    ),
    "msdocs-renew-request-robo.xml": _renewal_request,
    "msdocs-renew-provisioningdoc.xml": _renewal_document,
    "mde2-provisioningdoc-3.xml": _app_management_document,
    "mde2-rstrc-response.xml": _token_response,
    "mde2-soapfault-1.xml": _fault("This User is not authorized to enroll", None),
    "mde2-soapfault-2.xml": _fault("device cap reached", ErrorType.DEVICE_CAP_REACHED),
}

NOT_WELL_FORMED: Final = {
    "mde2-provisioningdoc-1.xml": "a raw ampersand in SSLCLIENTCERTSEARCHCRITERIA",
    "mde2-provisioningdoc-2.xml": "a raw ampersand in SSLCLIENTCERTSEARCHCRITERIA",
    "mswstep-fault-response.xml": "`<<serviceDebug>>` in the reason's text",
    "msxcep-getpolicies-response.xml": "an attribute glued to its element's name",
}

GENERIC_WSTEP: Final = {
    "mswstep-issue-response.xml": "brings a bare certificate, which device management never does",
    "mswstep-renew-response.xml": "brings a bare certificate, which device management never does",
}

OTHERS: Final = {
    "mde2-requestpending.xml": "a SyncML message: read by wire.syncml",
}


def test_every_published_sample_is_in_exactly_one_table() -> None:
    found = {path.name for path in FOLDER.iterdir() if path.name.startswith(PREFIXES)}
    tables = [*READ, *NOT_WELL_FORMED, *GENERIC_WSTEP, *OTHERS]

    assert sorted(found) == sorted(tables)


@pytest.mark.parametrize("name", READ)
def test_a_published_sample_is_read(name: str) -> None:
    READ[name]((FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", NOT_WELL_FORMED)
def test_a_sample_that_is_no_xml_is_refused_as_such(name: str) -> None:
    with pytest.raises(BadMessage, match="not well-formed XML"):
        soap.read_action((FOLDER / name).read_bytes())


@pytest.mark.parametrize("name", GENERIC_WSTEP)
def test_a_generic_response_is_refused_for_its_token_type(name: str) -> None:
    with pytest.raises(BadMessage, match="TokenType"):
        read_response((FOLDER / name).read_bytes())
