"""Discovery, both ways. The samples were written by hand from [MS-MDE2] 3.1.4.1, November 2026."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire.discover import (
    Discover,
    DiscoverResult,
    read_discover,
    read_discover_response,
    write_discover,
    write_discover_response,
)
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.soap import (
    ACTION_DISCOVER,
    ACTION_DISCOVER_RESPONSE,
    MESSAGE_ID_DISCOVER,
    RequestHeader,
    ResponseHeader,
    UsernameToken,
)

REQUEST = """<s:Envelope xmlns:a="http://www.w3.org/2005/08/addressing" \
xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/Discover\
</a:Action><a:MessageID>urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478</a:MessageID><a:ReplyTo>\
<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>\
<a:To s:mustUnderstand="1">https://enterpriseenrollment.example.com:443/EnrollmentServer/\
Discovery.svc</a:To></s:Header><s:Body><Discover \
xmlns="http://schemas.microsoft.com/windows/management/2012/01/enrollment">\
<request xmlns:i="http://www.w3.org/2001/XMLSchema-instance">\
<EmailAddress>wearer@example.com</EmailAddress><RequestVersion>4.0</RequestVersion>\
<DeviceType>CIMClient_Windows</DeviceType><ApplicationVersion>10.0.19041.1128\
</ApplicationVersion><OSEdition>136</OSEdition><AuthPolicies><AuthPolicy>OnPremise</AuthPolicy>\
<AuthPolicy>Federated</AuthPolicy></AuthPolicies></request></Discover></s:Body></s:Envelope>"""

HEADER = RequestHeader(
    ACTION_DISCOVER,
    MESSAGE_ID_DISCOVER,
    "https://enterpriseenrollment.example.com:443/EnrollmentServer/Discovery.svc",
)
DISCOVER = Discover(
    "wearer@example.com",
    "4.0",
    "CIMClient_Windows",
    "10.0.19041.1128",
    "136",
    ("OnPremise", "Federated"),
)

RESPONSE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/management/2012/01/enrollment/IDiscoveryService/\
DiscoverResponse</a:Action><ActivityId CorrelationId="d9eb2fdd-0000-46ee-bd93-aea9dc860001" \
xmlns="http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics">\
d9eb2fdd-0000-46ee-bd93-aea9dc860001</ActivityId>\
<a:RelatesTo>urn:uuid:748132ec-a575-4329-b01b-6171a9cf8478</a:RelatesTo></s:Header>\
<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema"><DiscoverResponse \
xmlns="http://schemas.microsoft.com/windows/management/2012/01/enrollment"><DiscoverResult>\
<AuthPolicy>OnPremise</AuthPolicy><EnrollmentVersion>4.0</EnrollmentVersion>\
<EnrollmentPolicyServiceUrl>https://mdm.example/EnrollmentServer/Policy.svc\
</EnrollmentPolicyServiceUrl><EnrollmentServiceUrl>https://mdm.example/EnrollmentServer/\
Enrollment.svc</EnrollmentServiceUrl></DiscoverResult></DiscoverResponse></s:Body></s:Envelope>"""

ANSWER = ResponseHeader(
    ACTION_DISCOVER_RESPONSE, MESSAGE_ID_DISCOVER, "d9eb2fdd-0000-46ee-bd93-aea9dc860001"
)
RESULT = DiscoverResult(
    "OnPremise",
    "4.0",
    "https://mdm.example/EnrollmentServer/Policy.svc",
    "https://mdm.example/EnrollmentServer/Enrollment.svc",
)

words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=30,
).map(str.strip)
policies = st.lists(st.sampled_from(("OnPremise", "Federated", "Certificate")), max_size=3)
urls = st.from_regex(r"https://[a-z]{1,8}\.example/[A-Za-z?&=%20<>\"']{0,12}", fullmatch=True)


def test_a_hand_written_discover_and_its_value_are_each_other() -> None:
    assert read_discover(REQUEST.encode()) == (HEADER, DISCOVER)
    assert write_discover(HEADER, DISCOVER).decode() == REQUEST


def test_a_hand_written_response_and_its_value_are_each_other() -> None:
    assert read_discover_response(RESPONSE.encode()) == (ANSWER, RESULT)
    assert write_discover_response(ANSWER, RESULT).decode() == RESPONSE


