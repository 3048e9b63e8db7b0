"""The negative matrix: what must not get in, row by row, each with its documented fault.

After every row the same number of devices, enrollments, certificates and unused one-time secrets
is stored as before. Rows about one kind of proof look the same from outside.
"""

import base64
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import NameOID
from tests.journeys.conftest import Server, serving
from tests.strangers import csr, strict
from tests.strangers.enrolling import POLICIES_ID, RST_ID, SOAP_TYPE, Stranger, Style
from tests.strangers.markup import ENROLL, WSSE, XCEP
from tests.strangers.tokens import USER, WRONG, X509, Issuer, in_soap, new_key
from tests.strangers.wire import USUAL, Line, Response, close_all, tls_context

pytestmark = pytest.mark.journey

TENANT = "6f2a4d3e-9f1b-4a68-9d51-6d2a7f1e0c11"
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
ISSUED = ENROLL + "/RSTRC/wstep"
MAN = "wearer@example.org"
STORES = {
    "test_a_renewal_by_a_revoked_certificate",
    "test_a_hardware_id_that_another_has_takes_nothing_over",
}
"""Rows that enroll somebody on the way, and look themselves that no more is stored."""
EVIL = "\"'><script>alert(1)</script>"


@dataclass
class Place:
    """A server with every way in set up."""

    server: Server
    issuer: Issuer
    code: str
    folder: Path

    def stranger(self) -> Stranger:
        """Return a device that was never enrolled."""
        return Stranger(self.server.port, self.server.ca_path, self.folder)

    def joined(self) -> Stranger:
        """Return a device that joined with a good token."""
        found = self.stranger()
        found.enroll("", "", Style(token=in_soap(self.issuer.right()), kind="Device"))
        return found

    def post(self, service: str, body: bytes, tls: object = None) -> Response:
        """Post to an enrollment door."""
        context = tls or tls_context(self.server.ca_path)
        line = Line(self.server.port, context)  # type: ignore[arg-type]
        return line.exchange("POST", f"/EnrollmentServer/{service}.svc", body, SOAP_TYPE, USUAL)

    def stored(self) -> tuple[int, ...]:
        """Return how much is stored of all that an enrollment leaves behind."""
        queries = (
            "SELECT count(*) FROM device",
            "SELECT count(*) FROM enrollment",
            "SELECT count(*) FROM certificate",
            "SELECT count(*) FROM certificate WHERE revoked_at IS NOT NULL",
            "SELECT count(*) FROM ticket WHERE used_at IS NULL",
            "SELECT coalesce(sum(uses_left), 0) FROM code",
        )
        base = sqlite3.connect(f"file:{self.server.data / 'lenskeep.db'}?mode=ro", uri=True)
        try:
            return tuple(base.execute(each).fetchone()[0] for each in queries)
        finally:
            base.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One server for all rows."""
    with serving() as server:
        yield _set_up(server, tmp_path_factory.mktemp("matrix"))


def _set_up(server: Server, folder: Path) -> Place:
    issuer = Issuer(TENANT, server.url)
    jwks = server.data / "matrix-jwks.json"
    jwks.write_text(issuer.jwks)
    jwks.chmod(0o644)
    server.command("entra", "add-tenant", TENANT, "--audience", server.url, "--jwks", str(jwks))
    return Place(server, issuer, server.new_code(uses=50), folder)


@pytest.fixture(autouse=True)
def nothing_stored(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare what is stored before and after a row."""
    place: Place = request.getfixturevalue("place")
    before = place.stored()
    yield
    close_all()
    if request.node.originalname not in STORES:
        assert place.stored() == before
    print(place.server.log())


def refused(answer: Response, service: str) -> tuple[str, str, int, str]:
    """Return subcode, error type, status and words of a fault, checked as a fault."""
    policy = service == "Policy"
    fault = strict.fault(answer, POLICIES_ID if policy else RST_ID, POLICIED if policy else ISSUED)
    return fault.subcode, fault.error_type, fault.status, fault.text


