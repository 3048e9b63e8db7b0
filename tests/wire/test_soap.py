"""Envelopes, security headers and faults.

The samples here were written by hand from the rules ([MS-MDE2] 2.2.10, 3.4; [SOAP 1.2] 5), not
by our writer, in November 2026.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from time import process_time
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire import envelope, soap
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.soap import (
    ACTION_RST,
    ACTION_RSTRC,
    BinaryToken,
    ErrorType,
    Fault,
    RequestHeader,
    ResponseHeader,
    Subcode,
    UsernameToken,
)
from lenskeep.wire.xml import Out

GUID = "0d5a1441-5891-453b-becf-a2e5f6ea3749"
SAMPLE = b"""<?xml version="1.0"?>
<x:Envelope xmlns:x="http://www.w3.org/2003/05/soap-envelope"
  xmlns:w="http://www.w3.org/2005/08/addressing"
  xmlns:q="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
  xmlns:t="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">
 <x:Header>
  <w:Action x:mustUnderstand="1">
   http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RST/wstep
  </w:Action>
  <w:MessageID>urn:uuid: 0d5a1441-5891-453b-becf-a2e5f6ea3749</w:MessageID>
  <w:ReplyTo><w:Address>http://www.w3.org/2005/08/addressing/anonymous</w:Address></w:ReplyTo>
  <w:To x:mustUnderstand="1">
   https://mdm.example/EnrollmentServer/Enrollment.svc
  </w:To>
  <q:Security x:mustUnderstand="1">
   <t:Timestamp t:Id="_0">
    <t:Created>2026-05-04T03:02:01.500Z</t:Created><t:Expires>2026-05-04T03:07:01Z </t:Expires>
   </t:Timestamp>
   <q:UsernameToken t:Id="uuid-1">
    <q:Username> wearer@example.com </q:Username>
    <q:Password q:Type="http://docs.oasis-open.org/wss/2004/01/
      oasis-200401-wss-username-token-profile-1.0#PasswordText">corr ect
    </q:Password>
   </q:UsernameToken>
  </q:Security>
 </x:Header>
 <x:Body><nothing/></x:Body>
