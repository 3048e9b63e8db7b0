"""REST: sign-in providers; a client secret goes in and never comes out."""

from tests.flows.home import Home
from tests.flows.vouching import ISSUER, Vouching, vouched
from tests.web.api.rest import Rest, open_rest

from lenskeep.base.errors import Unavailable

BODY = {
    "name": "Clinic",
    "issuer": ISSUER,
    "client_id": "lenskeep",
    "client_secret": "hunter2",
    "domains": ["Clinic.example"],
    "acr_values": ["phr"],
}
CALLBACK = "https://localhost:8443/EnrollmentServer/Authenticate/callback"


async def test_a_provider_is_added_shown_and_removed(rest: Rest) -> None:
    """The answer says what to register; the secret is in none."""
    made = await rest.ask("POST", "/sign-in-providers", BODY)
    path = f"/sign-in-providers/{made.json()['id']}"
    shown = await rest.ask("GET", path)
    listed = await rest.ask("GET", "/sign-in-providers")
    removed = await rest.ask("DELETE", path)

    assert (made.status_code, removed.status_code) == (201, 204)
    assert made.headers["Location"] == f"/api/v1{path}"
    assert made.json()["redirect_uri"] == CALLBACK
    assert made.json()["domains"] == ["clinic.example"]
    assert made.json() == shown.json() == listed.json()["items"][0]
    assert made.json()["has_secret"] is True
    assert "hunter2" not in made.text + shown.text + listed.text
    assert (await rest.ask("GET", path)).status_code == 404
    assert (await rest.ask("DELETE", path)).status_code == 404


async def test_every_mistake_is_named_and_no_secret_repeated(rest: Rest) -> None:
    """422 with the fields; 409 for a name or domain that is taken."""
    wrong = {**BODY, "issuer": "http://id.example", "client_secret": "hunter2\n", "prompt": "none"}
    answer = await rest.ask("POST", "/sign-in-providers", wrong)
    await rest.ask("POST", "/sign-in-providers", BODY)
    again = await rest.ask("POST", "/sign-in-providers", {**BODY, "domains": []})
    domain = await rest.ask("POST", "/sign-in-providers", {**BODY, "name": "Other"})

    assert answer.status_code == 422
    fields = {each["field"] for each in answer.json()["complaints"]}
    assert fields == {"issuer", "client_secret", "prompt"}
    assert "hunter2" not in answer.text
    assert (again.status_code, domain.status_code) == (409, 409)


async def test_a_check_says_what_came_of_it(home: Home) -> None:
    """200 either way: the question was answered."""
    vouching = Vouching()
    async with open_rest(vouched(home, vouching)) as rest:
        made = await rest.ask("POST", "/sign-in-providers", BODY)
        path = f"/sign-in-providers/{made.json()['id']}/check"
        good = await rest.ask("POST", path)
        vouching.trouble = Unavailable("nobody answers")
        bad = await rest.ask("POST", path)

    assert (good.status_code, bad.status_code) == (200, 200)
    assert (good.json()["ok"], good.json()["page"]) == (True, "id.example")
    assert (bad.json()["ok"], bad.json()["words"]) == (False, "nobody answers")
    assert bad.json()["redirect_uri"] == CALLBACK
