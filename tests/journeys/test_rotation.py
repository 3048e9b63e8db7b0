"""The certificate authority is rotated under a running server, with a headset on the line."""

import asyncio
import time

import pytest
from tests.journeys.conftest import Server

from lenskeep.virtual.enrollment.hresult import EnrollmentRefused
from lenskeep.virtual.enrollment.renewal import RenewalHabits
from lenskeep.virtual.trouble import NoConnection

FOLLOWS_S = 90
"""A server looks once a minute for what was done beside it."""


def authority(server: Server, step: str, **body: bool) -> dict[str, object]:
    """Take a step over REST; return how the authority stands after it."""
    answer = server.request("POST", f"/api/v1/authority/{step}", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_headset_comes_over_to_a_new_authority(own_server: Server) -> None:
    """New root, new certificate, new server certificate; then the old authority is nobody."""
    server, headset = own_server, own_server.enroll_virtual()
    headset.sync()
    old, shown = headset.virtual.identity(), server.command("ca", "show")
    with pytest.raises(EnrollmentRefused):
        asyncio.run(headset.virtual.renew())

    begun = authority(server, "rotate")

    assert begun["without_root"] == 1
    assert server.request("POST", "/api/v1/authority/serve", {}).status_code == 409
    headset.sync()
    assert server.get("/api/v1/authority").json()["without_root"] == 0
    asyncio.run(headset.virtual.renew())
    headset.sync()
    assert headset.virtual.identity() != old
    as_before = RenewalHabits(tls=old, signer=old)
    with pytest.raises(EnrollmentRefused):
        asyncio.run(headset.virtual.renew(as_before))
    assert shown == server.command("ca", "show"), "the server still shows the old chain"
    finished = authority(server, "finish")
    assert shown != server.command("ca", "show")
    assert "tests" in server.command("token", "list"), "commands beside it know its new chain"
    assert [each["devices"] for each in finished["eras"]] == [1]  # type: ignore[attr-defined]
    headset.sync()
    with pytest.raises((NoConnection, EnrollmentRefused)):
        asyncio.run(headset.virtual.renew(as_before))


def test_a_running_server_follows_the_command_line(own_server: Server) -> None:
    """`lenskeep ca` works beside it; who enrolls after a minute gets the new authority."""
    server = own_server
    server.command("ca", "rotate")

    end = time.monotonic() + FOLLOWS_S
    while "authority_exchanged" not in server.log():
        assert time.monotonic() < end, server.log()
        time.sleep(1)
    server.enroll_virtual().sync()

    eras = server.get("/api/v1/authority").json()["eras"]
    assert [0, 1] == [each["devices"] for each in eras]
    assert "finish" in server.command("ca", "status")
