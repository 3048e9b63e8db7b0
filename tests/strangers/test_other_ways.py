"""Every other way in than a typed password, walked by clients of many hands: tokens of Entra,
terms of use, the sign-in page. Each answer is read without mercy.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.journeys.conftest import Server, serving
from tests.strangers import strict
from tests.strangers.enrolling import (
    DISCOVER_ID,
    POLICIES_ID,
    RST_ID,
    SOAP_SECURITY,
    SOAP_TYPE,
    Stranger,
    Style,
)
from tests.strangers.markup import DISCO, ENROLL, XCEP, Hand
from tests.strangers.pages import Left, Page, Window
from tests.strangers.talking import Manner, Talker
from tests.strangers.tokens import JWT, USER, Issuer, Json, new_key
from tests.strangers.wire import USUAL, Line, Post, Response, close_all, tls_context

pytestmark = pytest.mark.journey

TENANT = "4b7e0d1c-93a5-4f0e-8f55-2c8d1e6a9b30"
CLIENT = "c2b5a0de-77aa-4f6b-9b1d-0a1b2c3d4e5f"
PACKAGE = "package_0f0e0d0c-1111-4222-8333-444455556666@contoso.example"
ZERO_TOUCH = ("ZeroTouchProvisioning", "11111111-2222-3333-4444-555555555555")
OFFLINE = ("OfflineAutoPilotEnrollmentCorrelator", "Clinic-7-North")
BULK = ("BulkAADJ", "True")
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
ISSUED = ENROLL + "/RSTRC/wstep"


@dataclass
class Place:
    """A server with a tenant, and what strangers bring."""

    server: Server
    issuer: Issuer
    folder: Path
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    """Of many devices, each of another user: they take long to make, and nothing forbids it."""
    numbers: list[int] = field(default_factory=list)

    def stranger(self, *, own_key: bool = False) -> Stranger:
        """Return a device that was never enrolled."""
        key = None if own_key else self.key
        return Stranger(self.server.port, self.server.ca_path, self.folder, key)

    def window(self, *headers: tuple[str, str]) -> Window:
        """Return a window of Windows."""
        return Window(self.server.port, self.server.ca_path, list(headers))

    def person(self) -> Json:
        """Return the claims that tell one user from another."""
        self.numbers.append(len(self.numbers))
        number = len(self.numbers)
        return {
            "oid": f"0a0a0a0a-2222-4333-8444-{number:012d}",
            "deviceid": f"0d0d0d0d-2222-4333-8444-{number:012d}",
            "upn": f"ann{number}@contoso.example",
            "unique_name": f"ann{number}@contoso.example",
        }

    def post(self, service: str, body: bytes, post: Post = USUAL) -> Response:
        """Post to an enrollment door."""
        line = Line(self.server.port, tls_context(self.server.ca_path))
        return line.exchange("POST", f"/EnrollmentServer/{service}.svc", body, SOAP_TYPE, post)

    def enrollment(self, stranger: Stranger) -> Json:
        """Return what the server says of its only enrollment."""
        (item,) = self.server.get(f"/api/v1/devices?text={stranger.dev_id}").json()["items"]
        shown: Json = self.server.get(f"/api/v1/devices/{item['id']}").json()
        (found,) = shown["enrollments"]
        return {"user": item["user"], **found}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One server for all."""
    with serving() as server:
        issuer = Issuer(TENANT, server.url)
        body = {
            "tenant": TENANT,
            "audiences": [server.url],
            "client_id": CLIENT,
            "jwks": json.loads(issuer.jwks),
        }
        answer = server.request("POST", "/api/v1/entra/tenants", body)
        assert answer.status_code == 201, answer.text
        yield Place(server, issuer, tmp_path_factory.mktemp("ways"))


@pytest.fixture(autouse=True)
def tidied(place: Place) -> Iterator[None]:
    """Close connections; show the server's log beside a failure."""
    yield
    close_all()
    print(place.server.log())


# --- tokens of Entra ----------------------------------------------------------------------


def once(token: str) -> str:
    """Pack as the protocol says."""
    return base64.b64encode(token.encode()).decode()


def twice(token: str) -> str:
    """Pack as clients do that encode before they encode."""
    return once(once(token))