# --- tokens -------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["Policy", "Enrollment"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_token(place: Place, wrong: str, service: str) -> None:
    """s:Authentication, in the very words that a wrong password gets."""
    stranger = place.stranger()
    style = Style(token=in_soap(WRONG[wrong](place.issuer)), kind="Device")

    assert _presented(place, stranger, style, service) == _like_a_wrong_password(place, service)


ODD_TEXTS: dict[str, str] = {
    "empty": "",
    "no base64": "***",
    "no token in it": base64.b64encode(b"hello").decode(),
    "binary": base64.b64encode(bytes(range(256))).decode(),
    "half a megabyte": base64.b64encode(b"a." + b"A" * 500_000 + b".b").decode(),
    "deep": base64.b64encode(b"[" * 5000).decode(),
}


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_what_is_no_token_at_all(place: Place, odd: str) -> None:
    """The same fault again."""
    value_type, _ = in_soap("")
    style = Style(token=(value_type, ODD_TEXTS[odd]), kind="Device")

    found = _presented(place, place.stranger(), style, "Enrollment")

    assert found == _like_a_wrong_password(place, "Enrollment")


def _presented(
    place: Place, stranger: Stranger, style: Style, service: str
) -> tuple[str, str, int, str]:
    body = (
        stranger.get_policies("", "", style) if service == "Policy" else stranger.rst("", "", style)
    )
    return refused(place.post(service, body), service)


_SEEN: dict[str, tuple[str, str, int, str]] = {}


def _like_a_wrong_password(place: Place, service: str) -> tuple[str, str, int, str]:
    if service not in _SEEN:
        stranger = place.stranger()
        build = stranger.get_policies if service == "Policy" else stranger.rst
        body = build("nobody@example.org", "not it", Style())
        _SEEN[service] = refused(place.post(service, body), service)
        assert _SEEN[service][:3] == ("s:Authentication", "", 500)
    return _SEEN[service]


@pytest.mark.parametrize("kind", [USER, X509, "urn:example:other", ""])
def test_a_token_of_another_kind(place: Place, kind: str) -> None:
    """A ticket or certificate that nobody knows is no proof; a kind nobody knows is no token."""
    text = base64.b64encode(b"bcdfghjkmnpqrstv").decode()
    style = Style(token=(kind, text))

    subcode, error_type, status, _ = _presented(place, place.stranger(), style, "Policy")

    known = kind in (USER, X509)
    assert subcode == ("s:Authentication" if known else "a:InvalidSecurity")
    assert (error_type, status) == ("", 500)


# --- certificate requests -----------------------------------------------------------------


def _small(stranger: Stranger) -> bytes:
    return csr.request(new_key(1024), stranger.dev_id, windows=11)


def _foreign_proof(stranger: Stranger) -> bytes:
    other = new_key().public_key()
    return csr.request(stranger.key, stranger.dev_id, windows=11, public=other)


def _broken_signature(stranger: Stranger) -> bytes:
    whole = bytearray(csr.request(stranger.key, stranger.dev_id, windows=11))
    whole[-1] ^= 1
    return bytes(whole)


def _renamed(stranger: Stranger) -> bytes:
    whole = csr.request(stranger.key, stranger.dev_id, windows=11)
    return whole.replace(stranger.dev_id.encode(), secrets.token_hex(16).upper().encode(), 1)


