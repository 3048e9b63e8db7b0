"""The editor: settings are picked, filled in, checked and saved; secrets stay where they are."""

import re

import pytest
from tests.web.console.conftest import Browser
from tests.web.console.profiles.conftest import (
    ADA,
    POLICY,
    add,
    body_of,
    form_of,
    headset,
    profile_in,
    row_of,
    saved,
)

from lenskeep.desired.profile import ProfileSetting
from lenskeep.flows.desired.assigning import assign
from lenskeep.flows.mandate import ALL_DEVICES

WIFI = POLICY + "Wifi/AllowWiFi"
CAMERA = POLICY + "Privacy/LetAppsAccessCamera"
APPS = POLICY + "Privacy/LetAppsAccessCamera_ForceAllowTheseApps"
HOURS = POLICY + "Update/ActiveHoursStart"
CORTANA = POLICY + "Experience/AllowCortana"
WLAN = "./Device/Vendor/MSFT/WiFi/Profile/Ward%207/WlanXml"
WLAN_XML = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"><name>Ward 7</name>'
    "<SSIDConfig><SSID><name>Ward 7</name></SSID></SSIDConfig><connectionType>ESS</connectionType>"
    "<MSM><security><authEncryption><authentication>WPA2PSK</authentication><encryption>AES"
    "</encryption><useOneX>false</useOneX></authEncryption><sharedKey><keyType>passPhrase</keyType>"
    "<protected>false</protected><keyMaterial>hunter2hunter2</keyMaterial></sharedKey></security>"
    "</MSM></WLANProfile>"
)


async def _new(browser: Browser) -> dict[str, list[str]]:
    return form_of((await browser.get("/profiles/new")).text)


async def test_what_is_filled_in_is_what_is_saved(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await _new(browser)
    for uri in (CORTANA, CAMERA, APPS, HOURS):
        sent = await add(browser, sent, uri)
    sent["name"], sent["reason"] = ["Ward"], ["for the night"]
    sent.pop(f"v.{row_of(sent, 'AllowCortana')}")
    sent[f"v.{row_of(sent, 'LetAppsAccessCamera')}"] = ["2"]
    sent[f"v.{row_of(sent, 'ForceAllowTheseApps')}"] = [
        "Contoso.A_8wekyb3d8bbwe",
        "Contoso.B_8wekyb3d8bbwe",
        "",
    ]
    sent[f"v.{row_of(sent, 'ActiveHoursStart')}"] = ["6"]

    answer = await browser.send("/profiles/new", sent)

    assert answer.status_code == 303, answer.text
    assert await body_of(browser, profile_in(answer.headers["location"])) == {
        CORTANA: "0",
        CAMERA: "2",
        APPS: "Contoso.A_8wekyb3d8bbwe;Contoso.B_8wekyb3d8bbwe",
        HOURS: "6",
    }


async def test_saving_what_was_opened_changes_nothing(browser: Browser) -> None:
    await browser.sign_in("operator")
    passwords = POLICY + "Browser/AllowPasswordManager"
    held = {CORTANA: "0", WLAN: WLAN_XML, passwords: "1"}
    profile = await saved(browser, *(ProfileSetting(u, v) for u, v in held.items()))
    sent = form_of((await browser.get(f"/profiles/{profile}/edit")).text)

    answer = await browser.send(f"/profiles/{profile}/edit", sent)

    assert answer.status_code == 303
    assert await body_of(browser, profile) == held
    assert "revision 1" in (await browser.get(f"/profiles/{profile}")).text


async def test_a_secret_is_kept_when_its_field_stays_empty(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(WLAN, WLAN_XML))
    page = (await browser.get(f"/profiles/{profile}/edit")).text
    sent = await add(browser, form_of(page), CORTANA)
    sent["reason"] = ["and Cortana"]

    answer = await browser.send(f"/profiles/{profile}/edit", sent)

    assert "hunter2" not in page
    assert answer.status_code == 303
    assert await body_of(browser, profile) == {WLAN: WLAN_XML, CORTANA: "1"}


async def test_a_secret_is_replaced_when_something_is_written(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(WLAN, WLAN_XML))
    sent = form_of((await browser.get(f"/profiles/{profile}/edit")).text)
    other = WLAN_XML.replace("hunter2hunter2", "correct horse")
    sent[f"v.{row_of(sent, 'WlanXml')}"] = [other]
    sent["reason"] = ["another key"]

    await browser.send(f"/profiles/{profile}/edit", sent)

    assert await body_of(browser, profile) == {WLAN: other}


async def test_names_in_an_address_are_filled_in_plain(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), WLAN.replace("Ward%207", "{SSID}"))
    row = row_of(sent, "WlanXml")
    sent |= {"name": ["Ward"], f"n.{row}": ["Ward 7"], f"v.{row}": [WLAN_XML]}

    answer = await browser.send("/profiles/new", sent)

    assert answer.status_code == 303, answer.text
    assert await body_of(browser, profile_in(answer.headers["location"])) == {WLAN: WLAN_XML}


