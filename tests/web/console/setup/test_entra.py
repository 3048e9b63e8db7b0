"""Entra tenants, tokens tried on them, and the terms of use."""

import re
from datetime import timedelta

import pytest
from tests.enrollment.entra.issuer import (
    AUDIENCE,
    CLIENT_ID,
    OTHER_TENANT,
    TENANT,
    claims,
    jwks,
    token,
)
from tests.flows.entra.tenancy import Web
from tests.web.console.conftest import Browser

from lenskeep.flows.entrance import Ticket, TicketKind

PATH = "/enrollment/entra"
FIELDS = {"tenant": TENANT, "label": "Contoso", "audiences": AUDIENCE, "client_id": CLIENT_ID}
EVIL = "<b>evil</b>"


async def added(browser: Browser, **changed: str) -> str:
    """Add a tenant; return the address of its page."""
    answer = await browser.send(PATH, {**FIELDS, **changed})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


async def test_a_tenant_is_added_and_its_keys_fetched(browser: Browser, web: Web) -> None:
    await browser.sign_in("admin")

    page = (await browser.get(await added(browser) + "?saved=added")).text
    listed = (await browser.get(PATH)).text

    assert len(web.asked) == 1
    assert "Added." in page
    assert "<code>one</code>" in page
    assert "Contoso" in listed
    assert TENANT in listed


async def test_the_page_says_what_entra_is_told(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get(PATH)).text

    assert "https://mdm.example.org:8443/EnrollmentServer/TermsOfUse" in page
    assert "https://mdm.example.org:8443/EnrollmentServer/Discovery.svc" in page
    assert '<code class="lk-copied-text">https://mdm.example.org</code>' in page


async def test_what_was_typed_is_kept_with_each_complaint_at_its_field(browser: Browser) -> None:
    await browser.sign_in("admin")

    fields = {"tenant": "x", "client_id": "y", "audiences": "no uri", "label": EVIL, "jwks": "[]"}
    answer = await browser.send(PATH, fields)

    assert answer.status_code == 422
    assert answer.text.count("invalid-feedback") >= 4
    assert 'name="tenant" type="text" value="x"' in answer.text
    assert 'name="client_id" type="text" value="y"' in answer.text
    assert "&lt;b&gt;evil&lt;/b&gt;" in answer.text
    assert EVIL not in answer.text


async def test_a_tenant_that_is_there_is_said_at_its_field(browser: Browser) -> None:
    await browser.sign_in("admin")
    await added(browser)

    answer = await browser.send(PATH, FIELDS)

    assert answer.status_code == 409
    assert "This tenant is there already." in answer.text


async def test_keys_that_cannot_be_fetched_leave_all_as_it_was(browser: Browser, web: Web) -> None:
    await browser.sign_in("admin")
    web.keys = None

    answer = await browser.send(PATH, FIELDS)

    assert answer.status_code == 503
    assert "could not be fetched (nobody answers)" in answer.text
    assert f'value="{TENANT}"' in answer.text
    assert "No tenant yet" in answer.text


async def test_a_tenant_is_changed_switched_off_and_removed(browser: Browser) -> None:
    await browser.sign_in("admin")
    path = await added(browser)

    wrong = await browser.send(path, {**FIELDS, "label": "New", "client_id": "y"})
    changed = await browser.send(path, {**FIELDS, "label": "New", "scope": "never"})
    off = await browser.send(f"{path}/switch", {"do": "off"})
    page = (await browser.get(path)).text
    removed = await browser.send(f"{path}/remove")

    assert wrong.status_code == 422
    assert 'value="y"' in wrong.text
    assert (changed.status_code, off.status_code, removed.status_code) == (303, 303, 303)
    assert "New" in page
    assert "Switched off" in page
    assert "asked of none" in page
    assert (await browser.get(path)).status_code == 404


async def test_keys_are_put_in_by_hand_and_fetched_again(browser: Browser, web: Web) -> None:
    await browser.sign_in("admin")
    path = await added(browser)
    usual = re.findall(
        r'name="keys_url" type="text" value="([^"]+)"', (await browser.get(path)).text
    )

    wrong = await browser.send(
        f"{path}/keys", {"do": "put", "jwks": "nothing", "keys_url": usual[0]}
    )
    await browser.send(f"{path}/keys", {"do": "put", "jwks": jwks("two"), "keys_url": usual[0]})
    by_hand = (await browser.get(path)).text
    web.keys = jwks("three")
    await browser.send(f"{path}/keys", {"do": "fetch", "jwks": "", "keys_url": usual[0]})
    fetched = (await browser.get(path)).text
    web.keys = None
    failed = await browser.send(f"{path}/keys", {"do": "fetch", "jwks": "", "keys_url": usual[0]})

    assert wrong.status_code == 422
    assert ">nothing</textarea>" in wrong.text
    assert "Put in by hand" in by_hand
    assert "<code>two</code>" in by_hand
    assert "<code>three</code>" in fetched
    assert failed.status_code == 503


