"""The page with the terms of use, as a headset's web view meets it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from tests.enrollment.entra.issuer import OTHER_TENANT, claims, token, unsigned
from tests.flows.entra.tenancy import Tenancy, at_home
from tests.flows.home import ADMIN, open_home

from lenskeep.flows.device.enrolling.headers import TERMS_PATH
from lenskeep.flows.entry.terms import set_terms
from lenskeep.web.device.pages.terms import make_terms_routes

REDIRECT = "ms-appx-web://Microsoft.AAD.BrokerPlugin/DRS"
GUID = "24b2d8c5-8b4b-4f0f-9a39-16b3e5c3a7d1"
JOIN = {
    "redirect_uri": REDIRECT,
    "client-request-id": GUID,
    "api-version": "1.0",
    "mode": "azureadjoin",
}
ADDED = {name: value for name, value in JOIN.items() if name != "mode"}
TERMS_TOKEN = token(claims(deviceid=None))
FORM = "application/x-www-form-urlencoded"
TEXT = "# Use\nBe <b>kind</b>.\n\n- one\n- two & three\n\n\"Quotes\" and 'apostrophes'."


@pytest.fixture
async def tenancy(tmp_path: Path) -> AsyncIterator[Tenancy]:
    """A house with a tenant and terms."""
    with open_home(tmp_path) as home:
        found = at_home(home)
        await found.add()
        await set_terms(found.house, ADMIN, "Terms <of> use", TEXT)
        yield found


@pytest.fixture
async def browser(tenancy: Tenancy) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that follows no redirect."""
    application = Starlette(routes=make_terms_routes(tenancy.house))
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="https://mdm.example.org") as made:
        yield made


async def opened(
    browser: httpx2.AsyncClient,
    query: dict[str, str] | None = None,
    text: str = TERMS_TOKEN,
    host: str = "",
) -> httpx2.Response:
    """Open the page with a token."""
    known = {"Authorization": f"Bearer {text}", "CXH-HOST": host}
    return await browser.get(TERMS_PATH, params=JOIN if query is None else query, headers=known)


def state_of(page: httpx2.Response) -> str:
    """Return the one-time state that the page carries."""
    found = re.search(r'name="state" value="([^"]+)"', page.text)
    assert found is not None
    return found.group(1)


async def pressed(
    browser: httpx2.AsyncClient, page: httpx2.Response, answer: str
) -> httpx2.Response:
    """Press a button of the page."""
    form = {"state": state_of(page), "answer": answer}
    return await browser.post(TERMS_PATH, data=form)


def told(answer: httpx2.Response) -> dict[str, list[str]]:
    """Return what a redirect tells Windows."""
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert answer.content == b""
    return parse_qs(urlsplit(answer.headers["location"]).query)


# --- the page -----------------------------------------------------------------------------


async def test_the_text_is_shown_and_markup_in_it_is_text(browser: httpx2.AsyncClient) -> None:
    """Headings, paragraphs and lists; whatever looks like markup is escaped."""
    page = await opened(browser)

    assert page.status_code == 200
    assert "<h2>Use</h2>" in page.text
    assert "<p>Be &lt;b&gt;kind&lt;/b&gt;.</p>" in page.text
    assert "<li>two &amp; three</li>" in page.text
    assert "Terms &lt;of&gt; use" in page.text
    assert "ada@example.org" in page.text


async def test_a_join_has_one_button_and_an_added_account_two(browser: httpx2.AsyncClient) -> None:
    """Who joins cannot decline."""
    join, added = await opened(browser), await opened(browser, ADDED)

    assert (1, 2) == (join.text.count("<button"), added.text.count("<button"))
    assert 'value="decline"' not in join.text
    assert 'value="decline"' in added.text


async def test_the_page_holds_what_it_needs_and_nothing_else(browser: httpx2.AsyncClient) -> None:
    """No script, nothing from elsewhere; its form may lead to Windows, and Windows may frame it."""
    page = await opened(browser)

    policy = dict(
        each.split(" ", 1) for each in page.headers["content-security-policy"].split("; ")
    )
    nonce = policy["style-src"].removeprefix("'nonce-").removesuffix("'")
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == "'self' ms-appx-web:"
    assert policy["frame-ancestors"].split(" ")[0] == "ms-appx-web:"
    assert "*" not in policy["frame-ancestors"]
    assert f'<style nonce="{nonce}">' in page.text
    assert "<script" not in page.text
    assert "x-frame-options" not in page.headers
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == (
        "no-store",
        "no-referrer",
    )


