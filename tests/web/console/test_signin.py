"""Signing in and out, and what a stranger gets."""

from dataclasses import replace

import httpx2
from starlette.applications import Starlette
from tests.web.console.conftest import ORIGIN, PASSWORD, Browser, hidden

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.secret import Secret
from lenskeep.flows.admins import add_admin, disable_admin
from lenskeep.flows.house import House
from lenskeep.web.console.app import make_console
from lenskeep.web.console.visitor import COOKIE

ROOT = Caller(CallerKind.CONSOLE, "test", Role.ADMIN)


async def _sign_in(browser: Browser, name: str, password: str) -> tuple[int, str, list[str]]:
    page = await browser.get("/sign-in")
    fields = {
        "form_proof": hidden(page.text, "form_proof"),
        "name": name,
        "password": password,
    }
    answer = await browser.client.post("/sign-in", data=fields)
    return answer.status_code, answer.text, answer.headers.get_list("set-cookie")


async def test_a_stranger_is_led_to_the_sign_in(browser: Browser) -> None:
    answer = await browser.get("/")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"


async def test_a_live_page_whose_sign_in_ended_is_led_there_by_htmx(browser: Browser) -> None:
    answer = await browser.get("/", live=True)

    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_the_right_password_gives_a_cookie_that_scripts_and_strangers_do_not_get(
    browser: Browser,
) -> None:
    await add_admin(browser.house, ROOT, "ada", "admin", Secret(PASSWORD))

    status, _, cookies = await _sign_in(browser, "ada", PASSWORD)

    cookie = next(each for each in cookies if each.startswith(f"{COOKIE}="))
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert status == 303
    assert {"httponly", "secure", "samesite=strict", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert (await browser.get("/")).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_look_the_same(browser: Browser) -> None:
    await add_admin(browser.house, ROOT, "ada", "admin", Secret(PASSWORD))

    wrong = await _sign_in(browser, "ada", "something else")
    unknown = await _sign_in(browser, "bob", "something else")

    assert 401 == wrong[0] == unknown[0]
    assert wrong[1].replace('value="ada"', "") == unknown[1].replace('value="bob"', "")


async def test_the_typed_name_comes_back_escaped_and_the_password_not_at_all(
    browser: Browser,
) -> None:
    _, page, _ = await _sign_in(browser, '"><script>alert(1)</script>', "hunter2-hunter2")

    assert "<script>alert(1)" not in page
    assert "hunter2" not in page


async def test_a_sign_in_form_made_elsewhere_is_refused(browser: Browser) -> None:
    await browser.get("/sign-in")

    answer = await browser.client.post("/sign-in", data={"name": "ada", "password": PASSWORD})

    assert answer.status_code == 403


async def test_a_sign_in_form_without_our_cookie_is_refused(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    browser.client.cookies.clear()

    answer = await browser.client.post(
        "/sign-in", data={"form_proof": hidden(page.text, "form_proof"), "name": "ada"}
    )

    assert answer.status_code == 403


async def test_who_signed_out_is_a_stranger_even_with_the_old_cookie(browser: Browser) -> None:
    await browser.sign_in("admin")
    secret = browser.client.cookies[COOKIE]

    await browser.send("/sign-out")
    browser.client.cookies.set(COOKIE, secret)
    answer = await browser.get("/")

    assert answer.headers["location"] == "/sign-in"


async def test_a_stranger_cannot_send_more_than_a_sign_in(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    fields = {"form_proof": hidden(page.text, "form_proof"), "name": "a" * 20_000}

    answer = await browser.client.post("/sign-in", data=fields)

    assert answer.status_code == 403


async def test_behind_a_named_proxy_the_audit_names_the_address_behind_it(house: House) -> None:
    settings = house.settings.model_copy(update={"trusted_proxies": ("127.0.0.1",)})
    behind = replace(house, settings=settings)
    transport = httpx2.ASGITransport(Starlette(routes=make_console(behind)))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        browser = await Browser(behind, client).sign_in("operator")
        client.headers["X-Forwarded-For"] = "203.0.113.9"

        await browser.send("/codes", {"uses": "1", "minutes": "5"})

    (line, *_) = (await house.fleet.audit_lines(None, 1)).items
    assert (line.action, line.actor.address) == ("code.new", "203.0.113.9")


async def test_a_disabled_person_is_out_at_the_next_request(browser: Browser) -> None:
    await browser.sign_in("admin")
    await add_admin(browser.house, ROOT, "another", "admin", Secret(PASSWORD))
    before = await browser.get("/")

    await disable_admin(browser.house, ROOT, "the admin")
    after = await browser.get("/")

    assert (before.status_code, after.status_code) == (200, 303)
    assert after.headers["location"] == "/sign-in"
