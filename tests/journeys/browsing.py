"""A real browser in front of a real server: headless Chromium, and an administrator signed in."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.journeys.conftest import Server

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDTHS: Final = (1280, 390)
PATIENCE_MS: Final = 15_000
"""A few rounds of polling on a busy machine."""


def find_chromium() -> str:
    """Return the browser to drive: Debian's, or the one that LENSKEEP_CHROMIUM names."""
    named = os.environ.get("LENSKEEP_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "no Chromium: `apt-get install chromium`, or set LENSKEEP_CHROMIUM"
    return found


def is_bad(text: str) -> bool:
    """A broken policy or script; not the empty style attribute that taking a picture leaves."""
    return "Content Security Policy" in text and "sha256-47DEQpj8HBSa" not in text


@contextmanager
def headless() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        yield started
        started.close()


@contextmanager
def signed_in(browser: Browser, server: Server) -> Iterator[Page]:
    """A page in which the administrator has signed in; complaints of the browser fail the test."""
    context = browser.new_context(ignore_https_errors=True, base_url=server.url)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda each: complaints.append(each.text) if is_bad(each.text) else None)
    opened.goto("/")
    opened.get_by_label("Name").fill(server.admin_name)
    opened.get_by_label("Password").fill(server.admin_password)
    opened.get_by_role("button", name="Sign in").click()
    expect(opened.get_by_role("heading", name="Devices")).to_be_visible()
    yield opened
    context.close()
    assert complaints == []
