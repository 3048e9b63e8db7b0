"""The server may die between any two messages: nothing is lost, nothing is done twice."""

from collections import Counter
from typing import Any

import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.session.commands import Executor
from lenskeep.virtual.transport import Accidents

pytestmark = pytest.mark.journey

LOCK = "./Vendor/MSFT/RemoteLock/Lock"
PROFILE = "./Vendor/MSFT/WiFi/Profile/Ward%207/WlanXml"
POLICY = "./Vendor/MSFT/Policy/Config/Experience/AllowCortana"
VERSION = "./DevDetail/SwV"


@pytest.fixture
def done_by_headset(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what the headset really carried out, by verb and node; changes nothing."""
    counted: Counter[str] = Counter()
    carry_out = Executor.carry_out

    def counting(self: Executor, *arguments: Any, **more: Any) -> Any:
        execution = carry_out(self, *arguments, **more)
        counted.update(f"{done.verb} {done.uri}" for done in execution.done)
        return execution

    monkeypatch.setattr(Executor, "carry_out", counting)
    return counted


def queue_all(server: Server, device: str) -> list[dict[str, Any]]:
    """Queue one operation of each verb, the Exec in the middle."""
    return [
        server.queue(device, "replace", POLICY, format="int", value="0"),
        server.queue(device, "get", VERSION),
        server.queue(device, "exec", LOCK),
        server.queue(device, "add", PROFILE, format="chr", value="<WLANProfile/>"),
        server.queue(device, "get", POLICY),
        server.queue(device, "delete", PROFILE.rpartition("/")[0]),
    ]


def sync_through(headset: Headset, accidents: Accidents) -> int | None:
    """Run a session into an accident; return its messages if it came to its end instead."""
    try:
        return headset.sync(accidents=accidents).messages
    except LenskeepError:
        return None


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_power_cut_at_every_step(
    own_server: Server, done_by_headset: Counter[str], lost: str
) -> None:
    """SIGKILL before a message arrives, and after it was answered, at each message in turn."""
    headset = own_server.enroll_virtual()
    headset.sync()
    device = own_server.device_of(headset)["id"]
    step, cuts = 1, 0
    while True:
        done_by_headset.clear()
        operations = queue_all(own_server, device)
        accidents = (
            Accidents(lose_request=step) if lost == "request" else Accidents(lose_answer=step)
        )
        messages = sync_through(headset, accidents)
        if messages is None:
            cuts += 1
            own_server.kill()
            own_server.start()
            assert headset.sync().resumed
        for queued in operations:
            operation = own_server.operation(device, queued["id"])
            assert (operation["state"], operation["status"]) == ("done", 200), operation
            assert done_by_headset[f"{queued['verb']} {queued['uri']}"] == 1, done_by_headset
        if messages is not None:
            break
        step += 1

    assert cuts >= 4, "the session has that many messages at least"


def test_a_headset_that_never_answers_leaves_the_outcome_unknown(
    own_server: Server, done_by_headset: Counter[str]
) -> None:
    """The Exec is not sent again; the others are; a person decides."""
    headset = own_server.enroll_virtual()
    headset.sync()
    device = own_server.device_of(headset)["id"]
    lock = own_server.queue(device, "exec", LOCK)
    after = own_server.queue(device, "get", VERSION)

    headset.sync(drop_on=LOCK)  # it hears the Exec and falls silent for good
    own_server.kill()
    own_server.start()
    for _ in range(3):
        headset.sync()

    unknown = own_server.operation(device, lock["id"])
    assert (unknown["state"], unknown["status"]) == ("unknown", None)
    assert unknown["status_text"]
    assert own_server.operation(device, after["id"])["state"] == "done"
    assert done_by_headset[f"exec {LOCK}"] == 0
    assert own_server.device_of(headset)["operations_unknown"] == 1


def test_the_administrator_may_send_it_once_more(own_server: Server) -> None:
    """A retry is a new operation; the old one stays what it is."""
    headset = own_server.enroll_virtual()
    headset.sync()
    device = own_server.device_of(headset)["id"]
    lock = own_server.queue(device, "exec", LOCK)
    headset.sync(drop_on=LOCK)
    headset.sync()

    again = own_server.request("POST", f"/api/v1/operations/{lock['id']}/retry", {})
    assert again.status_code == 201, again.text
    headset.sync()

    assert own_server.operation(device, again.json()["id"])["state"] == "done"
    assert own_server.operation(device, lock["id"])["state"] == "unknown"


def test_a_node_that_silences_the_headset_blocks_nobody(own_server: Server) -> None:
    """After a few deliveries it is set aside with a reason, and the rest goes on."""
    headset = own_server.enroll_virtual()
    headset.sync()
    device = own_server.device_of(headset)["id"]
    poison = own_server.queue(device, "replace", POLICY, format="int", value="1")
    other = own_server.queue(device, "get", VERSION)

    for _ in range(5):
        headset.sync(drop_on=POLICY)

    aside = own_server.operation(device, poison["id"])
    assert (aside["state"], aside["status"]) == ("failed", None)
    assert "3" in aside["status_text"]
    assert own_server.operation(device, other["id"])["state"] == "done"
