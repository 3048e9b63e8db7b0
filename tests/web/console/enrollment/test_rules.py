"""The page of the rules: set, tried, taken back; maintenance."""

import re
from datetime import timedelta

import pytest
from tests.web.console.conftest import Browser

from lenskeep.flows.entry.admission.standing import rules_in_force
from lenskeep.web.console.enrollment.rules.draft import document_of, draft_of, typed
from lenskeep.web.console.enrollment.rules.words import sentences
from lenskeep.web.console.page import Form

RULES = "/enrollment/rules"
WHOLE: dict[str, object] = {
    "ways": ["package", "typed password"],
    "users": {"allow": ["(nobody)", "anna@example.org"], "deny": ["bert@example.org"]},
    "domains": ["example.org"],
    "tenants": ["0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"],
    "generations": ["HoloLens 2"],
    "editions": [135, 136],
    "builds": {"min": "20348.1501", "max": "22621"},
    "devices": {"serials": ["1", "2"], "hardware": ["A"], "autopilot": True},
    "hours": {
        "zone": "Europe/Berlin",
        "days": ["fri", "mon"],
        "from": "08:00",
        "to": "18:00",
        "begins": "2026-12-01T00:00:00",
        "ends": "2026-12-24T18:00:00",
    },
    "cap_per_user": 3,
    "dry_run": True,
}


def complaints(page: str) -> list[str]:
    return re.findall(r'invalid-feedback d-block">([^<]*)<', page)


# --- the form -----------------------------------------------------------------------------


def test_a_whole_document_goes_through_the_fields_and_comes_back_the_same() -> None:
    assert WHOLE == document_of(draft_of(WHOLE))  # type: ignore[arg-type]


def test_a_form_that_says_nothing_is_no_rule() -> None:
    assert {} == document_of(typed(Form([("base", "3")])))


@pytest.mark.parametrize("text", ["0", "three", "-1"])
def test_a_cap_that_cannot_be_is_no_empty_field(text: str) -> None:
    assert "cap_per_user" in document_of(typed(Form([("cap_per_user", text)])))


def test_lists_are_read_with_lines_and_with_commas() -> None:
    form = Form([("domains", " example.org,\r\nexample.com ; \n")])

    assert {"domains": ["example.org", "example.com"]} == document_of(typed(form))


def test_every_rule_has_its_sentence() -> None:
    told = sentences(WHOLE)  # type: ignore[arg-type]

    assert 11 == len(told)
    assert "Only builds from 20348.1501 to 22621." in told
    assert "At most 3 headsets for each user." in told
    assert any("fri, mon" in each.casefold() for each in told)


def test_no_rule_is_a_sentence_too() -> None:
    assert ("Everybody may enroll, with any headset, at any time.",) == sentences({})


# --- setting ------------------------------------------------------------------------------


async def test_rules_are_set_and_told_in_sentences(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        RULES, {"base": "0", "domains": "example.org", "cap_per_user": "2", "dry_run": "1"}
    )

    assert 303 == answer.status_code
    page = (await browser.get(RULES)).text
    assert "Users of these domains alone: example.org." in page
    assert "At most 2 headsets for each user." in page
    assert "Dry run: everybody gets in" in page
    rules = (await rules_in_force(browser.house)).rules
    assert (2, True) == (rules.cap_per_user, rules.dry_run)


async def test_everything_wrong_is_said_at_its_field_and_what_was_typed_stays(
    browser: Browser,
) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        RULES,
        {"base": "0", "builds.min": "old", "cap_per_user": "0", "domains": "exam ple"},
    )

    assert 422 == answer.status_code
    assert 3 == len(complaints(answer.text))
    assert "Nothing was changed. 3 fields have to be put right" in answer.text
    assert 'value="old"' in answer.text
    assert "exam ple</textarea>" in answer.text
    assert 0 == (await rules_in_force(browser.house)).version


