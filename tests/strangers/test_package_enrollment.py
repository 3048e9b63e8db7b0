"""Packages, enrolled by a stranger: one that read the answer file and signs by itself."""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from tests.strangers import csr, strict
from tests.strangers.conftest import Field
from tests.strangers.enrolling import POLICIES_ID, RST_ID, SOAP_TYPE, Stranger, Style
from tests.strangers.markup import ENROLL, XCEP
from tests.strangers.signing import Papers, sign
from tests.strangers.wire import USUAL, Line, Response, tls_context

pytestmark = pytest.mark.journey

NS = "{urn:schemas-microsoft-com:windows-provisioning}"
ISSUED = ENROLL + "/RSTRC/wstep"
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"


@dataclass
class Packed:
    """A package, as a stranger reads its files."""

    id: str
    account: str
    upn: str
    secret: str
    papers: Papers | None
    roots: list[bytes]


def packed(field: Field, name: str, **chosen: object) -> Packed:
    """Make a package and read its answer file."""
    made = field.server.request("POST", "/api/v1/packages", {"name": name, **chosen})
    assert made.status_code == 201, made.text
    body = made.json()
    files = {each["name"]: base64.b64decode(each["content"]) for each in body["files"]}
    root = ET.fromstring(files["customizations.xml"])
    (upn,) = root.iter(NS + "UPN")
    assert upn.findtext(NS + "DiscoveryServiceFullUrl", "").endswith("/Discovery.svc")
    papers = None
    if "enrollment.pfx" in files:
        (password,) = root.iter(NS + "CertificatePassword")
        papers = Papers(files["enrollment.pfx"], password.text or "")
    paths = [each.text or "" for each in root.iter(NS + "CertificatePath")]
    return Packed(
        id=body["id"],
        account=body["account_id"],
        upn=upn.attrib["UPN"],
        secret=upn.findtext(NS + "Secret", ""),
        papers=papers,
        roots=[files[each] for each in paths if each.startswith("root")],
    )


@pytest.fixture(scope="module")
def certified(field: Field) -> Packed:
    """A package with a certificate."""
    return packed(field, "certified", enroll_by="certificate")


def ask(field: Field, service: str, body: bytes) -> Response:
    line = Line(field.server.port, tls_context(field.server.ca_path))
    return line.exchange("POST", f"/EnrollmentServer/{service}.svc", body, SOAP_TYPE, USUAL)


def style_of(package: Packed) -> Style:
    assert package.papers is not None
    return replace(Style(), token=package.papers.token)


def rst(stranger: Stranger, package: Packed, **more: object) -> bytes:
    """Return a signed request."""
    assert package.papers is not None
    return sign(stranger.rst("", "", style_of(package)), package.papers, **more)  # type: ignore[arg-type]


def devices(field: Field) -> int:
    return len(field.server.devices())


# --- in -----------------------------------------------------------------------------------


def test_the_root_in_the_package_is_the_one_that_the_server_shows(
    field: Field, certified: Packed
) -> None:
    pem = field.server.ca_path.read_text()

    (der,) = certified.roots
    assert base64.b64encode(der).decode() in pem.replace("\n", "")


def test_a_password_package_brings_many_headsets_in(field: Field) -> None:
    package = packed(field, "many", uses=2)
    for _ in range(2):
        stranger = field.stranger()
        stranger.enroll(package.upn, package.secret, Style())
    one_more = field.stranger()
    before = devices(field)

    answer = ask(field, "Enrollment", one_more.rst(package.upn, package.secret, Style()))

    fault = strict.fault(answer, RST_ID, ISSUED)
    assert ("s:Authorization", "DeviceCapReached") == (fault.subcode, fault.error_type)
    assert before == devices(field)


@pytest.mark.parametrize("windows", [10, 11])
def test_a_certificate_package_brings_a_headset_in(
    field: Field, certified: Packed, windows: int
) -> None:
    stranger = field.stranger()
    style = replace(style_of(certified), windows=windows)
    assert certified.papers is not None

    policy = strict.policies(
        ask(field, "Policy", stranger.get_policies("", "", style)), POLICIES_ID
    )
    answer = ask(field, "Enrollment", sign(stranger.rst("", "", style), certified.papers))

    document = strict.issued(answer, RST_ID)
    strict.provisioning(document, "Full", stranger.key.public_key())
    assert policy is not None


