"""Every wrong step gets its documented answer, framed as [MS-MDE2] demands even of errors."""

import pytest
from tests.strangers import csr, strict
from tests.strangers.conftest import Field
from tests.strangers.enrolling import (
    ACTION_DISCOVER,
    DISCOVER_ID,
    POLICIES_ID,
    RST_ID,
    SOAP_TYPE,
    Stranger,
    Style,
)
from tests.strangers.markup import DISCO, ENROLL, XCEP
from tests.strangers.wire import USUAL, Line, Post, Response, Transfer, tls_context

pytestmark = pytest.mark.journey

USER = "wearer@example.org"
DISCOVERED = DISCO + "/IDiscoveryService/DiscoverResponse"
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
ISSUED = ENROLL + "/RSTRC/wstep"


def ask(field: Field, service: str, body: bytes, kind: str = SOAP_TYPE) -> Response:
    """Post a body to one of the enrollment doors."""
    line = Line(field.server.port, tls_context(field.server.ca_path))
    return line.exchange("POST", f"/EnrollmentServer/{service}.svc", body, kind, USUAL)


@pytest.fixture(scope="module")
def stranger(field: Field) -> Stranger:
    """A device that never gets in."""
    return field.stranger()


BAD_DATA = "InvalidEnrollmentData"
# (what is wrong, of which call, found, put in its place, subcode, error type)
BROKEN = [
    ("action", "Discovery", b"IDiscoveryService/Discover", b"I/X", "s:MessageFormat", ""),
    ("address", "Discovery", b"EmailAddress", b"Mail", "s:MessageFormat", ""),
    ("version", "Discovery", b">4.0<", b">four<", "s:MessageFormat", ""),
    ("no version", "Discovery", b"RequestVersion", b"Version", "s:MessageFormat", ""),
    ("policy", "Discovery", b">OnPremise<", b">Certificate<", "s:EnrollmentServer", "NotSupported"),
    ("namespace", "Discovery", b"2012/01/enrollment\"", b"2012/99\"", "s:MessageFormat", ""),
    ("policy action", "Policy", b"IPolicy/GetPolicies", b"IPolicy/X", "s:MessageFormat", ""),
    ("no security", "Policy", b"wsse:Security", b"u:Security", "a:InvalidSecurity", ""),
    ("no token", "Policy", b"wsse:UsernameToken", b"wsse:Other", "a:InvalidSecurity", ""),
    ("hashed", "Policy", b"#PasswordText", b"#PasswordDigest", "a:InvalidSecurity", ""),
    ("secret", "Policy", b"CODE", b"bbbbcccc", "s:Authentication", ""),
    ("rst action", "Enrollment", b"RST/wstep", b"RST/other", "s:MessageFormat", ""),
    ("rst security", "Enrollment", b"wsse:Security", b"u:Security", "a:InvalidSecurity", ""),
    ("rst secret", "Enrollment", b"CODE", b"bbbbcccc", "s:Authentication", ""),
    ("token type", "Enrollment", b"DeviceEnrollmentToken", b"X", "s:MessageFormat", ""),
    ("request type", "Enrollment", b"200512/Issue", b"200512/X", "s:MessageFormat", ""),
    ("renewal", "Enrollment", b"12/Issue", b"12/Renew", "s:MessageFormat", ""),
    ("value type", "Enrollment", b"#PKCS10", b"#PKCS99", "s:MessageFormat", ""),
    ("no DeviceID", "Enrollment", b'"DeviceID"', b'"X"', "s:MessageFormat", BAD_DATA),
    ("kind", "Enrollment", b">Full<", b">AppManagement<", "s:MessageFormat", BAD_DATA),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=[each[0] for each in BROKEN])
