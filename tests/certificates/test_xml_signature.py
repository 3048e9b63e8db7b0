"""The XML signature of a request: one form is right, and everything an attacker may try is not."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from tests.certificates import signing
from tests.certificates.signing import DS, EXCLUSIVE, SHA256, WSSE, Form, Holder

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.xml_signature import (
    CLOCK_SKEW,
    MAX_AGE,
    MAX_BYTES,
    MAX_NAMES,
    verify_signature,
)
from lenskeep.wire import wstep

CSR: Final = bytes.fromhex("3003020101")


@pytest.fixture(scope="module")
def who(now: datetime) -> Holder:
    """Whose certificate is known."""
    return signing.holder(now)


@pytest.fixture(scope="module")
def other(now: datetime) -> Holder:
    """Somebody else."""
    return signing.holder(now, "other")


def refused(body: bytes, who: Holder, now: datetime) -> str:
    """Return why the message is refused; every fault has the same kind."""
    with pytest.raises(Refused) as caught:
        verify_signature(body, who.certificate, now)
    assert caught.value.kind is Refusal.AUTHENTICATION
    return caught.value.reason


# --- what is right ------------------------------------------------------------------------


def test_what_is_covered_comes_back_without_the_signature(who: Holder, now: datetime) -> None:
    signed = verify_signature(signing.signed_request(who, now), who.certificate, now)

    _, asked = wstep.read_request(signed)
    assert CSR == asked.request
    assert (("DeviceID", "DEV"),) == asked.context
    assert b"Signature" not in signed
    assert signing.RSA_SHA256.encode() not in signed


def test_line_breaks_and_comments_of_the_sender_change_nothing(who: Holder, now: datetime) -> None:
    text = (
        signing.envelope(who, now, Form())
        .replace("\n", "\r\n")
        .replace("<s:Body>", "<s:Body ><!-- a -->")
    )

    signed = verify_signature(signing.sign(text, who), who.certificate, now)

    assert b"<!--" not in signed
    assert CSR == wstep.read_request(signed)[1].request


def test_a_comment_inside_a_value_does_not_cut_it(who: Holder, now: datetime) -> None:
    """Text after a comment was lost by careless readers, so that a value could be shortened."""
    form = Form(context="DEV<!-- -->ICE")

    signed = verify_signature(signing.signed_request(who, now, form), who.certificate, now)

    assert (("DeviceID", "DEVICE"),) == wstep.read_request(signed)[1].context


def test_a_comment_added_by_somebody_else_is_not_in_what_comes_back(
    who: Holder, now: datetime
) -> None:
    body = signing.signed_request(who, now).replace(b">DEV<", b">D<!-- EVIL -->EV<")

    signed = verify_signature(body, who.certificate, now)

    assert (("DeviceID", "DEV"),) == wstep.read_request(signed)[1].context


def test_a_changed_prefix_breaks_the_signature(who: Holder, now: datetime) -> None:
    """Exclusive canonicalization keeps prefixes, whatever they stand for."""
    body = signing.signed_request(who, now)
    changed = body.replace(b"ac:", b"zz:").replace(b"xmlns:ac=", b"xmlns:zz=")

    assert "InvalidDigest" in refused(changed, who, now)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-7", "utf-16", "ibm037", "iso-8859-1"])
def test_a_declared_encoding_is_not_followed(who: Holder, now: datetime, encoding: str) -> None:
    """Read as UTF-8 by both readers, so that they cannot disagree about what stands there."""
    text = signing.envelope(who, now, Form(context="D\u00c4V"))
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()

    signed = verify_signature(declaration + signing.sign(text, who), who.certificate, now)

    assert (("DeviceID", "D\u00c4V"),) == wstep.read_request(signed)[1].context


# --- moved, doubled, wrapped --------------------------------------------------------------

EVIL: Final = b"<ac:Value>EVIL</ac:Value>"


def _cut(body: bytes, start: bytes, end: bytes) -> bytes:
    return body[body.index(start) : body.index(end) + len(end)]


def _signature(body: bytes) -> bytes:
    return _cut(body, b"<ds:Signature ", b"</ds:Signature>")


def _changed_value(body: bytes) -> bytes:
    return body.replace(b"<ac:Value>DEV</ac:Value>", EVIL)


def _second_body(body: bytes) -> bytes:
    evil = _changed_value(_cut(body, b"<s:Body>", b"</s:Body>"))
    return body.replace(b"<s:Body>", evil + b"<s:Body>")


def _body_moved_into_header(body: bytes) -> bytes:
    good = _cut(body, b"<s:Body>", b"</s:Body>")
    return body.replace(good, _changed_value(good)).replace(b"</s:Header>", good + b"</s:Header>")


def _wrapped_whole(body: bytes) -> bytes:
    """The good envelope inside the security header of an evil one."""
    evil = _changed_value(body)
    return evil.replace(_signature(evil), body)


def _wrapped_in_object(body: bytes) -> bytes:
    """The good envelope inside the signature, where the transform takes it away again."""
    good = body.replace(_signature(body), b"")
    evil = _changed_value(body)
    hidden = b"<ds:Object>" + good + b"</ds:Object></ds:Signature>"
    return evil.replace(b"</ds:Signature>", hidden)


def _second_signature(body: bytes) -> bytes:
    return body.replace(b"</wsse:Security>", _signature(body) + b"</wsse:Security>")


def _nested_signature(body: bytes) -> bytes:
    inner = _signature(body)
    return body.replace(b"</ds:KeyInfo>", inner + b"</ds:KeyInfo>")


def _evil_below_signature(body: bytes) -> bytes:
    evil = _changed_value(_cut(body, b"<s:Body>", b"</s:Body>"))
    return body.replace(b"</ds:KeyInfo>", evil + b"</ds:KeyInfo>")


def _signature_in_body(body: bytes) -> bytes:
    signature = _signature(body)
    return body.replace(signature, b"").replace(b"<s:Body>", b"<s:Body>" + signature)


def _signature_in_header(body: bytes) -> bytes:
    signature = _signature(body)
    return body.replace(signature, b"").replace(b"</s:Header>", signature + b"</s:Header>")


def _signature_in_second_security(body: bytes) -> bytes:
    signature = _signature(body)
    second = b"<wsse:Security>" + signature + b"</wsse:Security>"
    return body.replace(signature, b"").replace(b"</s:Header>", second + b"</s:Header>")


def _no_signature(body: bytes) -> bytes:
    return body.replace(_signature(body), b"")


def _truncated(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _empty_signed_info(body: bytes) -> bytes:
    info = _cut(body, b"<ds:SignedInfo", b"</ds:SignedInfo>")
    return body.replace(info, f'<ds:SignedInfo xmlns:ds="{DS}"/>'.encode())


def _empty_value(body: bytes) -> bytes:
    value = _cut(body, b"<ds:SignatureValue>", b"</ds:SignatureValue>")
    return body.replace(value, b"<ds:SignatureValue/>")


def _no_digest(body: bytes) -> bytes:
    return body.replace(_cut(body, b"<ds:DigestValue>", b"</ds:DigestValue>"), b"<ds:DigestValue/>")


def _other_request(body: bytes) -> bytes:
    return body.replace(b"MAMCAQE=", b"MAMCAQI=")


def _later(body: bytes) -> bytes:
    return body.replace(b"<u:Expires>2026", b"<u:Expires>2027")


def _doctype(body: bytes) -> bytes:
    return b'<!DOCTYPE s [<!ENTITY e "DEV">]>' + body


def _other_namespace(body: bytes) -> bytes:
    return body.replace(f'xmlns:ds="{DS}"'.encode(), b'xmlns:ds="urn:other"')


def _instruction(body: bytes) -> bytes:
    return body.replace(b"<s:Body>", b"<?evil words?><s:Body>")


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (_changed_value, "InvalidDigest"),
        (_second_body, "one header and one body"),
        (_body_moved_into_header, "InvalidDigest"),
        (_wrapped_whole, "not in the security header"),
        (_wrapped_in_object, "unexpected content in Signature"),
        (_second_signature, "2 signatures"),
        (_nested_signature, "2 signatures"),
        (_evil_below_signature, "key information"),
        (_signature_in_body, "not in the security header"),
        (_signature_in_header, "not in the security header"),
        (_signature_in_second_security, "InvalidDigest"),
        (_no_signature, "0 signatures"),
        (_truncated, "not well-formed"),
        (_empty_signed_info, "unexpected content in SignedInfo"),
        (_empty_value, "empty signature"),
        (_no_digest, "empty signature or digest"),
        (_other_request, "InvalidDigest"),
        (_later, "InvalidDigest"),
        (_doctype, "declaration"),
        (_other_namespace, "0 signatures"),
        (_instruction, "processing instruction"),
    ],
)
def test_a_message_that_was_touched_is_refused(
    who: Holder, now: datetime, attack: Callable[[bytes], bytes], words: str
) -> None:
    assert words in refused(attack(signing.signed_request(who, now)), who, now)


# --- signatures of another form -----------------------------------------------------------

XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (Form(method=DS + "rsa-sha1"), "another SignatureMethod"),
        (Form(method=DS + "hmac-sha256"), "another SignatureMethod"),
        (Form(method="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), "SignatureMethod"),
        (Form(method="http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"), "SignatureMethod"),
        (Form(digest=DS + "sha1"), "another DigestMethod"),
        (Form(canonicalization=INCLUSIVE), "another CanonicalizationMethod"),
        (Form(canonicalization=EXCLUSIVE + "WithComments"), "another CanonicalizationMethod"),
        (Form(uris=("#_1",)), "not to the whole message"),
        (Form(uris=("#envelop",)), "not to the whole message"),
        (Form(uris=("#xpointer(/)",)), "not to the whole message"),
        (Form(uris=("https://evil.example/",)), "not to the whole message"),
        (Form(uris=("file:///etc/passwd",)), "not to the whole message"),
        (Form(uris=(None,)), "not to the whole message"),
        (Form(uris=()), "unexpected content in SignedInfo"),
        (Form(uris=("", "")), "unexpected content in SignedInfo"),
        (Form(transforms=()), "unexpected content in Transforms"),
        (Form(transforms=(signing.ENVELOPED,)), "unexpected content in Transforms"),
        (Form(transforms=(EXCLUSIVE, signing.ENVELOPED)), "another Transform"),
        (Form(transforms=(signing.ENVELOPED, XPATH)), "another Transform"),
        (Form(transforms=(signing.ENVELOPED, XSLT)), "another Transform"),
        (Form(transforms=(signing.ENVELOPED, XPATH, EXCLUSIVE)), "unexpected content"),
        (Form(transforms=(signing.ENVELOPED, DS + "base64")), "another Transform"),
        (Form(key_info=""), "key information"),
        (Form(key_info="<ds:KeyName>package</ds:KeyName>"), "key information"),
    ],
)
def test_a_signature_of_another_form_is_refused(
    who: Holder, now: datetime, form: Form, words: str
) -> None:
    assert words in refused(signing.signed_request(who, now, form), who, now)


def test_inclusive_prefixes_are_refused(who: Holder, now: datetime) -> None:
    inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="ac"/>'
    body = signing.signed_request(who, now).replace(
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'.encode(),
        f'<ds:Transform Algorithm="{EXCLUSIVE}">{inside}</ds:Transform>'.encode(),
    )

    assert "another Transform" in refused(body, who, now)


def test_a_key_brought_along_is_refused(who: Holder, other: Holder, now: datetime) -> None:
    """The signature is right by the key inside it, and that key is nobody's."""
    data = f"<ds:X509Data><ds:X509Certificate>{other.token}</ds:X509Certificate></ds:X509Data>"
    form = Form(key_info=data, token=who.token)

    assert "key information" in refused(signing.signed_request(other, now, form), who, now)