def good(browser: Browser, **changed: object) -> str:
    """Return a token that is good now."""
    at = int(browser.house.clock.now().timestamp())
    return token(claims(iat=at - 60, nbf=at - 60, exp=at + 3600, **changed))


@pytest.mark.parametrize("live", [True, False])
async def test_a_token_is_judged_question_by_question(browser: Browser, live: bool) -> None:
    await browser.sign_in("admin")
    await added(browser)
    text, late = good(browser), token(claims())

    believed = await browser.send(f"{PATH}/try", {"token": text}, live=live)
    refused = await browser.send(f"{PATH}/try", {"token": late}, live=live)

    assert "It would be believed" in believed.text
    assert "Is it meant for this server?" in believed.text
    assert "It would be refused" in refused.text
    assert "No: it is expired." in refused.text
    assert "exp 2026-03-04 13:00:00 UTC" in refused.text
    assert text not in believed.text
    assert late not in refused.text


async def test_what_a_token_says_is_never_markup(browser: Browser) -> None:
    await browser.sign_in("admin")
    await added(browser)

    answer = await browser.send(f"{PATH}/try", {"token": good(browser, aud=EVIL)}, live=True)

    assert EVIL not in answer.text
    assert "evil" in answer.text


async def test_no_token_and_a_strange_one_are_said_to_be_so(browser: Browser) -> None:
    await browser.sign_in("admin")

    none = await browser.send(f"{PATH}/try", {"token": " "}, live=True)
    strange = await browser.send(f"{PATH}/try", {"token": good(browser, tid=OTHER_TENANT)})

    assert none.status_code == 422
    assert "There is no token." in none.text
    assert "it is of no tenant that is set up" in strange.text


# --- terms --------------------------------------------------------------------------------

TERMS = "/enrollment/terms"


async def test_terms_are_set_shown_as_the_headset_does_and_switched_off(browser: Browser) -> None:
    await browser.sign_in("admin")

    text = "# Rules\r\n- one\r\n- two\r\n\r\nThe end."
    saved = await browser.send(TERMS, {"base": "0", "title": "Our terms", "text": text})
    page = (await browser.get(TERMS)).text
    await browser.send(f"{TERMS}/end")
    after = (await browser.get(TERMS)).text

    assert saved.headers["location"] == f"{TERMS}?saved=set"
    assert "Version 1 has to be accepted" in page
    assert '<div class="lk-hl-heading">Rules</div>' in page
    assert "<ul><li>one</li><li>two</li></ul>" in page
    assert "Nobody is asked for terms" in after
    assert "Version 2" in after


async def test_wrong_terms_are_kept_and_complained_about(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(TERMS, {"base": "0", "title": "", "text": "half a text"})

    assert answer.status_code == 422
    assert "This is no title." in answer.text
    assert ">half a text</textarea>" in answer.text


async def test_terms_that_changed_meanwhile_are_not_overwritten(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(TERMS, {"base": "0", "title": "First", "text": "one"})

    answer = await browser.send(TERMS, {"base": "0", "title": "Second", "text": "two"})

    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert 'value="Second"' in answer.text
    assert 'name="base" value="1"' in answer.text


async def test_terms_are_text_and_never_markup(browser: Browser) -> None:
    await browser.sign_in("admin")
    fields = {"base": "0", "title": EVIL, "text": f"# {EVIL}\n- {EVIL}\n\n{EVIL}"}

    shown = await browser.send(f"{TERMS}/preview", fields, live=True)
    whole = await browser.send(f"{TERMS}/preview", fields)
    await browser.send(TERMS, fields)
    saved = await browser.get(TERMS)

    for answer in (shown, whole, saved):
        assert answer.status_code == 200
        assert "&lt;b&gt;evil" in answer.text
        assert EVIL not in answer.text


async def test_an_earlier_version_comes_back_into_the_form(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send(TERMS, {"base": "0", "title": "First", "text": "one"})
    await browser.send(TERMS, {"base": "1", "title": "Second", "text": "two"})

    page = (await browser.get(f"{TERMS}?version=1")).text

    assert "The fields hold version 1" in page
    assert 'value="First"' in page
    assert 'name="base" value="2"' in page


async def test_who_accepted_is_listed_page_by_page(browser: Browser) -> None:
    await browser.sign_in("viewer")
    house, now = browser.house, browser.house.clock.now()
    for number in range(51):
        body = {"user": f"u{number}@x.org", "tenant": EVIL, "user_id": "o", "version": "3"}
        at = now + timedelta(seconds=number)
        digest = house.randomness.octets(32)
        await house.entry.tickets.add(Ticket(digest, TicketKind.TERMS, body, at, at))

    first = (await browser.get(TERMS)).text
    address = first.split(">Next page<")[0].rpartition('href="')[2].split('"')[0]
    second = (await browser.get(address)).text

    assert "<b>u50@x.org</b>" in first
    assert "<b>u0@x.org</b>" not in first
    assert "<b>u0@x.org</b>" in second
    assert "First page" in second
    assert EVIL not in first
    assert "not with it" in first
