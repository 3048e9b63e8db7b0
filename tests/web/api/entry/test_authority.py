"""REST: the certificate authority is looked at and rotated."""

from tests.flows.device.renewer import enrolled
from tests.flows.home import Home
from tests.web.api.rest import Rest

from lenskeep.access import Scope


async def test_the_authority_is_rotated_step_by_step(home: Home, rest: Rest) -> None:
    """Eras, who holds it up, and the refusal that names them."""
    headset = await enrolled(home)
    calm = await rest.get("/authority")
    assert (False, [], "") == (calm["is_rotating"], calm["waiting_for"], calm["advice"])
    assert [(1, True, True, 1)] == [
        (each["number"], each["issues"], each["serves"], each["devices"]) for each in calm["eras"]
    ]

    begun = await rest.ask("POST", "/authority/rotate", {})

    assert 200 == begun.status_code, begun.text
    body = begun.json()
    assert (True, 1, [1, 2]) == (
        body["is_rotating"],
        body["without_root"],
        [each["number"] for each in body["eras"]],
    )
    (waited,) = body["waiting_for"]
    assert (headset.device, False) == (waited["device"], waited["has_root"])
    refused = await rest.ask("POST", "/authority/serve", {"force": False})
    assert (409, True) == (refused.status_code, "1 headsets" in refused.json()["detail"])
    again = await rest.ask("POST", "/authority/rotate", {"keep_root": True})
    assert 409 == again.status_code
    sent = await rest.ask("POST", "/authority/deliver", {"renew_now": True})
    assert (200, {"devices": 1}) == (sent.status_code, sent.json())
    done = await rest.ask("POST", "/authority/finish", {"force": True})
    assert (200, False) == (done.status_code, done.json()["is_rotating"])


async def test_only_administrators_rotate(rest: Rest) -> None:
    """And everybody looks."""
    for path in ("rotate", "deliver", "serve", "finish"):
        answer = await rest.ask("POST", f"/authority/{path}", {}, Scope.OPERATE)
        assert 403 == answer.status_code
    assert 200 == (await rest.ask("GET", "/authority", scope=Scope.READ)).status_code


async def test_a_device_s_certificates_are_listed(home: Home, rest: Rest) -> None:
    """With how each stands, and when it is expected to be renewed."""
    headset = await enrolled(home)
    home.clock.advance(days=310)
    await headset.take(await headset.renew())

    listed = await rest.get(f"/devices/{headset.device}/certificates")

    assert ["not used yet", "in use"] == [each["state"] for each in listed["items"]]
    assert listed["items"][0]["renews_from"] > listed["items"][1]["not_after"]
    assert 404 == (await rest.ask("GET", "/devices/dev_none/certificates")).status_code
