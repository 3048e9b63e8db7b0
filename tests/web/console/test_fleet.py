"""The fleet page."""

import pytest
from tests.web.console.conftest import Browser

from lenskeep.base.identifiers import DeviceId


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


# --- one operation on several devices -----------------------------------------------------

GET = {"verb": "get", "uri": "./DevDetail/SwV", "format": "", "value": ""}


async def test_one_operation_is_queued_on_every_device_picked(browser: Browser) -> None:
    await browser.sign_in("operator")
    picked: list[str] = [await browser.enroll(name) for name in ("one", "two")]
    other = await browser.enroll("three")

    answer = await browser.send("/operations", {**GET, "device": picked}, live=True)

    counts = [
        len((await browser.house.fleet.operations(DeviceId(each), None, 5)).items)
        for each in (*picked, other)
    ]
    assert "Get ./DevDetail/SwV is queued on 2 devices." in answer.text
    assert answer.headers["hx-trigger"] == "operations-changed"
    assert counts == [1, 1, 0]


async def test_without_script_the_page_comes_back_with_what_was_picked_and_typed(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll("one")

    answer = await browser.send("/operations", {**GET, "uri": "nix", "device": [device]})

    assert answer.status_code == 422
    assert 'id="wrong-uri"' in answer.text
    assert f'value="{device}" id="pick-{device}" aria-label="Pick one" checked>' in answer.text
    assert 'value="nix"' in answer.text


async def test_nothing_picked_and_a_device_that_left_are_said_in_words(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll("one")

    nothing = await browser.send("/operations", GET, live=True)
    gone = await browser.send("/operations", {**GET, "device": [device, "dev_404"]}, live=True)
    alone = await browser.send("/operations", {**GET, "device": ["dev_404"]}, live=True)

    assert {422} == {each.status_code for each in (nothing, gone, alone)}
    assert "0 devices are named" in nothing.text
    assert "dev_404" in gone.text
    assert "dev_404" in alone.text
    assert (await browser.house.fleet.operations(device, None, 5)).items == ()


async def test_a_live_part_keeps_what_is_picked(browser: Browser) -> None:
    await browser.sign_in("operator")
    one, two = await browser.enroll("one"), await browser.enroll("two")

    part = (await browser.get(f"/?device={one}", live=True)).text

    assert f'id="pick-{one}" aria-label="Pick one" checked>' in part
    assert f'id="pick-{two}" aria-label="Pick two" >' in part


async def test_a_viewer_picks_nothing(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll("one")

    page = (await browser.get("/")).text

    assert 'name="device"' not in page
    assert 'id="new-operation"' not in page


# --- where they are, how they stand -------------------------------------------------------


async def test_a_row_shows_where_it_is_and_that_it_is_going(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll("one")
    await browser.send(f"/devices/{device}/custody", {"custody": "stolen"})
    await browser.send(f"/devices/{device}/unenroll")

    page = (await browser.get("/")).text

    assert ">Stolen</span>" in page
    assert ">Told to leave</span>" in page


async def test_the_list_is_narrowed_by_where_they_are_and_by_tag(browser: Browser) -> None:
    await browser.sign_in("operator")
    lost, tagged = await browser.enroll("one"), await browser.enroll("two")
    await browser.send(f"/devices/{lost}/custody", {"custody": "lost"})
    await browser.send(f"/devices/{tagged}/tags", {"add": "ward-3"})

    missing = (await browser.get("/?custody=lost")).text
    ward = (await browser.get("/?tag=ward-3")).text

    assert (">one</a>" in missing, ">two</a>" in missing) == (True, False)
    assert (">one</a>" in ward, ">two</a>" in ward) == (False, True)
    assert '<option value="lost" selected>' in missing
    assert '<option value="ward-3" selected>' in ward
    assert 'href="/?tag=ward-3" title="ward-3">ward-3</a>' in ward


async def test_silence_and_standing_narrow_the_list(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll("one")

    silent = (await browser.get("/?silent=7")).text
    nothing = (await browser.get("/?worst=none")).text
    failed = (await browser.get("/?worst=failed")).text

    assert (">one</a>" in silent, ">one</a>" in nothing, ">one</a>" in failed) == (
        False,
        True,
        False,
    )
    assert '<option value="7" selected>' in silent


async def test_the_tag_is_no_choice_where_there_is_none(browser: Browser) -> None:
    await browser.sign_in("viewer")
    await browser.enroll("one")

    assert 'name="tag"' not in (await browser.get("/")).text


async def test_the_address_keeps_every_filter_to_the_next_page(browser: Browser) -> None:
    await browser.sign_in("viewer")

    answer = await browser.client.get(
        "/?custody=in+use&worst=none&silent=3&trouble=1&tag=",
        headers={"HX-Request": "true", "HX-Source": "form#filters"},
    )

    address = answer.headers["hx-replace-url"]
    for kept in ("custody=in+use", "worst=none", "silent=3", "trouble=1"):
        assert kept in address
    assert "tag" not in address


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("worst=lost", "worst"),
        ("custody=moon", "custody"),
        ("silent=0", "silent"),
        ("silent=x", "silent"),
        ("silent=99999999", "silent"),
        ("worst=<script>", "worst"),
    ],
)
async def test_a_filter_that_does_not_exist_is_named_as_wrong(
    browser: Browser, query: str, field: str
) -> None:
    await browser.sign_in("viewer")

    answer = await browser.get(f"/?{query}")

    assert answer.status_code == 422
    assert field in answer.text.casefold()
    assert "<script>" not in answer.text
