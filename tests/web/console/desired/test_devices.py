"""A device's settings, tags and plan; many devices at once; the fleet's picture."""

import re

from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    NETWORK,
    WARD,
    assigned,
    fleet,
    profile,
    tell,
)
from tests.flows.home import OPERATOR, Home
from tests.web.console.conftest import Browser
from tests.web.console.desired.conftest import HOSTILE, stands

from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired.groups import create_group, device_groups
from lenskeep.flows.desired.rolling import device_settings
from lenskeep.flows.desired.tags import device_tags

KEY = "not-told-to-viewers"
"""What is in WARD."""


async def test_each_setting_tells_wanted_known_owner_and_state(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("viewer")
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CACHE, "7"))
    await assigned(home, made)
    await stands(home, device, SettingState.VERIFIED)
    await tell(home, device, (CACHE, "6"))

    page = (await browser.get(f"/devices/{device}")).text

    assert 'aria-label="Settings: 1 verified"' in page
    assert "MixedReality/AADGroupMembershipCacheValidityInDays</span>" in page
    assert f'<a href="/profiles/{made.id}">Ward</a>' in page
    assert re.search(r"<dt>wanted</dt>.*?>7</span>", page, re.DOTALL)
    assert re.search(r"<dt>known</dt>.*?>6</span>", page, re.DOTALL)


async def test_a_failed_setting_says_why_and_is_tried_again(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (CACHE, "7")))
    await stands(home, device, SettingState.FAILED, "the headset could not do it", 500)
    path = f"/devices/{device}/settings"

    before = (await browser.get(path, live=True)).text
    after = (await browser.send(f"{path}/retry", {"uri": CACHE}, live=True)).text

    assert "The headset could not do it" in before
    assert "(500)" in before
    assert "Try the failed one again" in before
    assert "Try again" not in after
    found = await device_settings(home.house, OPERATOR, device)
    assert found.counts[SettingState.PENDING] == 1


async def test_a_retry_of_what_is_no_setting_is_refused_in_words(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    (device,) = await fleet(home, 1)
    fields = {"uri": "./Vendor/MSFT/Nothing"}

    answer = await browser.send(f"/devices/{device}/settings/retry", fields, live=True)

    assert answer.status_code == 422
    assert "there is no setting" in answer.text.casefold()


async def test_a_viewer_reads_no_secret_on_any_page(home: Home, browser: Browser) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (NETWORK, WARD), (CACHE, "7"))
    await assigned(home, made)
    paths = (
        f"/devices/{device}",
        f"/devices/{device}/settings",
        f"/devices/{device}/plan",
        "/groups/grp_all/plan",
        f"/groups/grp_all/plan?profile={made.id}",
        f"/groups/grp_all/rehearsal?profile={made.id}",
    )

    await browser.sign_in("viewer")
    shown = [(await browser.get(path)).text for path in paths]
    await browser.sign_in("operator")
    whole = [(await browser.get(path)).text for path in paths]

    assert all(KEY not in page for page in shown)
    assert all("Ward" in page for page in shown)
    assert all(KEY in page for page in whole[:2]), "the test would not see it otherwise"
    assert all(KEY not in page for page in whole[2:]), "plans and rehearsals are for looking"


async def test_a_value_that_is_markup_comes_out_as_text(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, HOSTILE, (CACHE, "7")))
    await stands(home, device, SettingState.FAILED, HOSTILE, 500)
    await tell(home, device, (CACHE, HOSTILE))

    page = (await browser.get(f"/devices/{device}")).text

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 3


