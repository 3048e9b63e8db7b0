"""GetPolicies, both ways. Samples written by hand from [MS-XCEP] 3.1.4.1.3, November 2026."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire.errors import BadMessage, CannotEncode
from lenskeep.wire.soap import (
    ACTION_GET_POLICIES,
    ACTION_GET_POLICIES_RESPONSE,
    MESSAGE_ID_GET_POLICIES,
    RequestHeader,
    ResponseHeader,
    UsernameToken,
)
from lenskeep.wire.xcep import (
    SHA_256,
    GetPolicies,
    Policies,
    read_get_policies,
    read_policies,
    write_get_policies,
    write_policies,
)

REQUEST = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://www.w3.org/2005/08/addressing" \
xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" \
xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" \
xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" \
xmlns:ac="http://schemas.xmlsoap.org/ws/2006/12/authorization"><s:Header>\
<a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPolicies</a:Action>\
<a:MessageID>urn:uuid:72048B64-0F19-448F-8C2E-B4C661860AA0</a:MessageID><a:ReplyTo>\
<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>\
<a:To s:mustUnderstand="1">https://mdm.example/EnrollmentServer/Policy.svc</a:To>\
<wsse:Security s:mustUnderstand="1">\
<wsse:UsernameToken u:Id="uuid-cc1ccc1f-2fba-4bcf-b063-ffc0cac77917-4">\
<wsse:Username>wearer@example.com</wsse:Username><wsse:Password wsse:Type="http://docs.\
oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText">\
pa&amp;ss</wsse:Password></wsse:UsernameToken></wsse:Security></s:Header>\
<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema"><GetPolicies \
xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"><client>\
<lastUpdate xsi:nil="true"/><preferredLanguage xsi:nil="true"/></client>\
<requestFilter xsi:nil="true"/></GetPolicies></s:Body></s:Envelope>"""

HEADER = RequestHeader(
    ACTION_GET_POLICIES,
    MESSAGE_ID_GET_POLICIES,
    "https://mdm.example/EnrollmentServer/Policy.svc",
    UsernameToken("wearer@example.com", Secret("pa&ss")),
)

RESPONSE_BODY = """<GetPoliciesResponse \
xmlns="http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"><response>\
<policyID>lenskeep</policyID><policyFriendlyName xsi:nil="true"/><nextUpdateHours xsi:nil="true"/>\
<policiesNotChanged xsi:nil="true"/><policies><policy><policyOIDReference>0</policyOIDReference>\
<cAs xsi:nil="true"/><attributes><commonName>Device</commonName><policySchema>3</policySchema>\
<certificateValidity><validityPeriodSeconds>31536000</validityPeriodSeconds>\
<renewalPeriodSeconds>3628800</renewalPeriodSeconds></certificateValidity><permission>\
<enroll>true</enroll><autoEnroll>false</autoEnroll></permission><privateKeyAttributes>\
<minimalKeyLength>2048</minimalKeyLength><keySpec xsi:nil="true"/><keyUsageProperty \
xsi:nil="true"/><permissions xsi:nil="true"/><algorithmOIDReference xsi:nil="true"/>\
<cryptoProviders><provider>Microsoft Platform Crypto Provider</provider>\
<provider>Microsoft Software Key Storage Provider</provider></cryptoProviders>\
</privateKeyAttributes><revision><majorRevision>101</majorRevision><minorRevision>0\
</minorRevision></revision><supersededPolicies xsi:nil="true"/><privateKeyFlags xsi:nil="true"/>\
<subjectNameFlags xsi:nil="true"/><enrollmentFlags xsi:nil="true"/><generalFlags xsi:nil="true"/>\
<hashAlgorithmOIDReference>0</hashAlgorithmOIDReference><rARequirements xsi:nil="true"/>\
<keyArchivalAttributes xsi:nil="true"/><extensions xsi:nil="true"/></attributes></policy>\
</policies></response><cAs xsi:nil="true"/><oIDs><oID><value>2.16.840.1.101.3.4.2.1</value>\
<group>1</group><oIDReferenceID>0</oIDReferenceID><defaultName>szOID_NIST_sha256</defaultName>\
</oID></oIDs></GetPoliciesResponse>"""
RESPONSE = f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header><a:Action s:mustUnderstand="1">\
http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy/IPolicy/GetPoliciesResponse\
</a:Action><a:RelatesTo>urn:uuid:72048B64-0F19-448F-8C2E-B4C661860AA0</a:RelatesTo></s:Header>\
<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema">{RESPONSE_BODY}</s:Body></s:Envelope>"""

ANSWER = ResponseHeader(ACTION_GET_POLICIES_RESPONSE, MESSAGE_ID_GET_POLICIES, "")
POLICIES = Policies(
    "lenskeep",
    "Device",
    2048,
    31_536_000,
    3_628_800,
    SHA_256,
    ("Microsoft Platform Crypto Provider", "Microsoft Software Key Storage Provider"),
)

words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=30,
).map(str.strip)
some_words = words.filter(bool)


def test_a_hand_written_request_and_its_value_are_each_other() -> None:
    assert read_get_policies(REQUEST.encode()) == (HEADER, GetPolicies())
    assert write_get_policies(HEADER, GetPolicies()).decode() == REQUEST


def test_a_hand_written_response_and_its_value_are_each_other() -> None:
    """Every element in the order of the schema ([MS-XCEP] 3.1.4.1.3.20)."""
    assert read_policies(RESPONSE.encode()) == (ANSWER, POLICIES)
    assert write_policies(ANSWER, POLICIES).decode() == RESPONSE


