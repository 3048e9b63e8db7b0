"""RequestSecurityToken, both ways. Samples written by hand from [MS-MDE2] 3.4, November 2026."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import (
    ACTION_RST,
    ACTION_RSTRC,
    MESSAGE_ID_RST,
    RequestHeader,
    ResponseHeader,
    UsernameToken,
)
from lenskeep.wire.wstep import (
    PKCS7,
    PKCS10,
    TOKEN_TYPE,
    RequestType,
    SecurityTokenRequest,
    SecurityTokenResponse,
    read_request,
    read_response,
    write_request,
    write_response,
)

DER = b"0\x82\x01\x0a not really a certificate request \xff\x00"
ENCODED = base64.b64encode(DER).decode()

REQUEST = f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://www.w3.org/2005/08/addressing" \
xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" \
xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" \
xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" \
xmlns:ac="http://schemas.xmlsoap.org/ws/2006/12/authorization"><s:Header>\
<a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RST/wstep</a:Action>\
<a:MessageID>urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749</a:MessageID><a:ReplyTo>\
<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>\
<a:To s:mustUnderstand="1">https://mdm.example/EnrollmentServer/Enrollment.svc</a:To>\
<wsse:Security s:mustUnderstand="1">\
<wsse:UsernameToken u:Id="uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4">\
<wsse:Username>wearer@example.com</wsse:Username><wsse:Password wsse:Type="http://docs.\
oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">\
bcdf-ghjk</wsse:Password></wsse:UsernameToken></wsse:Security></s:Header><s:Body>\
<wst:RequestSecurityToken><wst:TokenType>http://schemas.microsoft.com/5.0.0.0/\
ConfigurationManager/Enrollment/DeviceEnrollmentToken</wst:TokenType><wst:RequestType>\
http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</wst:RequestType>\
<wsse:BinarySecurityToken \
ValueType="http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS10" \
EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\
#base64binary">{ENCODED}</wsse:BinarySecurityToken>\
<ac:AdditionalContext xmlns="http://schemas.xmlsoap.org/ws/2006/12/authorization">\
<ac:ContextItem Name="UXInitiated"><ac:Value>true</ac:Value></ac:ContextItem>\
<ac:ContextItem Name="MAC"><ac:Value>AA-BB-CC-00-00-01</ac:Value></ac:ContextItem>\
<ac:ContextItem Name="MAC"><ac:Value>AA-BB-CC-00-00-02</ac:Value></ac:ContextItem>\
<ac:ContextItem Name="Novelty"><ac:Value>1 &lt; 2</ac:Value></ac:ContextItem>\
</ac:AdditionalContext></wst:RequestSecurityToken></s:Body></s:Envelope>"""

HEADER = RequestHeader(
    ACTION_RST,
    MESSAGE_ID_RST,
    "https://mdm.example/EnrollmentServer/Enrollment.svc",
    UsernameToken("wearer@example.com", Secret("bcdf-ghjk")),
)
ISSUE = SecurityTokenRequest(
    RequestType.ISSUE,
    TOKEN_TYPE,
    PKCS10,
    DER,
    (
        ("UXInitiated", "true"),
        ("MAC", "AA-BB-CC-00-00-01"),
        ("MAC", "AA-BB-CC-00-00-02"),
        ("Novelty", "1 < 2"),
    ),
)

RESPONSE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://www.w3.org/2005/08/addressing" \
xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">\
<s:Header><a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RSTRC/wstep</a:Action>\
<a:RelatesTo>urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749</a:RelatesTo>\
<o:Security s:mustUnderstand="1" \
xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">\
<u:Timestamp u:Id="_0"><u:Created>2026-11-23T05:00:00.000Z</u:Created>\
<u:Expires>2026-11-23T05:05:00.000Z</u:Expires></u:Timestamp></o:Security></s:Header><s:Body>\
<RequestSecurityTokenResponseCollection xmlns="http://docs.oasis-open.org/ws-sx/ws-trust/200512">\
<RequestSecurityTokenResponse><TokenType>http://schemas.microsoft.com/5.0.0.0/\
ConfigurationManager/Enrollment/DeviceEnrollmentToken</TokenType><DispositionMessage \
xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment"/><RequestedSecurityToken>\
<BinarySecurityToken \
xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" \
ValueType="http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/\
DeviceEnrollmentProvisionDoc" EncodingType="http://docs.oasis-open.org/wss/2004/01/\
oasis-200401-wss-wssecurity-secext-1.0.xsd#base64binary">PGRvYy8+</BinarySecurityToken>\
</RequestedSecurityToken><RequestID \
xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment">0</RequestID>\
</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection></s:Body></s:Envelope>"""

