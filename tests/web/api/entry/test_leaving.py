"""REST: how devices leave, where they are, who owns them, who fell silent."""

from datetime import timedelta

import pytest
from tests.web.api.rest import Rest

from lenskeep.access import Scope


async def test_the_ways_out_are_shown_with_what_each_removes(rest: Rest) -> None:
    """The best one first said, then all of them."""
    device = await rest.home.enroll(1)

    found = await rest.get(f"/devices/{device}/leaving")

    assert ("typed password", "unenroll", None) == (
        found["way"],
        found["best"]["exit"],
        found["going"],
    )
    ways = {each["exit"]: each for each in found["ways"]}
    assert {"what": "users and their data", "fate": "stays", "note": ""} in ways["unenroll"][
        "removals"
    ]
    assert {"disconnect", "unenroll", "wipe", "reset in Settings", "reflash"} < ways.keys()
    assert "wiped" in found["revoked_means"]
    assert not found["silence"]["is_silent"]


async def test_a_device_is_told_to_leave_and_taken_back(rest: Rest) -> None:
    """Its row says so meanwhile."""
    device = await rest.home.enroll(1)

    told = await rest.ask("POST", f"/devices/{device}/unenroll", None, Scope.OPERATE)

    assert (200, "unenroll") == (told.status_code, told.json()["departing"])
    assert told.json()["departing_since"].endswith("Z")
    going = (await rest.get(f"/devices/{device}/leaving"))["going"]
    assert (True, "queued", "exec") == (
        going["can_be_called_back"],
        going["operation"]["state"],
        going["operation"]["verb"],
    )
    again = await rest.ask("POST", f"/devices/{device}/unenroll", {"reason": "x"})
    assert 409 == again.status_code
    back = await rest.ask("DELETE", f"/devices/{device}/leaving")
    assert (200, None) == (back.status_code, back.json()["departing"])
    assert 409 == (await rest.ask("DELETE", f"/devices/{device}/leaving")).status_code


async def test_what_cannot_be_undone_asks_for_the_name(rest: Rest) -> None:
    """Its complaint says what to type."""
    device = await rest.home.enroll(1)

    for path in ("wipe", "retire", "certificates/revoke"):
        answer = await rest.ask("POST", f"/devices/{device}/{path}", {"confirm": "HOLO-2"})

        (complaint,) = answer.json()["complaints"]
        assert (422, "confirm", f"HOLO-1 or {device}") == (
            answer.status_code,
            complaint["field"],
            complaint["allowed"],
        )
    assert (await rest.get(f"/devices/{device}"))["departing"] is None


async def test_a_device_is_wiped(rest: Rest) -> None:
    """By either node."""
    one, two = await rest.home.enroll(1), await rest.home.enroll(2)

    first = await rest.ask("POST", f"/devices/{one}/wipe", {"confirm": "holo-1"}, Scope.OPERATE)
    body = {"confirm": two, "keep_provisioning": True}
    await rest.ask("POST", f"/devices/{two}/wipe", body)

    assert "wipe" == first.json()["departing"]
    uris = [
        (await rest.get(f"/devices/{device}/leaving"))["going"]["operation"]["uri"]
        for device in (one, two)
    ]
    assert ["doWipe", "doWipePersistProvisionedData"] == [each.rpartition("/")[2] for each in uris]


@pytest.mark.parametrize(("by", "departing"), [("now", None), ("wipe", "wipe")])
async def test_a_device_is_retired(rest: Rest, by: str, departing: str | None) -> None:
    """At once, or by what it is told."""
    device = await rest.home.enroll(1)

    retired = await rest.ask("POST", f"/devices/{device}/retire", {"confirm": "HOLO-1", "by": by})

    row = retired.json()
    assert ("retired", departing) == (row["custody"], row["departing"])
    assert ("unenrolled" if by == "now" else "enrolled") == row["state"]
    listed = (await rest.get("/devices", custody="retired"))["items"]
    assert [device] == [each["id"] for each in listed]
    assert [] == (await rest.get("/devices", custody="lost"))["items"]


async def test_words_that_are_none_are_complained_of(rest: Rest) -> None:
    """With those that are."""
    device = await rest.home.enroll(1)

    custody = await rest.ask("PUT", f"/devices/{device}/custody", {"custody": "eaten"})
    by = await rest.ask("POST", f"/devices/{device}/retire", {"by": "magic"})

    assert (422, "custody") == (custody.status_code, custody.json()["complaints"][0]["field"])
    assert "stolen" in custody.json()["complaints"][0]["allowed"]
    assert (422, "by") == (by.status_code, by.json()["complaints"][0]["field"])


async def test_a_device_is_lost_and_found(rest: Rest) -> None:
    """By those who operate."""
    device = await rest.home.enroll(1)

    for custody in ("lost", "stolen", "spare", "in use"):
        body = {"custody": custody, "reason": "Ward 3"}
        answer = await rest.ask("PUT", f"/devices/{device}/custody", body, Scope.OPERATE)
        assert (200, custody) == (answer.status_code, answer.json()["custody"])
    retired = await rest.ask("PUT", f"/devices/{device}/custody", {"custody": "retired"})
    assert 409 == retired.status_code


async def test_a_device_is_revoked(rest: Rest) -> None:
    """It has no certificate that is good."""
    device = await rest.home.enroll(1)

    revoked = await rest.ask("POST", f"/devices/{device}/certificates/revoke", {"confirm": device})

    assert "unenrolled" == revoked.json()["state"]
    page = await rest.get(f"/devices/{device}")
    assert page["enrollments"][0]["certificates"][0]["revoked_at"]
    assert "typed password" == page["enrollments"][0]["way"]


async def test_the_owner_is_told_with_the_reason(rest: Rest) -> None:
    """And what an owner is needed for."""
    device = await rest.home.enroll(1)

    found = await rest.get(f"/devices/{device}/owner")

    assert ("the first local user", "likely") == (
        found["owner"]["who"],
        found["owner"]["certainty"],
    )
    assert {"what", "otherwise"} == found["actions"][0].keys()


async def test_silent_devices_are_listed_and_filtered(rest: Rest) -> None:
    """By days in their own list, by a moment in the list of devices."""
    device = await rest.home.enroll(1)
    rest.home.clock.advance(days=3)

    (found,) = (await rest.get("/fleet/silent", days=2))["items"]
    assert (device, True) == (found["device"]["id"], found["silence"]["is_silent"])
    assert [] == (await rest.get("/fleet/silent"))["items"]
    now = rest.home.clock.now()
    for days, expected in ((2, [device]), (4, [])):
        since = (now - timedelta(days=days)).isoformat()
        listed = (await rest.get("/devices", silent_since=since))["items"]
        assert expected == [each["id"] for each in listed]
    assert 422 == (await rest.ask("GET", "/fleet/silent?days=0")).status_code
    assert 422 == (await rest.ask("GET", "/devices?silent_since=2026-01-01T00:00:00")).status_code
