"""The numbers that headsets show, and commands told as pages."""

import itertools

import pytest
from tests.web.console.conftest import Browser

from lenskeep.enrollment.rules.ways import PATHS, Need
from lenskeep.enrollment.troubles.table import TROUBLES
from lenskeep.web.console.enrollment.commands import Piece, spoken
from lenskeep.web.console.enrollment.numbers import read_number, search


@pytest.mark.parametrize("text", ["0x80180014", "80180014", " 0X8018 0014 ", "-2145910764"])
def test_a_number_is_read_as_headsets_and_logs_write_it(text: str) -> None:
    assert 0x80180014 == read_number(text.lower())


@pytest.mark.parametrize("text", ["", "certificate", "0x8018001", "12"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_a_number_finds_itself_alone() -> None:
    found, has_found = search("0x80180013")

    assert has_found
    assert ["0x80180013"] == [each.number for each in found]


def test_a_status_of_a_proxy_is_known_by_its_number() -> None:
    found, _ = search("0x801901F6")

    assert ["the server answered HTTP 502"] == [each.meaning for each in found]


def test_words_find_what_speaks_of_them() -> None:
    found, has_found = search("MAINTENANCE")

    assert has_found
    assert 0 < len(found) < len(TROUBLES)


def test_what_nobody_knows_shows_everything() -> None:
    assert (TROUBLES, False) == search("no such thing")


async def test_the_page_says_so_and_shows_the_words_typed_as_text(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment/errors?number=%3Cb%3Ex")).text

    assert "Nothing is known of “&lt;b&gt;x”" in page
    assert all(each.number in page for each in TROUBLES)


# --- commands -----------------------------------------------------------------------------


def test_a_command_is_told_as_the_page_that_does_it() -> None:
    told = spoken("Make a code (lenskeep code new), then lenskeep doctor")

    assert told == (
        Piece("Make a code ("),
        Piece("Codes", "/codes"),
        Piece("), then "),
        Piece("lenskeep doctor", is_command=True),
    )


def test_a_command_with_options_is_one_link() -> None:
    told = spoken("Here: lenskeep entra add-tenant TENANT --audience https://mdm.example.org")

    assert told == (Piece("Here: "), Piece("Entra", "/enrollment/entra"))


def test_every_step_and_remedy_but_the_doctors_leads_to_a_page() -> None:
    steps = itertools.chain.from_iterable(each.administrator for each in PATHS)
    remedies = itertools.chain.from_iterable((each.cause, each.remedy) for each in TROUBLES)
    texts = (*(each.value for each in Need), *steps, *remedies)

    commands = {each.text for text in texts for each in spoken(text) if each.is_command}

    assert {"lenskeep doctor"} == commands


async def test_no_page_of_enrollment_names_an_address_that_leads_nowhere(
    browser: Browser,
) -> None:
    await browser.sign_in("admin")

    for address in ("/enrollment/names", "/codes", "/enrollment/packages", "/enrollment/rules"):
        assert 200 == (await browser.get(address)).status_code, address
