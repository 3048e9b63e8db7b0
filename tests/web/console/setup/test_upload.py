"""Forms with a file."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.web.console.conftest import Browser

from lenskeep.access import Permission
from lenskeep.web.console.app import _furnish
from lenskeep.web.console.page import Visit
from lenskeep.web.console.setup.upload import MAX_TEXT_BYTES, upload
from lenskeep.web.console.visitor import COOKIE, form_proof

MOST = 1000


@pytest.fixture
def taker(browser: Browser) -> Browser:
    """A browser in front of one form that takes a small file."""

    async def act(visit: Visit, body: bytes) -> Response:
        return PlainTextResponse(f"{visit.form.get('word', '')} {len(body)}")

    taken = upload(_furnish(browser.house), act, Permission.ENROLL, MOST)
    app = Starlette(routes=[Route("/up", taken, methods=["POST"])])
    browser.client._transport.app = app  # type: ignore[attr-defined]
    return browser


async def send(browser: Browser, body: bytes, **fields: str) -> tuple[int, str]:
    """Send the form."""
    proof = form_proof(browser.house, browser.client.cookies.get(COOKIE) or "")
    answer = await browser.client.post(
        "/up", data={"form_proof": proof, **fields}, files={"file": ("a.csv", body)}
    )
    return answer.status_code, answer.text


async def test_fields_and_file_arrive(taker: Browser) -> None:
    await taker.sign_in("operator")

    assert await send(taker, b"x" * MOST, word="hello") == (200, f"hello {MOST}")


async def test_what_is_too_large_is_refused_and_not_read_on(taker: Browser) -> None:
    await taker.sign_in("operator")

    status, text = await send(taker, b"x" * (MOST + MAX_TEXT_BYTES))

    assert status == 422
    assert "too large" in text


async def test_who_may_not_send_it_is_refused(taker: Browser) -> None:
    await taker.sign_in("viewer")

    assert (await send(taker, b"x"))[0] == 403


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=b"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
    ],
)
async def test_what_is_no_such_form_is_refused(taker: Browser, kind: str, body: bytes) -> None:
    await taker.sign_in("operator")

    answer = await taker.client.post("/up", content=body, headers={"Content-Type": kind})

    assert answer.status_code in (403, 422)
