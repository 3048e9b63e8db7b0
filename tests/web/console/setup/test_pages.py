"""Every page of setting up for every role; every form asks for its proof and the right role."""

import pytest
from tests.web.console.conftest import Browser

PAGES = (
    "/enrollment/entra",
    "/enrollment/terms",
    "/enrollment/sign-in",
    "/enrollment/autopilot",
    "/enrollment/first-run",
    "/enrollment/wearer",
    "/enrollment/licenses",
    "/enrollment/authority",
)
FORMS = (
    "/enrollment/entra",
    "/enrollment/entra/try",
    "/enrollment/entra/ten_1",
    "/enrollment/entra/ten_1/switch",
    "/enrollment/entra/ten_1/keys",
    "/enrollment/entra/ten_1/remove",
    "/enrollment/terms",
    "/enrollment/terms/preview",
    "/enrollment/terms/end",
    "/enrollment/sign-in",
    "/enrollment/sign-in/prv_1/check",
    "/enrollment/sign-in/prv_1/remove",
    "/enrollment/autopilot/change",
    "/enrollment/autopilot/remove",
    "/enrollment/first-run",
    "/enrollment/first-run/preview",
    "/enrollment/wearer",
    "/enrollment/wearer/preview",
    "/enrollment/licenses/lic_1/remove",
)
ADMINISTERED = (
    "/enrollment/entra",
    "/enrollment/terms",
    "/enrollment/terms/end",
    "/enrollment/sign-in",
    "/enrollment/first-run",
    "/enrollment/wearer",
)


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_everybody_sees_every_page_with_the_tabs(browser: Browser, role: str) -> None:
    await browser.sign_in(role)

    for path in PAGES:
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        assert f'<a href="{path}" aria-current="page">' in answer.text


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_who_may_not_change_is_offered_no_form(browser: Browser, role: str) -> None:
    await browser.sign_in(role)

    for path in PAGES:
        page = (await browser.get(path)).text
        forms = page.partition("<main")[2].count('method="post"')
        assert forms == (1 if (role, path) == ("operator", "/enrollment/autopilot") else 0), path


async def test_whoever_is_not_signed_in_is_sent_to_the_sign_in(browser: Browser) -> None:
    for path in PAGES:
        assert (await browser.get(path)).headers["location"] == "/sign-in"


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_another_site_is_refused(browser: Browser, path: str) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(path, {"form_proof": "0" * 64})

    assert answer.status_code == 403
    assert "not from this sign-in" in answer.text


@pytest.mark.parametrize("path", ["/enrollment/autopilot", "/enrollment/licenses"])
async def test_an_upload_of_another_site_is_refused(browser: Browser, path: str) -> None:
    await browser.sign_in("admin")

    answer = await browser.client.post(
        path, data={"form_proof": "0" * 64, "name": "x"}, files={"file": ("a", b"b")}
    )

    assert answer.status_code == 403
    assert "not from this sign-in" in answer.text


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("path", ADMINISTERED)
async def test_only_administrators_change(browser: Browser, path: str, role: str) -> None:
    await browser.sign_in(role)

    answer = await browser.send(path, {"tenant": "x", "title": "x", "text": "x", "name": "x"})

    assert answer.status_code == 403
    assert "do not allow this" in answer.text
