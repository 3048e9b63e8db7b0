"""Headsets leave: told to, reset, or refused from one message to the next."""

from typing import Any

import httpx2
import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.wire.syncml.model import Alert, Header, Item, Message, Meta
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

pytestmark = pytest.mark.journey

PASSWORD = "gaze-and-commit-7"
CONTENT = {"Content-Type": "application/vnd.syncml.dm+xml"}


@pytest.fixture
def account(running_server: Server, request: pytest.FixtureRequest) -> str:
    """An account of its own for each test."""
    name = f"{request.node.name.partition('[')[0].removeprefix('test_')[:40]}@example.org"
    body = {"name": name, "password": PASSWORD}
    running_server.request("POST", "/api/v1/accounts", body).raise_for_status()
    return name


def shown(server: Server, device: str) -> dict[str, Any]:
    """The page of a device."""
    found: dict[str, Any] = server.get(f"/api/v1/devices/{device}").json()
    return found


def order(server: Server, device: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Give an order; return the device's row."""
    answer = server.request("POST", f"/api/v1/devices/{device}/{path}", body)
    assert 200 == answer.status_code, answer.text
    row: dict[str, Any] = answer.json()
    return row


def own_end(answer: httpx2.Response) -> object:
    """Our end of the connection over which it came."""
    return answer.extensions["network_stream"].get_extra_info("client_addr")


def code_of(answer: httpx2.Response) -> str:
    """The status of the header."""
    return str(read_message(answer.content).body[0].code)  # type: ignore[union-attr]


def test_a_revoked_headset_is_refused_on_the_connection_that_it_holds(
    running_server: Server,
) -> None:
    """TLS was set up while the certificate was good; the next message is refused all the same."""
    headset = running_server.enroll_virtual()
    device = running_server.device_of(headset)["id"]
    url = f"{running_server.url}/ManagementServer/MDM.svc"
    login = Item(meta=Meta(type="com.microsoft/MDM/LoginStatus"), data="user")
    parts = (Alert("2", 1201), Alert("3", 1224, (login,)))
    messages = [
        write_message(Message(Header(session, "1", url, headset.dev_id), parts))
        for session in ("801", "802")
    ]

    with httpx2.Client(verify=headset.tls(), timeout=30) as client:
        before = client.post(url, content=messages[0], headers=CONTENT)
        held = own_end(before)
        order(running_server, device, "certificates/revoke", {"confirm": device})
        after = client.post(url, content=messages[1], headers=CONTENT)
        assert held == own_end(after), "it is one connection"

    assert ("200", "401") == (code_of(before), code_of(after))
    assert "unenrolled" == shown(running_server, device)["state"]


def test_a_headset_told_to_leave_says_that_it_did(running_server: Server, account: str) -> None:
    """Pending, then gone; it has no account of ours any more."""
    headset = Headset(VirtualHeadset.create(build="HL2-22621.1244"))
    headset.enroll(running_server, account, PASSWORD)
    headset.sync()
    device = running_server.device_of(headset)["id"]

    told = order(running_server, device, "unenroll", {"reason": "sold"})
    headset.sync()

    assert "unenroll" == told["departing"]
    row = shown(running_server, device)
    assert ("unenrolled", None) == (row["state"], row["departing"])
    assert "it left, as it was told" == row["enrollments"][0]["end_reason"]
    assert not headset.virtual.is_enrolled


def test_a_wiped_headset_comes_back_as_the_same_record(
    running_server: Server, account: str
) -> None:
    """Its history goes on; what was departing is in use."""
    headset = Headset(VirtualHeadset.create(build="HL2-22621.1244"))
    headset.enroll(running_server, account, PASSWORD)
    headset.sync()
    device = running_server.device_of(headset)["id"]

    order(running_server, device, "wipe", {"confirm": device})
    headset.sync()
    assert not headset.virtual.is_enrolled
    assert "wipe" == shown(running_server, device)["departing"]
    headset.enroll(running_server, account, PASSWORD)
    headset.sync()

    assert device == running_server.device_of(headset)["id"]
    row = shown(running_server, device)
    assert ("managed", None, "in use") == (row["state"], row["departing"], row["custody"])
    assert ["active", "ended"] == [each["state"] for each in row["enrollments"]]
    kinds = [
        each["kind"]
        for each in running_server.get(f"/api/v1/devices/{device}/timeline").json()["items"]
    ]
    assert {"told to leave", "enrolled again", "enrolled"} <= set(kinds)


def test_a_wearer_who_disconnects_it_ends_it(running_server: Server) -> None:
    """The alert in its first message is enough."""
    headset = running_server.enroll_virtual()
    headset.sync()
    device = running_server.device_of(headset)["id"]

    headset.unenroll()

    row = shown(running_server, device)
    assert ("unenrolled", "the wearer disconnected it") == (
        row["state"],
        row["enrollments"][0]["end_reason"],
    )