# --- not in -------------------------------------------------------------------------------


def _swapped_request(body: bytes) -> bytes:
    """Another headset's request in the place of the signed one."""
    thief = csr.request(Stranger(0, None, None).key, "0" * 32, windows=10)  # type: ignore[arg-type]
    start = body.index(b"#PKCS10")
    start = body.index(b">", start) + 1
    end = body.index(b"<", start)
    return body[:start] + base64.b64encode(thief) + body[end:]


def _second_body(body: bytes) -> bytes:
    start, end = body.index(b"<s:Body"), body.index(b"</s:Body>") + len(b"</s:Body>")
    return body[:start] + body[start:end].replace(b">Full<", b">Device<") + body[start:]


def _body_in_signature(body: bytes) -> bytes:
    start, end = body.index(b"<s:Body"), body.index(b"</s:Body>") + len(b"</s:Body>")
    hidden = b"<Object>" + body[start:end] + b"</Object></Signature>"
    return body.replace(b">Full<", b">Device<").replace(b"</Signature>", hidden)


def _unsigned(body: bytes) -> bytes:
    start, end = body.index(b"<Signature"), body.index(b"</Signature>") + len(b"</Signature>")
    return body[:start] + body[end:]


def _sha1(body: bytes) -> bytes:
    return body.replace(b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1")


def _hmac(body: bytes) -> bytes:
    return body.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256")


def _by_identifier(body: bytes) -> bytes:
    return body.replace(b'<Reference URI="">', b'<Reference URI="#body">').replace(
        b"<s:Body", b'<s:Body Id="body"'
    )


def _xslt(body: bytes) -> bytes:
    return body.replace(b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xslt-19991116")


@pytest.mark.parametrize(
    "attack",
    [
        _swapped_request,
        _second_body,
        _body_in_signature,
        _unsigned,
        _sha1,
        _hmac,
        _by_identifier,
        _xslt,
    ],
)
def test_a_message_that_was_tampered_with_leaves_nothing(
    field: Field, certified: Packed, attack: Callable[[bytes], bytes]
) -> None:
    stranger = field.stranger()
    good = rst(stranger, certified)
    bad = attack(good)
    before = devices(field)
    assert good != bad

    answer = ask(field, "Enrollment", bad)

    fault = strict.fault(answer, RST_ID, ISSUED)
    assert ("s:Authentication", "") == (fault.subcode, fault.error_type)
    assert before == devices(field)


def test_an_old_message_and_another_key_leave_nothing(field: Field, certified: Packed) -> None:
    stranger = field.stranger()
    other = packed(field, "other", enroll_by="certificate")
    assert other.papers is not None
    before = devices(field)

    stale = rst(stranger, certified, ago=timedelta(minutes=9))
    future = rst(stranger, certified, ago=timedelta(minutes=-9))
    mixed = sign(stranger.rst("", "", style_of(certified)), other.papers)

    for body in (stale, future, mixed):
        fault = strict.fault(ask(field, "Enrollment", body), RST_ID, ISSUED)
        assert "s:Authentication" == fault.subcode
    assert before == devices(field)


def test_a_removed_package_brings_nobody_in(field: Field) -> None:
    """By password or by certificate: at the policy answer and at the request."""
    certificate = packed(field, "gone c", enroll_by="certificate")
    password = packed(field, "gone p")
    for package in (certificate, password):
        gone = field.server.request("DELETE", f"/api/v1/packages/{package.id}")
        assert gone.status_code == 204
    stranger = field.stranger()
    before = devices(field)
    style = style_of(certificate)

    asked = ask(field, "Policy", stranger.get_policies("", "", style))
    signed = ask(field, "Enrollment", rst(stranger, certificate))
    typed = ask(field, "Enrollment", stranger.rst(password.upn, password.secret, Style()))

    assert "s:Authentication" == strict.fault(asked, POLICIES_ID, POLICIED).subcode
    assert "s:Authentication" == strict.fault(signed, RST_ID, ISSUED).subcode
    assert "s:Authorization" == strict.fault(typed, RST_ID, ISSUED).subcode
    assert before == devices(field)
