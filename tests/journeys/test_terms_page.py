"""The page with the terms of use in a real browser: readable, large enough, and led back."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.journeys.conftest import Server, serving
from tests.journeys.test_sign_in_page import CONTRASTS, LARGE_PX, READABLE, SHOTS, SIZES

from lenskeep.virtual.entra.claims import Shape
from lenskeep.virtual.entra.issuer import TokenIssuer
from lenskeep.virtual.entra.wrong import Wrong

pytestmark = [pytest.mark.journey, pytest.mark.browser]

PATH: Final = "/EnrollmentServer/TermsOfUse"
REDIRECT: Final = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"
TEXT: Final = (
    "# Use\n\n" + "Please be kind to this headset, and to others. " * 60 + "\n\n- one\n- two"
)
HOST: Final = "https://login.microsoftonline.com/"
REACHES_LOOPBACK: Final = "--disable-features=LocalNetworkAccessChecks"
"""Else Chromium keeps a page from elsewhere from framing one of this machine, whoever allows it."""
STRANGER: Final = "https://evil.example.net/"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with terms."""
    with serving() as running:
        body = {"title": "Terms of use", "text": TEXT}
        assert running.request("PUT", "/api/v1/terms", body).is_success
        yield running


@pytest.fixture(scope="module")
def issuer(server: Server) -> TokenIssuer:
    """An issuer of tokens that the server believes."""
    made = TokenIssuer.create(audience=server.url)
    body = {"tenant": made.tenant, "audiences": [server.url], "jwks": made.jwks}
    assert server.request("POST", "/api/v1/entra/tenants", body).is_success
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that LENSKEEP_CHROMIUM names."""
    found = os.environ.get("LENSKEEP_CHROMIUM") or shutil.which("chromium")
    assert found, "no Chromium: `apt-get install chromium`, or set LENSKEEP_CHROMIUM"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", REACHES_LOOPBACK]
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        yield launched
        launched.close()


@dataclass
class Window:
    """A web view of Windows: it sends the token, and notes where it is led and what it dislikes."""

    page: Page
    led: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, server: Server, **more: str) -> None:
        """Open the terms as Windows does."""
        self.page.goto(server.url + address(**more))


@dataclass
class Windows:
    """Makes windows."""

    browser: Browser
    opened: list[Page] = field(default_factory=list)

    def make(
        self,
        token: str,
        size: tuple[int, int] = SIZES[0],
        scheme: Literal["light", "dark"] = "light",
    ) -> Window:
        """Return a window that brings this token."""
        context = self.browser.new_context(
            ignore_https_errors=True,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            extra_http_headers={"Authorization": f"Bearer {token}", "CXH-HOST": "FRX"},
        )
        window = Window(context.new_page())
        self.opened.append(window.page)
        window.page.on(
            "response",
            lambda each: (
                window.led.append(each.headers["location"]) if each.status == 302 else None
            ),
        )
        window.page.on("console", lambda each: window.complaints.append(each.text))
        return window


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Windows that are closed at the end."""
    made = Windows(browser)
    yield made
    for each in made.opened:
        each.context.close()


def address(**more: str) -> str:
    """Return path and query of the page."""
    query = {
        "redirect_uri": REDIRECT,
        "client-request-id": "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1",
        "api-version": "1.0",
        **more,
    }
    return f"{PATH}?{urlencode(query)}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["settings", "smallest"])
def test_the_terms_can_be_read_and_answered_by_hand(
    server: Server,
    issuer: TokenIssuer,
    windows: Windows,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    """Both buttons are in sight from the start and large; every text stands out."""
    window = windows.make(issuer.terms("anna@contoso.example", Shape()), size, scheme)
    window.open(server)
    page = window.page

    if SHOTS:
        page.screenshot(path=f"{SHOTS}/terms-{size[0]}-{scheme}.png")
    for name in ("Accept", "Decline"):
        button = page.get_by_role("button", name=name)
        expect(button).to_be_in_viewport()
        box = button.bounding_box()
        assert box is not None
        assert min(box["height"], box["width"]) >= LARGE_PX
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    faint = [each for each in page.evaluate(CONTRASTS) if each[1] < READABLE]
    assert faint == []
    assert [each for each in window.complaints if "Content Security" in each] == []


@pytest.mark.parametrize(("button", "answer"), [("Accept", "true"), ("Decline", "false")])
def test_a_button_leads_back_to_windows(
    server: Server, issuer: TokenIssuer, windows: Windows, button: str, answer: str
) -> None:
    """The page's own policy lets the redirect of its form go there."""
    window = windows.make(issuer.terms("anna@contoso.example", Shape()))
    window.open(server)

    window.page.get_by_role("button", name=button).click()
    window.page.wait_for_timeout(500)

    assert [each.partition("&")[0] for each in window.led] == [f"{REDIRECT}?IsAccepted={answer}"]
    assert [each for each in window.complaints if "Content Security" in each] == []


def test_a_wrong_token_shows_no_page(server: Server, issuer: TokenIssuer, windows: Windows) -> None:
    """Windows is told at once."""
    wrong = issuer.terms("anna@contoso.example", Shape(wrong=Wrong.WRONG_KEY))
    window = windows.make(wrong)

    with pytest.raises(Exception, match="ERR_"):
        window.open(server)

    assert window.led[0].startswith(f"{REDIRECT}?error=unauthorized_client&")


@pytest.mark.parametrize(("around", "shown"), [(HOST, 1), (STRANGER, 0)])
def test_only_windows_and_entra_may_frame_the_page(
    server: Server, issuer: TokenIssuer, windows: Windows, around: str, shown: int
) -> None:
    """Nobody else lays a page of his own over our buttons."""
    window = windows.make(issuer.terms("anna@contoso.example", Shape()))
    url = (server.url + address()).replace("&", "&amp;")
    html = f'<!doctype html><iframe src="{url}" width=800 height=400></iframe>'
    window.page.route(
        f"{around}**", lambda route: route.fulfill(body=html, content_type="text/html")
    )

    window.page.goto(around)
    window.page.wait_for_timeout(500)

    button = window.page.frame_locator("iframe").get_by_role("button", name="Accept")
    expect(button).to_have_count(shown)
