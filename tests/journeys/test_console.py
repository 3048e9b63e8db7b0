"""The console in a real browser, on a real server, with a virtual headset at the other end."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.browsing import PATIENCE_MS, WIDTHS, headless, signed_in
from tests.journeys.conftest import Server

pytestmark = [pytest.mark.journey, pytest.mark.browser]

BUILD: Final = "HL2-22621.1244"
VERSION: Final = "10.0.22621.1244"
DESIRED: Final = {
    "groups": "/groups",
    "group by rule": "/groups/new?rule=tag+%3D+x+and+generaton+%3D+y",
    "group by hand": "/groups/new?kind=hand",
    "group": "/groups/grp_all",
    "plan": "/groups/grp_all/plan",
    "rehearsal": "/groups/grp_all/rehearsal",
    "roll-outs": "/rollouts",
    "compliance": "/compliance",
    "compliance by state": "/compliance?state=verified",
}
"""The pages of groups, plans and how the fleet stands."""


@dataclass(frozen=True, slots=True)
class Headset:
    """A virtual headset in a process of its own."""

    server: Server
    state: Path

    def enroll(self) -> None:
        """Enroll with a fresh code; the first session runs at once."""
        self._run(
            "enroll",
            *("--server", self.server.url, "--ca", str(self.server.ca_path)),
            *("--user", "anna@example.org", "--secret", self.server.new_code()),
            *("--build", BUILD),
        )

    def sync(self) -> None:
        """Run one session."""
        self._run("sync")

    def _run(self, verb: str, *options: str) -> None:
        command = [sys.executable, "-m", "lenskeep", "virtual", verb, "--state", str(self.state)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.server.log()}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with headless() as started:
        yield started


@pytest.fixture(scope="module")
def headset(running_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Headset:
    """A headset that is enrolled and has had its first session."""
    made = Headset(running_server, tmp_path_factory.mktemp("headset") / "state")
    made.enroll()
    return made


@pytest.fixture
def page(browser: Browser, running_server: Server) -> Iterator[Page]:
    """A page in which the administrator has signed in; complaints of the browser fail the test."""
    with signed_in(browser, running_server) as opened:
        yield opened


def test_a_value_asked_for_arrives_without_reloading(page: Page, headset: Headset) -> None:
    """Sign in, open a device, queue a Get, let the headset sync: the value is on the page."""
    page.locator(".lk-row-link").first.click()
    expect(page.get_by_role("heading", name="New operation")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    page.get_by_label("LocURI").fill("./DevDetail/SwV")
    page.get_by_role("button", name="Queue").click()
    first = page.locator("#operations tbody tr").first
    expect(first).to_contain_text("Queued", timeout=PATIENCE_MS)

    headset.sync()

    expect(first).to_contain_text("Done", timeout=PATIENCE_MS)
    expect(first.locator(".lk-result")).to_have_text(VERSION)
    assert page.evaluate("window.loadedOnce") is True


def test_what_is_typed_stays_while_the_page_follows_the_headset(
    page: Page, headset: Headset
) -> None:
    """Focus, text and opened details outlive the refresh of the parts around them."""
    page.locator(".lk-row-link").first.click()
    page.locator("#inventory summary").first.click()
    page.get_by_label("LocURI").fill("./Vendor/MSFT/Half")

    with page.expect_response(re.compile("/inventory$")):
        headset.sync()

    assert page.evaluate("document.activeElement.id") == "uri"
    assert page.get_by_label("LocURI").input_value() == "./Vendor/MSFT/Half"
    assert page.locator("#inventory details[open]").count() == 1


def test_the_fleet_is_searched_while_typing(page: Page, headset: Headset) -> None:
    """Rows follow the words, the address follows the rows, focus stays."""
    assert headset.state.exists()

    page.get_by_role("searchbox").fill("no such headset")

    expect(page.get_by_text("No device fits these filters")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?text=no"))
    assert page.evaluate("document.activeElement.id") == "text"


def test_devices_picked_stay_picked_and_get_one_operation(page: Page, headset: Headset) -> None:
    """The rows are refreshed around the picks, and the form is about them."""
    assert headset.state.exists()
    expect(page.locator("#new-operation")).to_be_hidden()
    page.locator("input[name=device]").first.check()
    expect(page.locator("[data-picked]")).to_have_text("1 device")

    with page.expect_response(re.compile(r"/\?.*device=")):
        page.get_by_label("LocURI").fill("./DevDetail/HwV")
    page.get_by_role("button", name="Queue").click()

    expect(page.get_by_text("Get ./DevDetail/HwV is queued on 1 device.")).to_be_visible()
    expect(page.locator("input[name=device]").first).to_be_checked()
    expect(page.locator("#fleet tbody tr").first).to_contain_text("open")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_every_page_fits_its_window(
    page: Page, headset: Headset, tmp_path: Path, width: int, colors: str
) -> None:
    """No page is wider than the window; each is kept as a picture beside the test."""
    assert headset.state.exists()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if colors == "dark" else "light")
    device = page.locator(".lk-row-link").first.get_attribute("href")
    assert device

    for name, path in (
        ("fleet", "/"),
        ("device", device),
        ("codes", "/codes"),
        ("accounts", "/accounts"),
        ("admins", "/admins"),
        ("tokens", "/tokens"),
        ("audit", "/audit"),
        ("help", "/help"),
        ("device plan", f"{device}/plan"),
        ("device who", f"{device}/who"),
        ("device leaving", f"{device}/leaving"),
        ("fleet narrowed", "/?worst=none&custody=in+use&silent=30"),
        *DESIRED.items(),
    ):
        page.goto(path)
        page.screenshot(path=tmp_path / f"{name}-{width}-{colors}.png", full_page=True)
        assert page.evaluate("document.documentElement.dataset.bsTheme") == colors
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_every_control_has_a_name(page: Page, headset: Headset) -> None:
    """Who does not see the page hears what each field, button and link is."""
    assert headset.state.exists()
    device = page.locator(".lk-row-link").first.get_attribute("href")
    assert device

    for path in (
        "/",
        device,
        f"{device}/who",
        f"{device}/leaving",
        "/codes",
        "/accounts",
        "/admins",
        "/tokens",
        "/audit",
        "/help",
        *DESIRED.values(),
    ):
        page.goto(path)
        nameless = page.evaluate(
            """[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
               .filter(each => !each.labels.length && !each.ariaLabel).map(each => each.name)"""
        )
        assert nameless == [], path


def test_who_signed_out_is_back_at_the_sign_in(page: Page) -> None:
    """Signing out ends the sign-in, and pages ask for it again."""
    page.get_by_role("button", name="Sign out").click()
    page.goto("/codes")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_rule_is_previewed_while_it_is_typed(page: Page, headset: Headset) -> None:
    """Who belongs, and why, stands beside the rule; a slip is shown where it is."""
    assert headset.state.exists()
    page.goto("/groups/new")
    page.get_by_label("Rule").press_sequentially('generation = "HoloLens 2"')
    preview = page.locator("#rule-preview")
    expect(preview.locator(".lk-preview-count b")).to_have_text("1", timeout=PATIENCE_MS)
    expect(preview).to_contain_text("it has HoloLens 2")

    page.get_by_label("Rule").press_sequentially(" and bild = 1")

    expect(preview.locator("mark")).to_have_text("bild", timeout=PATIENCE_MS)
    expect(preview).to_contain_text("did you mean build")


def test_a_group_is_picked_by_hand_and_what_is_picked_outlives_a_search(
    page: Page, headset: Headset
) -> None:
    """A headset ticked stays ticked when something else is searched for; the group has it."""
    assert headset.state.exists()
    page.goto("/groups/new?kind=hand")
    page.get_by_label("Name", exact=True).fill("Picked")
    page.locator("#picks .lk-pick").first.click()
    page.get_by_label("Search headsets to add").fill("no such headset")
    expect(page.locator("#picks")).to_contain_text("No other headset fits", timeout=PATIENCE_MS)

    page.get_by_role("button", name="Create the group").click()

    expect(page.get_by_role("heading", name="Picked")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#members tbody tr")).to_have_count(1)


def test_settings_become_verified_on_the_page_while_the_headset_syncs(
    page: Page, headset: Headset
) -> None:
    """A profile is assigned in the console; the device's page shows it pending, then verified."""
    setting = {
        "uri": "./Device/Vendor/MSFT/Policy/Config/Connectivity/AllowBluetooth",
        "value": "0",
    }
    wish = {"name": "No Bluetooth", "settings": [setting]}
    made = headset.server.request("POST", "/api/v1/profiles", wish)
    assert made.status_code == 201, made.text
    page.goto("/groups/grp_all")
    page.get_by_label("Assign a profile").select_option("No Bluetooth")
    expect(page.locator("#foreseen")).to_contain_text("It comes to", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("tbody").first).to_contain_text("No Bluetooth", timeout=PATIENCE_MS)
    page.goto("/")
    page.locator(".lk-row-link").first.click()
    first = page.locator("#settings tbody tr").first
    expect(first).to_contain_text("Pending", timeout=PATIENCE_MS)
    page.evaluate("window.loadedOnce = true")

    headset.sync()

    expect(first).to_contain_text("Verified", timeout=PATIENCE_MS)
    expect(page.locator("#timeline")).to_contain_text("settings: 1 verified", timeout=PATIENCE_MS)
    assert page.evaluate("window.loadedOnce") is True
