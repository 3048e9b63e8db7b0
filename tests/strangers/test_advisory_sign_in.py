"""CVE-2026-22808 (GHSA-gfpw-jgvr-cw4j) of a well-known MDM server, tried on this one, byte by byte.

There, the sign-in page repeated `appru` into a form as it came: a link was enough to run a script
on the server's page, or to have the enrollment token posted elsewhere. Here requests are written
by hand, since clients would not send some of them, and the answers are searched for what was sent.
"""

import base64
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from tests.strangers import strict
from tests.strangers.conftest import Field
from tests.strangers.enrolling import POLICIES_ID, RST_ID, SOAP_TYPE, Style
from tests.strangers.markup import ENROLL, XCEP
from tests.strangers.wire import USUAL, Line, Post, Response, tls_context

pytestmark = pytest.mark.journey

PATH = "/EnrollmentServer/Authenticate"
APPRU = "ms-app://windows.immersivecontrolpanel"
FORM = "application/x-www-form-urlencoded"
USER_TOKEN = (
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentUserToken"
)
POLICIED = XCEP + "/IPolicy/GetPoliciesResponse"
ISSUED = ENROLL + "/RSTRC/wstep"
EVIL = "\"'><script>evil()</script><svg onload=evil()>"


class Page(HTMLParser):
    """What a browser makes of an answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def ask(
    field: Field, method: str, path: str, body: str = "", *headers: tuple[str, str]
) -> Response:
    """Send one request, its path as it is."""
    line = Line(field.server.port, tls_context(field.server.ca_path))
    post = Post(headers=headers)
    return line.exchange(method, path, body.encode(), FORM if method == "POST" else "", post)


def sign_in(field: Field, query: str = f"appru={APPRU}") -> Response:
    """Sign in with the code as a browser would; return the last answer."""
    shown = ask(field, "GET", f"{PATH}?{query}")
    assert shown.status == 200, shown
    cookie = shown.header("Set-Cookie").partition(";")[0]
    (proof,) = re.findall(b'name="form_proof" value="([0-9a-f]+)"', shown.body)
    body = f"form_proof={proof.decode()}&name=wearer%40example.org&secret={field.code}"
    return ask(field, "POST", f"{PATH}?{query}", body, ("Cookie", cookie))


def wresult(answer: Response) -> str:
    """Return the token that a page hands over."""
    (found,) = re.findall(b'name="wresult" value="([^"]*)"', answer.body)
    return str(found.decode())


def style(token: str) -> Style:
    """Return the style of a headset that shows this token."""
    return Style(token=(USER_TOKEN, base64.b64encode(token.encode()).decode()))


def assert_harmless(answer: Response) -> None:
    """Nothing runs on it but its own script, and nothing of ours leaves by it."""
    page = Page(answer)
    for tag, attributes in page.tags:
        assert tag not in ("svg", "img", "iframe", "object", "base", "link")
        assert not [each for each in attributes if each.startswith("on")]
    policy = answer.header("Content-Security-Policy")
    (nonce,) = re.findall(r"script-src 'nonce-([A-Za-z0-9_-]{22})'(?:;|$)", policy)
    assert all(each.get("nonce") == nonce for each in page.all("script"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for value in ("X-Content-Type-Options", "Referrer-Policy", "Cache-Control"):
        assert answer.header(value) in ("nosniff", "no-referrer", "no-store")


APPRUS = {
    "script": "javascript:evil()",
    "script in disguise": "java%0ascript:evil()",
    "script with spaces": "%20javascript:evil()",
    "data": "data:text/html;base64,PHNjcmlwdD5ldmlsKCk8L3NjcmlwdD4=",
    "http": "http://evil.example/",
    "https": "https://evil.example/",
    "no scheme": "//evil.example/",
    "path": "/evil",
    "end of attribute": "ms-app://x%22%3E%3Cscript%3Eevil()%3C/script%3E",
    "raw end of attribute": 'ms-app://x"><script>evil()</script>',
    "other quote": "ms-app://x%27%20onsubmit=%27evil()",
    "entity": "ms-app://x%26quot;%26gt;",
    "line break": "ms-app://x%0d%0aSet-Cookie:%20evil=1",
    "line break and script": "ms-app://x%0ajavascript:evil()",
    "null": "ms-app://x%00%22%3E",
    "other separators": "ms-app://x%e2%80%a8evil",
    "overlong": "ms-app://x%c0%be",
    "policy": "ms-app://x;%20script-src%20*",
    "user": "ms-app://windows.immersivecontrolpanel@evil.example",
    "suffix": "ms-app://x?wresult=evil",
    "twice encoded": "ms-app://x%2522%253Eevil",
    "similar": "ms-appx://evil",
    "other first": "ms-app://x&appru=https://evil.example",
    "other last": "https://evil.example&appru=ms-app://x",
}

NAME = {"GET": "", "POST": "name=x"}


@pytest.mark.parametrize("name", APPRUS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_windows_is_answered(field: Field, name: str, method: str) -> None:
    """400, with nothing of it on the page or in a header, whatever it hides behind."""
    answer = ask(field, method, f"{PATH}?appru={APPRUS[name].replace(' ', '%20')}", NAME[method])

    assert answer.status == 400
    assert_harmless(answer)
    assert b"evil" not in answer.body
    assert "evil" not in str(answer.headers)
    assert not Page(answer).all("form")


PARAMETERS = ("appru", "login_hint", "provider", "here", "os", "wresult", "state", "code", "error")
HEADERS = ("User-Agent", "Referer", "Origin", "X-Forwarded-Host", "X-Forwarded-For", "Cookie",
           "Accept-Language", "Host-Override", "X-Original-URL")  # fmt: skip


@pytest.mark.parametrize("path", [PATH, f"{PATH}/callback"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_no_parameter_becomes_markup(field: Field, path: str, name: str) -> None:
    """As a value, as a name, encoded or as it is; beside a good `appru` and without one."""
    for value in (quote(EVIL), EVIL.replace(" ", "+")):
        for query in (f"appru={APPRU}&{name}={value}", f"{name}={value}", f"{value}={name}"):
            answer = ask(field, "GET", f"{path}?{query}")
            assert_harmless(answer)
            assert b"<script>evil" not in answer.body
            assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_is_repeated(field: Field, name: str) -> None:
    """Neither on a page nor in a header."""
    for path in (f"{PATH}?appru={APPRU}", f"{PATH}/callback?state=x&code=y", f"{PATH}?appru=x"):
        answer = ask(field, "GET", path, "", (name, EVIL))
        assert_harmless(answer)
        assert b"evil" not in answer.body
        assert "evil" not in str(answer.headers)


def test_a_hint_of_10_kb_is_dropped(field: Field) -> None:
    """The page is as small as ever."""
    usual = ask(field, "GET", f"{PATH}?appru={APPRU}")
    answer = ask(field, "GET", f"{PATH}?appru={APPRU}&login_hint={'a' * 10_000}")

    assert answer.status == 200
    assert len(answer.body) == len(usual.body)


def test_the_form_hands_over_to_windows_alone(field: Field) -> None:
    """One form, to `appru`, under a policy that lets it go nowhere else."""
    answer = sign_in(field)

    assert_harmless(answer)
    (form,) = Page(answer).all("form")
    assert form["action"] == APPRU
    assert "form-action ms-app:;" in answer.header("Content-Security-Policy")
    assert field.code.encode() not in answer.body


def test_the_token_enrolls_one_headset(field: Field) -> None:
    """At GetPolicies twice, at the token request once; another headset with it gets nothing."""
    token = style(wresult(sign_in(field)))
    first, second = field.stranger(), field.stranger()
    line = Line(field.server.port, tls_context(field.server.ca_path))
    for who in (second, first):
        body = who.get_policies("", "", token)
        answer = line.exchange("POST", "/EnrollmentServer/Policy.svc", body, SOAP_TYPE, USUAL)
        strict.policies(answer, POLICIES_ID)

    first.enroll("", "", token)
    before = len(field.server.devices())
    replay = second.rst("", "", token)
    answer = line.exchange("POST", "/EnrollmentServer/Enrollment.svc", replay, SOAP_TYPE, USUAL)

    fault = strict.fault(answer, RST_ID, ISSUED)
    assert (fault.subcode, fault.error_type) == ("s:Authentication", "")
    assert len(field.server.devices()) == before


@pytest.mark.parametrize(
    "data",
    ["", "A" * 32, base64.b64encode(b"A" * 32).decode(), "PHNjcmlwdD4=", "!!", "A" * 20_000],
)
def test_made_up_tokens_look_alike(field: Field, data: str) -> None:
    """One fault for all, the same at both doors, and nothing stored."""
    stranger = field.stranger()
    made = Style(token=(USER_TOKEN, data))
    line = Line(field.server.port, tls_context(field.server.ca_path))
    before = len(field.server.devices())
    bodies = {
        "Policy": (stranger.get_policies("", "", made), POLICIES_ID, POLICIED),
        "Enrollment": (stranger.rst("", "", made), RST_ID, ISSUED),
    }

    for service, (body, identifier, action) in bodies.items():
        path = f"/EnrollmentServer/{service}.svc"
        answer = line.exchange("POST", path, body, SOAP_TYPE, USUAL)
        fault = strict.fault(answer, identifier, action)
        assert (fault.subcode, fault.error_type) == ("s:Authentication", "")
    assert len(field.server.devices()) == before


def test_a_form_of_another_site_signs_nobody_in(field: Field) -> None:
    """Login CSRF: the attacker's own good form and code, sent by the wearer's browser."""
    shown = ask(field, "GET", f"{PATH}?appru={APPRU}")
    other = ask(field, "GET", f"{PATH}?appru={APPRU}").header("Set-Cookie").partition(";")[0]
    (proof,) = re.findall(b'name="form_proof" value="([0-9a-f]+)"', shown.body)
    body = f"form_proof={proof.decode()}&name=x&secret={field.code}"

    for headers in ((), (("Cookie", other),), (("Cookie", "__Host-lenskeep-web="),)):
        answer = ask(field, "POST", f"{PATH}?appru={APPRU}", body, *headers)
        assert b"wresult" not in answer.body


def test_a_callback_that_nobody_waits_for_is_refused(field: Field) -> None:
    """400 and no redirect, with any state, code and cookie."""
    for cookie in ("", "__Host-lenskeep-trip=lk1:aaaaaaaaaaaa:AAAA"):
        query = "state=x&code=y&iss=https://evil.example&redirect_uri=https://evil.example"
        answer = ask(field, "GET", f"{PATH}/callback?{query}", "", ("Cookie", cookie))
        assert answer.status == 400
        assert not answer.header("Location")
        assert b"evil" not in answer.body
