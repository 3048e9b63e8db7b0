"""The sign-in page in a real browser: it can be read, and it hands over to Windows by itself."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)
from tests.journeys.conftest import Server, serving
from tests.journeys.openid import SECRET, OpenIdProvider, present, providing

pytestmark = [pytest.mark.journey, pytest.mark.browser]

APPRU: Final = "ms-app://windows.immersivecontrolpanel"
SIGN_IN: Final = "/EnrollmentServer/Authenticate"
SIZES: Final = ((1366, 768), (852, 480))
"""A window of Settings, and the smallest that HoloLens gives one ([hololens] 852 x 480)."""
LARGE_PX: Final = 44
"""What a finger in the air hits ([WCAG 2.2] 2.5.5)."""
READABLE: Final = 4.5
"""[WCAG 2.2] 1.4.3."""
PATIENCE_MS: Final = 15_000
CONTRASTS: Final = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!color.endsWith(", 0)")) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = "h1, p, label, button, a, input:not([type=hidden])";
  return [...document.querySelectorAll(texts)]
    .filter((each) => each.offsetParent !== null)
    .map((each) => {
      const [a, b] = [light(getComputedStyle(each).color), light(behind(each))];
      return [each.outerHTML.slice(0, 60), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    });
}"""
"""The contrast of every text on a page ([WCAG 2.2] 1.4.3)."""
SHOTS: Final = os.environ.get("LENSKEEP_TEST_SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for the tests of this module."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def provider(server: Server) -> Iterator[OpenIdProvider]:
    """A provider that the server trusts."""
    with providing(f"{server.url}{SIGN_IN}/callback") as running:
        server.stop()
        server.settings["SSL_CERT_FILE"] = str(running.certificate)
        server.start()
        body = {
            "name": "Clinic",
            "issuer": running.issuer,
            "client_id": "lenskeep",
            "client_secret": SECRET,
            "domains": ["clinic.example"],
        }
        assert server.request("POST", "/api/v1/sign-in-providers", body).status_code == 201
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that LENSKEEP_CHROMIUM names."""
    found = os.environ.get("LENSKEEP_CHROMIUM") or shutil.which("chromium")
    assert found, "no Chromium: `apt-get install chromium`, or set LENSKEEP_CHROMIUM"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@dataclass
class Window:
    """A page, what it complains of, and whether its form went to Windows.

    There is no Windows here to take it: Chromium begins the navigation to `ms-app:` and gives it
    up, with a complaint if it was the page's own policy that forbade it.
    """

    page: Page
    narrowed: bool = False
    """Whether the last page gets a policy that does not let its form go to Windows."""
    last: str = ""
    """The last page of a sign-in: it is gone as soon as it has been read."""
    begun: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("response", lambda each: self.seen.append(each.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda each: self._hear(each.text))
        session = self.page.context.new_cdp_session(self.page)
        session.on("Page.frameStartedNavigating", self._begin)
        session.on("Network.loadingFailed", lambda event: self.ended.add(event["requestId"]))
        session.send("Page.enable")
        session.send("Network.enable")
        self.page.route(f"**{SIGN_IN}**", self._keep)

    def _keep(self, route: Route) -> None:
        """Keep what answers a form of ours."""
        if route.request.method != "POST":
            route.continue_()
            return
        answer = route.fetch()
        self.last = answer.text()
        headers = dict(answer.headers)
        if self.narrowed:
            policy = headers["content-security-policy"]
            headers["content-security-policy"] = policy.replace("ms-app:", "'self'")
        route.fulfill(response=answer, headers=headers)

    def _begin(self, event: dict[str, Any]) -> None:
        if event["url"] == APPRU:
            self.begun.add(event["loaderId"])

    def _hear(self, text: str) -> None:
        """Keep a broken policy; not the empty style attribute that taking a picture leaves."""
        if "Content Security Policy" in text and "sha256-47DEQpj8HBSa" not in text:
            self.complaints.append(text)

    @property
    def went_to_windows(self) -> bool:
        """Whether the form was sent to the address that Windows waits at, and let go there."""
        return bool(self.begun & self.ended) and not self.complaints

    def wait_for_windows(self) -> None:
        """Wait until it was."""
        self.wait_until(lambda: bool(self.begun & self.ended))
        self.page.wait_for_timeout(100)  # a complaint comes after the end
        assert self.went_to_windows, self.complaints

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait for something that the browser tells of by itself."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while not happened():
            assert time.monotonic() < end, (self.begun, self.ended, self.complaints)
            self.page.wait_for_timeout(20)

    def type_secret(self, secret: str) -> None:
        """Type a secret and go on."""
        self.page.get_by_label("Password or one-time code").fill(secret)
        with self.page.expect_response(lambda each: each.request.method == "POST"):
            self.page.get_by_role("button", name="Continue").click(no_wait_after=True)


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A window of the smallest size."""
    with opened(browser) as found:
        yield found
        assert found.complaints == []


@contextmanager
def opened(
    browser: Browser,
    size: tuple[int, int] = SIZES[1],
    scheme: Literal["light", "dark"] = "light",
    *,
    script: bool = True,
) -> Iterator[Window]:
    """Yield a window."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        java_script_enabled=script,
        ignore_https_errors=True,
    )
    yield Window(context.new_page())
    context.close()


def url(server: Server, hint: str = "", **more: str) -> str:
    """Return the address that Windows opens."""
    query = urlencode({"appru": APPRU, "login_hint": hint, **more})
    return f"{server.url}{SIGN_IN}?{query}"


def good_at_policies(server: Server, last: str) -> bool:
    """Return whether the token on the last page proves somebody."""
    (token,) = re.findall('name="wresult" value="([A-Za-z0-9]{32})"', last)
    return present(server, token).status_code == 200


def test_a_typed_code_is_handed_to_windows_by_the_page_itself(
    server: Server, window: Window
) -> None:
    """Nobody presses anything on the last page: its form goes to `ms-app:` under its policy."""
    window.page.goto(url(server, "ana@example.org"))

    window.type_secret(server.new_code())
    window.wait_for_windows()

    assert good_at_policies(server, window.last)


def test_another_policy_would_have_stopped_it(server: Server, browser: Browser) -> None:
    """What the test before shows depends on the policy: with `form-action 'self'` nothing goes."""
    with opened(browser) as window:
        window.page.goto(url(server, "ana@example.org"))
        window.narrowed = True
        window.type_secret(server.new_code())
        window.wait_until(lambda: any("form-action" in each for each in window.complaints))

        assert not window.went_to_windows


def test_without_scripts_a_button_hands_over(server: Server, browser: Browser) -> None:
    """The pages are complete without them, but for the button that shows a password."""
    with opened(browser, script=False) as window:
        window.page.goto(url(server, "ana@example.org"))
        window.type_secret(server.new_code())
        expect(window.page.get_by_role("heading", name="You are signed in")).to_be_visible()
        before = bool(window.begun)

        window.page.get_by_role("button", name="Continue").click(no_wait_after=True)
        window.wait_for_windows()

        assert not before
        assert good_at_policies(server, window.last)


def test_a_provider_signs_in_and_windows_gets_the_token(
    server: Server, provider: OpenIdProvider, window: Window
) -> None:
    """The wearer sees the provider's own forms; a browser's rules let every step pass."""
    page = window.page
    page.goto(url(server, "ana@clinic.example"))
    assert page.url.startswith(provider.issuer)

    page.locator("[name=login]").fill("ana")
    page.locator("[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click(no_wait_after=True)
    window.wait_for_windows()

    assert f"{SIGN_IN}/callback" in [urlsplit(each).path for each in window.seen]


def test_the_secret_is_shown_on_demand(server: Server, window: Window) -> None:
    """What is typed in the air is worth a look; focus goes back to the field."""
    window.page.goto(url(server, "ana@example.org"))
    secret = window.page.get_by_label("Password or one-time code")
    expect(secret).to_be_focused()
    secret.fill("gaze-and-commit")

    window.page.get_by_role("button", name="Show").click()
    shown = secret.get_attribute("type")
    expect(secret).to_be_focused()
    window.page.get_by_role("button", name="Hide").click()

    assert (shown, secret.get_attribute("type")) == ("text", "password")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.usefixtures("provider")
def test_every_page_fits_and_can_be_read(
    server: Server, browser: Browser, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    """Nothing to scroll sideways, nothing too small to hit, every text with enough contrast."""
    seen = f"{scheme}-{size[0]}"
    with opened(browser, size, scheme) as window:
        page = window.page
        page.goto(url(server, "ana@example.org"))
        look_at(page, f"{seen}-form")
        assert is_whole(page, page.get_by_role("button", name="Continue"))
        window.type_secret("wrong")
        expect(page.get_by_role("alert")).to_be_visible()
        look_at(page, f"{seen}-wrong")
        page.goto(url(server, "ana@clinic.example"))
        page.get_by_role("link", name="Cancel").click()
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
        look_at(page, f"{seen}-again")
        page.goto(f"{server.url}{SIGN_IN}?appru=javascript:alert(1)")
        look_at(page, f"{seen}-refused")
        page.goto(url(server, "ana@example.org"))
        window.type_secret(server.new_code())
        window.wait_for_windows()
        last = window.last
    with opened(browser, size, scheme) as window:
        window.page.set_content(re.sub("<script.*?</script>", "", last, flags=re.DOTALL))
        look_at(window.page, f"{seen}-done")


def look_at(page: Page, name: str) -> None:
    """Check a page's measures; keep a picture where somebody wants one."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    for each in page.locator("button:visible, a:visible, input:visible").all():
        box = each.bounding_box()
        assert box is not None
        assert box["height"] >= LARGE_PX, name
        assert box["width"] >= LARGE_PX, name
    found: list[tuple[str, float]] = page.evaluate(CONTRASTS)
    assert found, name
    assert [each for each in found if each[1] < READABLE] == [], name


def is_whole(page: Page, control: Locator) -> bool:
    """Return whether a control can be seen whole without scrolling."""
    box, size = control.bounding_box(), page.viewport_size
    return bool(box and size and box["y"] + box["height"] <= size["height"])
