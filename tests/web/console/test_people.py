"""Pages of those who come in: secrets once, ends for good, the last in charge stays."""

import re

import pytest
from tests.web.console.conftest import Browser

SECRET = re.compile(r'<output class="lk-secret-text">([^<]+)</output>')
END = re.compile(r'action="(/[a-z]+/[a-z0-9_]+/end)"')


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts", {"name": "ward3@example.org"}),
        ("/admins", {"name": "grace", "choice": "viewer"}),
        ("/tokens", {"name": "nightly", "choice": "operate"}),
    ],
)
async def test_one_is_added_its_secret_shown_once_and_ended(
    browser: Browser, path: str, fields: dict[str, str]
) -> None:
    await browser.sign_in("admin")

    made = await browser.send(path, fields)
    listed = (await browser.get(path)).text
    secret = SECRET.search(made.text)
    ends = [each for each in END.findall(listed) if f"/{path[1:4]}_" in each]
    newest = next(each for each in ends if fields["name"] in listed.partition(each)[2][:400])
    ended = await browser.send(newest)

    after = (await browser.get(path)).text
    assert secret
    assert secret[1] not in listed
    assert fields["name"] in listed
    assert ended.headers["location"] == path
    assert newest not in after
    assert re.search(">(Disabled|Revoked)</span>", after)


async def test_a_password_given_is_not_shown(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send(
        "/accounts", {"name": "ward3@example.org", "password": "correct horse"}
    )

    assert "ward3@example.org was added." in answer.text
    assert not SECRET.search(answer.text)
    assert "correct horse" not in answer.text


async def test_every_complaint_stands_at_its_field_and_the_name_is_kept(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.send("/accounts", {"name": "ward3", "password": "brief"})

    assert answer.status_code == 422
    assert 'id="wrong-name"' in answer.text
    assert 'id="wrong-password"' in answer.text
    assert 'value="ward3"' in answer.text
    assert "brief" not in answer.text


async def test_a_name_that_is_taken_is_said_at_the_name(browser: Browser) -> None:
    await browser.sign_in("admin")
    await browser.send("/tokens", {"name": "nightly", "choice": "read"})

    answer = await browser.send("/tokens", {"name": "nightly", "choice": "read"})

    assert answer.status_code == 409
    assert "There is a token &#39;nightly&#39; already." in answer.text


async def test_the_last_administrator_cannot_leave(browser: Browser) -> None:
    await browser.sign_in("admin")
    (path,) = END.findall((await browser.get("/admins")).text)

    answer = await browser.send(path)

    assert answer.status_code == 409
    assert "is the last active administrator" in answer.text
    assert (await browser.get("/admins")).status_code == 200


async def test_more_than_fit_a_page_are_found_by_following_the_link(browser: Browser) -> None:
    await browser.sign_in("admin")
    for number in range(51):
        await browser.send("/tokens", {"name": f"token {number}", "choice": "read"})
    first = (await browser.get("/tokens")).text

    address = first.split(">Next page<")[0].rpartition('href="')[2].split('"')[0]
    second = (await browser.get(address)).text

    assert "token 50" in first
    assert "<b>token 0</b>" not in first
    assert "<b>token 0</b>" in second
    assert "First page" in second