async def test_the_nonce_and_the_state_are_new_each_time(browser: httpx2.AsyncClient) -> None:
    """Neither says anything about the next."""
    first, second = await opened(browser), await opened(browser)

    assert state_of(first) != state_of(second)
    assert first.headers["content-security-policy"] != second.headers["content-security-policy"]


async def test_the_first_run_has_larger_letters(browser: httpx2.AsyncClient) -> None:
    """CXH-HOST tells where the page is shown."""
    first_run = await opened(browser, host="FRX")
    settings = await opened(browser, host="MOSET")
    markup = await opened(browser, host="<script>")

    assert "font-size: 22px" in first_run.text
    assert "font-size: 22px" not in settings.text
    assert "<script" not in markup.text


# --- buttons ------------------------------------------------------------------------------


async def test_accepting_goes_back_with_a_blob(browser: httpx2.AsyncClient) -> None:
    """And nothing of it can be kept by a cache."""
    page = await opened(browser)

    answer = await pressed(browser, page, "accept")

    query = told(answer)
    assert query["IsAccepted"] == ["true"]
    assert query["OpaqueBlob"][0] not in (state_of(page), "")
    assert answer.headers["cache-control"] == "no-store"


async def test_declining_goes_back_without(browser: httpx2.AsyncClient) -> None:
    """As an added account may."""
    page = await opened(browser, ADDED)

    assert told(await pressed(browser, page, "decline")) == {"IsAccepted": ["false"]}


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"state": "made up", "answer": "accept"}, FORM),
        ({}, FORM),
        (
            {"state": "<script>alert(1)</script>", "answer": "<b>"},
            "application/x-www-form-urlencoded",
        ),
        ({"state": "good", "answer": "accept"}, "text/plain"),
        ({"state": "good", "answer": "perhaps"}, FORM),
        ({"state": "good", "answer": "decline"}, FORM),
    ],
    ids=["made up", "empty", "markup", "another type", "another answer", "declining a join"],
)
async def test_a_form_that_is_not_the_page_s_own_gets_a_plain_page(
    browser: httpx2.AsyncClient, form: dict[str, str], kind: str
) -> None:
    """With nothing of what came in it, and nowhere to go."""
    page = await opened(browser)
    fields = {**form, "state": state_of(page)} if form.get("state") == "good" else form
    body = "&".join(f"{name}={value}" for name, value in fields.items())

    answer = await browser.post(TERMS_PATH, content=body, headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert "location" not in answer.headers
    for part in ("alert(1)", "<b>", "made up", "perhaps"):
        assert part not in answer.text


async def test_an_endless_form_is_refused(browser: httpx2.AsyncClient) -> None:
    """Before it is read."""
    answer = await browser.post(
        TERMS_PATH,
        content=b"state=" + b"x" * 100_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 413


# --- requests that are wrong --------------------------------------------------------------

MARKUP = "\"'><script>alert(1)</script>"

WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "another version": ({**JOIN, "api-version": "9.9"}, TERMS_TOKEN, "invalid_request"),
    "no version": (
        {name: value for name, value in JOIN.items() if name != "api-version"},
        TERMS_TOKEN,
        "invalid_request",
    ),
    "no request id": ({**JOIN, "client-request-id": ""}, TERMS_TOKEN, "invalid_request"),
    "markup in the version": ({**JOIN, "api-version": MARKUP}, TERMS_TOKEN, "invalid_request"),
    "markup in the request id": (
        {**JOIN, "client-request-id": MARKUP},
        TERMS_TOKEN,
        "invalid_request",
    ),
    "no token": (JOIN, "", "unauthorized_client"),
    "markup for a token": (JOIN, "<script>", "unauthorized_client"),
    "an unsigned token": (JOIN, unsigned(), "unauthorized_client"),
    "another tenant": (JOIN, token(claims(tid=OTHER_TENANT)), "unauthorized_client"),
    "another audience": (
        JOIN,
        token(claims(aud="https://evil.example.net")),
        "unauthorized_client",
    ),
    "an expired token": (JOIN, token(claims(exp=1)), "unauthorized_client"),
    "another scope": (JOIN, token(claims(scp="evil")), "unauthorized_client"),
}


@pytest.mark.parametrize(("query", "text", "error"), WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_request_goes_back_with_an_error(
    browser: httpx2.AsyncClient, query: dict[str, str], text: str, error: str
) -> None:
    """In the same words for every reason of one kind, without a word of the request's."""
    with capture_logs() as logged:
        answer = await opened(browser, query, text)

    found = told(answer)
    assert found["error"] == [error]
    assert set(found) == {"error", "error_description"}
    assert "alert" not in answer.headers["location"]
    assert [each["event"] for each in logged] == ["terms_refused"]
    assert "alert" not in str(logged)
    assert "example" not in str(logged)
    assert text == "" or text not in str(logged)


async def test_all_wrong_tokens_look_alike(browser: httpx2.AsyncClient) -> None:
    """Which check failed is nobody's business but ours."""
    tokens = [text for _, text, error in WRONG.values() if error == "unauthorized_client"]

    answers = {(await opened(browser, JOIN, text)).headers["location"] for text in tokens}

    assert len(answers) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example.net/",
        "http://mdm.example.org/",
        "javascript:alert(1)",
        "ms-app://s-1-15-2-1/",
        "ms-appx-web://evil\r\nSet-Cookie: a=b",
        f"ms-appx-web://package/{MARKUP}",
        "",
        "//evil.example.net",
        "ms-appx-web://package@evil.example.net/",
    ],
)
async def test_a_redirect_elsewhere_gets_a_plain_400(browser: httpx2.AsyncClient, uri: str) -> None:
    """With a good token, too: nothing of the request is repeated anywhere."""
    answer = await opened(browser, {**JOIN, "redirect_uri": uri})

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    for part in ("evil", "alert", "ms-app", "<script"):
        assert part not in answer.text


