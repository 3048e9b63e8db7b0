"""The fleet page."""

from tests.web.console.conftest import Browser


async def test_an_empty_fleet_says_what_to_do_next(browser: Browser) -> None:
    await browser.sign_in("operator")

    page = (await browser.get("/")).text

    assert "No headset yet" in page
    assert "Enroll only in device management" in page
    assert 'href="/codes"' in page


async def test_the_empty_page_is_loaded_again_when_the_first_headset_arrives(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    before = await browser.get("/?empty=1", live=True)
    await browser.enroll()

    after = await browser.get("/?empty=1", live=True)

    assert "hx-refresh" not in before.headers
    assert after.headers["hx-refresh"] == "true"


async def test_each_device_is_a_row_with_its_state_in_words(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll("HOLOLENS-0017")

    page = (await browser.get("/")).text

    assert f'href="/devices/{device}">HOLOLENS-0017</a>' in page
    assert ">Enrolled</span>" in page
    assert "anna@example.org" in page


async def test_the_search_narrows_the_rows(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll("assembly")
    await browser.enroll("packing")

    page = (await browser.get("/?text=ASSEM")).text

    assert ">assembly</a>" in page
    assert ">packing</a>" not in page


async def test_filters_that_nothing_fits_offer_the_way_back(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll()

    page = (await browser.get("/?state=managed")).text

    assert "No device fits these filters" in page
    assert 'href="/">show all 1</a>' in page


async def test_a_live_part_holds_rows_and_counts_but_no_page(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll("assembly")

    part = (await browser.get("/", live=True)).text

    assert "<html" not in part
    assert ">assembly</a>" in part
    assert 'id="tiles" hx-swap-oob="innerMorph"' in part


async def test_the_address_follows_the_filters(browser: Browser) -> None:
    await browser.sign_in("viewer")

    answer = await browser.client.get(
        "/?text=a%26b&state=", headers={"HX-Request": "true", "HX-Source": "form#filters"}
    )

    assert answer.headers["hx-replace-url"] == "/?text=a%26b"


async def test_a_state_that_does_not_exist_is_named_as_wrong(browser: Browser) -> None:
    await browser.sign_in("viewer")

    answer = await browser.get("/?state=lost")

    assert answer.status_code == 422
    assert "is no state" in answer.text


async def test_more_devices_than_fit_a_page_are_found_by_following_the_link(
    browser: Browser,
) -> None:
    await browser.sign_in("viewer")
    for number in range(52):
        await browser.enroll(f"number {number}")
    first = (await browser.get("/")).text

    address = first.split(">Next page<")[0].rpartition('href="')[2].split('"')[0]
    second = (await browser.get(address.replace("&amp;", "&"))).text

    assert first.count('class="lk-row-link"') == 50
    assert second.count('class="lk-row-link"') == 2
    assert "First page" in second
