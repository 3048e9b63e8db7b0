"""Sign-in providers and licenses."""

import re

from tests.flows.vouching import ISSUER, Vouching
from tests.web.console.conftest import Browser

from lenskeep.base.errors import Unavailable
from lenskeep.web.console.visitor import COOKIE, form_proof

PATH = "/enrollment/sign-in"
FIELDS = {
    "name": "Clinic",
    "issuer": ISSUER,
    "client_id": "lenskeep",
    "client_secret": "hunter2",
    "domains": "Clinic.example",
    "scopes": "openid profile",
}
EVIL = "<b>evil</b>"


async def provider_id(browser: Browser) -> str:
    """Return the id of the one provider."""
    page = (await browser.get(PATH)).text
    return str(re.findall(r'action="/enrollment/sign-in/([^"/]+)/check"', page)[0])


async def test_a_provider_is_added_checked_and_removed(browser: Browser) -> None:
    await browser.sign_in("admin")

    made = await browser.send(PATH, FIELDS)
    page = (await browser.get(PATH)).text
    path = f"{PATH}/{await provider_id(browser)}"
    live = await browser.send(f"{path}/check", live=True)
    whole = await browser.send(f"{path}/check")
    removed = await browser.send(f"{path}/remove")

    assert made.status_code == 303
    assert "clinic.example" in page
    assert "with a secret" in page
    assert "hunter2" not in page
    assert "It answers" in live.text
    assert "<html" not in live.text
    assert "It answers" in whole.text
    assert removed.status_code == 303
    assert "No provider yet" in (await browser.get(PATH)).text


async def test_a_provider_that_does_not_answer_is_said_to(
    browser: Browser, vouching: Vouching
) -> None:
    await browser.sign_in("admin")
    await browser.send(PATH, FIELDS)
    vouching.trouble = Unavailable("no name server knows id.example")

    answer = await browser.send(f"{PATH}/{await provider_id(browser)}/check", live=True)

    assert "It cannot be used now" in answer.text
    assert "No name server knows id.example." in answer.text


async def test_the_redirect_uri_to_register_is_shown(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get(PATH)).text

    assert "https://mdm.example.org:8443/EnrollmentServer/Authenticate/callback" in page


async def test_every_mistake_stands_at_its_field_and_the_secret_is_not_shown(
    browser: Browser,
) -> None:
    await browser.sign_in("admin")

    wrong = {"issuer": "http://id.example", "name": EVIL, "required_claim": "groups"}
    answer = await browser.send(PATH, {**FIELDS, **wrong})

    assert answer.status_code == 422
    assert "is no issuer" in answer.text
    assert "Claim and value belong together." in answer.text
    assert 'value="groups"' in answer.text
    assert '<details class="lk-fold" open>' in answer.text
    assert EVIL not in answer.text
    assert "hunter2" not in answer.text


async def test_a_name_or_a_domain_that_is_taken_is_said_at_its_field(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(PATH, FIELDS)

    domain = await browser.send(PATH, {**FIELDS, "name": "Other"})
    name = await browser.send(PATH, {**FIELDS, "domains": ""})

    assert (domain.status_code, name.status_code) == (409, 409)
    assert "Clinic.example is served by Clinic." in domain.text
    assert "already" in name.text


# --- licenses -----------------------------------------------------------------------------

LICENSES = "/enrollment/licenses"


async def keep(browser: Browser, body: bytes, **fields: str) -> tuple[int, str]:
    """Send the form; return the status and what came."""
    proof = form_proof(browser.house, browser.client.cookies.get(COOKIE) or "")
    answer = await browser.client.post(
        LICENSES, data={"form_proof": proof, **fields}, files={"file": ("a.xml", body)}
    )
    return answer.status_code, answer.text


async def test_a_license_is_kept_listed_and_removed(browser: Browser) -> None:
    await browser.sign_in("admin")

    status, _ = await keep(browser, b"<License>deep</License>", name="Suite", automatic="1")
    page = (await browser.get(f"{LICENSES}?saved=added")).text
    removed = await browser.send(re.findall(r'action="(/enrollment/licenses/[^"]+)"', page)[0])

    assert status == 303
    assert "Every new 1st gen headset is upgraded with Suite." in page
    assert "Automatic" in page
    assert "deep" not in page
    assert removed.status_code == 303
    assert "No license" in (await browser.get(LICENSES)).text


async def test_a_license_may_be_pasted(browser: Browser) -> None:
    await browser.sign_in("admin")

    assert (await keep(browser, b"", name="Suite", text="<License/>"))[0] == 303


async def test_what_is_no_license_is_said_with_what_was_typed_kept(browser: Browser) -> None:
    await browser.sign_in("admin")

    status, page = await keep(browser, b"PK\x03\x04", name=EVIL, automatic="1")

    assert status == 422
    assert "It is a zip file." in page
    assert 'value="&lt;b&gt;evil&lt;/b&gt;"' in page
    assert 'name="automatic" value="1" checked' in page


async def test_a_second_automatic_license_is_refused(browser: Browser) -> None:
    await browser.sign_in("admin")
    await keep(browser, b"<License/>", name="Suite", automatic="1")

    status, page = await keep(browser, b"<License/>", name="Other", automatic="1")

    assert status == 409
    assert "Suite is the automatic one already." in page
    assert 'value="Other"' in page