@pytest.mark.parametrize("name", ["mode", "ui_locales", "state", "<script>alert(1)</script>"])
async def test_markup_in_what_is_passed_over_is_not_repeated(
    browser: httpx2.AsyncClient, name: str
) -> None:
    """The page is made of what we know, and the redirect address is not even on it."""
    page = await opened(browser, {**ADDED, name: MARKUP})

    assert page.status_code == 200
    assert "alert" not in page.text
    assert "ms-appx-web" not in page.text


async def test_a_user_name_with_markup_is_escaped(browser: httpx2.AsyncClient) -> None:
    """Even from a tenant that we trust."""
    named = claims(deviceid=None, upn='ada"><script>alert(1)</script>@example.org')

    page = await opened(browser, text=token(named))

    assert page.status_code == 200
    assert "<script" not in page.text


async def test_a_house_without_its_store_says_so_to_windows(
    browser: httpx2.AsyncClient, tenancy: Tenancy
) -> None:
    """The wearer sees Windows' own page about it, not a blank one."""
    page = await opened(browser)
    tenancy.home.store.close()

    with capture_logs():
        answer = await opened(browser)
        nowhere = await opened(browser, {"redirect_uri": "https://evil.example.net"})
        stuck = await pressed(browser, page, "accept")

    assert told(answer)["error"] == ["server_error"]
    assert nowhere.status_code == 400
    assert stuck.status_code == 503


async def test_everything_is_written_down_for_the_console(
    browser: httpx2.AsyncClient, tenancy: Tenancy
) -> None:
    """Who saw the terms, who accepted, and what was refused."""
    page = await opened(browser)
    await pressed(browser, page, "accept")
    await opened(browser, JOIN, unsigned())

    steps = (await tenancy.house.entry.attempts.attempts(None, 10)).items

    assert [(each.phase, each.outcome, each.user) for each in steps] == [
        ("terms", "refused", ""),
        ("terms", "ok", "ada@example.org"),
        ("terms", "ok", "ada@example.org"),
    ]