async def test_what_belongs_to_no_field_is_said_above_the_form(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        RULES, {"base": "0", "builds.min": "22621.1", "builds.max": "20348"}
    )

    assert "min is above max" in answer.text


async def test_who_was_overtaken_is_told_and_keeps_what_was_typed(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(RULES, {"base": "0", "domains": "example.org"})

    answer = await browser.send(RULES, {"base": "0", "domains": "example.com"})

    assert 409 == answer.status_code
    assert "changed meanwhile" in answer.text
    assert "example.com</textarea>" in answer.text
    assert 'name="base" value="1"' in answer.text


async def test_an_earlier_version_can_be_put_into_the_form(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(RULES, {"base": "0", "domains": "example.org"})
    await browser.send(RULES, {"base": "1", "domains": "example.com"})

    page = (await browser.get(f"{RULES}?version=1")).text

    assert "hold version 1" in page
    assert "example.org</textarea>" in page
    assert 'name="base" value="2"' in page


async def test_a_viewer_reads_the_rules_and_has_no_form(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get(RULES)).text
    answers = [await browser.send(path) for path in (RULES, "/enrollment/maintenance")]

    assert "Everybody may enroll" in page
    assert "Save the rules" not in page
    assert "Begin</button>" not in page
    assert [403, 403] == [each.status_code for each in answers]


# --- trying -------------------------------------------------------------------------------


async def test_what_stands_in_the_form_is_tried_and_nothing_is_saved(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        f"{RULES}/try",
        {"base": "0", "generations": "HoloLens 2", "try.os_version": "10.0.17763.1"},
        live=True,
    )

    assert "Refused" in answer.text
    assert "Only HoloLens 2 can enroll here." in answer.text
    assert "0x80180014" in answer.text
    assert "<html" not in answer.text
    assert 0 == (await rules_in_force(browser.house)).version


async def test_a_headset_is_tried_as_if_it_came_again(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll()

    answer = await browser.send(f"{RULES}/try", {"try.device": device}, live=True)

    assert "Let in" in answer.text
    assert "By the rules in force." in answer.text


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"try.at": "soon"}, "no moment"),
        ({"try.living": "few"}, "not a number"),
        ({"base": "0", "builds.min": "x"}, "cannot be read"),
    ],
)
async def test_what_cannot_be_tried_says_why(
    browser: Browser, fields: dict[str, str], word: str
) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(f"{RULES}/try", fields, live=True)

    assert 422 == answer.status_code
    assert word in answer.text


async def test_the_trial_works_without_script_and_keeps_the_form(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        f"{RULES}/try", {"base": "0", "domains": "example.org", "try.user": "anna@example.com"}
    )

    assert "<html" in answer.text
    assert "Refused" in answer.text
    assert "example.org</textarea>" in answer.text
    assert 'value="anna@example.com"' in answer.text


# --- maintenance --------------------------------------------------------------------------


async def test_maintenance_begins_and_is_ended(browser: Browser) -> None:
    await browser.sign_in("admin")
    until = browser.house.clock.now() + timedelta(hours=2)

    begun = await browser.send(
        "/enrollment/maintenance",
        {"maintenance.until": f"{until:%Y-%m-%dT%H:%M}", "maintenance.words": "Back at ten."},
    )
    closed = (await browser.get(RULES)).text
    await browser.send("/enrollment/maintenance", {"do": "off"})

    assert 303 == begun.status_code
    assert f"Closed for maintenance until {until:%Y-%m-%d %H:%M}:00 UTC" in closed
    assert "Back at ten." in closed
    assert "Enrollment is open" in (await browser.get(RULES)).text


async def test_maintenance_that_is_over_is_refused_at_its_field(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        "/enrollment/maintenance", {"maintenance.until": "2020-01-01T00:00"}
    )

    assert 422 == answer.status_code
    assert ["It is over already. Allowed: a moment to come."] == complaints(answer.text)
