"""What holds for every page: headers, escaping, roles, forms that must be ours."""

import re

import pytest
from starlette.routing import Route
from tests.web.console.conftest import Browser

from lenskeep.flows.records import DeviceFilter, DeviceState
from lenskeep.web.console.app import make_console

PAGES = (
    "/",
    "/codes",
    "/accounts",
    "/admins",
    "/tokens",
    "/audit",
    "/help",
    "/devices/dev_none",
    "/sign-in",
)
LEAVING = ("unenroll", "wipe", "stay", "retire", "custody", "revoke", "edition")
PARTS = ("doing", "edition", "identity", "inventory", "operations", "timeline")
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.I)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_forbids_what_it_does_not_need(browser: Browser, path: str) -> None:
    await browser.sign_in("admin")

    headers = (await browser.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


async def test_no_page_holds_script_or_style_that_its_policy_forbids(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll(hw_dev_id="HW")
    await browser.enroll(hw_dev_id="HW")

    pages = [await browser.get(path) for path in (*PAGES, f"/devices/{device}")]

    for page in pages:
        assert not INLINE.search(page.text), page.url


async def test_a_name_that_is_markup_is_shown_as_text_everywhere(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll("<script>alert(1)</script>")

    pages = [await browser.get(path) for path in ("/", f"/devices/{device}", "/audit")]

    for page in pages:
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].text


async def test_a_value_that_is_markup_is_shown_as_text(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    fields = {"verb": "replace", "uri": "./Vendor/MSFT/X", "value": "<img src=x onerror=alert(1)>"}
    await browser.send(f"/devices/{device}/operations", fields)

    page = await browser.get(f"/devices/{device}")

    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text


async def test_no_form_works_without_its_proof(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll()
    sent = [
        re.sub(r"\{.*?\}", "x_1", each.path.replace("{device}", device))
        for each in make_console(browser.house)
        if isinstance(each, Route) and "POST" in (each.methods or ())
    ]

    fields = {"name": "x", "sure": "1", "confirm": device}
    answers = {
        path: {
            (await browser.client.post(path, data=fields)).status_code,
            (await browser.client.post(path, data=fields, files={"file": b"x"})).status_code,
        }
        for path in sent
    }

    assert len(sent) > 7
    assert all(403 in each <= {403, 422} for each in answers.values()), "422: no such form"
    rows = await browser.house.fleet.devices(DeviceFilter(), None, 10)
    assert rows.items[0].state == DeviceState.ENROLLED
    assert rows.items[0].name == "HOLOLENS-0001"


async def test_the_proof_of_one_sign_in_is_none_for_another(browser: Browser) -> None:
    await browser.sign_in("admin")
    page = await browser.get("/codes")
    proofs = set(re.findall(r'name="form_proof" value="([^"]+)"', page.text))
    browser.client.cookies.clear()
    await browser.sign_in("operator")

    answer = await browser.client.post("/codes", data={"form_proof": proofs.pop()})

    assert answer.status_code == 403


async def test_a_viewer_sees_no_button_and_is_refused(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll()

    page = await browser.get(f"/devices/{device}")
    answers = [
        await browser.send(f"/devices/{device}/operations", {"verb": "get", "uri": "./DevInfo"}),
        await browser.send(f"/devices/{device}/name", {"name": "mine"}),
        *[await browser.send(f"/devices/{device}/{act}") for act in LEAVING],
        await browser.send("/codes"),
        await browser.send("/operations", {"device": device, "verb": "get", "uri": "./A"}),
    ]

    forms = re.findall(r'<form[^>]*action="([^"]+)"', page.text)
    assert forms == ["/sign-out"]
    assert {403} == {each.status_code for each in answers}


async def test_an_operator_cannot_end_management(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    page = await browser.get(f"/devices/{device}/leaving")
    answers = [await browser.send(f"/devices/{device}/{act}") for act in ("retire", "revoke")]

    assert f"/devices/{device}/wipe" in page.text
    assert f"/devices/{device}/retire" not in page.text
    assert f"/devices/{device}/revoke" not in page.text
    assert [403, 403] == [each.status_code for each in answers]


@pytest.mark.parametrize("path", ["/audit", "/accounts", "/admins", "/tokens"])
async def test_the_audit_and_access_are_for_administrators(browser: Browser, path: str) -> None:
    await browser.sign_in("operator")

    answer = await browser.get(path)

    assert answer.status_code == 403
    assert 'href="/audit"' not in answer.text
    assert 'href="/accounts"' not in answer.text


@pytest.mark.parametrize("part", ["", *(f"/{each}" for each in PARTS)])
async def test_an_unknown_device_is_not_there(browser: Browser, part: str) -> None:
    await browser.sign_in("viewer")

    answer = await browser.get(f"/devices/dev_none{part}")

    assert answer.status_code == 404


async def test_the_parts_of_a_live_page_are_no_whole_pages(browser: Browser) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll()

    parts = [await browser.get(f"/devices/{device}/{each}", live=True) for each in PARTS]

    assert {200} == {each.status_code for each in parts}
    assert not any("<html" in each.text for each in parts)


async def test_our_files_may_be_kept_while_their_address_names_their_content(
    browser: Browser,
) -> None:
    page = await browser.get("/sign-in")
    addresses = re.findall(r'(?:src|href)="(/static/app\.[^"]+)"', page.text)

    named = [await browser.get(each) for each in addresses]
    plain = await browser.get("/static/app.css")

    assert len(addresses) == 2
    assert all("immutable" in each.headers["cache-control"] for each in named)
    assert plain.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.css", "../app.py", "..%2fapp.py", "vendor/manifest.json"])
async def test_nothing_but_static_files_is_given_out(browser: Browser, name: str) -> None:
    answer = await browser.get(f"/static/{name}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", b"form_proof=x"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 140)),
        ("application/x-www-form-urlencoded", b"a=" + b"1" * (4 * 1024 * 1024)),
    ],
)
async def test_what_is_no_form_is_refused(browser: Browser, media_type: str, body: bytes) -> None:
    await browser.sign_in("operator")

    answer = await browser.client.post("/codes", content=body, headers={"Content-Type": media_type})

    assert answer.status_code == 422