def test_a_wrong_step_gets_its_fault(
    field: Field, stranger: Stranger, broken: tuple[str, str, bytes, bytes, str, str]
) -> None:
    """The subcode, the error type, HTTP 500, related to what was asked."""
    name, service, found, placed, subcode, error_type = broken
    bodies = {
        "Discovery": (stranger.discover(Style()), DISCOVER_ID, DISCOVERED),
        "Policy": (stranger.get_policies(USER, field.code, Style()), POLICIES_ID, POLICIED),
        "Enrollment": (stranger.rst(USER, field.code, Style()), RST_ID, ISSUED),
    }
    body, identifier, action = bodies[service]
    found = field.code.encode() if found == b"CODE" else found
    assert found in body
    before = len(field.server.devices())

    answer = ask(field, service, body.replace(found, placed))

    fault = strict.fault(answer, identifier, ISSUED if "action" in name else action)
    assert (fault.subcode, fault.error_type, fault.status) == (subcode, error_type, 500)
    assert field.code not in answer.body.decode()
    assert len(field.server.devices()) == before


REQUESTS = {
    "garbage": b"\x30\x82\x01\x00garbage",
    "cut": None,
    "too long": b"\x30\x82\x7f\xff" + b"A" * 20_000,
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_certificate_request_that_is_none_is_refused_as_one(
    field: Field, stranger: Stranger, name: str
) -> None:
    """s:CertificateRequest, whatever the bytes."""
    whole = csr.request(stranger.key, stranger.dev_id, windows=11)
    given = REQUESTS[name]
    body = stranger.rst(USER, field.code, Style(), request=whole[:-9] if given is None else given)

    fault = strict.fault(ask(field, "Enrollment", body), RST_ID, ISSUED)

    assert fault.subcode == "s:CertificateRequest"


def test_a_request_without_an_identifier_is_told_so(field: Field, stranger: Stranger) -> None:
    """[WSAddressing]: a request that wants an answer has a MessageID; nothing is related to."""
    body = stranger.discover(Style()).replace(b"a:MessageID", b"a:Other")

    fault = strict.fault(ask(field, "Discovery", body), "", DISCOVERED)

    assert fault.subcode == "s:MessageFormat"


@pytest.mark.parametrize("service", ["Discovery", "Policy", "Enrollment"])
@pytest.mark.parametrize("body", [b"", b"hello", b"<a/>", b"\xff\xfe<\0a\0/\0>\0", b"{}"])
def test_what_is_no_envelope_gets_a_fault(field: Field, service: str, body: bytes) -> None:
    """s:MessageFormat, related to nothing."""
    fault = strict.fault(ask(field, service, body), "", ISSUED)

    assert fault.subcode == "s:MessageFormat"


@pytest.mark.parametrize(
    ("method", "path", "kind", "status"),
    [
        ("POST", "/EnrollmentServer/Discovery.svc", "text/plain", 415),
        ("POST", "/EnrollmentServer/Policy.svc", "", 415),
        ("POST", "/EnrollmentServer/Enrollment.svc", "application/json", 415),
        ("POST", "/ManagementServer/MDM.svc", "application/vnd.syncml.dm+wbxml", 415),
        ("POST", "/ManagementServer/MDM.svc", "application/vnd.syncml.dm+xml", 400),
        ("GET", "/EnrollmentServer/Policy.svc", "", 405),
        ("GET", "/ManagementServer/MDM.svc", "", 405),
        ("PUT", "/EnrollmentServer/Discovery.svc", "", 405),
        ("GET", "/EnrollmentServer/Nothing.svc", "", 404),
        ("POST", "/ManagementServer/Nothing.svc", "application/vnd.syncml.dm+xml", 404),
    ],
)
def test_an_error_of_http_has_a_length_and_no_chunks(
    field: Field, method: str, path: str, kind: str, status: int
) -> None:
    """The reader of `Line` refuses anything else; the connection goes on."""
    line = Line(field.server.port, tls_context(field.server.ca_path))

    answer = line.exchange(method, path, b"<a/>" if method == "POST" else b"", kind, USUAL)

    assert answer.status == status
    assert line.exchange("GET", "/healthz", b"", "", USUAL).status == 200


def test_guessing_is_slowed_for_who_guesses_only(field: Field, stranger: Stranger) -> None:
    """More than ten wrong ones a minute for a name: a fault with 429; a right one goes through."""
    answers = [
        ask(field, "Policy", stranger.get_policies("guessed@example.org", f"bbbbbbb{x}", Style()))
        for x in "bcdfghjkmnpq"
    ]

    faults = [strict.fault(each, POLICIES_ID, POLICIED) for each in answers]

    assert {each.subcode for each in faults} == {"s:Authentication"}
    assert [each.status for each in faults[:10]] == [500] * 10
    assert faults[-1].status == 429
    right = stranger.get_policies("guessed@example.org", field.code, Style())
    strict.policies(ask(field, "Policy", right), POLICIES_ID)


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        ("EnrollmentServer/Discovery", SOAP_TYPE),
        ("EnrollmentServer/Policy", SOAP_TYPE),
        ("EnrollmentServer/Enrollment", SOAP_TYPE),
        ("ManagementServer/MDM", "application/vnd.syncml.dm+xml"),
    ],
)
@pytest.mark.parametrize("transfer", ["stated", "chunked", "expect"])
def test_more_than_a_mebibyte_of_a_stranger_is_not_read(
    field: Field, service: str, kind: str, transfer: str
) -> None:
    """413, told before the rest is sent."""
    line = Line(field.server.port, tls_context(field.server.ca_path))
    size = 1024 * 1024 + 1
    head = f"POST /{service}.svc HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    if transfer == "chunked":
        line.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        line.send(b"%x\r\n" % size + b" " * size)
    else:
        expect = "Expect: 100-continue\r\n" if transfer == "expect" else ""
        line.send(f"{head}{expect}Content-Length: {size}\r\n\r\n".encode())

    answer = line.read()

    assert (answer.status, answer.header("Connection").lower()) == (413, "close")


