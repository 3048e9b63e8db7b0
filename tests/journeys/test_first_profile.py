"""The tutorial `first-profile`, walked as a person would: the demo, then the console alone."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from tests.journeys.browsing import ARGUMENTS, find_chromium, is_bad
from tests.journeys.conftest import ROOT, free_port

pytestmark = [pytest.mark.journey, pytest.mark.browser]

START_S: Final = 90
SOON_MS: Final = 40_000
"""The demo's headsets call every three seconds, and a busy machine is slow."""
TUTORIAL: Final = ROOT / "docs" / "tutorial" / "first-profile.md"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the last lines of `lenskeep demo` say."""

    url: str
    password: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, running."""
    out = tmp_path_factory.mktemp("demo") / "out"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "lenskeep", "demo", "--port", str(free_port())],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={key: each for key, each in os.environ.items() if "LENSKEEP_" not in key},
        )
    try:
        yield _told(process, out)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _told(process: subprocess.Popen[bytes], out: Path) -> Demo:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        text = out.read_text(errors="replace")
        assert process.poll() is None, text
        found = re.search(r"Console:\s+(\S+?)/?\s.*Password: (\S+)", text, re.DOTALL)
        if found and "Ctrl-C" in text:
            return Demo(found[1], found[2])
        time.sleep(0.1)
    raise AssertionError(out.read_text(errors="replace"))