def test_an_hmac_with_the_public_key_is_refused(who: Holder, now: datetime) -> None:
    """The certificate is no secret: whoever saw it could make such a signature."""
    method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    body = signing.signed_request(who, now, Form(method=method))
    info = _cut(body, b"<ds:SignedInfo", b"</ds:SignedInfo>")
    public = who.certificate.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    value = base64.b64encode(hmac.new(public, info, hashlib.sha256).digest())
    old = _cut(body, b"<ds:SignatureValue>", b"</ds:SignatureValue>")
    body = body.replace(old, b"<ds:SignatureValue>" + value + b"</ds:SignatureValue>")

    assert "another SignatureMethod" in refused(body, who, now)


def test_a_digest_that_claims_sha256_and_is_sha1_is_refused(who: Holder, now: datetime) -> None:
    text = signing.envelope(who, now, Form())
    body = signing.sign(text, who)
    root = etree.fromstring(text.encode())
    short = base64.b64encode(hashlib.sha1(signing.canonical(root)).digest())
    info = _cut(body, b"<ds:SignedInfo", b"</ds:SignedInfo>")
    digest = _cut(info, b"<ds:DigestValue>", b"</ds:DigestValue>")
    changed = info.replace(digest, b"<ds:DigestValue>" + short + b"</ds:DigestValue>")
    signed = signing.canonical(etree.fromstring(changed))
    value = base64.b64encode(who.key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
    old = _cut(body, b"<ds:SignatureValue>", b"</ds:SignatureValue>")
    body = body.replace(info, changed).replace(
        old, b"<ds:SignatureValue>" + value + b"</ds:SignatureValue>"
    )

    assert SHA256.encode() in body
    assert "InvalidDigest" in refused(body, who, now)


# --- whose, and when ----------------------------------------------------------------------


def test_somebody_elses_signature_is_refused(who: Holder, other: Holder, now: datetime) -> None:
    body = signing.signed_request(other, now, Form(token=who.token))

    assert "InvalidSignature" in refused(body, who, now)


def test_a_message_that_names_another_certificate_is_refused(
    who: Holder, other: Holder, now: datetime
) -> None:
    """The key of a known certificate signs; the token in the message is another one's."""
    body = signing.signed_request(who, now, Form(token=other.token))

    assert "names another certificate" in refused(body, who, now)


def test_a_certificate_that_ended_is_refused(who: Holder, now: datetime) -> None:
    later = now + timedelta(days=31)

    assert "InvalidCertificate" in refused(signing.signed_request(who, later), who, later)


def test_a_short_key_is_refused(now: datetime) -> None:
    weak = signing.holder(now, bits=1024)

    assert "2048 bits" in refused(signing.signed_request(weak, now), weak, now)


def test_a_key_of_another_kind_is_refused(who: Holder, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder()
    name = who.certificate.subject
    certificate = (
        builder.subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )

    with pytest.raises(Refused, match="not RSA"):
        verify_signature(signing.signed_request(who, now), certificate, now)


@pytest.mark.parametrize(
    ("created_before", "life", "words"),
    [
        (timedelta(0), timedelta(minutes=2), ""),
        (timedelta(minutes=6), timedelta(minutes=2), ""),
        (timedelta(minutes=2) + CLOCK_SKEW, timedelta(minutes=2), "time is over"),
        (timedelta(days=400), timedelta(minutes=2), "time is over"),
        (-CLOCK_SKEW, timedelta(minutes=2), ""),
        (-CLOCK_SKEW - timedelta(seconds=1), timedelta(minutes=2), "in the future"),
        (timedelta(0), timedelta(days=3650), ""),
        (MAX_AGE + CLOCK_SKEW - timedelta(seconds=1), timedelta(days=3650), ""),
        (MAX_AGE + CLOCK_SKEW, timedelta(days=3650), "time is over"),
        (timedelta(0), timedelta(minutes=-1), "before it was made"),
    ],
)
def test_the_time_is_checked_with_an_allowance(
    who: Holder, now: datetime, created_before: timedelta, life: timedelta, words: str
) -> None:
    now = now.replace(microsecond=0)
    body = signing.signed_request(who, now, Form(created=now - created_before, life=life))

    if words:
        assert words in refused(body, who, now)
    else:
        assert verify_signature(body, who.certificate, now)


def test_a_message_without_a_time_is_refused(who: Holder, now: datetime) -> None:
    assert "no timestamp" in refused(
        signing.signed_request(who, now, Form(stamped=False)), who, now
    )


# --- what it may cost ---------------------------------------------------------------------


def test_a_large_message_is_refused_unread(who: Holder, now: datetime) -> None:
    form = Form(context="x" * MAX_BYTES)

    assert "at most" in refused(signing.signed_request(who, now, form), who, now)


@pytest.mark.parametrize(
    "template", ["<n{}/>", '<x a{}=""/>', '<x xmlns:p{}="urn:x"/>', "<x xmlns='urn:{}'/>"]
)
def test_many_names_are_refused_before_lxml_reads_them(
    who: Holder, now: datetime, template: str
) -> None:
    many = "".join(template.format(number) for number in range(MAX_NAMES))

    assert "different names" in refused(
        signing.signed_request(who, now, Form(context=many)), who, now
    )


def test_a_long_name_is_refused(who: Holder, now: datetime) -> None:
    form = Form(context=f"<{'n' * 200}/>")

    assert "a name of" in refused(signing.signed_request(who, now, form), who, now)


def test_markup_that_grows_when_made_canonical_is_refused(who: Holder, now: datetime) -> None:
    """A namespace declared once and used by many siblings is written at each of them."""
    many = f'<x xmlns:p="urn:{"n" * 90}">' + "<p:a>text</p:a>" * 8_000 + "</x>"

    reason = refused(signing.signed_request(who, now, Form(context=many)), who, now)

    assert "bytes, at most" in reason


def _resident_kb() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_names_of_strangers_are_forgotten(who: Holder, now: datetime) -> None:
    """In one thread lxml would keep them for ever: 150 names of 100 bytes are 20 kB a message."""

    def ask(number: int) -> None:
        names = "".join(f"<n{number}_{each}_{'x' * 90}/>" for each in range(140))
        body = signing.envelope(who, now, Form(context=names)).encode()
        fake = signing.sign(signing.envelope(who, now, Form()), who)
        end = b"</wsse:Security>"
        assert "InvalidDigest" in refused(body.replace(end, _signature(fake) + end), who, now)

    for number in range(100):
        ask(number)
    before = _resident_kb()
    for number in range(100, 400):
        ask(number)

    assert _resident_kb() - before < 3000, "300 messages would leave 6 MB in one thread"


def test_wsse_of_the_reader_and_of_the_checker_are_the_same(who: Holder, now: datetime) -> None:
    """A security header in a namespace that only the lenient reader takes for the right one."""
    body = signing.signed_request(who, now).replace(WSSE.encode() + b'"', WSSE.encode() + b'/"')

    assert "not in the security header" in refused(body, who, now)