def url_safe(token: str) -> str:
    """Pack in the other alphabet, without padding."""
    return base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()


def lines(columns: int, end: str = "\r\n") -> Callable[[str], str]:
    """Pack in lines."""

    def packed(token: str) -> str:
        text = once(token)
        rows = [text[at : at + columns] for at in range(0, len(text), columns)]
        return end.join(rows) + end

    return packed


@dataclass(frozen=True)
class Coming:
    """How one headset comes with a token. The defaults are a join in the first run."""

    way: str = "entra join"
    kind: str = "Device"
    claims: Json = field(default_factory=dict)
    packed: Callable[[str], str] = once
    items: tuple[tuple[str, str], ...] = ()
    style: Style = field(default_factory=Style)
    bearer: str = ""
    """`own`: the token in an Authorization header, too; else whatever that header says."""


V2 = {
    "aud": CLIENT,
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "ver": "2.0",
    "azp": "29d9ed98-a469-4536-ade2-f981bc1d605e",
}
NOBODY = {"upn": None, "unique_name": None, "oid": None}
ACCOUNT = Coming("work account", "Full")
AUTOPILOT = Coming("autopilot", claims=NOBODY, items=(ZERO_TOUCH,))

COMING = {
    "join": Coming(),
    "join, windows 11": Coming(style=Style(windows=11, context="windows11", version="9.0")),
    "join, least context": Coming(style=Style(context="minimal")),
    "join, no address": Coming(style=Style(email="", auth_policies="many")),
    "join, no policy asked": Coming(style=Style(skip_policy=True)),
    "join, no address, no policy": Coming(style=Style(email="", skip_policy=True, windows=11)),
    "join, lower case": Coming(kind="device"),
    "join, development edition": Coming(style=Style(edition="135")),
    "version 2": Coming(claims=V2),
    "version 2, preferred name": Coming(
        claims={**V2, "upn": None, "unique_name": None, "preferred_username": "ann@x.example"}
    ),
    "version 1 for the client id": Coming(claims={"aud": CLIENT}),
    "no upn": Coming(claims={"upn": None}),
    "scope among others": Coming(claims={"scp": "User.Read mdm_delegation openid"}),
    "more claims": Coming(
        claims={
            "appid": V2["azp"],
            "appidacr": "0",
            "amr": ["pwd", "mfa"],
            "xms_tcdt": 1,
            "aio": "",
        }
    ),
    "no moment of issue": Coming(claims={"iat": None, "nbf": None}),
    "a clock a little ahead": Coming(claims={"nbf": int(time.time()) + 120, "iat": None}),
    "account": ACCOUNT,
    "account without a device": replace(ACCOUNT, claims={"deviceid": None}),
    "account, version 2": replace(ACCOUNT, claims=V2),
    "account, windows 11": replace(
        ACCOUNT, style=Style(windows=11, context="windows11", version="7.0")
    ),
    "account, least context": replace(ACCOUNT, style=Style(context="minimal")),
    "account, lower case": replace(ACCOUNT, kind="full"),
    "autopilot": AUTOPILOT,
    "autopilot without scope": replace(AUTOPILOT, claims={**NOBODY, "scp": None}),
    "autopilot, an object of its own": replace(
        AUTOPILOT, claims={"upn": None, "unique_name": None}
    ),
    "autopilot, version 2": replace(AUTOPILOT, claims={**NOBODY, **V2}),
    "autopilot from a file": replace(AUTOPILOT, items=(OFFLINE,)),
    "autopilot, all it says": replace(
        AUTOPILOT, items=(ZERO_TOUCH, OFFLINE, ("WhiteGlove", "False"), ("PlugandForget", "False"))
    ),
    "autopilot, nothing it says": replace(AUTOPILOT, items=()),
    "bulk token": Coming("bulk token", claims={"upn": PACKAGE, "unique_name": PACKAGE}),
    "bulk token that says so": Coming(
        "bulk token", claims={"upn": PACKAGE, "unique_name": PACKAGE}, items=(BULK,)
    ),
    "bulk token without a user": Coming("bulk token", claims=NOBODY, items=(BULK,)),
    "bulk token, lower case": Coming("bulk token", claims=NOBODY, items=(("BulkAADJ", "true"),)),
    "join that says it is more": Coming(items=(ZERO_TOUCH, BULK)),
    "account that says it is more": replace(ACCOUNT, items=(ZERO_TOUCH, BULK)),
    "twice": Coming(packed=twice),
    "url-safe": Coming(packed=url_safe),
    "url-safe twice": Coming(packed=lambda token: url_safe(url_safe(token))),
    "url-safe in the other": Coming(packed=lambda token: once(url_safe(token))),
    "padded and url-safe": Coming(
        packed=lambda token: base64.urlsafe_b64encode(token.encode()).decode()
    ),
    "in lines": Coming(packed=lines(76)),
    "in short lines": Coming(packed=lines(64, "\n")),
    "in lines, twice": Coming(packed=lambda token: lines(64)(lines(76)(token))),
    "printed in lines": Coming(packed=lines(76), style=Style(hand=Hand("soap", pretty=True))),
    "printed without prefixes": Coming(style=Style(hand=Hand("none", pretty=True))),
    "no encoding type": Coming(style=Style(token_marks="no encoding")),
    "no encoding type, twice": Coming(packed=twice, style=Style(token_marks="no encoding")),
    "qualified marks": Coming(style=Style(token_marks="qualified")),
    "qualified, other prefixes": Coming(style=Style(token_marks="qualified", hand=Hand("soap"))),
    "other encoding type": Coming(style=Style(encoding_type=SOAP_SECURITY)),
    "token in the header of HTTP, too": Coming(bearer="own"),
    "something else there": Coming(bearer="Basic Zm9vOmJhcg=="),
    "account, with a header": replace(ACCOUNT, bearer="own", packed=url_safe),
    "soap 1.1": Coming(style=Style(soap_11=True, content_type="text/xml; charset=utf-8")),
    "order changed": Coming(style=Style(header="reversed")),
    "least header": Coming(style=Style(least_header=True)),
    "TLS 1.2": Coming(style=Style(post=Post(tls="1.2", keep=False))),
    "chunked": Coming(style=Style(post=Post(transfer="chunked"))),
}


