"""The front page of enrollment and the page of each way: how it stands, what to press."""

import re

import pytest
from tests.web.console.conftest import Browser

CODE = re.compile(r">([bcdfghjkmnpqrstvwxz]{4}-[bcdfghjkmnpqrstvwxz]{4})<")
LETTERS = "abcdefg"


def card(page: str, title: str) -> str:
    """Return the card of a way, as text."""
    found = re.search(rf"<article((?!</article>).)*{title}.*?</article>", page, re.DOTALL)
    assert found, page
    return found[0]


async def test_every_way_has_a_card_and_a_page(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment")).text

    assert list(LETTERS) == sorted(set(re.findall(r'href="/enrollment/ways/([a-g])"', page)))
    for letter in LETTERS:
        assert 200 == (await browser.get(f"/enrollment/ways/{letter}")).status_code


async def test_a_way_says_what_is_missing_and_then_that_it_is_offered(browser: Browser) -> None:
    await browser.sign_in("operator")
    before = card((await browser.get("/enrollment")).text, "Device management alone")

    await browser.send("/enrollment/ways/e/code")

    after = card((await browser.get("/enrollment")).text, "Device management alone")
    assert "Needs set-up" in before
    assert "Missing: an account" in before
    assert "Offered" in after
    assert "Missing" not in after


async def test_a_way_that_the_rules_close_is_closed(browser: Browser) -> None:
    await browser.sign_in("admin")

    await browser.send("/enrollment/rules", {"base": "0", "ways": ["package"]})

    page = (await browser.get("/enrollment")).text
    assert "Closed" in card(page, "Device management alone")
    assert "Needs set-up" in card(page, "Provisioning package, without Entra")


async def test_a_way_that_a_headset_lacks_says_so(browser: Browser) -> None:
    await browser.sign_in("viewer")

    first = (await browser.get("/enrollment?headset=1st+gen")).text
    old = (await browser.get("/enrollment?headset=18362.1059")).text

    assert "Not on this headset" in card(first, "Autopilot")
    assert "Not on this headset" not in card(first, "Device management alone")
    assert "Not on this headset" in card(old, "Provisioning package, without Entra")


async def test_the_steps_of_a_stick_are_those_of_the_build(browser: Browser) -> None:
    await browser.sign_in("viewer")

    old = (await browser.get("/enrollment/ways/g?headset=19041.1103")).text
    new = (await browser.get("/enrollment/ways/g?headset=22621.1244")).text

    assert "Press Volume Down and Power together, briefly, and confirm the package." in old
    assert "Confirm, or let ten seconds pass." in new
    assert "Confirm, or let ten seconds pass." not in old


async def test_a_code_is_made_on_the_page_of_its_way_and_shown_once(browser: Browser) -> None:
    await browser.sign_in("operator")

    live = await browser.send("/enrollment/ways/e/code", {"uses": "3"}, live=True)
    whole = await browser.send("/enrollment/ways/e/code", {"minutes": "5"})

    made = CODE.search(live.text)
    assert made
    assert "<html" not in live.text
    assert CODE.search(whole.text)
    assert "<html" in whole.text
    assert made[1] not in (await browser.get("/enrollment/ways/e")).text


async def test_a_number_that_cannot_be_is_named_with_what_is_allowed(browser: Browser) -> None:
    await browser.sign_in("operator")

    answer = await browser.send("/enrollment/ways/e/code", {"uses": "many"}, live=True)

    assert 422 == answer.status_code
    assert "1 to 1000" in answer.text


async def test_a_viewer_is_offered_no_code_and_gets_none(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment/ways/e")).text
    answer = await browser.send("/enrollment/ways/e/code")

    assert "Make a code</button>" not in page
    assert 403 == answer.status_code
    assert not CODE.search(answer.text)


@pytest.mark.parametrize("letter", ["x", "ee", "%3Cb%3E"])
async def test_there_is_no_other_way(browser: Browser, letter: str) -> None:
    await browser.sign_in("viewer")

    answer = await browser.get(f"/enrollment/ways/{letter}")

    assert 404 == answer.status_code
    assert "<b>" not in answer.text.partition("<main")[2]


async def test_the_page_of_a_way_has_the_code_of_the_sheet_and_the_menus(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment/ways/e")).text

    assert "QR code of https://mdm.example.org:8443/enroll" in page
    assert "<b>Enroll only in device management</b>" in page
    assert "mdm.example.org:8443" in page


async def test_what_goes_into_the_tenant_can_be_copied(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment/ways/a")).text

    assert 'data-copy="https://mdm.example.org:8443/EnrollmentServer/TermsOfUse"' in page


async def test_the_navigation_says_where_one_is(browser: Browser) -> None:
    await browser.sign_in("operator")

    for path in ("/enrollment", "/enrollment/ways/e", "/enrollment/rules", "/codes"):
        page = (await browser.get(path)).text
        assert 'href="/enrollment" aria-current="page">Enrollment<' in page, path


PAGES = (
    "/enrollment",
    "/enrollment/arrivals",
    *(f"/enrollment/ways/{letter}" for letter in LETTERS),
    "/enrollment/rules",
    "/enrollment/packages",
    "/enrollment/names",
    "/enrollment/errors",
)


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_holds_script_or_style_that_its_policy_forbids(
    browser: Browser, path: str
) -> None:
    await browser.sign_in("admin")

    answer = await browser.get(path)

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" == answer.headers["Cache-Control"]
    assert not re.search(r"<style|<script(?! src=)| style=| on[a-z]+=", answer.text)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_for_who_has_signed_in(browser: Browser, path: str) -> None:
    answer = await browser.get(path)

    assert (303, "/sign-in") == (answer.status_code, answer.headers["Location"])
