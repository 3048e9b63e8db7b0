"""The page of one-time codes."""

import re

from tests.web.console.conftest import Browser

CODE = re.compile(r">([bcdfghjkmnpqrstvwxz]{4}-[bcdfghjkmnpqrstvwxz]{4})<")


async def test_a_code_is_shown_once_and_never_again(browser: Browser) -> None:
    await browser.sign_in("operator")

    made = CODE.search((await browser.send("/codes", {"uses": "2", "minutes": "30"})).text)
    later = await browser.get("/codes")

    assert made
    assert made[1] not in later.text
    assert "2 of 2" in later.text


async def test_the_page_says_what_to_type_on_the_headset(browser: Browser) -> None:
    await browser.sign_in("operator")

    page = (await browser.get("/codes")).text

    assert "https://mdm.example.org:8443/EnrollmentServer/Discovery.svc" in page
    assert "anything@example.org" in page


async def test_a_number_out_of_range_is_named_with_what_is_allowed(browser: Browser) -> None:
    await browser.sign_in("operator")

    answer = await browser.send("/codes", {"uses": "0", "minutes": "soon"}, live=True)

    assert answer.status_code == 422
    assert "1 to 1000" in answer.text
    assert "Minutes" in answer.text
    assert not CODE.search(answer.text)


async def test_a_code_can_be_ended(browser: Browser) -> None:
    await browser.sign_in("operator")
    await browser.send("/codes")
    page = (await browser.get("/codes")).text
    path = re.findall(r'action="(/codes/[^"]+/end)"', page)

    await browser.send(path[0])

    page = (await browser.get("/codes")).text
    assert not re.findall(r'action="(/codes/[^"]+/end)"', page)


async def test_the_help_tells_of_the_root_certificate(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/help")).text

    assert "lenskeep ca show" in page
    assert "Certificates" in page