def style_of(coming: Coming, token: str) -> Style:
    """Return how it enrolls."""
    post = coming.style.post
    if coming.bearer:
        text = f"Bearer {token}" if coming.bearer == "own" else coming.bearer
        post = replace(post, headers=(*post.headers, ("Authorization", text)))
    packed = coming.packed(token)
    return replace(coming.style, token=(JWT, packed), kind=coming.kind, post=post)


@pytest.mark.parametrize("name", COMING)
def test_a_stranger_comes_with_a_token(place: Place, name: str) -> None:
    """Its certificate lies where its kind of enrollment has it; it is known by what it proved."""
    coming, stranger = COMING[name], place.stranger()
    claims = {**place.person(), **coming.claims}
    style = style_of(coming, place.issuer.right(**claims))

    provisioned = enroll(stranger, style, coming.items)

    shown = place.enrollment(stranger)
    user = claims["upn"] or claims["unique_name"] or claims.get("preferred_username") or ""
    assert shown["way"] == coming.way
    assert shown["kind"].lower() == coming.kind.lower()
    assert provisioned.upn == user
    assert Talker(stranger).session(Manner())[0].code == 200


def enroll(
    stranger: Stranger, style: Style, items: tuple[tuple[str, str], ...] = ()
) -> strict.Provisioned:
    """Enroll with these further items of context."""
    usual = stranger.context
    stranger.context = lambda style: [*usual(style), *items]  # type: ignore[method-assign]
    strictly = replace(style, kind=style.kind.capitalize())
    return _enroll(stranger, style, strictly)


def _enroll(stranger: Stranger, style: Style, strictly: Style) -> strict.Provisioned:
    if style.kind == strictly.kind:
        return stranger.enroll("", "", style).provisioned
    line = Line(stranger.port, stranger.tls(certificate=False))
    body = stranger.rst("", "", style)
    answer = line.exchange("POST", "/EnrollmentServer/Enrollment.svc", body, SOAP_TYPE, style.post)
    document = strict.issued(answer, RST_ID)
    stranger.keep(strict.provisioning(document, strictly.kind, stranger.key.public_key()))
    assert stranger.provisioned is not None
    return stranger.provisioned


