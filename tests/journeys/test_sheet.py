"""The sheet with what to press, in a real browser: it fits, and one page is printed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage
from tests.journeys.browsing import WIDTHS, headless
from tests.journeys.conftest import Server

pytestmark = [pytest.mark.journey, pytest.mark.browser]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    with headless() as started:
        yield started


def test_it_fits_every_width_and_the_policy_blocks_nothing_of_it(
    chromium: Browser, running_server: Server
) -> None:
    context = chromium.new_context(ignore_https_errors=True, base_url=running_server.url)
    page = context.new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "favicon" not in message.location["url"]:
            said.append(message.text)

    page.on("console", hear)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/enroll")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        code = page.locator("svg").bounding_box()
        assert code is not None
        assert code["width"] >= 120
    assert [] == said
    context.close()


def test_it_prints_on_one_sheet(chromium: Browser, running_server: Server) -> None:
    context = chromium.new_context(ignore_https_errors=True, base_url=running_server.url)
    page = context.new_page()
    page.goto("/enroll")

    printed = page.pdf(prefer_css_page_size=True)

    assert 1 == len(re.findall(rb"/Type\s*/Page\b", printed))
    context.close()
