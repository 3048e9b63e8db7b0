"""One profile's page, its history and who gets it; who may look and who may change."""

import re

import pytest
from tests.web.console.conftest import Browser
from tests.web.console.profiles.conftest import ADA, POLICY, body_of, form_of, headset, saved

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired.assigning import assign, list_assignments
from lenskeep.flows.desired.profiles import list_profiles, save_revision
from lenskeep.flows.mandate import ALL_DEVICES

CORTANA = POLICY + "Experience/AllowCortana"
HOURS = POLICY + "Update/ActiveHoursStart"
PAGES = ("", "/edit", "/compare", "/revision?number=1")
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.I)
YAML = """lenskeep: profile/1
name: From a file
settings:
  - policy: Experience/AllowCortana
    value: 0
"""


async def _second(browser: Browser, profile: ProfileId, value: str = "1") -> None:
    body = ProfileBody((ProfileSetting(CORTANA, value),))
    await save_revision(browser.house, ADA, profile, body, base=1, reason="other")


async def test_the_list_shows_what_each_profile_holds_and_whom_it_is_for(browser: Browser) -> None:
    await browser.sign_in("viewer")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await headset(browser)
    await assign(browser.house, ADA, profile, ALL_DEVICES)

    page = (await browser.get("/profiles")).text

    assert f'href="/profiles/{profile}">Ward</a>' in page
    assert ">All devices</span>" in page
    assert "<b>1</b> waiting" in page


async def test_the_page_says_each_setting_in_plain_words(browser: Browser) -> None:
    await browser.sign_in("viewer")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))

    page = (await browser.get(f"/profiles/{profile}")).text

    assert "Cortana" in page
    assert "Off (0)" in page


async def test_a_device_that_is_reached_is_listed_with_its_state(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await headset(browser, "HOLOLENS-0017")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await assign(browser.house, ADA, profile, ALL_DEVICES)

    whole = (await browser.get(f"/profiles/{profile}")).text
    part = (await browser.get(f"/profiles/{profile}/progress", live=True)).text

    for page in (whole, part):
        assert f'href="/devices/{device}">HOLOLENS-0017</a>' in page
    assert "<html" not in part


async def test_a_profile_is_assigned_changed_and_taken_back(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await _second(browser, profile)

    await browser.send(f"/profiles/{profile}/assign", {"group": ALL_DEVICES, "priority": "5"})
    (made,) = await list_assignments(browser.house, ADA, profile=profile)
    change = {"assignment": made.id, "revision": "1", "priority": "7"}
    await browser.send(f"/profiles/{profile}/assignment", change)
    (changed,) = await list_assignments(browser.house, ADA, profile=profile)
    await browser.send(f"/profiles/{profile}/unassign", {"assignment": made.id})

    assert (made.group, made.priority, made.revision) == (ALL_DEVICES, 5, None)
    assert (changed.priority, changed.revision) == (7, 1)
    assert await list_assignments(browser.house, ADA, profile=profile) == ()


async def test_what_an_assignment_would_do_is_said_before(browser: Browser) -> None:
    await browser.sign_in("operator")
    await headset(browser)
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))

    page = await browser.send(
        f"/profiles/{profile}/assign", {"group": ALL_DEVICES, "priority": "0", "look": "1"}
    )

    assert "It comes to 1 headset." in page.text
    assert await list_assignments(browser.house, ADA, profile=profile) == ()