async def test_what_would_be_sent_is_told_with_its_reason(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Ward", (BLUETOOTH, "0")))

    page = (await browser.get(f"/devices/{device}/plan")).text

    assert "<b>Replace</b>" in page
    assert "AllowBluetooth" in page
    assert "Policies" in page
    operations = await home.house.fleet.operations(device, None, 10)
    assert operations.items == (), "nothing is sent by looking"


async def test_a_rehearsal_tells_what_each_build_accepts(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    await fleet(home, 1)
    await fleet(home, 1, build="19041.1128", first=5)
    made = await profile(home, "Ward", (BLUETOOTH, "0"))

    page = (await browser.get(f"/groups/grp_all/rehearsal?profile={made.id}")).text

    assert "HL2-22621.1244" in page
    assert "HL2-19041.1128" in page
    assert page.count(">Accepted</span>") == 2


async def test_a_tag_is_put_on_and_taken_off_on_the_page_of_a_device(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    (device,) = await fleet(home, 1)
    path = f"/devices/{device}/tags"

    put = (await browser.send(path, {"add": "Ward-3 loan"}, live=True)).text
    wrong = await browser.send(path, {"add": "no!"}, live=True)
    await browser.send(path, {"remove": "loan"}, live=True)

    assert "ward-3" in put
    assert wrong.status_code == 422
    assert "is not a tag" in wrong.text
    assert await device_tags(home.house, OPERATOR, device) == ("ward-3",)


async def test_a_viewer_puts_no_tag_on(home: Home, browser: Browser) -> None:
    (device,) = await fleet(home, 1)
    await browser.sign_in("viewer")

    answer = await browser.send(f"/devices/{device}/tags", {"add": "x"}, live=True)
    again = await browser.send(f"/devices/{device}/settings/retry", {}, live=True)

    assert (answer.status_code, again.status_code) == (403, 403)
    assert await device_tags(home.house, OPERATOR, device) == ()


async def test_devices_picked_are_tagged_and_grouped_at_once(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    one, two, three = await fleet(home, 3)
    group = await create_group(home.house, OPERATOR, "Few")
    fields = {"device": [one, two]}

    tagged = await browser.send("/picked/tags", {**fields, "tag": "loan"}, live=True)
    grouped = await browser.send("/picked/group", {**fields, "group": group.id}, live=True)
    nobody = await browser.send("/picked/tags", {"tag": "loan"}, live=True)

    assert "loan is on 2 devices" in tagged.text
    assert "2 devices put into Few" in grouped.text
    assert nobody.status_code == 422
    assert await device_tags(home.house, OPERATOR, two) == ("loan",)
    assert await device_tags(home.house, OPERATOR, three) == ()
    groups = await device_groups(home.house, OPERATOR, one)
    assert [each.name for each in groups] == ["All devices", "Few"]


async def test_the_fleet_is_one_picture_that_leads_to_who_is_behind_it(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("viewer")
    good, bad, _ = await fleet(home, 3)
    await assigned(home, await profile(home, "Ward", (CACHE, "7")))
    await stands(home, good, SettingState.VERIFIED)
    await stands(home, bad, SettingState.FAILED, "no", 500)

    page = (await browser.get("/")).text
    part = (await browser.get("/", live=True)).text

    assert 'aria-label="Headsets: 1 verified, 1 waiting, 1 failed"' in page
    assert "33%" in page
    assert 'href="/?worst=failed"' in page
    assert 'id="standing" hx-swap-oob="innerMorph"' in part


async def test_without_profiles_the_picture_says_what_to_do(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    await fleet(home, 1)

    page = (await browser.get("/")).text

    assert "Nothing is wanted of any headset yet" in page
    assert 'href="/profiles"' in page


async def test_a_state_that_does_not_exist_is_named_as_wrong(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")

    answer = await browser.get("/compliance?state=lost")

    assert answer.status_code == 422
    assert "no state of a roll-out" in answer.text


async def test_a_state_lists_who_is_in_it_profile_by_profile(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    waiting, _ = await fleet(home, 2)
    await assigned(home, await profile(home, "Ward", (CACHE, "7")))

    shown = (await browser.get("/compliance?state=waiting")).text
    none = (await browser.get("/compliance?state=failed")).text
    plain = (await browser.get("/compliance")).text

    assert f'href="/devices/{waiting}#settings-title"' in shown
    assert "Nobody" in none
    assert "2 headsets" in plain
    assert f'href="/devices/{waiting}#' not in plain
