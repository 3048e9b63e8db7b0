"""REST: every error is one shape, and no error says more than its caller may know."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.flows.home import ADMIN, Home
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.base.errors import Unavailable
from lenskeep.flows.people import revoke_token
from lenskeep.web.api.app import API_PATH, make_api
from lenskeep.web.api.guard import MAX_BODY_BYTES

FIELDS = {"type", "title", "status", "detail", "complaints"}


def check(answer: httpx2.Response, status: int) -> None:
    """Assert that this is a problem of this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body.keys(), body["status"]) == (FIELDS, status)


async def test_without_a_token_every_path_answers_401_whether_there_or_not(rest: Rest) -> None:
    for path in ("/devices", "/nothing", "/devices/dev_1/operations"):
        answer = await rest.ask("GET", path, scope=None)

        check(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_is_no_token_is_answered_401(rest: Rest) -> None:
    for header in ("", "Bearer", "Bearer ", "Bearer lk_x", "Basic YTpi", "lk_x", "Bearer a b"):
        check(await rest.client.get("/devices", headers={"Authorization": header}), 401)


async def test_the_scheme_is_named_in_any_case(rest: Rest) -> None:
    header = f"bearer {rest.tokens[Scope.READ]}"

    answer = await rest.client.get("/devices", headers={"Authorization": header})

    assert answer.status_code == 200


async def test_a_token_in_a_cookie_or_query_proves_nothing(rest: Rest) -> None:
    token = rest.tokens[Scope.ADMIN]
    cookies = f"__Host-lenskeep={token}; token={token}"

    check(await rest.client.get("/devices", headers={"Cookie": cookies}), 401)
    check(await rest.client.get("/devices", params={"access_token": token}), 401)


async def test_a_revoked_token_ends_at_once(rest: Rest) -> None:
    await revoke_token(rest.home.house, ADMIN, "a read token")

    check(await rest.ask("GET", "/devices", scope=Scope.READ), 401)


async def test_a_scope_that_does_not_reach_is_answered_403_without_the_reason(rest: Rest) -> None:
    answer = await rest.ask("GET", "/audit", scope=Scope.READ)

    check(answer, 403)
    assert "viewer" not in answer.text


async def test_what_is_not_there_is_answered_404(rest: Rest) -> None:
    for path in ("/devices/dev_404", "/operations/op_404", "/nothing", "/devices/"):
        check(await rest.ask("GET", path), 404)


async def test_a_method_that_is_not_offered_is_answered_405(rest: Rest) -> None:
    answer = await rest.ask("PUT", "/devices")

    check(answer, 405)
    assert answer.headers["allow"] == "GET"


async def test_a_body_that_is_no_json_object_is_refused(rest: Rest) -> None:
    headers = {
        "Authorization": f"Bearer {rest.tokens[Scope.ADMIN]}",
        "Content-Type": "application/json",
    }
    for content, status in (
        (b"{", 400),
        (b'{"uses": 1,}', 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"NaN", 422),
        (b"", 422),
    ):
        check(await rest.client.post("/codes", content=content, headers=headers), status)


async def test_types_are_not_guessed(rest: Rest) -> None:
    answer = await rest.ask("POST", "/codes", {"uses": "5", "minutes": 1.5})

    check(answer, 422)
    assert [each["field"] for each in answer.json()["complaints"]] == ["uses", "minutes"]


async def test_a_password_that_is_refused_is_not_repeated(rest: Rest) -> None:
    answer = await rest.ask("POST", "/accounts", {"name": 3, "password": ["hunter2"]})

    check(answer, 422)
    assert "hunter2" not in answer.text


async def test_a_body_too_large_is_refused_by_its_stated_length(rest: Rest) -> None:
    headers = {
        "Authorization": f"Bearer {rest.tokens[Scope.ADMIN]}",
        "Content-Length": str(MAX_BODY_BYTES + 1),
    }

    check(await rest.client.post("/codes", content=b"{}", headers=headers), 413)


async def test_a_body_too_large_is_refused_while_it_comes(rest: Rest) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65536 + 1):
            yield b" " * 65536

    headers = {"Authorization": f"Bearer {rest.tokens[Scope.ADMIN]}"}

    check(await rest.client.post("/codes", content=pieces(), headers=headers), 413)


@dataclass
class Broken:
    """A clock that does not answer: the world is not there, or the program is wrong."""

    error: Exception

    def now(self) -> datetime:
        """Raise."""
        raise self.error


async def ask_broken(home: Home, token: str, error: Exception) -> httpx2.Response:
    """Ask a house whose clock fails."""
    house = replace(home.house, tools=replace(home.house.tools, clock=Broken(error)))
    app = Starlette(routes=[Mount(API_PATH, make_api(house))])
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        headers = {"Authorization": f"Bearer {token}"}
        return await client.post(f"{API_PATH}/codes", json={}, headers=headers)


async def test_what_is_not_available_says_when_to_come_back(rest: Rest) -> None:
    error = Unavailable("the database is busy", retry_after_s=7)

    answer = await ask_broken(rest.home, rest.tokens[Scope.ADMIN], error)

    check(answer, 503)
    assert answer.headers["retry-after"] == "7"


async def test_an_error_of_ours_says_nothing_of_our_insides(rest: Rest) -> None:
    error = RuntimeError("/var/lib/lenskeep is in a bad way")

    answer = await ask_broken(rest.home, rest.tokens[Scope.ADMIN], error)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/var/lib" not in answer.text


UNSTORABLE = ("a\x00b", "a\x1fb", "a\ufffeb", "a\ud800b")
TEXTS: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("POST", "/accounts", {"name": "a@example.org"}, "name"),
    ("POST", "/accounts", {"name": "a@example.org", "password": "correct horse"}, "password"),
    ("POST", "/admins", {"name": "grace", "role": "viewer"}, "name"),
    ("POST", "/admins", {"name": "grace", "role": "viewer"}, "role"),
    ("PATCH", "/admins/adm_1", {"password": "correct horse"}, "password"),
    ("POST", "/tokens", {"name": "ci"}, "name"),
    ("PATCH", "/devices/dev_1", {"name": "ward"}, "name"),
    ("POST", "/devices/dev_1/retire", {"reason": "lost"}, "reason"),
    ("POST", "/devices/dev_1/link", {"earlier": "dev_2"}, "earlier"),
    ("POST", "/devices/dev_1/operations", {"verb": "replace", "uri": "./A", "value": "x"}, "value"),
    ("POST", "/devices/dev_1/operations", {"verb": "replace", "uri": "./A", "value": "x"}, "uri"),
    ("POST", "/devices/dev_1/operations", {"verb": "get", "uri": "./A", "value": "x"}, "value"),
)
"""(method, path, body, the field that holds the character)."""


async def test_what_cannot_be_stored_or_sent_is_complained_of_at_its_field(rest: Rest) -> None:
    await rest.home.enroll(1)
    await rest.home.enroll(2)

    for method, path, body, field in TEXTS:
        for text in UNSTORABLE:
            value = f"{body.get(field, '')}{text}"
            answer = await rest.ask_raw(method, path, json.dumps({**body, field: value}))

            check(answer, 422)
            fields = {each["field"] for each in answer.json()["complaints"]}
            assert fields == {field}, (path, field, text)


async def test_what_no_list_could_follow_is_complained_of(rest: Rest) -> None:
    for path in ("/devices?text=%00", "/devices?after=%00", "/devices?generation=a%1Fb"):
        check(await rest.ask("GET", path), 422)