def _built(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    body = x509.CertificateSigningRequestBuilder().subject_name(name)
    return body.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


REQUESTS: dict[str, Callable[[Stranger], bytes]] = {
    "a small key": _small,
    "a foreign proof": _foreign_proof,
    "a broken signature": _broken_signature,
    "a name put in afterwards": _renamed,
    "a DSA key": lambda _: _built(dsa.generate_private_key(2048)),
    "a curve that is not taken": lambda _: _built(ec.generate_private_key(ec.SECP256K1())),
    "a certificate instead": lambda s: _self_signed(s)[0].public_bytes(Encoding.DER),
    "nothing after it": lambda s: csr.request(s.key, s.dev_id, windows=11)[:200],
    "something after it": lambda s: csr.request(s.key, s.dev_id, windows=11) + b"\x05\0",
}


@pytest.mark.parametrize("wrong", REQUESTS)
def test_a_wrong_certificate_request(place: Place, wrong: str) -> None:
    """s:CertificateRequest; the code is not consumed."""
    stranger = place.stranger()
    body = stranger.rst(MAN, place.code, Style(), request=REQUESTS[wrong](stranger))

    found = refused(place.post("Enrollment", body), "Enrollment")

    assert found[:3] == ("s:CertificateRequest", "", 500)


CONTEXT = {
    "no device id": [("EnrollmentType", "Full")],
    "an empty device id": [("DeviceID", ""), ("EnrollmentType", "Full")],
    "markup as device id": [("DeviceID", EVIL), ("EnrollmentType", "Full")],
    "an endless device id": [("DeviceID", "A" * 4000), ("EnrollmentType", "Full")],
    "no kind": [("DeviceID", "A" * 32)],
    "an application's enrollment": [("DeviceID", "A" * 32), ("EnrollmentType", "AppManagement")],
}


@pytest.mark.parametrize("wrong", CONTEXT)
def test_a_wrong_context(place: Place, wrong: str) -> None:
    """InvalidEnrollmentData, and nothing of it comes back."""
    body = place.stranger().rst(MAN, place.code, Style(), items=CONTEXT[wrong])

    answer = place.post("Enrollment", body)

    assert refused(answer, "Enrollment")[:3] == ("s:MessageFormat", "InvalidEnrollmentData", 500)
    assert b"alert(1)" not in answer.body


# --- renewal ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alice(place: Place) -> Stranger:
    """An enrolled device whose window of renewal is far away."""
    return place.joined()


@pytest.fixture(scope="module")
def bob(place: Place) -> Stranger:
    """Another one."""
    return place.joined()


def _signed(content: bytes, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def _own(stranger: Stranger) -> x509.Certificate:
    assert stranger.provisioned is not None
    return x509.load_der_x509_certificate(stranger.provisioned.client)


def _self_signed(stranger: Stranger) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A certificate that says it is the stranger's, by an issuer that says it is ours."""
    key = new_key()
    model = _own(stranger) if stranger.provisioned else None
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    body = x509.CertificateBuilder().subject_name(model.subject if model else name)
    body = body.issuer_name(model.issuer if model else name).public_key(key.public_key())
    body = body.serial_number(model.serial_number if model else 1)
    start, end = _times(model)
    return body.not_valid_before(start).not_valid_after(end).sign(key, hashes.SHA256()), key


def _times(model: x509.Certificate | None) -> tuple[datetime, datetime]:
    if model is not None:
        return model.not_valid_before_utc, model.not_valid_after_utc
    return datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)


def _next(stranger: Stranger) -> bytes:
    return csr.request(new_key(), stranger.dev_id, windows=11)


def _by_foreign(alice: Stranger, _bob: Stranger) -> bytes:
    return _signed(_next(alice), *_self_signed(alice))


def _by_bob(alice: Stranger, bob: Stranger) -> bytes:
    return _signed(_next(alice), _own(bob), bob.key)


def _bobs_key(alice: Stranger, bob: Stranger) -> bytes:
    """Alice's certificate inside, signed by Bob's key: put together by hand."""
    whole = _signed(_next(alice), _own(bob), bob.key)
    mine, his = (each.public_bytes(Encoding.DER) for each in (_own(alice), _own(bob)))
    return whole.replace(his, mine) if len(mine) == len(his) else whole


def _early(alice: Stranger, _bob: Stranger) -> bytes:
    return _signed(_next(alice), _own(alice), alice.key)


def _small_next(alice: Stranger, _bob: Stranger) -> bytes:
    return _signed(_small(alice), _own(alice), alice.key)


def _nothing_inside(alice: Stranger, _bob: Stranger) -> bytes:
    return _signed(b"", _own(alice), alice.key)


RENEWALS: dict[str, Callable[[Stranger, Stranger], bytes]] = {
    "signed by a foreign certificate": _by_foreign,
    "signed by another device": _by_bob,
    "signed by another device's key": _bobs_key,
    "before the window": _early,
    "a small key": _small_next,
    "nothing inside": _nothing_inside,
    "not signed": lambda a, _: _next(a),
    "garbage": lambda *_: b"\x30\x82\x01\x00" + os.urandom(256),
}


@pytest.mark.parametrize("shown", ["own certificate", "none", "another's certificate"])
@pytest.mark.parametrize("wrong", RENEWALS)
def test_a_wrong_renewal(
    place: Place, alice: Stranger, bob: Stranger, wrong: str, shown: str
) -> None:
    """s:CertificateRequest with NotEligibleToRenew, over HTTP 500, whatever was wrong."""
    style = Style(request_type="Renew", value_type=WSSE + "#PKCS7")
    body = alice.rst("", "", style, request=RENEWALS[wrong](alice, bob))
    tls = {"own certificate": alice.tls(), "none": None, "another's certificate": bob.tls()}

    found = refused(place.post("Enrollment", body, tls[shown]), "Enrollment")

    is_none_at_all = wrong in ("not signed", "garbage") and shown != "none"
    kind = "" if is_none_at_all else "NotEligibleToRenew"
    assert found[:3] == ("s:CertificateRequest", kind, 500)


def test_a_renewal_by_a_revoked_certificate(place: Place) -> None:
    """The same, although the window does not matter any more."""
    gone = place.joined()
    record = place.server.get(f"/api/v1/devices?text={gone.dev_id}").json()["items"][0]
    device, name = record["id"], record["name"]
    answer = place.server.request(
        "POST", f"/api/v1/devices/{device}/certificates/revoke", {"confirm": name}
    )
    assert answer.status_code < 300, answer.text
    before = place.stored()
    style = Style(request_type="Renew", value_type=WSSE + "#PKCS7")
    body = gone.rst("", "", style, request=_early(gone, gone))

    found = refused(place.post("Enrollment", body, gone.tls()), "Enrollment")

    assert found[:3] == ("s:CertificateRequest", "NotEligibleToRenew", 500)
    assert place.stored() == before


# --- terms of use -------------------------------------------------------------------------

GOOD_REDIRECT = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"
REDIRECTS = {
    "none": "",
    "the web": "https://evil.example/",
    "the plain web": "http://evil.example/",
    "script": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "another kind of Windows'": "ms-app://s-1-15-2-1",
    "hidden in the user": "https://ms-appx-web:x@evil.example/",
    "a scheme that begins so": "ms-appx-webs://x/",
    "no package": "ms-appx-web:",
    "a line break": "ms-appx-web://x/\r\nX-Evil: 1",
    "markup": "ms-appx-web://x/" + EVIL,
    "a space before": " https://evil.example/?ms-appx-web://x/",
}


def _terms(place: Place, **query: str | None) -> Response:
    known: dict[str, str | None] = {
        "redirect_uri": GOOD_REDIRECT,
        "client-request-id": "11111111-2222-3333-4444-555555555555",
        "api-version": "1.0",
        "mode": "azureadjoin",
    }
    given = {k: v for k, v in {**known, **query}.items() if v is not None and k != "token"}
    token = query.get("token") or ""
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    post = replace(USUAL, headers=headers)
    line = Line(place.server.port, tls_context(place.server.ca_path))
    return line.exchange("GET", f"/EnrollmentServer/TermsOfUse?{urlencode(given)}", b"", "", post)


@pytest.mark.parametrize("where", REDIRECTS)
def test_terms_lead_nowhere_but_to_windows(place: Place, where: str) -> None:
    """A plain 4xx without an echo, and no way to go."""
    answer = _terms(place, redirect_uri=REDIRECTS[where], token=place.issuer.right(deviceid=None))

    assert 400 <= answer.status < 500
    assert not answer.header("Location")
    assert b"evil" not in answer.body
    assert b"alert(1)" not in answer.body


@pytest.mark.parametrize("wrong", [each for each in WRONG if each != "nobody's"])
def test_terms_for_a_wrong_token(place: Place, wrong: str) -> None:
    """Back to Windows with unauthorized_client, and no reason."""
    answer = _terms(place, token=WRONG[wrong](place.issuer))

    said = _redirected(answer)
    assert said["error"] == ["unauthorized_client"]
    assert "signature" not in said["error_description"][0].lower()
    assert "OpaqueBlob" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("api-version", "2.0"), ("api-version", None), ("api-version", EVIL)],
)
def test_terms_asked_for_wrongly(place: Place, name: str, value: str | None) -> None:
    """Back to Windows with invalid_request; what was sent is not repeated."""
    answer = _terms(place, token=place.issuer.right(deviceid=None), **{name: value})

    assert _redirected(answer)["error"] == ["invalid_request"]
    assert "alert(1)" not in unescape(answer.header("Location"))