def test_a_lost_answer_to_a_token_is_given_again(place: Place) -> None:
    """The same key again: the same document, and one record."""
    stranger = place.stranger()
    style = style_of(Coming(), place.issuer.right(**place.person()))
    body = stranger.rst("", "", style)

    first, second = (strict.issued(place.post("Enrollment", body), RST_ID) for _ in range(2))

    assert first == second
    place.enrollment(stranger)


NOT_A_WAY: dict[str, tuple[Coming, str, str]] = {
    "a join of no device": (Coming(claims={"deviceid": None}), "s:Authentication", ""),
    "nobody's account": (replace(ACCOUNT, claims=NOBODY), "s:Authentication", ""),
    "nobody's headset": (
        replace(AUTOPILOT, claims={**NOBODY, "deviceid": None}),
        "s:Authentication",
        "",
    ),
    "an application's enrollment": (
        Coming(kind="AppManagement", style=Style(context="minimal")),
        "s:MessageFormat",
        "InvalidEnrollmentData",
    ),
    "a kind that nobody knows": (Coming(kind="Tenant"), "s:MessageFormat", "InvalidEnrollmentData"),
    "no token where it belongs": (
        Coming(bearer="own", packed=lambda _: ""),
        "s:Authentication",
        "",
    ),
    "a recovery": (
        Coming(style=Style(request_type="Recovery")),
        "s:EnrollmentServer",
        "NotSupported",
    ),
    "a query": (Coming(style=Style(request_type="Query")), "s:MessageFormat", ""),
}
"""Each with a token that is good: what it is refused with."""


@pytest.mark.parametrize("name", NOT_A_WAY)
def test_what_is_no_way_in(place: Place, name: str) -> None:
    """Refused with its proper fault, and nothing is stored."""
    coming, subcode, error_type = NOT_A_WAY[name]
    stranger = place.stranger()
    style = style_of(coming, place.issuer.right(**{**place.person(), **coming.claims}))
    before = len(place.server.devices())

    answer = place.post("Enrollment", stranger.rst("", "", style), style.post)

    fault = strict.fault(answer, RST_ID, ISSUED)
    assert (fault.subcode, fault.error_type, fault.status) == (subcode, error_type, 500)
    assert len(place.server.devices()) == before


def test_a_header_of_http_is_no_security_header(place: Place) -> None:
    """A good token there alone proves nothing: a:InvalidSecurity at both doors."""
    stranger = place.stranger()
    token = place.issuer.right(**place.person())
    post = Post(headers=(("Authorization", f"Bearer {token}"),))
    style = style_of(Coming(), token)
    bodies = {
        "Policy": (stranger.get_policies("", "", style), POLICIES_ID, POLICIED),
        "Enrollment": (stranger.rst("", "", style), RST_ID, ISSUED),
    }
    for service, (body, identifier, action) in bodies.items():
        start, end = body.index(b"<wsse:Security"), body.index(b"</wsse:Security>")
        bare = body[:start] + body[end + len(b"</wsse:Security>") :]
        fault = strict.fault(place.post(service, bare, post), identifier, action)
        assert fault.subcode == "a:InvalidSecurity"


# --- terms of use -------------------------------------------------------------------------

TERMS = "/EnrollmentServer/TermsOfUse"
DRS = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"


@pytest.fixture
def terms(place: Place) -> Iterator[None]:
    """The server has terms of use."""
    body = {"title": "House rules", "text": "Be kind to the headset.\n\n- Clean it."}
    assert place.server.request("PUT", "/api/v1/terms", body).is_success
    yield
    assert place.server.request("DELETE", "/api/v1/terms").is_success


