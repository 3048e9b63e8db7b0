"""Whatever arrives, a reader of the SOAP half answers with a value or with BadMessage."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.wire import discover, soap, wap, wstep, xcep
from lenskeep.wire.errors import BadMessage

NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOKEN: Final = soap.UsernameToken("wearer@example.com", Secret("x y"))


def _asking(action: str) -> soap.RequestHeader:
    where = "https://mdm.example/"
    return soap.RequestHeader(action, soap.MESSAGE_ID_RST, where, TOKEN, NOON, NOON)


def _answering(action: str) -> soap.ResponseHeader:
    return soap.ResponseHeader(action, soap.MESSAGE_ID_RST, soap.MESSAGE_ID_DISCOVER)


DOCUMENT: Final = wap.write_provisioning(
    wap.ProvisioningDocument(
        root=b"root",
        intermediate=b"issuing",
        client=b"client",
        store="User",
        renewal=wap.Renewal(),
        application=wap.Application("P", "N", "https://mdm.example/", certificate_subject="CN=a"),
        client_auth=wap.Credentials("APPSRV", "n", Secret("s"), "AAAA"),
        server_auth=wap.Credentials("CLIENT", "", Secret("s"), "AAAA"),
        upn="u",
        device_name="d",
        ent_dm_id="e",
        poll=wap.Poll(),
    )
)

READERS: Final[dict[str, tuple[Callable[[bytes], object], bytes]]] = {
    "discover": (
        discover.read_discover,
        discover.write_discover(
            _asking(soap.ACTION_DISCOVER),
            discover.Discover("a@b", "4.0", "CIMClient_Windows", "1", "136", ("OnPremise",), "1"),
        ),
    ),
    "discover response": (
        discover.read_discover_response,
        discover.write_discover_response(
            _answering(soap.ACTION_DISCOVER_RESPONSE),
            discover.DiscoverResult("OnPremise", "4.0", "https://a/", "https://b/", None),
        ),
    ),
    "policies request": (
        xcep.read_get_policies,
        xcep.write_get_policies(_asking(soap.ACTION_GET_POLICIES), xcep.GetPolicies()),
    ),
    "policies": (
        xcep.read_policies,
        xcep.write_policies(
            _answering(soap.ACTION_GET_POLICIES_RESPONSE),
            xcep.Policies("i", "n", 2048, 9, 3, xcep.SHA_256, ("TPM",)),
        ),
    ),
    "token request": (
        wstep.read_request,
        wstep.write_request(
            _asking(soap.ACTION_RST),
            wstep.SecurityTokenRequest(
                wstep.RequestType.RENEW, wstep.TOKEN_TYPE, wstep.PKCS7, b"0\x82", (("MAC", "1"),)
            ),
        ),
    ),
    "token response": (
        wstep.read_response,
        wstep.write_response(
            _answering(soap.ACTION_RSTRC),
            wstep.SecurityTokenResponse(DOCUMENT[:60], "0", NOON, NOON),
        ),
    ),
    "fault": (
        soap.read_fault,
        soap.write_fault(
            _answering(soap.ACTION_RSTRC),
            soap.Fault(soap.Subcode.AUTHORIZATION, "r", soap.ErrorType.IN_MAINTENANCE, "m", "t"),
        ),
    ),
    "provisioning": (wap.read_provisioning, DOCUMENT),
    "renewal": (
        wap.read_renewal,
        wap.write_renewal(wap.RenewalDocument(b"client", "User", "P", b"root")),
    ),
}

HOSTILE: Final = (
    b"",
    b" ",
    b"\x00",
    b"<",
    b"\xff\xfe<\x00a\x00/\x00>\x00",
    b'<?xml version="1.0" encoding="utf-16"?><a/>',
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<a>" * 100 + b"</a>" * 100,
    b"<a/>" * 2,
    b"<Envelope/>",
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/><s:Header/>'
    b"</s:Envelope>",
    b"<wap-provisioningdoc/>",
    b"<wap-provisioningdoc><parm name='a'/></wap-provisioningdoc>",
    b"<html><body>It works!</body></html>",
)


WORDS: Final = ("", "0", "-1", "٣", "9" * 40, "%", "&#xF000;", "true", "A=B", "urn:uuid:")


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_bytes_are_refused_as_a_bad_message(name: str, body: bytes) -> None:
    reader, _ = READERS[name]

    if reader is soap.read_fault:
        assert reader(body) is None
        return
    with pytest.raises(BadMessage):
        reader(body)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_message_raises_nothing_but_bad_message(name: str, data: st.DataObject) -> None:
    reader, body = READERS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        body = _damage(body, data)

    with contextlib.suppress(BadMessage):
        reader(body)


def _damage(body: bytes, data: st.DataObject) -> bytes:
    """Cut, repeat, move or overwrite a piece of the message."""
    start = data.draw(st.integers(0, len(body)))
    end = min(len(body), start + data.draw(st.integers(0, 80)))
    piece = body[start:end]
    pool = (b"", piece * 2, b"<", b">", b"&#0;", b"&#xF000;", b" ", b"\xc3", b"-1", b"=", b"nil")
    other = data.draw(st.sampled_from(pool) | st.binary(max_size=6))
    return body[:start] + other + body[end:]


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_message_with_other_words_raises_nothing_but_bad_message(
    name: str, data: st.DataObject
) -> None:
    """Stays well-formed, so that the damage reaches past the XML reader."""
    reader, body = READERS[name]
    text = body.decode()
    starts = [at for at, sign in enumerate(text) if sign in '">']
    start = data.draw(st.sampled_from(starts)) + 1
    end = next((at for at in range(start, len(text)) if text[at] in '"<'), len(text))

    with contextlib.suppress(BadMessage):
        reader((text[:start] + data.draw(st.sampled_from(WORDS)) + text[end:]).encode())