async def test_a_missing_name_is_asked_for(browser: Browser) -> None:
    await browser.sign_in("operator")
    page = await browser.send(
        "/profiles/draft", {**await _new(browser), "add": WLAN.replace("Ward%207", "{SSID}")}
    )

    assert "Fill in the name: SSID." in page.text


async def test_a_lock_out_is_saved_only_once_it_was_acknowledged(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), WIFI)
    row = row_of(sent, "AllowWiFi")
    sent["name"] = ["Ward"]
    sent.pop(f"v.{row}")

    refused = await browser.send("/profiles/new", sent, live=True)
    taken = await browser.send("/profiles/new", {**sent, f"a.{row}": ["1"]}, live=True)

    assert refused.status_code == 422
    assert f'name="a.{row}"' in refused.text
    assert "If it strands:" in refused.text
    assert "It was not saved." in refused.text
    assert taken.headers["hx-redirect"].startswith("/profiles/prf_")


async def test_what_is_wrong_stands_beside_its_field_while_somebody_writes(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), HOURS)
    row = row_of(sent, "ActiveHoursStart")
    sent[f"v.{row}"] = ["99"]

    part = await browser.send("/profiles/check", sent, live=True)

    assert part.status_code == 200
    assert "<html" not in part.text
    found = part.text.partition(f'id="found-{row}"')[2]
    assert "is out of range" in found[:600]
    assert "1 refused" in part.text


async def test_a_value_that_no_control_can_show_is_kept_as_text(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), CAMERA)
    row = row_of(sent, "LetAppsAccessCamera")
    sent[f"c.{row}"], sent[f"v.{row}"] = ["text"], ["7"]

    page = await browser.send("/profiles/draft", sent)

    assert ">\n7</textarea>" in page.text
    assert "is not one of the choices" in page.text


