"""Signing in on the web, with a certified OpenID provider, on the way from discovery to a session.

The provider is `oidc-provider` in its own process; its own login and consent forms are filled in.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from tests.journeys.conftest import Headset, Server, serving
from tests.journeys.openid import SECRET, OpenIdProvider, present, providing

from lenskeep.virtual.enrollment.ways import Federated
from lenskeep.virtual.enrollment.web.person import WebPerson
from lenskeep.virtual.headset import SyncOptions, VirtualHeadset
from lenskeep.virtual.session.report import Origin

pytestmark = pytest.mark.journey

APPRU: Final = "ms-app://windows.immersivecontrolpanel"
SIGN_IN: Final = "/EnrollmentServer/Authenticate"


@dataclass
class Form:
    """A form of a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms of a page, and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(named.get("action", "")))
        if tag == "input" and self.forms:
            self.forms[-1].fields[named.get("name", "")] = named.get("value", "")
        if tag == "a":
            self.links.append(named.get("href", ""))


class Window:
    """A sign-in window: follows redirects, fills in forms, and waits for `ms-app:`."""

    def __init__(self, server: Server, provider: OpenIdProvider) -> None:
        trust = ssl.create_default_context(cafile=str(server.ca_path))
        trust.load_verify_locations(str(provider.certificate))
        self.client = httpx2.Client(verify=trust, timeout=60)
        self.page = httpx2.Response(200)
        self.seen: list[str] = []

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def open(self, url: str) -> httpx2.Response:
        """Open an address, and go where it leads."""
        return self._arrive(self.client.get(url))

    def send(self, form: int = 0, **typed: str) -> httpx2.Response:
        """Send a form of the page."""
        found = Forms(self.page.text).forms[form]
        url = urljoin(str(self.page.url), found.action)
        return self._arrive(self.client.post(url, data={**found.fields, **typed}))

    def follow(self, number: int = 0) -> httpx2.Response:
        """Press a link of the page."""
        return self.open(urljoin(str(self.page.url), Forms(self.page.text).links[number]))

    def token(self) -> str:
        """Return what the page hands to Windows."""
        found = Forms(self.page.text).forms[0]
        assert found.action == APPRU, self.page.text
        assert "form-action ms-app:" in self.page.headers["Content-Security-Policy"]
        return found.fields["wresult"]

    def _arrive(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(20):
            self.seen.append(str(answer.url))
            if not answer.is_redirect:
                self.page = answer
                return answer
            answer = self.client.get(urljoin(str(answer.url), answer.headers["Location"]))
        raise AssertionError(f"in a circle: {self.seen}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for the tests of this module."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def provider(server: Server) -> Iterator[OpenIdProvider]:
    """A provider that the server trusts and knows under three names."""
    with providing(f"{server.url}{SIGN_IN}/callback") as running:
        server.stop()
        server.settings["SSL_CERT_FILE"] = str(running.certificate)
        server.start()
        usual = {"issuer": running.issuer, "client_id": "lenskeep", "client_secret": SECRET}
        for more in (
            {"name": "Clinic", "domains": ["clinic.example"]},
            {"name": "Public", "client_id": "lenskeep-public", "client_secret": None},
            {
                "name": "Elliptic",
                "client_id": "lenskeep-elliptic",
                "client_secret": "another secret",
                "required_claim": "groups",
                "required_value": "headset-enrollers",
            },
        ):
            answer = server.request("POST", "/api/v1/sign-in-providers", {**usual, **more})
            assert answer.status_code == 201, answer.text
            assert answer.json()["redirect_uri"] == f"{server.url}{SIGN_IN}/callback"
        yield running


@pytest.fixture
def window(server: Server, provider: OpenIdProvider) -> Iterator[Window]:
    """A fresh sign-in window."""
    with Window(server, provider) as opened:
        yield opened


def sign_in_url(server: Server, hint: str = "", **more: str) -> str:
    """Return the address that Windows opens; what the URL of discovery had before stays."""
    query = {**more, "appru": APPRU, "login_hint": hint}
    return f"{server.url}{SIGN_IN}?{urlencode(query)}"


def log_in(window: Window, user: str = "ana") -> None:
    """Fill in the provider's own forms: login, then consent."""
    window.send(login=user, password="any")
    if "Authorize" in window.page.text:
        window.send()


def test_a_headset_enrolls_from_discovery_to_its_first_session(
    server: Server, provider: OpenIdProvider
) -> None:
    """Discovery wants the page, the provider vouches, the certificate comes, the session runs."""
    headset = VirtualHeadset.create(build="HL2-22621.1244")
    person = WebPerson("ana", "any")
    way = Federated("ana@clinic.example", person, server.url)
    roots = server.ca_path.read_bytes() + provider.certificate.read_bytes()
    told: list[str] = []

    asyncio.run(headset.enroll_as(way, roots, tell=told.append))
    report = asyncio.run(headset.sync(SyncOptions(origin=Origin.ENROLLMENT)))

    device = server.device_of(Headset(headset))
    attempts = server.get("/api/v1/enrollment/attempts").json()["items"]
    assert any("Federated" in each for each in told)
    assert report.messages > 1
    assert (device["state"], device["user"]) == ("managed", "ana@clinic.example")
    assert {("sign-in", "ok"), ("enrollment", "ok")} <= {
        (each["phase"], each["outcome"]) for each in attempts if each["user"] == device["user"]
    }


def test_a_name_of_the_providers_domain_goes_straight_there(server: Server, window: Window) -> None:
    """One window, the provider's own forms, and a token that GetPolicies takes."""
    window.open(sign_in_url(server, "ana@clinic.example"))
    asked = parse_qs(urlsplit(window.seen[1]).query)
    log_in(window)

    token = window.token()
    answer = present(server, token)

    assert asked["code_challenge_method"] == ["S256"]
    assert asked["login_hint"] == ["ana@clinic.example"]
    assert re.fullmatch("[A-Za-z0-9]{32}", token)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", ["Public", "Elliptic"])
def test_other_clients_are_chosen_on_the_page(server: Server, window: Window, name: str) -> None:
    """Without a secret but PKCE, or with elliptic signatures and a group that is asked for."""
    window.open(sign_in_url(server, "somebody@elsewhere.example"))
    names = re.findall(r"Sign in with (\w+)", window.page.text)

    window.follow(names.index(name))
    log_in(window)

    assert present(server, window.token()).status_code == 200


def test_who_lacks_the_group_is_told_so_and_may_try_again(server: Server, window: Window) -> None:
    """No token; a way back to another try, and to a password or code."""
    window.open(sign_in_url(server))
    names = re.findall(r"Sign in with (\w+)", window.page.text)
    window.follow(names.index("Elliptic"))

    log_in(window, "mallory")

    assert "This user may not set up headsets." in window.page.text
    assert "wresult" not in window.page.text
    window.follow(1)
    assert "Password or one-time code" in window.page.text


def test_who_cancels_at_the_provider_may_try_again(server: Server, window: Window) -> None:
    """The provider's error comes back; it is not repeated."""
    window.open(sign_in_url(server, "ana@clinic.example"))
    cancel = next(each for each in Forms(window.page.text).links if each.endswith("/abort"))

    window.open(urljoin(str(window.page.url), cancel))

    assert window.page.status_code == 200
    assert "You are not signed in" in window.page.text
    assert "access_denied" not in window.page.text


def test_a_code_is_good_once(server: Server, provider: OpenIdProvider, window: Window) -> None:
    """The way back, opened again with the same cookies, leads nowhere; nor in another window."""
    window.open(sign_in_url(server, "ana@clinic.example"))
    cookies = dict(window.client.cookies)
    log_in(window)
    callback = window.seen[-1]
    assert "/callback?" in callback

    again = window.client.get(callback)
    with Window(server, provider) as other:
        elsewhere = other.open(callback)
        replayed = other.client.get(callback, headers={"Cookie": _cookie(cookies)})

    assert again.status_code == 400
    assert elsewhere.status_code == 400
    assert "wresult" not in replayed.text
    assert "You are not signed in" in replayed.text


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def test_a_provider_is_checked_from_the_command_line(
    server: Server, provider: OpenIdProvider
) -> None:
    """It answers; the redirect URI to register is said."""
    shown = server.command("sign-in", "check", "clinic")

    assert "it answers" in shown
    assert f"{server.url}{SIGN_IN}/callback" in shown