@pytest.mark.parametrize("name", ["mode", "client-request-id", "extra", "cxh-host"])
def test_markup_on_the_way_to_the_terms(place: Place, name: str) -> None:
    """Wherever it leads, nothing of it comes back."""
    answer = _terms(place, token=place.issuer.right(deviceid=None), **{name: EVIL})

    assert b"<script>alert(1)" not in answer.body
    assert "alert(1)" not in answer.header("Location")


@pytest.fixture(scope="module")
def strict_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server that has terms of use."""
    with serving() as server:
        found = _set_up(server, tmp_path_factory.mktemp("strict"))
        text = server.data / "terms.txt"
        text.write_text("Be kind to the headset.")
        text.chmod(0o644)
        server.command("terms", "set", str(text))
        yield found


def _accepted(place: Place, **claims: str | None) -> str:
    """Return the blob that comes of accepting."""
    shown = _terms(place, token=place.issuer.right(deviceid=None, **claims))
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', shown.body.decode()))
    form = urlencode({**fields, "answer": "accept"}).encode()
    line = Line(place.server.port, tls_context(place.server.ca_path))
    kind = "application/x-www-form-urlencoded"
    answer = line.exchange("POST", "/EnrollmentServer/TermsOfUse", form, kind, USUAL)
    said = parse_qs(urlsplit(answer.header("Location")).query)
    assert said["IsAccepted"] == ["true"]
    return said["OpaqueBlob"][0]


def _turned(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


BLOBS: dict[str, Callable[[Place], list[str]]] = {
    "none": lambda _: [],
    "empty": lambda _: [""],
    "made up": lambda _: ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    "tampered with": lambda p: [_turned(_accepted(p))],
    "another user's": lambda p: [_accepted(p, oid="00000000-1111-2222-3333-444444444444")],
    "two of them": lambda p: [_accepted(p), _accepted(p)],
    "endless": lambda _: ["A" * 50_000],
}


@pytest.mark.parametrize("wrong", BLOBS)
def test_terms_that_were_not_accepted(strict_place: Place, wrong: str) -> None:
    """InvalidEnrollmentData; nothing is stored but what was accepted."""
    stranger = strict_place.stranger()
    style = Style(token=in_soap(strict_place.issuer.right()), kind="Device")
    blobs = BLOBS[wrong](strict_place)
    before = strict_place.stored()
    items = [*stranger.context(style), *(("EnrollmentData", each) for each in blobs)]

    answer = strict_place.post("Enrollment", stranger.rst("", "", style, items=items))

    found = refused(answer, "Enrollment")
    assert found[:3] == ("s:MessageFormat", "InvalidEnrollmentData", 500)
    assert strict_place.stored() == before


def test_an_acceptance_counts_once(strict_place: Place) -> None:
    """The second headset with the same blob is refused; the first one is in."""
    blob = _accepted(strict_place)
    style = Style(token=in_soap(strict_place.issuer.right()), kind="Device")
    seen = []
    for _ in range(2):
        stranger = strict_place.stranger()
        items = [*stranger.context(style), ("EnrollmentData", blob)]
        body = stranger.rst("", "", style, items=items)
        seen.append(strict_place.post("Enrollment", body))

    assert seen[0].status == 200
    assert refused(seen[1], "Enrollment")[1] == "InvalidEnrollmentData"


def _redirected(answer: Response) -> dict[str, list[str]]:
    assert answer.status == 302, answer
    location = answer.header("Location")
    assert location.startswith(GOOD_REDIRECT)
    assert "alert(1)" not in location
    return parse_qs(urlsplit(location).query)


# --- the sign-in page ---------------------------------------------------------------------

CALLBACKS = {
    "none": "",
    "the web": "https://evil.example/",
    "script": "javascript:alert(1)//ms-app://x",
    "data": "data:text/html,<script>alert(1)</script>",
    "another kind of Windows'": "ms-appx-web://x/",
    "a scheme that begins so": "ms-apps://x",
    "markup": "ms-app://x" + EVIL,
    "a quote": "ms-app://x' onclick='alert(1)",
    "a line break": "ms-app://x\r\n\r\n<script>alert(1)</script>",
    "endless": "ms-app://" + "a" * 20_000,
}


@pytest.mark.parametrize("where", CALLBACKS)
def test_a_sign_in_leads_nowhere_but_to_windows(place: Place, where: str) -> None:
    """CVE-2026-22808: a plain 4xx without an echo."""
    query = urlencode({"appru": CALLBACKS[where], "login_hint": "ann@example.org"})
    answer = _fetch(place, f"/EnrollmentServer/Authenticate?{query}")

    assert 400 <= answer.status < 500
    assert b"evil" not in answer.body
    assert b"alert(1)" not in answer.body


@pytest.mark.parametrize("parameter", ["login_hint", "state", "code", "error", "extra"])
def test_markup_on_the_way_to_a_sign_in(place: Place, parameter: str) -> None:
    """Nothing of it comes back as markup."""
    query = urlencode({"appru": "ms-app://windows.immersivecontrolpanel", parameter: EVIL})
    for path in ("", "/callback"):
        answer = _fetch(place, f"/EnrollmentServer/Authenticate{path}?{query}")
        assert b"<script>alert(1)" not in answer.body
        assert "alert(1)" not in answer.header("Location")


def _fetch(place: Place, path: str) -> Response:
    line = Line(place.server.port, tls_context(place.server.ca_path))
    return line.exchange("GET", path, b"", "", USUAL)


# --- hardware, size, time -----------------------------------------------------------------


def test_a_hardware_id_that_another_has_takes_nothing_over(place: Place, alice: Stranger) -> None:
    """#50612 of a peer: both stay, each with its own record and certificate."""
    thief = place.stranger()
    thief.hw_dev_id, thief.dev_id = alice.hw_dev_id, alice.dev_id
    right = place.issuer.right(
        oid="99999999-0000-0000-0000-000000000000", upn="eve@contoso.example"
    )
    thief.enroll("", "", Style(token=in_soap(right), kind="Device"))

    items = place.server.get(f"/api/v1/devices?text={alice.dev_id}").json()["items"]

    assert len(items) == 2
    assert {each["state"] for each in items} == {"enrolled"}
    assert len({each["id"] for each in items}) == 2