async def test_a_clash_is_shown_before_an_assignment_and_accepted_by_hand(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    await headset(browser)
    other = await saved(browser, ProfileSetting(HOURS, "1"), name="Lab")
    await assign(browser.house, ADA, other, ALL_DEVICES)
    profile = await saved(browser, ProfileSetting(HOURS, "6"))
    asked = {"group": ALL_DEVICES, "priority": "0"}

    shown = await browser.send(f"/profiles/{profile}/assign", asked)
    before = await list_assignments(browser.house, ADA, profile=profile)
    await browser.send(f"/profiles/{profile}/assign", {**asked, "accepts": "1"})

    assert "Lab" in shown.text
    assert before == ()
    assert len(await list_assignments(browser.house, ADA, profile=profile)) == 1


async def test_an_assignment_of_another_profile_is_not_taken_back_here(browser: Browser) -> None:
    await browser.sign_in("operator")
    one = await saved(browser, ProfileSetting(CORTANA, "1"), name="One")
    two = await saved(browser, ProfileSetting(HOURS, "1"), name="Two")
    made = (await assign(browser.house, ADA, one, ALL_DEVICES)).assignment
    assert made is not None

    answer = await browser.send(f"/profiles/{two}/unassign", {"assignment": made.id})

    assert answer.status_code == 404
    assert len(await list_assignments(browser.house, ADA, profile=one)) == 1


async def test_two_revisions_stand_side_by_side_and_the_old_one_comes_back(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await _second(browser, profile)

    compared = (await browser.get(f"/profiles/{profile}/compare?old=1&new=2")).text
    answer = await browser.send(f"/profiles/{profile}/back", {"number": "1", "base": "2"})

    assert ">Changed</span>" in compared
    assert answer.status_code == 303
    assert await body_of(browser, profile) == {CORTANA: "0"}
    assert "back to revision 1" in (await browser.get(f"/profiles/{profile}")).text


async def test_going_back_from_a_stale_page_is_refused(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await _second(browser, profile)

    answer = await browser.send(f"/profiles/{profile}/back", {"number": "1", "base": "1"})

    assert answer.status_code == 409
    assert await body_of(browser, profile) == {CORTANA: "1"}


async def test_a_profile_that_is_assigned_stays(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    made = (await assign(browser.house, ADA, profile, ALL_DEVICES)).assignment
    assert made is not None

    refused = await browser.send(f"/profiles/{profile}/delete", {"sure": "1"})
    await browser.send(f"/profiles/{profile}/unassign", {"assignment": made.id})
    unsure = await browser.send(f"/profiles/{profile}/delete")
    still = await list_profiles(browser.house, ADA)
    gone = await browser.send(f"/profiles/{profile}/delete", {"sure": "1"})

    assert refused.status_code == 409
    assert unsure.headers["location"] == f"/profiles/{profile}"
    assert len(still) == 1
    assert gone.headers["location"] == "/profiles"
    assert await list_profiles(browser.house, ADA) == ()


async def test_a_profile_goes_out_as_yaml_and_comes_in_again(browser: Browser) -> None:
    await browser.sign_in("operator")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    answer = await browser.get(f"/profiles/{profile}/export")
    text = answer.text.replace("name: Ward", "name: Copy")

    looked = await browser.send("/profiles/import", {"yaml": text, "do": "check"})
    made = await browser.send("/profiles/import", {"yaml": text, "do": "save"})

    assert 'filename="Ward.yaml"' in answer.headers["content-disposition"]
    assert "Off (0)" in looked.text
    assert made.status_code == 303
    assert {each.profile.name for each in await list_profiles(browser.house, ADA)} == {
        "Ward",
        "Copy",
    }


async def test_yaml_that_is_wrong_says_where(browser: Browser) -> None:
    await browser.sign_in("operator")

    answer = await browser.send(
        "/profiles/import", {"yaml": YAML.replace("value: 0", "value: 9"), "do": "save"}
    )

    assert answer.status_code == 422
    assert "settings[0].value" in answer.text
    assert "value: 9" in answer.text


async def test_a_template_is_answered_and_opened_in_the_editor(browser: Browser) -> None:
    await browser.sign_in("operator")
    gallery = (await browser.get("/profiles/templates")).text
    asked = {"answer.apps": "Contoso.Inspect_8wekyb3d8bbwe!App", "profile_name": "Kiosk"}

    page = await browser.send("/profiles/templates/kiosk-apps", asked)

    assert "Kiosk of several apps" in gallery
    sent = form_of(page.text)
    assert sent["template"] == ["kiosk-apps"]
    assert sent["name"] == ["Kiosk"]
    assert any("Contoso.Inspect" in each for values in sent.values() for each in values)
    assert await list_profiles(browser.house, ADA) == ()


async def test_an_answer_that_does_not_fit_is_said_at_its_question(browser: Browser) -> None:
    await browser.sign_in("operator")

    page = await browser.send("/profiles/templates/kiosk-apps", {"answer.apps": "no such app"})

    assert page.status_code == 422
    assert 'id="wrong-apps"' in page.text


async def test_a_template_is_held_against_a_device_and_a_profile(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await headset(browser)
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    known = (await browser.get("/profiles/templates")).text
    (first, *_) = re.findall(r'href="/profiles/templates/([\w-]+)"', known)
    path = f"/profiles/templates/{first}/compare"

    against = await browser.send(path, {"with": f"device:{device}"})
    changed = await browser.send(path, {"with": f"profile:{profile}"})

    assert "Not known" in against.text
    assert ">Added</span>" in changed.text or ">Removed</span>" in changed.text


async def test_a_viewer_sees_and_changes_nothing(browser: Browser) -> None:
    await browser.sign_in("viewer")
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    acts = ("edit", "assign", "assignment", "unassign", "delete", "back", "release", "another")

    page = (await browser.get(f"/profiles/{profile}")).text
    gallery = (await browser.get("/profiles/templates/kiosk-apps")).text
    shown = [
        (await browser.get(path)).status_code
        for path in ("/profiles/new", f"/profiles/{profile}/edit", "/profiles/import")
    ]
    sent = [
        (await browser.send(path, {"sure": "1", "yaml": YAML, "do": "save", "name": "Mine"}))
        for path in (
            *(f"/profiles/{profile}/{act}" for act in acts),
            *(f"/profiles/{each}" for each in ("new", "draft", "check", "picker", "setting")),
            *("/profiles/try", "/profiles/import", "/profiles/templates/kiosk-apps"),
        )
    ]

    for text in (page, gallery):
        assert re.findall(r'<form[^>]*action="([^"]+)"', text) == ["/sign-out"]
    assert set(shown) == {403}
    assert {each.status_code for each in sent} == {403}
    assert len(await list_profiles(browser.house, ADA)) == 1
    assert await body_of(browser, profile) == {CORTANA: "0"}


async def test_a_viewer_reads_no_secret_anywhere(browser: Browser) -> None:
    await browser.sign_in("viewer")
    uri = "./Device/Vendor/MSFT/VPNv2/Ward/ProfileXML"
    profile = await saved(browser, ProfileSetting(uri, "<VPNProfile>hunter2</VPNProfile>"))
    other = ProfileBody((ProfileSetting(uri, "<VPNProfile>hunter3</VPNProfile>"),))
    await save_revision(browser.house, ADA, profile, other, base=1, reason="key")

    pages = [
        (await browser.get(f"/profiles/{profile}{path}")).text
        for path in ("", "/compare?old=1&new=2", "/revision?number=1", "/export")
    ]
    asked = await browser.get(f"/profiles/{profile}/export?secrets=1")

    for text in pages:
        assert "Ward" in text
        assert not re.search("hunter[23]", text)
    assert asked.status_code == 403


async def test_names_and_values_that_are_markup_are_shown_as_text(browser: Browser) -> None:
    await browser.sign_in("operator")
    hostile = "<img src=x onerror=alert(1)>"
    uri = "./Device/Vendor/MSFT/Policy/Config/TimeLanguageSettings/ConfigureTimeZone"
    profile = await saved(browser, ProfileSetting(CORTANA, "0"), name=hostile)
    form = form_of((await browser.get(f"/profiles/{profile}/edit")).text)
    draft = {**form, "add": uri, "reason": hostile, "look": hostile}

    pages = [(await browser.get(f"/profiles/{profile}{path}")).text for path in PAGES]
    pages.append((await browser.get("/profiles")).text)
    pages.append((await browser.send("/profiles/draft", draft)).text)
    pages.append((await browser.send("/profiles/import", {"yaml": hostile, "do": "check"})).text)
    pages.append((await browser.send("/profiles/draft", {**form, "locuri": hostile})).text)

    for text in pages:
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


@pytest.mark.parametrize("path", [*PAGES, "/export", "/progress"])
async def test_an_unknown_profile_is_not_there(browser: Browser, path: str) -> None:
    await browser.sign_in("admin")

    assert (await browser.get(f"/profiles/prf_none{path}")).status_code == 404


async def test_no_page_holds_script_or_style_that_its_policy_forbids(browser: Browser) -> None:
    await browser.sign_in("admin")
    await headset(browser)
    profile = await saved(browser, ProfileSetting(CORTANA, "0"))
    await assign(browser.house, ADA, profile, ALL_DEVICES)
    paths = [f"/profiles/{profile}{path}" for path in PAGES]
    paths += ["/profiles", "/profiles/new", "/profiles/import", "/profiles/templates"]

    for path in (*paths, "/profiles/templates/kiosk-apps"):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert not INLINE.search(page.text), path
