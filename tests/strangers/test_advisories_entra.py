"""Two advisories of a well-known MDM server, tried on this one with a real server and own tokens.

CVE-2026-23518: the signature of the JWT was never verified. CVE-2026-24899: audience and issuer
were not checked, so that every tenant's token was as good as one's own. The tokens are made here
from [RFC 7515] and [RFC 7519] with `cryptography` alone.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.strangers import strict
from tests.strangers.conftest import Field
from tests.strangers.enrolling import POLICIES_ID, RST_ID, SOAP_TYPE, Stranger, Style
from tests.strangers.markup import ENROLL, XCEP
from tests.strangers.wire import USUAL, Line, Response, tls_context

pytestmark = pytest.mark.journey

JWT = "urn:ietf:params:oauth:token-type:jwt"
TENANT = "3c1d7c55-0f4e-4c64-8d53-6a7f0f2f5a01"
SECOND = "9a4b6d1e-2c3d-4e5f-8091-a2b3c4d5e6f7"
STRANGE = "deadbeef-0000-4000-8000-000000000001"
AUDIENCE = "https://mdm.clinic.example"
CLIENT = "51c0ffee-1111-4222-8333-444455556666"
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
ISSUED = ENROLL + "/RSTRC/wstep"
MARK = "unmistakable"
"""In every user name, so that it would be found in a log."""


def b64(data: bytes) -> str:
    """Return base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """Return a number as JWKs have it."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


OURS, OTHERS, EVIL = (rsa.generate_private_key(65537, 2048) for _ in range(3))


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    """Return the public half."""
    numbers = key.public_key().public_numbers()
    found = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid}
    return {**found, "n": number(numbers.n), "e": number(numbers.e)}


def said(**changed: object) -> dict[str, object]:
    """Return the claims of a join, changed; None takes one out."""
    now = int(time.time())
    claims: dict[str, object] = {
        "aud": AUDIENCE,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now - 30,
        "nbf": now - 30,
        "exp": now + 3600,
        "tid": TENANT,
        "oid": "00000000-aaaa-4bbb-8ccc-dddddddddddd",
        "upn": f"{MARK}@clinic.example",
        "scp": "mdm_delegation",
        "deviceid": "12345678-aaaa-4bbb-8ccc-dddddddddddd",
        "ver": "1.0",
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def parts(header: dict[str, object], claims: dict[str, object]) -> str:
    """Return what is signed."""
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"


def token(
    claims: dict[str, object] | None = None,
    key: rsa.RSAPrivateKey = OURS,
    **header: object,
) -> str:
    """Return a token that is really signed."""
    text = parts({"typ": "JWT", "alg": "RS256", "kid": "ours", **header}, claims or said())
    return f"{text}.{b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def by_hmac(secret: bytes) -> str:
    """Return a token signed with HS256."""
    text = parts({"typ": "JWT", "alg": "HS256", "kid": "ours"}, said())
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def swapped(whole: str) -> str:
    """Return a good token with other claims under its signature."""
    head, _, tail = whole.split(".")
    claims = said(upn=f"{MARK}-root@clinic.example")
    return f"{head}.{b64(json.dumps(claims).encode())}.{tail}"


@dataclass(frozen=True)
class Clinic:
    """A server that believes two tenants."""

    field: Field

    def ask(self, service: str, body: bytes) -> Response:
        """Post to one of the enrollment doors."""
        line = Line(self.field.server.port, tls_context(self.field.server.ca_path))
        return line.exchange("POST", f"/EnrollmentServer/{service}.svc", body, SOAP_TYPE, USUAL)

    def log(self) -> str:
        """Return all that the server logged."""
        return (self.field.server.data / "server.log").read_text(errors="replace")


@pytest.fixture(scope="module")
def clinic(field: Field) -> Clinic:
    """The server, told of two tenants with a key each."""
    for tenant, key, kid in ((TENANT, OURS, "ours"), (SECOND, OTHERS, "others")):
        body = {
            "tenant": tenant,
            "audiences": [AUDIENCE],
            "client_id": CLIENT,
            "jwks": {"keys": [jwk(key, kid)]},
        }
        answer = field.server.request("POST", "/api/v1/entra/tenants", body)
        assert answer.status_code == 201, answer.text
    return Clinic(field)


def style(text: str, kind: str = "Device") -> Style:
    """Return how a headset with this token enrolls."""
    packed = base64.b64encode(text.encode()).decode()
    return Style(token=(JWT, packed), kind=kind)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return the public key as PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


NOT_SIGNED = {
    "CVE-2026-23518: algorithm none": f"{parts({'alg': 'none', 'kid': 'ours'}, said())}.",
    "CVE-2026-23518: algorithm nOnE": f"{parts({'alg': 'nOnE', 'kid': 'ours'}, said())}.",
    "CVE-2026-23518: no signature": f"{parts({'alg': 'RS256', 'kid': 'ours'}, said())}.",
    "CVE-2026-23518: a made-up signature": (
        f"{parts({'alg': 'RS256', 'kid': 'ours'}, said())}.{b64(b'x' * 256)}"
    ),
    "CVE-2026-23518: another's key": token(key=EVIL),
    "CVE-2026-23518: another's key, named": token(key=EVIL, kid="evil"),
    "CVE-2026-23518: no key id": token(key=EVIL, kid=None),
    "CVE-2026-23518: the key in the token": token(key=EVIL, jwk=jwk(EVIL, "ours")),
    "CVE-2026-23518: the key elsewhere": token(key=EVIL, jku="https://evil.example/keys"),
    "CVE-2026-23518: HS256 with the public key": by_hmac(pem(OURS)),
    "CVE-2026-23518: HS256 with the modulus": by_hmac(jwk(OURS, "ours")["n"].encode()),
    "CVE-2026-23518: HS256 with nothing": by_hmac(b""),
    "CVE-2026-23518: RS512 in name": token(alg="RS512"),
    "CVE-2026-23518: other claims": swapped(token()),
}
NOT_FOR_US = {
    "CVE-2026-24899: a tenant nobody knows": token(
        said(tid=STRANGE, iss=f"https://sts.windows.net/{STRANGE}/")
    ),
    "CVE-2026-24899: another tenant's issuer": token(
        said(iss=f"https://sts.windows.net/{STRANGE}/")
    ),
    "CVE-2026-24899: another issuer": token(said(iss="https://evil.example/")),
    "CVE-2026-24899: another audience": token(said(aud="https://graph.microsoft.com")),
    "CVE-2026-24899: no audience": token(said(aud=None)),
    "CVE-2026-24899: our audience among others": token(said(aud=[AUDIENCE, "https://x.example"])),
    "CVE-2026-24899: version 2 for another client": token(
        said(aud=STRANGE, iss=f"https://login.microsoftonline.com/{TENANT}/v2.0")
    ),
    "CVE-2026-24899: the second tenant's name, the first one's key": token(
        said(tid=SECOND, iss=f"https://sts.windows.net/{SECOND}/")
    ),
    "CVE-2026-24899: the first tenant's name, the second one's key": token(
        key=OTHERS, kid="others"
    ),
    "CVE-2026-24899: expired": token(said(exp=int(time.time()) - 3600)),
    "CVE-2026-24899: not valid yet": token(said(nbf=int(time.time()) + 3600)),
    "CVE-2026-24899: another scope": token(said(scp="User.Read")),
    "CVE-2026-24899: an application's own": token(said(upn=None, scp=None, deviceid=None)),
}
FORGED = {**NOT_SIGNED, **NOT_FOR_US}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_enrolls_nothing(clinic: Clinic, name: str) -> None:
    """s:Authentication at both doors, in the same words for all; nothing stored, nothing told."""
    stranger, text = clinic.field.stranger(), FORGED[name]
    how = style(text)
    before = len(clinic.field.server.devices())

    policy = strict.fault(
        clinic.ask("Policy", stranger.get_policies("", "", how)), POLICIES_ID, POLICIED
    )
    issued = strict.fault(clinic.ask("Enrollment", stranger.rst("", "", how)), RST_ID, ISSUED)

    assert {policy.subcode, issued.subcode} == {"s:Authentication"}
    assert {policy.text, issued.text} == {"The user name, password or code is not right."}
    assert {policy.error_type, issued.error_type} == {""}
    assert len(clinic.field.server.devices()) == before
    log = clinic.log()
    assert "Entra token: " in log
    for secret in (text, text.split(".")[1], MARK, "12345678-aaaa"):
        assert secret not in log


def test_a_real_token_enrolls_by_its_claims(clinic: Clinic) -> None:
    """So that the rows above fail for what they say; of either version and of either tenant."""
    for number_, text in enumerate(
        (
            token(),
            token(said(aud=CLIENT, iss=f"https://login.microsoftonline.com/{TENANT}/v2.0")),
            token(said(tid=SECOND, iss=f"https://sts.windows.net/{SECOND}/"), OTHERS, kid="others"),
        )
    ):
        stranger = clinic.field.stranger()
        stranger.enroll("", "", style(text))

        found = clinic.field.server.get(f"/api/v1/devices?text={stranger.dev_id}").json()["items"]
        assert [each["user"] for each in found] == [f"{MARK}@clinic.example"], number_


@pytest.mark.parametrize("spelled", ["once", "twice", "url-safe", "unpadded", "bare"])
def test_a_token_enrolls_however_it_is_packed(clinic: Clinic, spelled: str) -> None:
    """Clients differ in it, and captures of them too."""
    text = token()
    once = base64.b64encode(text.encode())
    packed = {
        "once": once.decode(),
        "twice": base64.b64encode(once).decode(),
        "url-safe": base64.urlsafe_b64encode(text.encode()).decode(),
        "unpadded": once.decode().rstrip("="),
        "bare": text,
    }[spelled]

    clinic.field.stranger().enroll("", "", replace(style(text), token=(JWT, packed)))


# --- terms of use -------------------------------------------------------------------------

REDIRECT = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"


def terms_page(clinic: Clinic, text: str, redirect: str = REDIRECT) -> Response:
    """Open the page as Windows does."""
    query = {
        "redirect_uri": redirect,
        "client-request-id": "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1",
        "api-version": "1.0",
        "mode": "azureadjoin",
    }
    post = replace(USUAL, headers=(("Authorization", f"Bearer {text}"), ("CXH-HOST", "FRX")))
    line = Line(clinic.field.server.port, tls_context(clinic.field.server.ca_path))
    path = f"/EnrollmentServer/TermsOfUse?{urlencode(query, quote_via=quote)}"
    return line.exchange("GET", path, b"", "", post)


def accept(clinic: Clinic, page: Response) -> str:
    """Press the button; return the blob that Windows gets."""
    state = re.search(rb'name="state" value="([^"]+)"', page.body)
    assert state is not None
    form = b"answer=accept&state=" + state.group(1)
    line = Line(clinic.field.server.port, tls_context(clinic.field.server.ca_path))
    kind = "application/x-www-form-urlencoded"
    answer = line.exchange("POST", "/EnrollmentServer/TermsOfUse", form, kind, USUAL)
    assert answer.status == 302
    return parse_qs(urlsplit(answer.header("Location")).query)["OpaqueBlob"][0]


def rst(clinic: Clinic, stranger: Stranger, text: str, blob: str | None) -> Response:
    """Ask for a certificate with this blob."""
    how = style(text)
    items = stranger.context(how) + ([] if blob is None else [("EnrollmentData", blob)])
    return clinic.ask("Enrollment", stranger.rst("", "", how, items=items))


def test_terms_bind_to_their_user_and_are_spent_once(clinic: Clinic) -> None:
    """Forged tokens see no page; without the blob, with another's, or with one that was used,
    there is InvalidEnrollmentData; its own enrolls.
    """
    server = clinic.field.server
    assert server.request("PUT", "/api/v1/terms", {"title": "T", "text": "Kind."}).is_success
    try:
        for text in FORGED.values():
            refused = terms_page(clinic, text)
            assert refused.status == 302
            assert "error=unauthorized_client" in refused.header("Location")
        assert terms_page(clinic, token(), "https://evil.example/").status == 400

        blob = accept(clinic, terms_page(clinic, token(said(deviceid=None))))
        eve = token(said(oid="eeeeeeee-aaaa-4bbb-8ccc-dddddddddddd"))
        stranger = clinic.field.stranger()
        before = len(server.devices())
        for text, given in ((token(), None), (token(), blob + "x"), (eve, blob)):
            fault = strict.fault(rst(clinic, stranger, text, given), RST_ID, ISSUED)
            assert (fault.subcode, fault.error_type) == (
                "s:MessageFormat",
                "InvalidEnrollmentData",
            )
        assert len(server.devices()) == before

        document = strict.issued(rst(clinic, stranger, token(), blob), RST_ID)
        strict.provisioning(document, "Device", stranger.key.public_key())
        again = rst(clinic, clinic.field.stranger(), token(), blob)
        assert strict.fault(again, RST_ID, ISSUED).error_type == "InvalidEnrollmentData"
        accepted = server.get("/api/v1/terms/acceptances").json()["items"]
        assert [bool(each["enrollment"]) for each in accepted] == [True]
        assert blob not in clinic.log()
    finally:
        server.request("DELETE", "/api/v1/terms")