def test_a_request_without_a_security_header_is_read_without_a_token() -> None:
    start, end = REQUEST.index("<wsse:Security"), REQUEST.index("</s:Header>")

    header, _ = read_get_policies((REQUEST[:start] + REQUEST[end:]).encode())

    assert header.token is None


def test_the_tpm_that_windows_11_names_is_kept() -> None:
    added = "</preferredLanguage><TPMManufacturer>Example\n</TPMManufacturer>"
    varied = REQUEST.replace(
        '<preferredLanguage xsi:nil="true"/>', "<preferredLanguage>de-DE" + added
    )

    _, asked = read_get_policies(varied.encode())

    assert asked == GetPolicies(preferred_language="de-DE", tpm_manufacturer="Example")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("IPolicy/GetPolicies", "IPolicy/GivePolicies"),
        ("<lastUpdate xsi:nil=\"true\"/>", "<lastUpdate xsi:nil=\"true\">"),
        ("client>", "clients>"),
        ("enrollmentpolicy\">", "enrolmentpolicy\">"),
    ],
)  # fmt: skip
def test_a_request_of_another_shape_is_refused(old: str, new: str) -> None:
    """Action, client and namespace must be those of the service ([MS-MDE2] 3.3.4.1.1.1)."""
    broken = REQUEST.replace(old, new)
    assert broken != REQUEST

    with pytest.raises(BadMessage):
        read_get_policies(broken.encode())


def test_without_a_hash_both_references_are_nil() -> None:
    """The policy refers to nothing, and nothing is listed ([MS-XCEP] 3.1.4.1.3.16)."""
    written = write_policies(ANSWER, replace(POLICIES, hash_oid=None))

    assert b'<hashAlgorithmOIDReference xsi:nil="true"/>' in written
    assert b'<oIDs xsi:nil="true"/>' in written
    assert read_policies(written)[1].hash_oid is None


def test_a_response_with_what_newer_versions_add_is_read() -> None:
    newer = RESPONSE.replace(
        "<cryptoProviders>",
        "<AttestationFailureBehavior>RetryOnError</AttestationFailureBehavior><cryptoProviders>",
    ).replace("</attributes>", "<attestation><nonce>x</nonce></attestation></attributes>")

    assert read_policies(newer.encode())[1] == POLICIES


def test_of_several_policies_the_first_counts() -> None:
    start, end = RESPONSE.index("<policy>"), RESPONSE.index("</policies>")
    second = RESPONSE[start:end].replace("2048", "4096")
    both = RESPONSE[:end] + second + RESPONSE[end:]

    assert read_policies(both.encode())[1].minimal_key_length == 2048


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">2048<", ">512<"),
        (">2048<", ">-2048<"),
        (">2048<", "><"),
        (">2048<", ">２０４８<"),
        (">2048<", ">99999999999<"),
        (">31536000<", ">0<"),
        (">3628800<", ">0<"),
        (">3628800<", ">31536000<"),
        ("<oIDReferenceID>0<", "<oIDReferenceID>1<"),
        ("<oIDReferenceID>0<", "<oIDReferenceID>a<"),
        ("provider>", "supplier>"),
        ("cryptoProviders", "cryptoSuppliers"),
        ("<value>2.16.840.1.101.3.4.2.1</value>", ""),
        ("certificateValidity", "certificateLife"),
        ("policies>", "policys>"),
        ("GetPoliciesResponse>", "GetPoliciesAnswer>"),
    ],
)
def test_a_policy_that_no_headset_could_follow_is_refused(old: str, new: str) -> None:
    """Key length, periods, hash and providers must make sense ([MS-MDE2] 3.3.4.1.1.2)."""
    broken = RESPONSE.replace(old, new)
    assert broken != RESPONSE

    with pytest.raises(BadMessage):
        read_policies(broken.encode())


@pytest.mark.parametrize(
    "breach",
    [
        replace(POLICIES, minimal_key_length=512),
        replace(POLICIES, validity_s=0),
        replace(POLICIES, renewal_s=0),
        replace(POLICIES, renewal_s=POLICIES.validity_s),
        replace(POLICIES, crypto_providers=()),
        replace(POLICIES, hash_oid=""),
    ],
)
def test_a_policy_that_no_headset_could_follow_is_not_written(breach: Policies) -> None:
    with pytest.raises(CannotEncode):
        write_policies(ANSWER, breach)


@given(value=st.builds(GetPolicies, words, words, words, words))
@settings(max_examples=60, deadline=None)
def test_a_request_is_read_as_it_was_written(value: GetPolicies) -> None:
    written = write_get_policies(HEADER, value)

    assert read_get_policies(written) == (HEADER, value)
    assert written == write_get_policies(HEADER, value)


@given(
    value=st.builds(
        Policies,
        policy_id=words,
        common_name=words,
        minimal_key_length=st.integers(1024, 16384),
        validity_s=st.integers(1001, 2**32 - 1),
        renewal_s=st.integers(1, 1000),
        hash_oid=st.none() | st.from_regex(r"[0-2](\.[0-9]{1,4}){1,6}", fullmatch=True),
        crypto_providers=st.lists(some_words, min_size=1, max_size=3).map(tuple),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_response_is_read_as_it_was_written(value: Policies) -> None:
    written = write_policies(ANSWER, value)

    assert read_policies(written) == (ANSWER, value)
    assert written == write_policies(ANSWER, value)
