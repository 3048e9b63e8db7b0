"""Profiles in a real browser: a setting is found, filled in, saved, assigned; every page fits."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.browsing import WIDTHS, headless, signed_in
from tests.journeys.conftest import Server

pytestmark = [pytest.mark.journey, pytest.mark.browser]

PAGES: Final = ("", "/edit", "/compare", "/revision?number=1")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    with headless() as started:
        yield started


@pytest.fixture
def page(chromium: Browser, running_server: Server) -> Iterator[Page]:
    """A page in which the administrator has signed in; complaints of the browser fail the test."""
    with signed_in(chromium, running_server) as opened:
        yield opened


def _profile(page: Page, name: str) -> str:
    """Make a profile as a person does, without the mouse where that is harder; return its path."""
    page.goto("/profiles/new")
    page.locator("#name").fill(name)
    page.locator("#look").fill("cortana")
    page.get_by_role("button", name="Add Cortana").press("Enter")
    switch = page.get_by_role("switch", name="Cortana")
    expect(switch).to_be_focused()
    switch.press("Space")
    page.locator("#look").fill("active hours start")
    page.get_by_role("button", name="Add Active hours start").click()
    page.get_by_label("Active hours start", exact=True).fill("99")
    page.get_by_label("Active hours start", exact=True).press("Tab")
    expect(page.locator(".lk-found", has_text="is out of range")).to_be_visible()
    page.get_by_label("Active hours start", exact=True).fill("6")
    page.get_by_label("Active hours start", exact=True).press("Tab")
    expect(page.locator("#summary")).to_contain_text("can be saved")
    page.locator("#reason").fill("for the night")
    page.locator("#reason").press("Enter")
    page.wait_for_url(re.compile("/profiles/prf_"))
    return page.url.split("?")[0]


def test_a_profile_is_written_and_assigned_in_the_console_alone(page: Page) -> None:
    """What is wrong is said while it is typed, and gone once it is right."""
    _profile(page, "Ward")

    expect(page.locator("body")).to_contain_text("Saved as revision 1")
    expect(page.locator("body")).to_contain_text("Off (0)")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".lk-targets")).to_contain_text("All devices")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_every_page_of_profiles_fits_its_window(
    page: Page, tmp_path: Path, width: int, colors: str
) -> None:
    """No page is wider than the window; each is kept as a picture beside the test."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if colors == "dark" else "light")
    profile = _profile(page, f"Ward {width} {colors}")
    paths = [profile + each for each in PAGES]
    paths += ["/profiles", "/profiles/new", "/profiles/import", "/profiles/templates"]
    paths += ["/profiles/templates/kiosk-apps"]

    for number, path in enumerate(paths):
        page.goto(path)
        page.screenshot(path=tmp_path / f"{number}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