async def test_a_stale_editor_is_told_what_changed_meanwhile(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    mine = form_of((await browser.get(f"/profiles/{profile}/edit")).text)
    theirs = dict(mine)
    theirs[f"v.{row_of(mine, 'AllowCortana')}"] = ["1"]
    await browser.send(f"/profiles/{profile}/edit", {**theirs, "reason": ["faster"]})
    mine = await add(browser, mine, HOURS) | {"reason": ["slower"]}

    stale = await browser.send(f"/profiles/{profile}/edit", mine, live=True)
    again = {**mine, "base": [*mine["base"], "2"]}
    after = await browser.send(f"/profiles/{profile}/edit", again, live=True)

    assert stale.status_code == 409
    assert "revision 2 was saved since" in stale.text
    assert "Cortana" in stale.text
    assert 'name="base" value="2"' in stale.text
    assert "hx-redirect" in after.headers
    assert await body_of(browser, profile) == {CORTANA: "0", HOURS: "8"}


async def test_a_clash_names_both_owners_and_is_accepted_by_hand(browser: Browser) -> None:
    await browser.sign_in("operator")
    await headset(browser, "HOLOLENS-0017")
    other = await saved(browser, ProfileSetting(HOURS, "6"), name="Lab")
    mine = await saved(browser, ProfileSetting(CORTANA, "0"), name="Ward")
    for profile in (other, mine):
        await assign(browser.house, ADA, profile, ALL_DEVICES)
    sent = form_of((await browser.get(f"/profiles/{mine}/edit")).text)
    sent = await add(browser, sent, HOURS) | {"reason": ["wanted"]}

    refused = await browser.send(f"/profiles/{mine}/edit", sent, live=True)
    taken = await browser.send(f"/profiles/{mine}/edit", {**sent, "accepts": ["1"]}, live=True)

    assert refused.status_code == 409
    for word in ("Lab", "Ward", "HOLOLENS-0017", 'name="accepts"'):
        assert word in refused.text
    assert "hx-redirect" in taken.headers


async def test_a_setting_is_taken_out_again_without_script(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), CORTANA)
    row = row_of(sent, "AllowCortana")

    page = await browser.send("/profiles/draft", {**sent, "remove": row})

    assert f'id="row-{row}"' not in page.text


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ({"look": "cortana"}, "Add Cortana", "Add Wi-Fi"),
        ({"area": "Wifi"}, "Add Wi-Fi", "Add Cortana"),
        ({"look": "nosuchthing"}, "Nothing fits", "Add "),
    ],
)
async def test_the_picker_finds_by_words_and_by_area(
    browser: Browser, asked: dict[str, str], there: str, not_there: str
) -> None:
    await browser.sign_in("operator")

    part = await browser.send("/profiles/picker", {**await _new(browser), **asked}, live=True)

    assert there in part.text
    assert not_there not in part.text


async def test_blanket_admx_areas_are_shown_only_when_asked_for(browser: Browser) -> None:
    await browser.sign_in("operator")
    asked = {**await _new(browser), "look": "ADMX_ActiveXInstallService"}

    usual = await browser.send("/profiles/picker", asked, live=True)
    everything = await browser.send("/profiles/picker", {**asked, "everything": "1"}, live=True)

    assert "ADMX_ActiveXInstallService" not in usual.text
    assert "ADMX_ActiveXInstallService" in everything.text


async def test_the_picker_says_on_how_many_devices_a_setting_works(browser: Browser) -> None:
    await browser.sign_in("operator")
    await headset(browser)
    asked = {**await _new(browser), "look": "cortana", "group": ALL_DEVICES}

    part = await browser.send("/profiles/picker", asked, live=True)

    assert re.search("(Works|Sure) on ", part.text)


async def test_a_picked_setting_comes_as_a_row_of_its_own(browser: Browser) -> None:
    await browser.sign_in("operator")
    asked = {**await _new(browser), "add": CORTANA}

    part = await browser.send("/profiles/setting", asked, live=True)

    assert part.text.count("<article") == 1
    assert part.headers["hx-trigger"] == "draft-changed"
    assert 'role="switch"' in part.text


async def test_a_profile_of_many_settings_fits_its_form(browser: Browser) -> None:
    await browser.sign_in("operator")
    sent = await add(browser, await _new(browser), APPS)
    families = [f"Contoso.App{n}_8wekyb3d8bbwe" for n in range(300)]
    sent |= {"name": ["Ward"], f"v.{row_of(sent, 'ForceAllowTheseApps')}": families}

    answer = await browser.send("/profiles/new", sent)

    assert answer.status_code == 303, answer.text


async def test_a_draft_is_rehearsed_before_anybody_saves_it(browser: Browser) -> None:
    await browser.sign_in("operator")
    await headset(browser)
    sent = await add(browser, await _new(browser), CORTANA)

    for way, word in (("rehearsal", "Accepted"), ("plan", "has not said its build yet")):
        part = await browser.send("/profiles/try", {**sent, "try": way}, live=True)
        assert word in part.text, part.text