def test_the_elements_of_a_request_may_come_in_any_order() -> None:
    version = "<RequestVersion>4.0</RequestVersion>"
    moved = REQUEST.replace(version, "").replace("</request>", f"{version}</request>")

    assert read_discover(moved.encode()) == (HEADER, DISCOVER)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("/01/enrollment\">", "/01/enrollment/\">", DISCOVER),
        ("wearer@example.com", "", replace(DISCOVER, email_address="")),
        ("wearer@example.com", " DOM\\me\n", replace(DISCOVER, email_address="DOM\\me")),
        ("<OSEdition>136</OSEdition>", "", replace(DISCOVER, os_edition="")),
        (">136<", ">\n  136\n<", DISCOVER),
        (
            "<AuthPolicy>OnPremise</AuthPolicy><AuthPolicy>Federated</AuthPolicy>",
            "\n Certificate\n",
            replace(DISCOVER, auth_policies=("Certificate",)),
        ),
        ("<AuthPolicies>", "<Surprise>1</Surprise><AuthPolicies>", DISCOVER),
        (
            "<AuthPolicies>",
            "<OSVersion>10.0.1.2</OSVersion><AuthPolicies>",
            replace(DISCOVER, os_version="10.0.1.2"),
        ),
        (
            "<AuthPolicy>Federated</AuthPolicy>",
            "<AuthPolicy/>",
            replace(DISCOVER, auth_policies=("OnPremise",)),
        ),
        ("4.0", "9.0", replace(DISCOVER, request_version="9.0")),
    ],
)  # fmt: skip
def test_what_clients_vary_is_read(old: str, new: str, expected: Discover) -> None:
    varied = REQUEST.replace(old, new, 1)
    assert varied != REQUEST

    assert expected == read_discover(varied.encode())[1]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("IDiscoveryService/Discover", "IDiscoveryService/Discovery", "Header/Action"),
        ("management/2012/01/enrollment\">", "management/2099/01/enrollment\">", "Body"),
        ("EmailAddress", "Email", "request"),
        ("<RequestVersion>4.0</RequestVersion>", "", "request"),
        ("4.0", "four", "request/RequestVersion"),
        ("4.0", "4.0e9", "request/RequestVersion"),
        ("4.0", "٤", "request/RequestVersion"),
        ("request", "question", "Discover"),
    ],
)  # fmt: skip
def test_a_request_that_breaks_the_rules_is_refused_by_name(old: str, new: str, where: str) -> None:
    """The place and the rule are named ([MS-MDE2] 3.1.4.1.3.1)."""
    with pytest.raises(BadMessage) as caught:
        read_discover(REQUEST.replace(old, new).encode())

    assert where == caught.value.where


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "<EnrollmentVersion>4.0</EnrollmentVersion>",
            "",
            replace(RESULT, enrollment_version=None),
        ),
        (
            "<EnrollmentVersion>4.0</EnrollmentVersion>",
            '<EnrollmentVersion xsi:nil="true"/>',
            replace(RESULT, enrollment_version=None),
        ),
        (
            "<EnrollmentPolicyServiceUrl>https://mdm.example/EnrollmentServer/Policy.svc"
            "</EnrollmentPolicyServiceUrl>",
            '<EnrollmentPolicyServiceUrl xsi:nil="true"/>',
            replace(RESULT, policy_url=None),
        ),
        ("Policy.svc", "Policy.svc\n   ", RESULT),
        ("</DiscoverResult>", "<GatewayService>x</GatewayService></DiscoverResult>", RESULT),
    ],
)  # fmt: skip
def test_what_servers_vary_is_read(old: str, new: str, expected: DiscoverResult) -> None:
    varied = RESPONSE.replace(old, new, 1)
    assert varied != RESPONSE

    assert expected == read_discover_response(varied.encode())[1]


@pytest.mark.parametrize(
    "breach",
    [
        replace(RESULT, auth_policy="Telepathy"),
        replace(RESULT, enrollment_url=""),
        replace(RESULT, enrollment_url="http://mdm.example/plain"),
        replace(RESULT, policy_url="ftp://mdm.example/"),
        replace(RESULT, auth_policy="Federated"),
        replace(RESULT, enrollment_version="new"),
    ],
)
def test_a_result_that_no_headset_accepts_is_not_written(breach: DiscoverResult) -> None:
    with pytest.raises(CannotEncode):
        write_discover_response(ANSWER, breach)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">OnPremise<", ">Telepathy<"),
        ("EnrollmentServiceUrl>", "EnrollmentService>"),
        ("https://mdm.example/EnrollmentServer/E", "http://mdm.example/EnrollmentServer/E"),
        (">OnPremise<", ">Federated<"),
        ("DiscoverResult", "DiscoverOutcome"),
        ("IDiscoveryService/DiscoverResponse", "IDiscoveryService/Discover"),
    ],
)
def test_a_result_that_no_headset_accepts_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadMessage):
        read_discover_response(RESPONSE.replace(old, new).encode())


@given(
    value=st.builds(
        Discover,
        email_address=words,
        request_version=st.sampled_from(("1.0", "3.0", "4.0", "9.0", "10")),
        device_type=words,
        application_version=words,
        os_edition=words,
        auth_policies=policies.map(tuple),
        os_version=words,
    )
)
@settings(max_examples=60, deadline=None)
def test_a_discover_is_read_as_it_was_written(value: Discover) -> None:
    written = write_discover(HEADER, value)

    assert (HEADER, value) == read_discover(written)
    assert written == write_discover(HEADER, value)


@given(
    value=st.builds(
        DiscoverResult,
        auth_policy=st.sampled_from(("OnPremise", "Federated", "Certificate")),
        enrollment_version=st.none() | st.sampled_from(("3.0", "4.0")),
        policy_url=st.none() | urls,
        enrollment_url=urls,
        authentication_url=urls,
    )
)
@settings(max_examples=60, deadline=None)
def test_a_result_is_read_as_it_was_written(value: DiscoverResult) -> None:
    written = write_discover_response(ANSWER, value)

    assert (ANSWER, value) == read_discover_response(written)
    assert written == write_discover_response(ANSWER, value)


def test_a_discover_with_a_proof_can_be_read_again() -> None:
    """No headset sends one ([MS-MDE2] 3.1.4.1); one that was read is not written as no XML."""
    proven = replace(HEADER, token=UsernameToken("wearer@example.com", Secret("pa&ss")))

    assert (proven, DISCOVER) == read_discover(write_discover(proven, DISCOVER))
