"""REST: licenses, and the edition of a device."""

from tests.flows.edition.test_upgrading import first_gen
from tests.flows.home import Home
from tests.web.api.rest import Rest

from lenskeep.access import Scope

LICENSE = {"name": "Suite", "document": "<License/>", "automatic": False}


async def test_a_license_is_kept_used_and_forgotten(home: Home, rest: Rest) -> None:
    """Its text is told to nobody."""
    wearer = await first_gen(home)
    before = await rest.get(f"/devices/{wearer.device}/edition")
    assert ("needed", "Windows Holographic", True) == (
        before["state"],
        before["edition"],
        before["may_upgrade"],
    )

    added = await rest.ask("POST", "/licenses", LICENSE)

    assert 201 == added.status_code, added.text
    assert "License/" not in added.text
    path = added.headers["Location"].removeprefix("/api/v1")
    assert [added.json()] == (await rest.get("/licenses"))["items"]
    sent = await rest.ask("POST", f"/devices/{wearer.device}/edition", {}, Scope.OPERATE)
    assert (200, "pending") == (sent.status_code, sent.json()["state"])
    again = await rest.ask("POST", f"/devices/{wearer.device}/edition", {"license": "suite"})
    assert 409 == again.status_code
    assert 204 == (await rest.ask("DELETE", path)).status_code
    assert 404 == (await rest.ask("DELETE", path)).status_code
    await wearer.sync()
    after = await rest.get(f"/devices/{wearer.device}/edition")
    assert ("done", "Windows Holographic for Business") == (after["state"], after["edition"])


async def test_what_is_no_license_is_said_to_be_so(rest: Rest) -> None:
    """With what is allowed instead."""
    answer = await rest.ask("POST", "/licenses", {**LICENSE, "document": "<html/>"})

    (complaint,) = answer.json()["complaints"]
    assert (422, "license", True) == (
        answer.status_code,
        complaint["field"],
        "web page" in complaint["message"],
    )
