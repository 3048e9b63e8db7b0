"""The page on which a wearer signs in: what it shows, sends, sets, and never repeats."""

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.flows.home import ADMIN, Home, open_home
from tests.flows.vouching import ISSUER, Vouching, described, vouched

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.flows.people import add_account
from lenskeep.web.device.pages.routes import make_page_routes
from lenskeep.web.device.pages.sign_in import FORM_COOKIE, TRIP_COOKIE

PATH = "/EnrollmentServer/Authenticate"
APPRU = "ms-app://windows.immersivecontrolpanel"
PASSWORD = "gaze-and-commit-7"
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Parsed(HTMLParser):
    """The elements of a page."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def input(self, name: str) -> dict[str, str]:
        return next(each for each in self.all("input") if each.get("name") == name)


class Browser:
    """A sign-in window and the house behind it."""

    def __init__(self, home: Home, vouching: Vouching) -> None:
        self.home, self.vouching = home, vouching
        self.client = self.window()

    def window(self) -> TestClient:
        """Return another window, without cookies."""
        application = Starlette(routes=make_page_routes(self.home.house))
        return TestClient(application, "https://localhost:8443", follow_redirects=False)

    def describe(self, name: str = "Clinic", **changed: object) -> str:
        """Describe a provider; return its id."""
        return asyncio.run(described(self.home, name, **changed)).id

    def open(self, appru: str = APPRU, hint: str = "", **more: str) -> httpx2.Response:
        """Open the page as Windows does."""
        return self.client.get(url(appru, hint, **more))

    def type(self, page: httpx2.Response, name: str, secret: str) -> httpx2.Response:
        """Send the form of the page."""
        fields = {"form_proof": Parsed(page).input("form_proof")["value"]}
        return self.client.post(str(page.url), data={**fields, "name": name, "secret": secret})


def url(appru: str = APPRU, hint: str = "", **more: str) -> str:
    return f"{PATH}?{urlencode({**more, 'appru': appru, 'login_hint': hint})}"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A window on a house with an account, and a provider that vouches for Ana."""
    yield from _browser(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The same, for tests that change nothing."""
    yield from _browser(tmp_path_factory.mktemp("house"))


def _browser(folder: Path) -> Iterator[Browser]:
    with open_home(folder) as home:
        vouching = Vouching({"preferred_username": "ana@clinic.example"})
        vouched(home, vouching)
        asyncio.run(add_account(home.house, ADMIN, "bo@clinic.example", Secret(PASSWORD)))
        yield Browser(home, vouching)


def policy_of(answer: httpx2.Response) -> dict[str, str]:
    """Return the content policy by directive."""
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (each.partition(" ") for each in directives)}


def assert_guarded(answer: httpx2.Response) -> None:
    """Every page forbids what it does not need, and is kept by nobody."""
    policy = policy_of(answer)
    nonce = policy["script-src"].removeprefix("'nonce-").removesuffix("'")
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    found = Parsed(answer)
    assert all(each.get("nonce") == nonce for each in found.all("script") + found.all("style"))
    assert not [name for _, each in found.elements for name in each if name.startswith("on")]
    assert not [each for _, each in found.elements if "style" in each]


def handed_over(answer: httpx2.Response) -> tuple[str, str]:
    """Return what the last page hands over, and where to."""
    found = Parsed(answer)
    (form,) = found.all("form")
    assert form["method"] == "post"
    assert policy_of(answer)["form-action"] == "ms-app:"
    return form["action"], found.input("wresult")["value"]


# --- showing ------------------------------------------------------------------------------


def test_the_form_is_made_for_a_headset(browser: Browser) -> None:
    """The name that was typed is there; one field for both kinds of secret; nothing is loaded."""
    page = browser.open(hint="bo@clinic.example")

    found = Parsed(page)
    assert page.status_code == 200
    assert_guarded(page)
    assert policy_of(page)["form-action"] == "'self'"
    assert found.input("name")["value"] == "bo@clinic.example"
    secret = found.input("secret")
    assert (secret["type"], secret["inputmode"], secret["autocapitalize"]) == (
        "password",
        "text",
        "none",
    )
    assert not found.all("link") + found.all("img") + [e for e in found.all("script") if "src" in e]


def test_cookies_are_bound_to_this_host_and_end_with_the_window(browser: Browser) -> None:
    """`__Host-`, Secure, HttpOnly, Lax, no age."""
    form = browser.open().headers["Set-Cookie"]
    browser.describe(domains=("clinic.example",))
    trip = browser.open(hint="ana@clinic.example").headers["Set-Cookie"]

    for cookie, name in ((form, FORM_COOKIE), (trip, TRIP_COOKIE)):
        assert cookie.startswith(f"{name}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; ")[1:])
        assert "Max-Age" not in cookie
        assert "Domain" not in cookie


@pytest.mark.parametrize(
    "appru",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "http://evil.example/",
        "https://evil.example/",
        "//evil.example",
        "vbscript:x",
        "ms-appx-web://x",
        f"ms-app://x{MARKUP}",
        "ms-app://x\r\nSet-Cookie: a=b",
        "ms-app://x\njavascript:alert(1)",
        "ms-app://x?wresult=1",
        "ms-app://user@evil.example",
        "ms-app://" + "a" * 9000,
    ],
)
def test_a_wrong_appru_is_refused_without_an_echo(shared: Browser, appru: str) -> None:
    """CVE-2026-22808: 400, and nothing of it on the page or in a header; POST alike."""
    for answer in (
        shared.open(appru, "bo@clinic.example"),
        shared.client.post(url(appru), data={"name": "bo", "secret": "x"}),
    ):
        assert answer.status_code == 400
        assert_guarded(answer)
        assert not Parsed(answer).all("form") + Parsed(answer).all("input")
        assert "evil" not in answer.text
        assert "alert" not in answer.text
        assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "login_hint=bo",
        f"appru={APPRU}&appru=javascript:alert(1)",
        f"appru=javascript:alert(1)&appru={APPRU}",
        f"appru={APPRU}&" + "&".join(f"a{n}=b" for n in range(50)),
        f"appru={APPRU}&login_hint=" + "a" * 20_000,
        "appru=%FF%FE",
    ],
)
def test_a_query_that_windows_does_not_send_is_refused(shared: Browser, query: str) -> None:
    """None, two answers for one question, a flood of them."""
    answer = shared.client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert "alert" not in answer.text


@pytest.mark.parametrize("hint", [MARKUP, "a" * 10_000, "x\r\nSet-Cookie: a=b", "\x00"])
def test_a_hint_is_repeated_as_text_or_not_at_all(shared: Browser, hint: str) -> None:
    """Escaped where somebody could have typed it; dropped where nobody could."""
    page = shared.open(hint=hint)

    assert page.status_code == 200
    assert_guarded(page)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert Parsed(page).input("name")["value"] in (hint, "")
    assert "a" * 300 not in page.text
    assert "a=b" not in str(page.headers)


def test_no_other_parameter_and_no_header_is_repeated(browser: Browser) -> None:
    """Names and values of a query, of headers and cookies: none of it is on any page."""
    browser.describe()
    headers = {
        "User-Agent": MARKUP,
        "Referer": f"https://evil.example/{MARKUP}",
        "X-Forwarded-For": MARKUP,
        "X-Forwarded-Host": "evil.example",
        "Accept-Language": MARKUP,
        "Origin": "https://evil.example",
        "Cookie": f'{FORM_COOKIE}="><script>alert(1)</script>; {TRIP_COOKIE}=<b>',
    }
    answers = [
        browser.client.get(
            url(**{MARKUP: MARKUP, "provider": MARKUP, "here": MARKUP}), headers=headers
        ),
        browser.client.get(url(hint="x"), headers=headers),
        browser.client.post(url(), data={MARKUP: MARKUP, "name": MARKUP}, headers=headers),
        browser.client.get(f"{PATH}/callback?{urlencode({MARKUP: MARKUP})}", headers=headers),
        browser.client.get(
            f"{PATH}/callback?"
            + urlencode(dict.fromkeys(("state", "code", "iss", "error"), MARKUP)),
            headers=headers,
        ),
    ]

    for answer in answers:
        assert_guarded(answer)
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "evil.example" not in answer.text + str(answer.headers)
        assert "alert" not in str(answer.headers)


def test_what_the_url_of_discovery_had_before_survives(browser: Browser) -> None:
    """[MS-MDE2] 3.2: the client adds to a query; links on the page keep it, forms post to it."""
    provider = browser.describe()
    page = browser.open(os="10.0.22621.1244")

    (link,) = Parsed(page).all("a")
    assert parse_qs(urlsplit(link["href"]).query) == {
        "os": ["10.0.22621.1244"],
        "appru": [APPRU],
        "provider": [provider],
    }
    assert "action" not in Parsed(page).all("form")[0]


# --- signing in here ----------------------------------------------------------------------


def test_a_right_password_hands_the_token_to_windows(browser: Browser) -> None:
    """A form that sends itself to appru, and a button for where no script runs."""
    page = browser.open(hint="bo@clinic.example")

    done = browser.type(page, "bo@clinic.example", PASSWORD)

    appru, wresult = handed_over(done)
    assert done.status_code == 200
    assert_guarded(done)
    assert appru == APPRU
    assert re.fullmatch("[A-Za-z0-9]{32}", wresult)
    assert "<button>Continue</button>" in done.text
    assert ".submit()" in done.text
    assert PASSWORD not in done.text


def test_a_wrong_password_shows_the_form_again(browser: Browser) -> None:
    """With 200, for the window gives up at an error; the name stays, escaped, the secret not."""
    page = browser.open()

    again = browser.type(page, MARKUP, "my wrong secret")

    assert again.status_code == 200
    assert_guarded(again)
    assert "is not right" in again.text
    assert Parsed(again).input("name")["value"] == MARKUP
    assert "<img" not in again.text
    assert "my wrong secret" not in again.text
    assert "wresult" not in again.text


def test_too_many_wrong_ones_are_told_to_wait(browser: Browser) -> None:
    """As headsets are that send passwords themselves."""
    page = browser.open()
    for _ in range(12):
        page = browser.type(page, "bo@clinic.example", "my wrong secret")

    assert "Wait a minute" in page.text
    assert int(page.headers["Retry-After"]) > 0


@pytest.mark.parametrize("proof", [None, "", "0" * 64, "another's"])
def test_a_form_from_elsewhere_signs_nobody_in(shared: Browser, proof: str | None) -> None:
    """Login CSRF: without the digest of this window's cookie nothing is looked at."""
    shared.open()
    if proof == "another's":
        proof = Parsed(shared.window().get(url())).input("form_proof")["value"]
    fields = {"name": "bo@clinic.example", "secret": PASSWORD}

    answer = shared.client.post(url(), data=fields | ({"form_proof": proof} if proof else {}))

    assert "wresult" not in answer.text
    assert "too old" in answer.text


def test_a_form_without_its_cookie_signs_nobody_in(browser: Browser) -> None:
    """The digest of an empty cookie is worth nothing."""
    page = browser.open()
    proof = Parsed(page).input("form_proof")["value"]
    fields = {"name": "bo@clinic.example", "secret": PASSWORD, "form_proof": proof}

    assert "wresult" not in browser.window().post(url(), data=fields).text


def test_a_flood_is_no_form(browser: Browser) -> None:
    """More than 16 kB is refused; another media type is no form of ours."""
    browser.open()

    flood = browser.client.post(url(), data={"secret": "x" * 20_000})
    other = browser.client.post(url(), json={"name": "bo@clinic.example", "secret": PASSWORD})

    assert flood.status_code == 413
    assert "wresult" not in other.text


# --- with a provider ----------------------------------------------------------------------


def test_a_name_of_a_providers_domain_goes_there_at_once(browser: Browser) -> None:
    """The provider is told the name; nothing else of the request goes along."""
    browser.describe(domains=("clinic.example",))

    answer = browser.open(hint="ana@clinic.example")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(
        f"{ISSUER}/auth?redirect_uri=https://localhost:8443"
    )
    assert browser.vouching.hints == ["ana@clinic.example"]
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == (
        "no-referrer",
        "no-store",
    )


def test_others_choose(browser: Browser) -> None:
    """Every provider has a button, and a password can be typed beside."""
    browser.describe("Clinic", domains=("clinic.example",))
    second = browser.describe(f"Second {MARKUP[:40]}")

    page = browser.open(hint="ana@elsewhere.example")
    here = browser.open(hint="ana@clinic.example", here="1")

    assert_guarded(page)
    assert len(Parsed(page).all("a")) == 2
    assert "<script>alert" not in page.text
    assert Parsed(here).input("secret")
    link = next(e["href"] for e in Parsed(page).all("a") if second in e["href"])
    assert browser.client.get(f"{PATH}{link}").status_code == 302


def come_back(browser: Browser, **query: str) -> httpx2.Response:
    """Open the way back with this window's cookies."""
    usual = {"state": "state-1", "code": "code-1", "iss": ISSUER}
    return browser.client.get(f"{PATH}/callback?{urlencode(usual | query)}")


def test_the_way_back_hands_the_token_to_windows_and_is_good_once(browser: Browser) -> None:
    """The cookie is forgotten; the same address again is nobody's."""
    browser.describe(domains=("clinic.example",))
    browser.open(hint="ana@clinic.example")

    done = come_back(browser)
    again = come_back(browser)

    appru, wresult = handed_over(done)
    assert_guarded(done)
    assert (appru, len(wresult)) == (APPRU, 32)
    assert 'lenskeep-trip=""; ' in done.headers["Set-Cookie"]
    assert again.status_code == 400
    assert "wresult" not in again.text


@pytest.mark.parametrize(
    "query",
    [
        {"state": "state-2"},
        {"state": ""},
        {"state": MARKUP},
    ],
)
def test_a_way_back_of_another_window_is_refused(browser: Browser, query: dict[str, str]) -> None:
    """A plain 400 without a word of it; the window's own visit is not ended by it."""
    browser.describe(domains=("clinic.example",))
    browser.open(hint="ana@clinic.example")

    answer = come_back(browser, **query)

    assert answer.status_code == 400
    assert_guarded(answer)
    assert "Set-Cookie" not in answer.headers
    assert handed_over(come_back(browser))


def test_a_way_back_without_a_cookie_is_refused(browser: Browser) -> None:
    """Login CSRF: an attacker's own state and code, opened in the wearer's window."""
    browser.describe(domains=("clinic.example",))
    browser.open(hint="ana@clinic.example")
    victim = browser.window()

    answer = victim.get(f"{PATH}/callback?state=state-1&code=code-1")

    assert answer.status_code == 400
    assert "wresult" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"code": "code-2"},
        {"code": ""},
        {"code": "", "error": "access_denied", "error_description": MARKUP},
        {"iss": "https://evil.example"},
    ],
)
def test_a_visit_that_failed_can_be_repeated(browser: Browser, query: dict[str, str]) -> None:
    """200 with a way to try again, to the same window of Windows; nothing of the answer on it."""
    browser.describe(domains=("clinic.example",))
    browser.open(hint="ana@clinic.example")

    answer = come_back(browser, **query)

    links = [each["href"] for each in Parsed(answer).all("a")]
    assert answer.status_code == 200
    assert_guarded(answer)
    assert "wresult" not in answer.text
    assert not [each for each in ("access_denied", "evil", "alert") if each in answer.text]
    assert all(parse_qs(urlsplit(each).query)["appru"] == [APPRU] for each in links)
    assert browser.client.get(links[0]).status_code == 302
    assert browser.client.get(links[1]).status_code == 200


