"""REST: Entra tenants and the terms of use."""

import json
from collections.abc import AsyncIterator

import pytest
from tests.enrollment.entra.issuer import AUDIENCE, CLIENT_ID, TENANT, claims, jwks, token
from tests.flows.entra.tenancy import Tenancy, at_home
from tests.flows.home import Home
from tests.web.api.rest import Rest, open_rest

PATH = "/entra/tenants"
BODY = {"tenant": TENANT, "audiences": [AUDIENCE], "client_id": CLIENT_ID}


@pytest.fixture
def tenancy(home: Home) -> Tenancy:
    """The house, with a web around it."""
    return at_home(home)


@pytest.fixture
async def rest(tenancy: Tenancy) -> AsyncIterator[Rest]:
    """REST on that house."""
    async with open_rest(tenancy.home) as opened:
        yield opened


async def test_a_tenant_is_added_changed_and_removed(rest: Rest) -> None:
    """Each answer shows the whole tenant."""
    added = await rest.ask("POST", PATH, BODY)
    body = added.json()
    changed = await rest.ask("PATCH", f"{PATH}/{body['id']}", {"label": "C", "enabled": False})
    shown = await rest.get(f"{PATH}/{body['id']}")
    removed = await rest.ask("DELETE", f"{PATH}/{body['id']}")

    assert (201, f"/api/v1{PATH}/{body['id']}") == (added.status_code, added.headers["location"])
    assert (body["tenant"], body["keys"], body["scope"]) == (TENANT, ["one"], "users")
    assert changed.json() == shown == {**body, "label": "C", "enabled": False}
    assert removed.status_code == 204
    assert await rest.get(PATH) == {"items": [], "next": None}


async def test_keys_are_put_in_and_fetched(rest: Rest, tenancy: Tenancy) -> None:
    """As an object, as a JWKS is one."""
    given = json.loads(jwks("two"))
    body = (await rest.ask("POST", PATH, {**BODY, "jwks": given})).json()

    again = await rest.ask("POST", f"{PATH}/{body['id']}/keys", {"jwks": json.loads(jwks("one"))})
    refused = await rest.ask("POST", f"{PATH}/{body['id']}/keys", {})

    assert (body["keys"], body["keys_url"]) == (["two"], "")
    assert again.json()["keys"] == ["one"]
    assert refused.status_code == 422
    assert tenancy.web.asked == []


async def test_without_an_answer_the_status_says_so(rest: Rest, tenancy: Tenancy) -> None:
    """503, and the words name what is not there."""
    tenancy.web.keys = None

    answer = await rest.ask("POST", PATH, BODY)

    assert answer.status_code == 503
    assert "nobody answers" in answer.json()["detail"]


async def test_every_complaint_comes_at_once(rest: Rest) -> None:
    """Each with its field."""
    answer = await rest.ask("POST", PATH, {"tenant": "x", "client_id": "y", "cloud": "z"})

    assert answer.status_code == 422
    fields = {each["field"] for each in answer.json()["complaints"]}
    assert fields == {"tenant", "client_id", "cloud"}


async def test_a_token_is_tried_and_not_repeated(rest: Rest) -> None:
    """The answer says each check, never the token."""
    await rest.ask("POST", PATH, BODY)
    text = token(claims(exp=1))

    tried = await rest.ask("POST", "/entra/try", {"token": text})
    none = await rest.ask("POST", "/entra/try", {"token": "<script>"})

    body = tried.json()
    assert (body["believed"], body["tenant"]) == (False, TENANT)
    wrong = [each for each in body["checks"] if not each["passed"]]
    assert [(each["name"], each["reason"]) for each in wrong] == [("time", "it is expired")]
    assert text not in tried.text
    assert none.json()["checks"][0]["reason"] == "it cannot be read"
    assert "script" not in none.text


async def test_terms_are_written_and_switched_off(rest: Rest) -> None:
    """Version 0 stands for none."""
    before = await rest.get("/terms")
    first = await rest.ask("PUT", "/terms", {"title": "Terms", "text": "Be kind.", "base": 0})
    stale = await rest.ask("PUT", "/terms", {"title": "Terms", "text": "Mine.", "base": 0})
    off = await rest.ask("DELETE", "/terms")
    after = await rest.get("/terms")

    assert (before["version"], before["on"]) == (0, False)
    assert (first.status_code, first.json()["version"], first.json()["on"]) == (200, 1, True)
    assert (stale.status_code, off.status_code) == (409, 204)
    assert (after["version"], after["on"], after["text"]) == (2, False, "Be kind.")
    assert [each["version"] for each in (await rest.get("/terms/versions"))["items"]] == [2, 1]
    assert (await rest.get("/terms/acceptances"))["items"] == []
