"""The master key is exchanged under a running server, with headsets on the line."""

import json
import time

import pytest
from tests.journeys import wishes
from tests.journeys.conftest import Headset, Server

pytestmark = pytest.mark.journey

CORTANA = "Experience/AllowCortana"
FOLLOWS_S = 40


def settled(server: Server, headset: Headset) -> bool:
    """Sync, and say whether everything is verified."""
    headset.sync()
    return set(wishes.states(server, headset).values()) == {"verified"}


def test_a_fleet_goes_on_while_the_master_key_is_exchanged(own_server: Server) -> None:
    """Codes, tokens and sessions are good before, between and after; the old key goes."""
    server = own_server
    profile = wishes.profile(server, "base", wishes.wish(CORTANA, 0))
    wishes.assign(server, profile)
    headset, code = server.enroll_virtual(), server.new_code()
    while not settled(server, headset):
        pass
    before = json.loads(server.command("keys", "status", "--json"))

    rotated = json.loads(server.command("keys", "rotate", "--json"))
    headset.sync(client_certificate=False)
    server.enroll_virtual(secret=code).sync()
    wishes.save(server, profile, 1, wishes.wish(CORTANA, 1))
    dropped = json.loads(server.command("keys", "drop", "--json"))

    assert rotated["keys"][1:] == before["keys"]
    assert dropped["keys"] == rotated["keys"][:1]
    assert [each["keys"][0] for each in rotated["serving"]] == dropped["keys"]
    end = time.monotonic() + FOLLOWS_S
    while server.log().count("master_key_exchanged") < 3:
        assert time.monotonic() < end, server.log()
        time.sleep(0.5)
    assert settled(server, headset) or settled(server, headset)
    server.kill()
    server.start()
    headset.sync(client_certificate=False)
    assert "tests" in server.command("token", "list"), "the local token is good"
    looked = json.loads(server.command("keys", "status", "--look", "--json"))
    assert {each["key"] for each in looked["sealed"]} == set(dropped["keys"])