ANSWER = ResponseHeader(ACTION_RSTRC, MESSAGE_ID_RST, "")
ISSUED = SecurityTokenResponse(
    b"<doc/>",
    "0",
    datetime(2026, 11, 23, 5, 0, tzinfo=UTC),
    datetime(2026, 11, 23, 5, 5, tzinfo=UTC),
)

words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=30,
).map(str.strip)


def test_a_hand_written_request_and_its_value_are_each_other() -> None:
    assert read_request(REQUEST.encode()) == (HEADER, ISSUE)
    assert write_request(HEADER, ISSUE).decode() == REQUEST


def test_a_hand_written_response_and_its_value_are_each_other() -> None:
    assert read_response(RESPONSE.encode()) == (ANSWER, ISSUED)
    assert write_response(ANSWER, ISSUED).decode() == RESPONSE


@pytest.mark.parametrize(
    "wrapped",
    [
        "\n".join(ENCODED[i : i + 16] for i in range(0, len(ENCODED), 16)),
        "\r\n".join(ENCODED[i : i + 16] for i in range(0, len(ENCODED), 16)),
        "&#xD;\n".join(ENCODED[i : i + 16] for i in range(0, len(ENCODED), 16)) + "&#xD;\n",
        f"\n\t  {ENCODED}\n  ",
        ENCODED.rstrip("="),
        base64.b64encode(ENCODED.encode()).decode(),
        base64.encodebytes(base64.encodebytes(DER)).decode(),
    ],
)
def test_a_certificate_request_is_decoded_however_it_is_wrapped(wrapped: str) -> None:
    """Line breaks, references and a second base64 around it are no obstacle ([RFC 2045] 6.8)."""
    _, asked = read_request(REQUEST.replace(ENCODED, wrapped).encode())

    assert asked.request == DER


@pytest.mark.parametrize("other", ["", "=", "!!", " \n"])
def test_an_empty_certificate_request_is_refused(other: str) -> None:
    with pytest.raises(BadMessage) as caught:
        read_request(REQUEST.replace(ENCODED, other).encode())

    assert caught.value.where == "RequestSecurityToken/BinarySecurityToken"


def test_what_is_no_der_is_handed_on_for_the_certificate_rooms_to_refuse() -> None:
    _, asked = read_request(REQUEST.replace(ENCODED, "this is #1 of my words").encode())

    assert asked.request == base64.b64decode("thisis1ofmywords")


@pytest.mark.parametrize(
    ("value_type", "is_pkcs7"),
    [
        ("http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS10", False),
        (
            "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
            "#PKCS10",
            False,
        ),
        ("http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS7", True),
        (PKCS7, True),
    ],
)
def test_both_spellings_of_both_kinds_are_read(value_type: str, is_pkcs7: bool) -> None:
    _, asked = read_request(REQUEST.replace(PKCS10, value_type).encode())

    assert asked.value_type == value_type
    assert asked.is_pkcs7 is is_pkcs7


@pytest.mark.parametrize("request_type", list(RequestType))
def test_every_request_type_is_read(request_type: RequestType) -> None:
    varied = REQUEST.replace(RequestType.ISSUE.value, f"\n {request_type.value}\n ")

    assert read_request(varied.encode())[1].request_type is request_type


def test_attributes_with_a_prefix_and_an_empty_context_are_read() -> None:
    start, end = REQUEST.index("<ac:Add"), REQUEST.index("</wst:RequestSecurityToken>")
    varied = (REQUEST[:start] + REQUEST[end:]).replace(" ValueType=", " wsse:ValueType=")

    assert read_request(varied.encode())[1] == replace(ISSUE, context=())