def test_a_device_that_shows_its_certificate_may_send_eight_mebibytes(field: Field) -> None:
    """One byte more is 413; up to there it is read."""
    stranger = field.talker().stranger
    kind = "application/vnd.syncml.dm+xml"
    fits, over = 8 * 1024 * 1024, 8 * 1024 * 1024 + 1

    line = Line(field.server.port, stranger.tls())
    read = line.exchange("POST", "/ManagementServer/MDM.svc", b" " * fits, kind, Post())
    line = Line(field.server.port, stranger.tls())
    line.send(
        f"POST /ManagementServer/MDM.svc HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {over}\r\n\r\n".encode()
    )

    assert read.status == 400
    assert line.read().status == 413


@pytest.mark.parametrize("transfer", ["length", "chunked"])
def test_a_sender_that_reads_only_when_all_is_sent_learns_of_413(
    field: Field, transfer: Transfer
) -> None:
    """The connection is not torn down under what it still sends, as long as that ends."""
    answers = []
    for excess in (1, 2**16, 2**20, 2**21, 2**22):
        line = Line(field.server.port, tls_context(field.server.ca_path))
        body = b" " * (1024 * 1024 + excess)
        post = Post(transfer=transfer)
        path = "/EnrollmentServer/Discovery.svc"
        answers.append(line.exchange("POST", path, body, SOAP_TYPE, post).status)

    assert answers == [413] * 5


def test_discovery_names_its_urls_though_other_names_were_used(field: Field) -> None:
    """Host, To and SNI are the asker's words; the URLs are ours."""
    stranger = field.stranger()
    line = Line(field.server.port, tls_context(field.server.ca_path))
    body = stranger.discover(Style())
    assert ACTION_DISCOVER.encode() in body
    line.send(
        b"POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nHost: evil.example\r\n"
        b"X-Forwarded-Host: evil.example\r\nContent-Type: application/soap+xml\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )

    found = strict.discovery(line.read(), DISCOVER_ID, "4.0")

    assert found.enrollment_url.startswith(f"https://localhost:{field.server.port}/")
