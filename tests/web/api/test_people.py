"""REST: secrets are shown once, by the request that made them, and never again."""

from dataclasses import replace

from tests.flows.home import Home
from tests.web.api.rest import Rest, open_rest

from lenskeep.access import Scope


async def test_a_made_password_is_in_the_answer_a_given_one_is_not(rest: Rest) -> None:
    given = {"name": "a@example.org", "password": "correct horse"}

    made = await rest.ask("POST", "/accounts", {"name": "b@example.org"})
    kept = await rest.ask("POST", "/accounts", given)
    listed = await rest.ask("GET", "/accounts")

    assert (made.status_code, kept.status_code) == (201, 201)
    assert len(made.json()["password"]) >= 20
    assert kept.json()["password"] is None
    assert [row["name"] for row in listed.json()["items"]] == ["a@example.org", "b@example.org"]
    assert "password" not in listed.text


async def test_an_account_is_disabled(rest: Rest) -> None:
    account = (await rest.ask("POST", "/accounts", {"name": "a@example.org"})).json()

    answer = await rest.ask("POST", f"/accounts/{account['id']}/disable")

    (row,) = (await rest.ask("GET", "/accounts")).json()["items"]
    assert (answer.status_code, answer.content) == (204, b"")
    assert row["disabled_at"] is not None


async def test_a_code_is_made_by_an_operator_and_ended(rest: Rest) -> None:
    made = await rest.ask("POST", "/codes", {"uses": 2, "minutes": 15}, Scope.OPERATE)
    code = made.json()

    ended = await rest.ask("DELETE", f"/codes/{code['id']}", scope=Scope.OPERATE)

    assert (made.status_code, ended.status_code) == (201, 204)
    assert len(code["code"]) == 9
    assert (code["uses_total"], code["uses_left"]) == (2, 2)
    assert code["code"] not in (await rest.ask("GET", "/codes")).text


async def test_a_token_made_works_until_revoked(rest: Rest) -> None:
    token = (await rest.ask("POST", "/tokens", {"name": "ci"})).json()
    headers = {"Authorization": f"Bearer {token['token']}"}

    before = await rest.client.get("/devices", headers=headers)
    revoked = await rest.ask("DELETE", f"/tokens/{token['id']}")
    after = await rest.client.get("/devices", headers=headers)

    assert token["scope"] == "read"
    assert (before.status_code, revoked.status_code, after.status_code) == (200, 204, 401)


async def test_names_are_given_once(rest: Rest) -> None:
    for path, body in (
        ("/accounts", {"name": "a@example.org"}),
        ("/admins", {"name": "grace", "role": "viewer"}),
        ("/tokens", {"name": "ci"}),
    ):
        first = await rest.ask("POST", path, body)
        second = await rest.ask("POST", path, body)

        assert (first.status_code, second.status_code) == (201, 409), path


async def test_the_audit_names_actor_action_and_address(rest: Rest) -> None:
    await rest.ask("POST", "/codes", {}, Scope.OPERATE)

    line = (await rest.ask("GET", "/audit")).json()["items"][0]

    assert (line["actor_kind"], line["actor"]) == ("token", "a operate token")
    assert (line["action"], line["address"]) == ("code.new", "127.0.0.1")
    assert line["detail"] == {"uses": "1", "minutes": "60"}


async def test_a_person_is_changed_and_disabled_but_not_the_last_in_charge(rest: Rest) -> None:
    ada = (await rest.ask("POST", "/admins", {"name": "ada", "role": "admin"})).json()
    grace = (await rest.ask("POST", "/admins", {"name": "grace", "role": "viewer"})).json()

    changed = await rest.ask("PATCH", f"/admins/{grace['id']}", {"role": "operator"})
    nothing = await rest.ask("PATCH", f"/admins/{grace['id']}", {})
    demoted = await rest.ask("PATCH", f"/admins/{ada['id']}", {"role": "viewer"})
    disabled = await rest.ask("POST", f"/admins/{grace['id']}/disable")
    last = await rest.ask("POST", f"/admins/{ada['id']}/disable")

    listed = (await rest.ask("GET", "/admins")).json()["items"]
    assert (changed.status_code, changed.json()["role"]) == (200, "operator")
    assert (nothing.status_code, demoted.status_code) == (422, 409)
    assert (disabled.status_code, last.status_code) == (204, 409)
    assert [(row["name"], row["disabled_at"] is None) for row in listed] == [
        ("ada", True),
        ("grace", False),
    ]


async def test_a_password_set_is_not_repeated(rest: Rest) -> None:
    grace = (await rest.ask("POST", "/admins", {"name": "grace", "role": "viewer"})).json()

    answer = await rest.ask("PATCH", f"/admins/{grace['id']}", {"password": "battery staple"})

    assert answer.status_code == 200
    assert "battery" not in answer.text


async def test_behind_a_named_proxy_the_audit_names_the_address_behind_it(home: Home) -> None:
    settings = home.house.settings.model_copy(update={"trusted_proxies": ("127.0.0.0/8",)})
    behind = replace(home, house=replace(home.house, settings=settings))
    async with open_rest(behind) as rest:
        headers = {
            "Authorization": f"Bearer {rest.tokens[Scope.OPERATE]}",
            "X-Forwarded-For": "6.6.6.6, 203.0.113.9",
        }
        await rest.client.post("/codes", json={}, headers=headers)

        line = (await rest.ask("GET", "/audit")).json()["items"][0]

    assert (line["action"], line["address"]) == ("code.new", "203.0.113.9")