@pytest.fixture
def page(demo: Demo) -> Iterator[Page]:
    """A browser window; complaints of the browser fail the test."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        context = chromium.new_context(ignore_https_errors=True, base_url=demo.url)
        opened = context.new_page()
        opened.set_default_timeout(SOON_MS)
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "console", lambda told: complaints.append(told.text) if is_bad(told.text) else None
        )
        yield opened
        chromium.close()
    assert complaints == []


def test_the_tutorial_can_be_walked_in_the_console_alone(page: Page, demo: Demo) -> None:
    """Every step of the page, in its order."""
    expect.set_options(timeout=SOON_MS)
    walk = Walk(page)
    walk.sign_in(demo.password)
    walk.make_a_group()
    walk.write_a_profile()
    walk.look_at_something_dangerous()
    walk.rehearse_and_save()
    walk.assign()
    walk.look_at_a_headset()
    walk.change_and_go_back()
    walk.take_it_back()

    assert _bold() - walk.used == {"Profiles", "From a template"} - walk.used


def _bold() -> set[str]:
    """Return what the tutorial says is to be found on the pages."""
    text = TUTORIAL.read_text("utf-8").partition("## 1. ")[2]
    return {" ".join(each.split()) for each in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)}


class Walk:
    """The steps; remembers which of the tutorial's words were used."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.used: set[str] = set()

    def word(self, text: str) -> str:
        """Return the word, and remember that it was used."""
        self.used.add(text)
        return text

    def press(self, text: str) -> None:
        """Press what is called so: a button or a link."""
        self.shown("button, a, summary", text).first.click()

    def shown(self, kinds: str, text: str) -> Locator:
        """Return what of these kinds shows just this, whatever a screen reader adds to it."""
        whole = re.compile(rf"^\s*{re.escape(self.word(text))}\s*$")
        return self.page.locator(kinds).filter(has_text=whole, visible=True)

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label, as a person does, and leave it."""
        box = self.page.get_by_label(self.word(label), exact=True)
        box.fill(text)
        box.press("Tab")

    def choose(self, label: str, start: str) -> None:
        """Choose the entry that begins so."""
        box = self.page.get_by_label(self.word(label), exact=True)
        entries = box.locator("option").all_inner_texts()
        box.select_option(label=next(each for each in entries if each.startswith(start)))

    def sign_in(self, password: str) -> None:
        """1. Start the demo."""
        self.page.goto("/")
        self.page.get_by_label("Name").fill("demo")
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        expect(self.page.locator("main")).to_contain_text("everything wanted was read back")

    def make_a_group(self) -> None:
        """2. Say which headsets."""
        self.press("Groups")
        self.press("New group")
        self.fill("Name", "Second generation")
        rule = self.page.get_by_label(self.word("Rule"), exact=True)
        rule.press_sequentially('generation = "HoloLens 2"')
        expect(self.page.locator("main")).to_contain_text("2 of 3 headsets belong to it now")
        self.press("Create the group")
        expect(self.page.get_by_role("heading", name="Second generation")).to_be_visible()

    def add(self, words: str, title: str) -> None:
        """Find a setting and add it."""
        self.word("Add settings")
        self.page.locator("#look").fill(words)
        self.page.get_by_role("button", name=f"{self.word('Add')} {title}", exact=True).click()
        expect(self.page.locator("#look")).to_be_visible()

    def write_a_profile(self) -> None:
        """3. Say what should be true."""
        self.press("Profiles")
        self.press("New profile")
        self.page.locator("#name").fill("Quiet lenses")
        self.choose("Look at it on", "Second generation")
        for words, title in (
            ("microphone", "Switch the microphone off"),
            ("sign-in asks", "Sign-in asks who"),
        ):
            self.add(words, title)
            switch = self.page.get_by_role("switch", name=title)
            expect(switch).to_be_visible()
            switch.press("Space")
        expect(self.page.locator("main")).to_contain_text("Works on 1 of 2 devices")
        self.add("password length", "Password length")
        box = self.page.get_by_label("Password length", exact=True)
        box.fill("2")
        box.press("Tab")
        expect(self.page.locator("main")).to_contain_text("is out of range")
        box.fill("8")
        box.press("Tab")
        expect(self.page.locator("#summary")).to_contain_text("can be saved")
        expect(self.page.locator("#summary")).to_contain_text("1 warning")

    def look_at_something_dangerous(self) -> None:
        """4. Look at something dangerous."""
        self.add("networks by hand", "Wi-Fi networks by hand")
        self.page.get_by_role("switch", name="Wi-Fi networks by hand").press("Space")
        expect(self.page.locator("#summary")).to_contain_text("1 to acknowledge")
        self.word("Take out")
        self.page.get_by_role("button", name=re.compile("Take out")).last.click()
        expect(self.page.locator("#summary")).to_contain_text("can be saved")

    def rehearse_and_save(self) -> None:
        """5. Rehearse."""
        self.press("Rehearse")
        expect(self.page.locator("main")).to_contain_text("HL2-19041.1128")
        self.page.locator("#reason").fill("first try")
        self.word("Reason")
        self.press("Save")
        expect(self.page.locator("body")).to_contain_text("Saved as revision 1")

    def assign(self) -> None:
        """6. Assign it."""
        self.choose("Group", "Second generation")
        self.press("What would it do?")
        expect(self.page.locator("main")).to_contain_text("2 headsets")
        self.press("Assign")
        expect(self.page.locator("main")).to_contain_text("2 verified")

    def look_at_a_headset(self) -> None:
        """6. Not applicable, and never sent."""
        row = self.page.get_by_role("row", name=re.compile("19041.1128"))
        row.get_by_role("link").click()
        expect(self.page.get_by_text(self.word("Not applicable"), exact=True).first).to_be_visible()

    def change_and_go_back(self) -> None:
        """7. Change your mind."""
        self._open()
        self.press("Edit")
        box = self.page.get_by_label("Password length", exact=True)
        box.fill("10")
        box.press("Tab")
        self.page.locator("#reason").fill("longer")
        expect(self.page.locator("#summary")).to_contain_text("can be saved")
        self.press("Save")
        expect(self.page.locator("body")).to_contain_text("Saved as revision 2")
        expect(self.page.locator("main")).to_contain_text("2 verified")
        self.shown("a", "changes").first.click()
        changed = self.page.get_by_role("row", name=re.compile("Password length.*8.*10", re.DOTALL))
        expect(changed).to_be_visible()
        self._open()
        self.shown("a", "look").last.click()
        self.press("Save as revision 3")
        expect(self.page.locator("main")).to_contain_text("2 verified")

    def take_it_back(self) -> None:
        """8. Take it back."""
        self._open()
        self.press("Change")
        self.press("Take it back")
        expect(self.page.locator("main")).to_contain_text("It reaches no headset yet")
        self.page.get_by_role("link", name="Devices", exact=True).click()
        self.page.get_by_role("row", name=re.compile("22621.1244")).get_by_role("link").click()
        expect(self.page.locator("main")).not_to_contain_text("Quiet lenses")

    def _open(self) -> None:
        self.press("Profiles")
        self.page.get_by_role("link", name="Quiet lenses").click()
