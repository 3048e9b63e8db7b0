"""REST: first run, what the wearer reads, and Autopilot's records."""

import base64
from typing import Any

import pytest
from tests.web.api.rest import Rest

from lenskeep.access import Scope

HASH = base64.b64encode(bytes(range(250)) * 12).decode()
HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"
FILE = f"{HEADER}\r\n003008,,{HASH},ward-3,\r\n"


async def upload(rest: Rest, text: str | bytes, **query: Any) -> Any:
    """Send a file."""
    headers = {"Authorization": f"Bearer {rest.tokens[Scope.ADMIN]}", "Content-Type": "text/csv"}
    return await rest.client.post("/autopilot/devices", content=text, headers=headers, params=query)


# --- documents ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "good", "bad"),
    [
        ("/first-run", "plan", {"ways": ["autopilot"]}, {"ways": ["x"], "timeout_min": 0}),
        ("/wearer", "words", {"help_phone": "112"}, {"help_phone": "?", "help_email": "?"}),
    ],
)
async def test_a_document_is_shown_set_and_checked(
    rest: Rest, path: str, name: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    """Version 0 at first; everything wrong at once; an outdated base is a conflict."""
    first = await rest.get(path)
    wrong = await rest.ask("PUT", path, {"base": 0, name: bad})
    done = await rest.ask("PUT", path, {"base": 0, name: good})
    late = await rest.ask("PUT", path, {"base": 0, name: good})
    denied = await rest.ask("PUT", path, {"base": 1, name: good}, Scope.OPERATE)

    assert first["version"] == 0
    assert wrong.status_code == 422
    assert len(wrong.json()["complaints"]) == 2
    assert (done.status_code, done.json()["version"]) == (200, 1)
    assert done.json() == await rest.get(path)
    assert (late.status_code, denied.status_code) == (409, 403)


async def test_one_headset_is_shown(rest: Rest) -> None:
    """How far its first run is, and what its wearer reads."""
    device = await rest.home.enroll(1)

    status = await rest.get(f"/devices/{device}/first-run")
    seen = await rest.get(f"/devices/{device}/wearer")
    missing = await rest.ask("GET", "/devices/dev_404/wearer")

    assert status["stage"] == "none"
    assert seen["organization"] == "Lenskeep"
    assert missing.status_code == 404


# --- Autopilot ----------------------------------------------------------------------------


async def test_a_file_goes_in_and_comes_out(rest: Rest) -> None:
    """As it is, with all its records listed without their hashes."""
    done = await upload(rest, FILE)
    listed = await rest.get("/autopilot/devices", text="ward")
    shown = await rest.get("/autopilot/devices/003008")
    back = await rest.ask("GET", "/autopilot/export")

    assert (done.status_code, done.json()["added"]) == (200, 1)
    assert listed["items"] == [shown]
    assert (shown["group_tag"], shown["has_hash"], shown["device"]) == ("ward-3", True, None)
    assert HASH not in str(listed)
    assert back.text == FILE
    assert back.headers["content-type"].startswith("text/csv")


async def test_a_file_from_a_spreadsheet_is_read_too(rest: Rest) -> None:
    """UTF-16 with a byte order mark; a dry run keeps nothing."""
    done = await upload(rest, FILE.encode("utf-16"), dry_run="true")

    assert done.json() == {"added": 1, "changed": 0, "unchanged": 0}
    assert (await rest.get("/autopilot/devices"))["items"] == []


async def test_a_wrong_file_is_told_line_by_line(rest: Rest) -> None:
    """With the line that each complaint is about."""
    answer = await upload(rest, f"{HEADER}\n,,{HASH},,\nx,,!,,\n")

    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json()["complaints"]]
    assert fields == ["line 2: Device Serial Number", "line 3: Hardware Hash"]


async def test_a_file_of_ten_thousand_headsets_is_not_too_large(rest: Rest) -> None:
    """Other paths take 3 MiB; this one takes what a fleet needs."""
    lines = "".join(f"S{n:05},,{HASH},,\r\n" for n in range(1000))

    answer = await upload(rest, f"{HEADER}\r\n{lines}", dry_run="true")

    assert (answer.status_code, answer.json()["added"]) == (200, 1000)


async def test_a_record_is_changed_and_forgotten(rest: Rest) -> None:
    """By its serial number."""
    await upload(rest, FILE)

    changed = await rest.ask("PATCH", "/autopilot/devices/003008", {"group_tag": "ward-4"})
    nothing = await rest.ask("PATCH", "/autopilot/devices/003008", {})
    gone = await rest.ask("DELETE", "/autopilot/devices/003008")
    again = await rest.ask("DELETE", "/autopilot/devices/003008")

    assert changed.json()["group_tag"] == "ward-4"
    assert (nothing.status_code, gone.status_code, again.status_code) == (422, 204, 404)


# --- the lock to a tenant -----------------------------------------------------------------


async def test_a_headset_that_did_not_come_by_autopilot_is_not_locked(rest: Rest) -> None:
    """Whatever is typed."""
    device = await rest.home.enroll(1)
    wish = {
        "verb": "replace",
        "uri": "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE",
        "value": True,
        "confirmation": "lock to tenant",
    }

    answer = await rest.ask("POST", f"/devices/{device}/operations", wish)

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["complaints"]] == ["devices"]