@dataclass(frozen=True)
class Asking:
    """How Windows asks for the terms."""

    redirect: str = DRS
    mode: str | None = "azureadjoin"
    headers: tuple[tuple[str, str], ...] = (("CXH-HOST", "FRX"),)
    request_id: str = "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1"
    more: tuple[tuple[str, str], ...] = ()
    scheme: str = "Bearer"
    escaped: bool = True
    claims: Json = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the page is."""
        pairs = [
            ("redirect_uri", self.redirect),
            ("client-request-id", self.request_id),
            ("api-version", "1.0"),
            *([("mode", self.mode)] if self.mode else []),
            *self.more,
        ]
        safe = "" if self.escaped else ":/"
        return f"{TERMS}?{urlencode(pairs, quote_via=quote, safe=safe)}"


SETTINGS = (("CXH-HOST", "MOSET"), ("CXH-PLATFORM", "Windows.Holographic"))
ASKING = {
    "first run": Asking(),
    "settings": Asking(headers=SETTINGS),
    "no host told": Asking(headers=()),
    "in a frame": Asking(
        headers=(
            ("Sec-Fetch-Dest", "iframe"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Referer", "https://login.microsoftonline.com/"),
        )
    ),
    "with languages": Asking(headers=(("Accept-Language", "ja-JP, *;q=0.1"), ("Accept", "*/*"))),
    "lower case names": Asking(headers=(("cxh-host", "frx"),), scheme="bearer"),
    "not escaped": Asking(escaped=False),
    "a package of another name": Asking(
        redirect="ms-appx-web://microsoft.windows.cloudexperiencehost_cw5n1h2txyewy/tou"
    ),
    "no path": Asking(redirect="ms-appx-web://Microsoft.AAD.BrokerPlugin"),
    "a query": Asking(redirect=DRS + "?step=2"),
    "in braces": Asking(request_id="{24B2D8C5-8B4B-4F0F-9A39-16B3E5C3A7D1}"),
    "more than is known": Asking(more=(("cxh-host", "FRX"), ("ui_locales", "ja-JP"))),
    "account": Asking(mode=None, headers=SETTINGS),
    "version 2": Asking(claims=V2),
}


def show(place: Place, asking: Asking, claims: Json) -> tuple[Window, Page]:
    """Open the page as Windows does, with a token that does not know the device yet."""
    token = place.issuer.right(**{**claims, "deviceid": None, **asking.claims})
    window = place.window(*asking.headers, ("Authorization", f"{asking.scheme} {token}"))
    return window, window.page(asking.url)


def answered(place: Place, window: Window, page: Page, button: int = 0) -> dict[str, list[str]]:
    """Press a button; return what Windows reads of where it leads."""
    bare = Window(window.port, place.server.ca_path)  # a form is sent without that header
    left = bare.send(page, button)
    assert isinstance(left, Left)
    return parse_qs(urlsplit(left.url).query, strict_parsing=True)


@pytest.mark.parametrize("name", ASKING)
def test_terms_are_read_accepted_and_spent(place: Place, terms: None, name: str) -> None:
    """The page, whoever shows it; the blob comes back as EnrollmentData and lets one in."""
    asking, claims = ASKING[name], place.person()

    window, page = show(place, asking, claims)
    (form,) = page.forms
    said = answered(place, window, page)

    assert "Be kind to the headset." in page.text
    assert len(form.buttons) == (1 if asking.mode else 2), form.labels
    assert "ms-appx-web:" in page.policy["frame-ancestors"]
    assert said.pop("step", ["2"]) == ["2"]
    assert said["IsAccepted"] == ["true"]
    (blob,) = said["OpaqueBlob"]
    assert set(said) == {"IsAccepted", "OpaqueBlob"}
    coming = Coming() if asking.mode else ACCOUNT
    style = style_of(coming, place.issuer.right(**claims))
    enroll(place.stranger(), style, (("EnrollmentData", blob),))


@pytest.mark.parametrize("name", ["account", "first run"])
def test_terms_are_declined_where_that_is_offered(place: Place, terms: None, name: str) -> None:
    """An account may be left; a join has no such button, and no such answer."""
    asking, claims = ASKING[name], place.person()
    window, page = show(place, asking, claims)
    (form,) = page.forms

    if name == "account":
        said = answered(place, window, page, 1)
        assert said == {"IsAccepted": ["false"]}
        assert [each.strip() for each in form.labels] == ["Accept", "Decline"]
    else:
        (state,) = [value for field_, value in form.fields if field_ == "state"]
        body = urlencode({"state": state, "answer": "decline"})
        refused = window.fetch("POST", f"https://localhost:{window.port}{TERMS}", body)
        assert (refused.status, refused.header("Location")) == (400, "")

    style = style_of(ACCOUNT if name == "account" else Coming(), place.issuer.right(**claims))
    body_ = place.stranger().rst("", "", style)
    fault = strict.fault(place.post("Enrollment", body_), RST_ID, ISSUED)
    assert (fault.subcode, fault.error_type) == ("s:MessageFormat", "InvalidEnrollmentData")


def test_terms_are_fetched_again_and_sent_twice(place: Place, terms: None) -> None:
    """A page that is shown twice is good twice; a form sent twice gives its blob twice; one
    acceptance more than was needed hurts nobody, and a lost answer is given again with it.
    """
    claims = place.person()
    window, first = show(place, Asking(), claims)
    second = window.page(Asking().url)

    blobs = [answered(place, window, page)["OpaqueBlob"][0] for page in (first, first, second)]

    assert blobs[0] == blobs[1] != blobs[2]
    stranger = place.stranger()
    style = style_of(Coming(), place.issuer.right(**claims))
    items = [*stranger.context(style), ("EnrollmentData", blobs[2])]
    body = stranger.rst("", "", style, items=items)
    documents = [strict.issued(place.post("Enrollment", body), RST_ID) for _ in range(2)]
    assert documents[0] == documents[1]


def test_without_terms_windows_is_sent_on(place: Place) -> None:
    """Nothing is shown; what comes back does no harm at enrollment."""
    claims = place.person()
    token = place.issuer.right(**{**claims, "deviceid": None})
    left = place.window(("Authorization", f"Bearer {token}")).open(Asking().url)
    assert isinstance(left, Left)
    said = parse_qs(urlsplit(left.url).query, strict_parsing=True)

    assert said["IsAccepted"] == ["true"]
    style = style_of(Coming(), place.issuer.right(**claims))
    enroll(place.stranger(), style, (("EnrollmentData", said["OpaqueBlob"][0]),))


def test_only_who_sees_the_page_is_asked_for_it(place: Place, terms: None) -> None:
    """A headset without a user cannot have accepted anything, and comes in all the same."""
    for coming in (AUTOPILOT, COMING["bulk token"]):
        claims = {**place.person(), **coming.claims}
        style = style_of(coming, place.issuer.right(**claims))
        enroll(place.stranger(), style, coming.items)


# --- the sign-in page ---------------------------------------------------------------------

CONTROL_PANEL = "ms-app://windows.immersivecontrolpanel"
SID = "ms-app://S-1-15-2-1910091885-1573563583-1104941280-2418270861-3411158377-2822700936-29903103"
PEOPLE = {
    "ann@clinic.example": "seven red headsets",
    "ann+lab@clinic.example": " blanks & plus + percent %41 ",
    "jörg.日本@clinic.example": "größe 日本 <&>\"'",
}


@pytest.fixture(scope="module")
def people(place: Place) -> None:
    """People with names and passwords as they come."""
    for name, password in PEOPLE.items():
        body = {"name": name, "password": password}
        answer = place.server.request("POST", "/api/v1/accounts", body)
        assert answer.status_code == 201, answer.text


@dataclass(frozen=True)
class SigningIn:
    """How one headset opens the page, and who signs in."""

    appru: str = CONTROL_PANEL
    name: str = "ann@clinic.example"
    query: str = "appru={appru}&login_hint={hint}"
    escape: Callable[[str], str] = lambda text: quote(text, safe="")
    shows: bool = True
    """Whether the name stands in the form already."""
    wrong_first: bool = False
    code: bool = False
    presses: bool = False
    """Presses the button of the last page, instead of running its script."""
    style: Style = field(default_factory=Style)
    packed: Callable[[str], str] = once


def partly(text: str) -> str:
    """Escape no more than one has to."""
    return quote(text, safe="@:/")


SIGNING_IN = {
    "settings": SigningIn(),
    "a package": SigningIn(appru=SID),
    "a slash at the end": SigningIn(appru=CONTROL_PANEL + "/"),
    "other case": SigningIn(appru="MS-APP://Windows.ImmersiveControlPanel"),
    "hardly escaped": SigningIn(escape=partly),
    "hint first": SigningIn(query="login_hint={hint}&appru={appru}"),
    "no hint": SigningIn(query="appru={appru}", shows=False),
    "an empty hint": SigningIn(query="appru={appru}&login_hint=", shows=False),
    "more than is known": SigningIn(query="mode=mdm&appru={appru}&login_hint={hint}&lc=1041"),
    "plus, escaped": SigningIn(name="ann+lab@clinic.example"),
    "plus as it is": SigningIn(
        name="ann+lab@clinic.example", escape=lambda text: quote(text, safe="+@:/"), shows=False
    ),
    "other letters": SigningIn(name="jörg.日本@clinic.example"),
    "a wrong password first": SigningIn(wrong_first=True),
    "one-time code": SigningIn(code=True),
    "one-time code, a package": SigningIn(code=True, appru=SID, name="anyone@clinic.example"),
    "no script": SigningIn(presses=True),
    "windows 11": SigningIn(style=Style(windows=11, context="windows11", version="7.0")),
    "token in lines": SigningIn(packed=lambda text: once(text) + "\r\n", style=Style(windows=11)),
    "token twice marked": SigningIn(style=Style(token_marks="qualified", hand=Hand(pretty=True))),
    "no encoding type": SigningIn(style=Style(token_marks="no encoding")),
    "url-safe": SigningIn(packed=url_safe),
    "machine": SigningIn(style=Style(kind="Device")),
    "no policy asked": SigningIn(style=Style(skip_policy=True)),
}


def authentication_url(place: Place, stranger: Stranger) -> str:
    """Discover as a client that cannot type a password into its own window."""
    body = stranger.discover(Style()).replace(b"OnPremise", b"Federated")
    answer = place.post("Discovery", body)
    assert answer.status == 200
    found = strict.envelope(answer, DISCO + "/IDiscoveryService/DiscoverResponse", DISCOVER_ID)
    result = found[0][0]
    assert strict.names(result) == [
        "AuthPolicy",
        "EnrollmentVersion",
        "EnrollmentPolicyServiceUrl",
        "EnrollmentServiceUrl",
        "AuthenticationServiceUrl",
    ]
    assert strict.text(result[0]) == "Federated"
    url = strict.text(result[4])
    assert url.startswith("https://")
    return url


def signed_in(place: Place, stranger: Stranger, how: SigningIn) -> str:
    """Walk through the window; return `wresult`."""
    url = authentication_url(place, stranger)
    hint = how.escape(how.name)
    query = how.query.format(appru=how.escape(how.appru), hint=hint)
    window = place.window()
    page = window.page(f"{url}{'&' if '?' in url else '?'}{query}")
    (form,) = page.forms
    if how.shows:
        assert dict(form.fields)["name"] == how.name
    secret = place.server.new_code() if how.code else PEOPLE[how.name]
    if how.wrong_first:
        again = window.send(page, name=how.name, secret="not it")
        assert isinstance(again, Page)
        page = again
        assert dict(page.forms[0].fields)["name"] == how.name
        assert "not it" not in page.response.body.decode()
    last = window.send(page, name=how.name, secret=secret)
    assert isinstance(last, Page)
    (form,) = last.forms
    assert [name for name, _ in form.fields] == ["wresult"]
    assert any(f'"{form.identifier}").submit()' in text for _, text in last.scripts)
    left = window.send(last, 0 if how.presses else None)
    assert isinstance(left, Left)
    assert left.url == how.appru
    ((_, wresult),) = left.fields
    assert 16 <= len(wresult) <= 2048
    assert wresult.isascii()
    return wresult


@pytest.mark.parametrize("name", SIGNING_IN)
def test_a_stranger_signs_in_on_the_page(place: Place, people: None, name: str) -> None:
    """Discovery leads there, the form to Windows, the token to a policy, twice, and in."""
    how, stranger = SIGNING_IN[name], place.stranger(own_key=True)

    wresult = signed_in(place, stranger, how)
    style = replace(how.style, token=(USER, how.packed(wresult)))
    for _ in range(2):
        policy = place.post("Policy", stranger.get_policies("", "", style), style.post)
        strict.policies(policy, POLICIES_ID)
    provisioned = stranger.enroll("", "", style).provisioned

    again = place.post("Enrollment", stranger.rst("", "", style))
    assert strict.issued(again, RST_ID) == provisioned.document
    shown = place.enrollment(stranger)
    assert shown["way"] == "web sign-in"
    assert how.code or provisioned.upn == how.name
    assert Talker(stranger).session(Manner())[0].code == 200