</x:Envelope>"""

HEADER = RequestHeader(
    action=ACTION_RST,
    message_id=GUID,
    to="https://mdm.example/EnrollmentServer/Enrollment.svc",
    token=UsernameToken("wearer@example.com", Secret("corr ect")),
    created=datetime(2026, 5, 4, 3, 2, 1, 500_000, tzinfo=UTC),
    expires=datetime(2026, 5, 4, 3, 7, 1, tzinfo=UTC),
)
ANSWER = ResponseHeader(ACTION_RSTRC, GUID, "9a0e6f2c-0001-4c53-8a70-3f6a00000001")

text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
)
trimmed = text.map(str.strip)


def test_every_part_of_a_request_header_is_read_whatever_the_prefixes_and_white_space() -> None:
    header, body = envelope.read_request(SAMPLE, ACTION_RST)

    assert header == HEADER
    assert [child.tag for child in body] == ["nothing"]


def test_a_soap_1_1_envelope_is_read_too() -> None:
    old = SAMPLE.replace(
        b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"
    )

    header, _ = envelope.read_request(old, ACTION_RST)

    assert header == HEADER


def test_a_namespace_broken_over_two_lines_is_still_known() -> None:
    broken = SAMPLE.replace(b"/addressing", b"/\naddressing").replace(b"/wss/2004", b"/wss/ 2004")

    header, _ = envelope.read_request(broken, ACTION_RST)

    assert header.message_id == GUID
    assert header.token == HEADER.token


def test_an_action_broken_over_two_lines_is_still_known() -> None:
    broken = SAMPLE.replace(b"/2009/01/", b"/2009/\n   01/")

    assert soap.read_action(broken) == ACTION_RST


@pytest.mark.parametrize(
    ("came", "bare"),
    [
        (f"urn:uuid:{GUID}", GUID),
        (f" urn:uuid: {GUID}\n", GUID),
        (f"urn:uuid:urn:uuid:{GUID}", GUID),
        (f"URN:UUID:{GUID.upper()}", GUID.upper()),
        (GUID, GUID),
        ("urn:example:7", "urn:example:7"),
        ("urn:uuid:7", "urn:uuid:7"),
        ("", ""),
    ],
)
def test_a_message_identifier_is_its_guid_or_what_came(came: str, bare: str) -> None:
    assert bare == envelope.bare_identifier(came)


def test_an_identifier_that_is_no_guid_is_echoed_as_it_came() -> None:
    request = SAMPLE.replace(f"urn:uuid: {GUID}".encode(), b"urn:uuid:7")

    answer = soap.write_fault(
        replace(ANSWER, relates_to=soap.read_message_id(request)), Fault(Subcode.AUTHORIZATION, "")
    )

    assert b"<a:RelatesTo>urn:uuid:7</a:RelatesTo>" in answer


@pytest.mark.parametrize("body", [b"", b"<a/>", b"not xml", SAMPLE[:-20]])
def test_no_identifier_can_be_read_from_what_is_no_message(body: bytes) -> None:
    assert soap.read_message_id(body) == ""


@pytest.mark.parametrize(
    ("inside", "password"),
    [
        ("plain", "plain"),
        ("two  words", "two  words"),
        (" blank before and after ", " blank before and after "),
        ("\n   indented\n   ", "indented"),
        ("cut after only\r\n", "cut after only"),
        (" kept before\n", " kept before"),
        ("\n", ""),
        ("", ""),
        ("   ", "   "),
        ("&lt;&amp;&#x20AC;", "<&€"),
        ("in<!-- comment -->side", "inside"),
    ],
)
def test_a_password_is_what_was_typed_without_the_pretty_printing(
    inside: str, password: str
) -> None:
    sample = SAMPLE.replace(b"corr ect\n    ", inside.encode())

    header, _ = envelope.read_request(sample, ACTION_RST)

    assert isinstance(header.token, UsernameToken)
    assert password == header.token.password.reveal()


def test_a_password_that_is_not_clear_text_counts_as_no_token() -> None:
    digest = SAMPLE.replace(b"#PasswordText", b"#PasswordDigest")

    header, _ = envelope.read_request(digest, ACTION_RST)

    assert header.token is None


@pytest.mark.parametrize("attribute", [b"Type", b"q:Type"])
def test_the_password_type_is_read_with_and_without_a_prefix(attribute: bytes) -> None:
    header, _ = envelope.read_request(SAMPLE.replace(b"q:Type", attribute), ACTION_RST)

    assert header.token == HEADER.token


def test_a_request_without_a_security_header_has_no_token() -> None:
    start, end = SAMPLE.index(b"<q:Security"), SAMPLE.index(b"</q:Security>") + 13

    header, _ = envelope.read_request(SAMPLE[:start] + SAMPLE[end:], ACTION_RST)

    assert (header.token, header.created, header.expires) == (None, None, None)


def test_a_security_header_of_unknown_children_has_no_token() -> None:
    start, end = SAMPLE.index(b"<q:UsernameToken"), SAMPLE.index(b"</q:UsernameToken>") + 18
    strange = SAMPLE[:start] + b"<q:Kerberos>x</q:Kerberos>" + SAMPLE[end:]

    header, _ = envelope.read_request(strange, ACTION_RST)

    assert header.token is None


def test_a_binary_token_is_read_without_its_line_breaks() -> None:
    start, end = SAMPLE.index(b"<q:UsernameToken"), SAMPLE.index(b"</q:UsernameToken>") + 18
    token = b"<q:BinarySecurityToken q:ValueType='k:v' EncodingType='e:t'>\nQUJD\r\nREVG\n"
    sample = SAMPLE[:start] + token + b"</q:BinarySecurityToken>" + SAMPLE[end:]

    header, _ = envelope.read_request(sample, ACTION_RST)

    assert header.token == BinaryToken("k:v", "e:t", "QUJDREVG")


def test_a_time_that_is_none_is_passed_over() -> None:
    header, _ = envelope.read_request(SAMPLE.replace(b"2026-05-04T03:02", b"never"), ACTION_RST)

    assert header.created is None
    assert header.expires == HEADER.expires


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"RST/wstep", b"RST/other", "Header/Action"),
        (b"w:Action", b"w:Act", "Header"),
        (b"w:MessageID", b"w:Message", "Header"),
        (b"x:Header", b"x:Head", "Envelope"),
        (b"x:Body", b"x:Torso", "Envelope"),
        (b"2003/05/soap-envelope", b"2099/05/soap-envelope", "Envelope"),
        (b"x:Envelope", b"x:envelope", "Envelope"),
    ],
)
def test_a_message_that_lacks_a_part_is_refused_by_name(old: bytes, new: bytes, where: str) -> None:
    """Every part there is needed ([SOAP 1.2] 5.1, [SOAP 1.2] 5.2, [SOAP 1.2] 5.3)."""
    with pytest.raises(BadMessage) as caught:
        envelope.read_request(SAMPLE.replace(old, new), ACTION_RST)

    assert where == caught.value.where


def test_a_password_never_shows_in_a_header_s_text_form() -> None:
    binary = replace(HEADER, token=BinaryToken("k", "e", "c2VjcmV0"))

    assert "corr ect" not in repr(HEADER)
    assert "c2VjcmV0" not in repr(binary)


tokens = st.one_of(
    st.none(),
    st.builds(UsernameToken, trimmed, text.map(Secret)),
    st.builds(BinaryToken, st.just("k:v"), st.just("e:t"), st.text("QUJDREVG", min_size=1)),
)
moments = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(token=tokens, identifier=st.uuids().map(str), moment=st.none() | moments)
@settings(max_examples=60, deadline=None)
def test_a_request_header_is_read_as_it_was_written(
    token: UsernameToken | BinaryToken | None, identifier: str, moment: datetime | None
) -> None:
    header = RequestHeader(ACTION_RST, identifier, "https://a.example/x", token, moment, moment)

    written = envelope.write_request(header, Out("nothing"))

    assert header == envelope.read_request(written, ACTION_RST)[0]
    assert written == envelope.write_request(header, Out("nothing"))


def test_a_username_token_is_written_as_windows_writes_it() -> None:
    written = envelope.write_request(replace(HEADER, created=None), Out("nothing")).decode()

    assert (
        '<wsse:Security s:mustUnderstand="1">'
        '<wsse:UsernameToken u:Id="uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4">'
        "<wsse:Username>wearer@example.com</wsse:Username><wsse:Password wsse:Type="
        '"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0'
        '#PasswordText">corr ect</wsse:Password></wsse:UsernameToken></wsse:Security>'
    ) in written


def test_a_request_header_is_written_in_the_order_of_windows() -> None:
    written = envelope.write_request(HEADER, Out("nothing"))

    names = [child.tag.rpartition("}")[2] for child in fromstring(written)[0]]
    assert names == ["Action", "MessageID", "ReplyTo", "To", "Security"]


def test_half_a_timestamp_is_left_out() -> None:
    written = envelope.write_request(replace(HEADER, token=None, expires=None), Out("nothing"))

    assert b"Security>" not in written


def test_a_time_without_a_zone_is_not_written() -> None:
    naive = HEADER.created.replace(tzinfo=None) if HEADER.created else None

    with pytest.raises(CannotEncode):
        envelope.write_request(replace(HEADER, created=naive), Out("nothing"))


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    assert HEADER.created is not None
    zoned = HEADER.created.astimezone(timezone(timedelta(hours=2)))

    written = envelope.write_request(replace(HEADER, created=zoned), Out("nothing"))

    assert b"<u:Created>2026-05-04T03:02:01.500Z</u:Created>" in written


# --- faults -------------------------------------------------------------------------------

FAULT = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://www.w3.org/2005/08/addressing">
 <s:Header><a:Action s:mustUnderstand="1">anything</a:Action></s:Header>
 <s:Body><s:Fault>
  <s:Code><s:Value>s:Receiver</s:Value>
   <s:Subcode><s:Value>
     s:Authorization
   </s:Value></s:Subcode></s:Code>
  <s:Reason><s:Text xml:lang="en-US">too many</s:Text></s:Reason>
  <s:Detail>
   <DeviceEnrollmentServiceError
     xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment">
    <ErrorType>DeviceCapReached</ErrorType><Message>give one back</Message><TraceId>T-1</TraceId>
   </DeviceEnrollmentServiceError>
  </s:Detail>
 </s:Fault></s:Body></s:Envelope>"""

