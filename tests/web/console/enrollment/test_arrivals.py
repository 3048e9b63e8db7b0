"""The live list of arrivals: every attempt, with what stood in the way, in words."""

from typing import Any

from tests.web.console.conftest import Browser

from lenskeep.flows.entrance import Attempt
from lenskeep.wire.soap import ErrorType, Subcode

HOSTILE = "<script>alert(1)</script>"


async def came(browser: Browser, phase: str, **more: Any) -> None:
    """Write down a step of a headset."""
    house = browser.house
    values: dict[str, Any] = {
        "outcome": "ok",
        "user": "anna@example.org",
        "address": "10.0.0.7",
        "way": "typed password",
    }
    found = Attempt(id=house.ids.new("att"), at=house.clock.now(), phase=phase, **(values | more))
    await house.entry.attempts.note(found)


async def seen(browser: Browser) -> str:
    """Return the list as the live page loads it."""
    answer = await browser.get("/enrollment/arrivals", live=True)
    assert 200 == answer.status_code
    assert "<html" not in answer.text
    return answer.text


async def test_before_anybody_came_the_list_says_what_it_will_show(browser: Browser) -> None:
    await browser.sign_in("viewer")

    assert "Nobody has come yet" in await seen(browser)


async def test_a_wrong_code_is_told_in_words_with_its_number_and_the_remedy(
    browser: Browser,
) -> None:
    await browser.sign_in("viewer")
    await came(browser, "discovery")
    await came(
        browser,
        "policy",
        outcome="refused",
        reason="no code has this digest",
        hresult=Subcode.AUTHENTICATION.hresult,
    )

    page = await seen(browser)

    assert "Refused" in page
    assert "No code has this digest." in page
    assert "<code>0x80180002</code> the user name, password, code or token is not right" in page
    assert "make a new code" in page
    assert 'href="/enrollment/ways/e#code"' in page


async def test_a_refusal_by_a_rule_leads_to_the_rules(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await came(
        browser,
        "enrollment",
        outcome="refused",
        reason="users: anna@example.org is denied",
        hresult=ErrorType.DEVICE_CAP_REACHED.hresult,
    )

    page = await seen(browser)

    assert 'href="/enrollment/rules"' in page
    assert "this user has as many headsets as are allowed" in page


async def test_a_headset_that_was_let_in_is_followed_on_its_way(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll("HOLOLENS-7")
    await came(browser, "discovery", user="")
    await came(browser, "policy")
    await came(browser, "enrollment", device_id=device, device_name="as it said")

    page = await seen(browser)

    assert f'href="/devices/{device}">HOLOLENS-7<' in page
    assert "its first session is awaited" in page
    assert 4 == page.count("lk-station-done")
    assert 1 == page.count("lk-station-now")


async def test_what_a_headset_says_of_itself_is_shown_as_text(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await came(
        browser,
        "enrollment",
        outcome="refused",
        user=HOSTILE,
        device_name=HOSTILE,
        os_version=HOSTILE,
        address=HOSTILE,
        reason=HOSTILE,
        hresult=0x8018FFFF,
    )

    page = await seen(browser)

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "0x8018FFFF" in page


async def test_the_record_that_is_gone_leaves_the_arrival(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await came(browser, "enrollment", device_id="dev_gone", device_name="HOLO-9")

    page = await seen(browser)

    assert "HOLO-9" in page
    assert "/devices/dev_gone" not in page


async def test_what_a_dry_run_would_have_refused_is_said(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await came(browser, "policy", reason="dry run, would be refused: builds")

    assert "Dry run, would be refused: builds." in await seen(browser)


async def test_who_is_not_signed_in_sees_nothing(browser: Browser) -> None:
    answer = await browser.get("/enrollment/arrivals", live=True)

    assert "/sign-in" == answer.headers["HX-Redirect"]