def test_who_is_not_let_in_is_told_so(browser: Browser) -> None:
    """By the group that is missing: a sentence, no token, no details."""
    browser.describe(domains=("clinic.example",), required_claim="groups", required_value="hl")
    browser.open(hint="ana@clinic.example")

    answer = come_back(browser)

    assert "This user may not set up headsets." in answer.text
    assert "groups" not in answer.text


@pytest.mark.parametrize(
    "trouble", [Unavailable("secret inside"), Invalid.field("issuer", "secret inside")]
)
def test_a_provider_that_is_away_leaves_the_form(
    browser: Browser, trouble: Unavailable | Invalid
) -> None:
    """A code can still be typed."""
    browser.describe(domains=("clinic.example",))
    browser.vouching.trouble = trouble

    answer = browser.open(hint="ana@clinic.example")

    assert answer.status_code == 200
    assert "does not answer" in answer.text
    assert "secret inside" not in answer.text
    assert Parsed(answer).input("secret")


def test_every_end_of_a_sign_in_is_written_down(browser: Browser) -> None:
    """Phase, outcome, user and address; no secret."""
    page = browser.open(hint="bo@clinic.example")
    browser.type(page, "bo@clinic.example", PASSWORD)
    browser.home.clock.advance(seconds=5)
    browser.open("javascript:alert(1)")

    found = asyncio.run(browser.home.house.entry.attempts.attempts(None, 10)).items
    assert [("sign-in", "refused", ""), ("sign-in", "ok", "bo@clinic.example")] == [
        (each.phase, each.outcome, each.user) for each in found
    ]
    assert PASSWORD not in repr(found)
