"""A headset is brought in with the console alone: a way, a code, and the headset seen to arrive."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.journeys.browsing import PATIENCE_MS, WIDTHS, headless, signed_in
from tests.journeys.conftest import Server

pytestmark = [pytest.mark.journey, pytest.mark.browser]

PAGES: Final = {
    "front": "/enrollment",
    "front for 1st gen": "/enrollment?headset=1st+gen",
    "code": "/enrollment/ways/e",
    "join": "/enrollment/ways/a",
    "stick": "/enrollment/ways/g",
    "rules": "/enrollment/rules",
    "packages": "/enrollment/packages",
    "names": "/enrollment/names?domain=example.org",
    "numbers": "/enrollment/errors",
    "codes": "/codes",
}


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


def _enroll(server: Server, state: Path, user: str, secret: str, *options: str) -> str:
    """Let a headset enroll as a wearer would; return what it said."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lenskeep", "virtual", "enroll", "--state", str(state)),
            *("--server", server.url, "--ca", str(server.ca_path)),
            *("--user", user, "--secret", secret, *options),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _arrival(page: Page, words: str) -> Locator:
    return page.locator(".lk-arrival", has_text=words).first


def _stations(arrival: Locator, state: str) -> Locator:
    return arrival.locator(f".lk-station-{state}")


def test_a_headset_is_seen_to_arrive_step_by_step(
    page: Page, running_server: Server, tmp_path: Path
) -> None:
    """From the front page to the way, a code made there, the headset in the list by itself."""
    page.goto("/enrollment")
    page.get_by_role("link", name="Device management alone, without Entra").click()
    expect(page.get_by_role("heading", name="Device management alone")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    page.get_by_role("button", name="Make a code").click()
    code = page.locator(".lk-code-text").inner_text()
    expect(page.locator("#way-head")).to_contain_text("Offered")

    state = tmp_path / "headset"
    told = _enroll(running_server, state, "anna@example.org", code, "--no-sync")
    arrived = _arrival(page, "anna@example.org")

    expect(arrived, told).to_contain_text("its first session is awaited", timeout=PATIENCE_MS)
    expect(_stations(arrived, "done")).to_have_count(4)
    expect(_stations(arrived, "now")).to_contain_text("First session")
    _sync(state)
    expect(arrived).to_contain_text("Ready", timeout=PATIENCE_MS)
    expect(_stations(arrived, "done")).to_have_count(7)
    expect(page.locator(".lk-code-text")).to_have_text(code)
    assert page.evaluate("window.loadedOnce") is True
    arrived.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/devices/dev_"))


def _sync(state: Path) -> None:
    command = [sys.executable, "-m", "lenskeep", "virtual", "sync", "--state", str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_code_is_seen_as_refused_with_words_and_the_remedy(
    page: Page, running_server: Server, tmp_path: Path
) -> None:
    """The number that the headset shows stands in the list with its meaning, without reloading."""
    page.goto("/enrollment")
    page.evaluate("window.loadedOnce = true")

    _enroll(running_server, tmp_path / "headset", "bert@example.org", "bcdf-bcdf")
    refused = _arrival(page, "bert@example.org")

    expect(refused).to_contain_text("Refused", timeout=PATIENCE_MS)
    expect(refused).to_contain_text("0x80180002")
    expect(refused).to_contain_text("the user name, password, code or token is not right")
    expect(_stations(refused, "failed")).to_contain_text("Signed in")
    assert page.evaluate("window.loadedOnce") is True
    refused.get_by_role("link", name="Make a new code").click()
    expect(page.get_by_role("button", name="Make a code")).to_be_visible()


def test_rules_are_tried_as_they_are_typed(page: Page) -> None:
    """What stands in the form is judged, and stays unsaved."""
    page.goto("/enrollment/rules")
    page.get_by_label("Oldest build").fill("22621")
    page.get_by_label("Version", exact=True).fill("10.0.20348.1503")

    page.get_by_role("button", name="Try").click()

    expect(page.locator("#trial")).to_contain_text("Update this headset first, then enroll it.")
    expect(page.get_by_label("Oldest build")).to_have_value("22621")
    expect(page.locator("#standing-title")).to_have_text("Enrollment is open")


def test_the_choice_of_a_headset_shows_itself_at_once(page: Page) -> None:
    """No button: the ways that it lacks say so."""
    page.goto("/enrollment")

    page.get_by_label("Which headset?").select_option("HoloLens (1st gen)")

    expect(page).to_have_url(re.compile(r"headset=1st"))
    autopilot = page.locator(".lk-way", has_text="Autopilot")
    expect(autopilot).to_contain_text("Not on this headset")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_every_page_of_enrollment_fits_its_window(
    page: Page, tmp_path: Path, width: int, colors: str
) -> None:
    """No page is wider than the window; each is kept as a picture beside the test."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if colors == "dark" else "light")

    for name, path in PAGES.items():
        page.goto(path)
        page.screenshot(path=tmp_path / f"{name}-{width}-{colors}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{name} is wider than {width} px"