def test_a_query_needs_no_certificate_request() -> None:
    start, end = REQUEST.index("<wsse:BinarySec"), REQUEST.index("<ac:Add")
    query = (REQUEST[:start] + REQUEST[end:]).replace(
        RequestType.ISSUE.value, RequestType.QUERY.value
    )

    _, asked = read_request(query.encode())

    assert (asked.request_type, asked.request) == (RequestType.QUERY, b"")


def test_a_request_without_a_security_header_is_read_without_a_token() -> None:
    start, end = REQUEST.index("<wsse:Security"), REQUEST.index("</s:Header>")

    header, _ = read_request((REQUEST[:start] + REQUEST[end:]).encode())

    assert header.token is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RST/wstep", "RSTRC/wstep"),
        ("DeviceEnrollmentToken", "DeviceEnrollmentTokens"),
        ("200512/Issue", "200512/Cancel"),
        ("enrollment#PKCS10", "enrollment#PKCS12"),
        (" ValueType=", " KindType="),
        ("wst:TokenType", "wst:Token"),
        ("wst:RequestType", "wst:Request"),
        ("wsse:BinarySecurityToken", "wsse:SecurityToken"),
        ("wst:RequestSecurityToken", "wsse:RequestSecurityToken"),
    ],
)
def test_a_request_that_breaks_the_rules_is_refused(old: str, new: str) -> None:
    """Types and elements must be those of the service ([MS-MDE2] 3.4.4.1.1.1)."""
    broken = REQUEST.replace(old, new)
    assert broken != REQUEST

    with pytest.raises(BadMessage):
        read_request(broken.encode())


def test_a_soap_1_1_response_with_a_wrapped_document_is_read() -> None:
    old = RESPONSE.replace(
        "http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"
    ).replace("PGRvYy8+", "\nPGRv\r\nYy8+\n")

    assert read_response(old.encode()) == (ANSWER, ISSUED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RSTRC/wstep", "RST/wstep"),
        ("ProvisionDoc", "ProvisionBook"),
        ("PGRvYy8+", ""),
        ("PGRvYy8+", "PGRv#Yy8"),
        ("DeviceEnrollmentToken", "SomeToken"),
        ("RequestedSecurityToken", "GrantedSecurityToken"),
        ("TokenResponseCollection", "TokenResponses"),
    ],
)
def test_a_response_that_breaks_the_rules_is_refused(old: str, new: str) -> None:
    """Types, elements and base64 are those of the service ([MS-MDE2] 3.4.4.1.1, [RFC 4648] 4)."""
    broken = RESPONSE.replace(old, new)
    assert broken != RESPONSE

    with pytest.raises(BadMessage):
        read_response(broken.encode())


def test_a_response_without_times_has_no_security_header() -> None:
    written = write_response(ANSWER, SecurityTokenResponse(b"<doc/>"))

    assert b"Security>" not in written.replace(b"BinarySecurityToken", b"")
    assert read_response(written)[1] == SecurityTokenResponse(b"<doc/>")


@given(
    value=st.builds(
        SecurityTokenRequest,
        request_type=st.sampled_from((RequestType.ISSUE, RequestType.RENEW, RequestType.RECOVERY)),
        token_type=st.just(TOKEN_TYPE),
        value_type=st.sampled_from((PKCS10, PKCS7)),
        request=st.binary(max_size=200).map(lambda rest: b"0" + rest),
        context=st.lists(st.tuples(words, words), max_size=4).map(tuple),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_request_is_read_as_it_was_written(value: SecurityTokenRequest) -> None:
    written = write_request(HEADER, value)

    assert read_request(written) == (HEADER, value)
    assert written == write_request(HEADER, value)


@given(
    value=st.builds(
        SecurityTokenResponse, st.binary(min_size=1, max_size=200), st.sampled_from(("0", "61"))
    )
)
@settings(max_examples=60, deadline=None)
def test_a_response_is_read_as_it_was_written(value: SecurityTokenResponse) -> None:
    written = write_response(ANSWER, value)

    assert read_response(written) == (ANSWER, value)
    assert written == write_response(ANSWER, value)