@pytest.mark.parametrize("service", ["Discovery", "Policy", "Enrollment"])
def test_a_body_that_is_too_large(place: Place, service: str) -> None:
    """413, and it is not read."""
    answer = place.post(service, b" " * (1024 * 1024 + 1))

    assert answer.status == 413


@pytest.mark.parametrize(
    "path",
    ["/EnrollmentServer/TermsOfUse", "/EnrollmentServer/Authenticate"],
)
def test_a_form_that_is_too_large(place: Place, path: str) -> None:
    """A page's form is a few fields."""
    line = Line(place.server.port, tls_context(place.server.ca_path))
    body = b"x=" + quote("a" * 1_200_000).encode()
    answer = line.exchange("POST", path, body, "application/x-www-form-urlencoded", USUAL)

    assert answer.status in (400, 413)


def test_a_body_that_dribbles_holds_up_nobody(place: Place) -> None:
    """One that sends a byte now and then is waited for; others are served at once."""
    slow = Line(place.server.port, tls_context(place.server.ca_path))
    slow.send(
        b"POST /EnrollmentServer/Enrollment.svc HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/soap+xml\r\nContent-Length: 1000\r\n\r\n<"
    )
    begin = time.monotonic()
    answer = _fetch(place, "/healthz")

    assert answer.status == 200
    assert time.monotonic() - begin < 5