CAP = Fault(Subcode.AUTHORIZATION, "too many", ErrorType.DEVICE_CAP_REACHED, "give one back", "T-1")


def test_a_fault_is_read_with_its_detail() -> None:
    assert soap.read_fault(FAULT.encode()) == CAP


def test_a_fault_in_lower_case_is_read() -> None:
    lower = FAULT.lower().encode()

    assert soap.read_fault(lower) == replace(CAP, trace_id="t-1")


def test_a_soap_1_1_fault_is_read() -> None:
    old = b"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>
      <faultcode>e:Authentication</faultcode><faultstring>who?</faultstring></e:Fault></e:Body>
      </e:Envelope>"""

    assert soap.read_fault(old) == Fault(Subcode.AUTHENTICATION, "who?")


def test_a_fault_of_an_unknown_kind_is_an_unexpected_error() -> None:
    odd = FAULT.replace("s:Authorization", "b:Weather").replace("DeviceCapReached", "Rain")

    fault = soap.read_fault(odd.encode())

    assert fault is not None
    assert (fault.subcode, fault.error_type) == (Subcode.INTERNAL_SERVICE_FAULT, None)


@pytest.mark.parametrize("body", [SAMPLE, b"", b"<html/>", b"no xml", b"<!DOCTYPE a><a/>"])
def test_what_is_no_fault_is_none(body: bytes) -> None:
    assert soap.read_fault(body) is None


faults = st.one_of(
    st.builds(Fault, st.sampled_from(Subcode), trimmed),
    st.builds(
        Fault,
        st.sampled_from(Subcode),
        trimmed,
        st.sampled_from(ErrorType),
        trimmed,
        st.uuids().map(str),
    ),
)


@given(fault=faults)
@settings(max_examples=60, deadline=None)
def test_a_fault_is_read_as_it_was_written(fault: Fault) -> None:
    assert fault == soap.read_fault(soap.write_fault(ANSWER, fault))


def test_a_fault_is_written_in_full() -> None:
    written = soap.write_fault(ANSWER, CAP).decode()

    assert written == (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>'
        '<a:Action s:mustUnderstand="1">'
        "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RSTRC/wstep</a:Action>"
        '<ActivityId CorrelationId="9a0e6f2c-0001-4c53-8a70-3f6a00000001" '
        'xmlns="http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics">'
        "9a0e6f2c-0001-4c53-8a70-3f6a00000001</ActivityId>"
        "<a:RelatesTo>urn:uuid:0d5a1441-5891-453b-becf-a2e5f6ea3749</a:RelatesTo></s:Header>"
        "<s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value>"
        "<s:Subcode><s:Value>s:Authorization</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en-US">too many</s:Text></s:Reason>'
        "<s:Detail><DeviceEnrollmentServiceError "
        'xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollment">'
        "<ErrorType>DeviceCapReached</ErrorType><Message>give one back</Message>"
        "<TraceId>T-1</TraceId></DeviceEnrollmentServiceError></s:Detail>"
        "</s:Fault></s:Body></s:Envelope>"
    )


def test_a_fault_without_an_error_type_has_no_detail() -> None:
    assert b"Detail" not in soap.write_fault(ANSWER, Fault(Subcode.INVALID_SECURITY, "no token"))


@pytest.mark.parametrize(
    ("spelling", "hresult"),
    [
        ("s:MessageFormat", 0x80180001),
        ("s:Authentication", 0x80180002),
        ("s:Authorization", 0x80180003),
        ("s:CertificateRequest", 0x80180004),
        ("s:EnrollmentServer", 0x80180005),
        ("a:InternalServiceFault", 0x80180006),
        ("a:InvalidSecurity", 0x80180007),
    ],
)
def test_every_subcode_has_its_published_number(spelling: str, hresult: int) -> None:
    assert hresult == Subcode(spelling).hresult
    assert hresult == Fault(Subcode(spelling), "").hresult


@pytest.mark.parametrize(
    ("spelling", "hresult"),
    [
        ("DeviceCapReached", 0x80180013),
        ("DeviceNotSupported", 0x80180014),
        ("NotSupported", 0x80180015),
        ("NotEligibleToRenew", 0x80180016),
        ("InMaintenance", 0x80180017),
        ("UserLicense", 0x80180018),
        ("InvalidEnrollmentData", 0x80180019),
        ("CustomServerError", 0x80180032),
    ],
)
def test_every_error_type_has_its_published_number(spelling: str, hresult: int) -> None:
    assert hresult == ErrorType(spelling).hresult
    assert hresult == Fault(Subcode.AUTHORIZATION, "", ErrorType(spelling)).hresult


def test_the_tables_of_faults_are_whole() -> None:
    assert (len(Subcode), len(ErrorType)) == (7, 8)


def test_every_request_action_has_its_answer() -> None:
    assert soap.RESPONSE_ACTIONS[ACTION_RST] == ACTION_RSTRC
    assert len(soap.RESPONSE_ACTIONS) == 3


def test_an_identifier_that_is_a_urn_ten_thousandfold_is_read_in_time() -> None:
    again = "urn:uuid:" * 100_000
    began = process_time()

    assert GUID == envelope.bare_identifier(again + GUID)
    assert process_time() - began < 0.5  # CPU seconds; it took 1.5 when each was cut off by itself
