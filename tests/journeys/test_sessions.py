"""Operations find their way and come back with an answer, whatever the network does."""

import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.session.report import Ended
from lenskeep.virtual.state import PendingAlert
from lenskeep.virtual.transport import Accidents, Patience

pytestmark = pytest.mark.journey

POLICY = "./Vendor/MSFT/Policy/Config/Experience/AllowCortana"
RESULT = "./Vendor/MSFT/Policy/Result/Experience/AllowCortana"
PATIENT = Patience(retries=2, first_pause_s=0.01, longest_pause_s=0.05)


@pytest.fixture(scope="module")
def headset(running_server: Server) -> Headset:
    """A managed headset."""
    headset = running_server.enroll_virtual()
    headset.sync()
    return headset


@pytest.fixture(scope="module")
def device(running_server: Server, headset: Headset) -> str:
    """Its record's id."""
    found: str = running_server.device_of(headset)["id"]
    return found


def test_the_first_contact_tells_who_it_is(running_server: Server, headset: Headset) -> None:
    """Generation, build, edition, serial, addresses: known after one session."""
    row = running_server.device_of(headset)

    assert row["generation"] == "HoloLens 2"
    assert row["os_build"] == "22621.1244"
    assert row["edition"] == "Windows Holographic for Business"
    assert row["serial"]
    assert row["last_seen"].endswith("Z")
    assert row["state"] == "managed"
    assert row["device_id"] == headset.dev_id


@pytest.mark.parametrize(
    ("build", "generation", "edition"),
    [
        ("HL2-19041.1128", "HoloLens 2", "Windows Holographic for Business"),
        ("HL2-20348.1503", "HoloLens 2", "Windows Holographic for Business"),
        ("HL1-17763-Business", "HoloLens (1st gen)", "Windows Holographic for Business"),
        ("HL1-17763-Dev", "HoloLens (1st gen)", "Windows Holographic"),
    ],
)
def test_every_build_is_recognized(
    running_server: Server, build: str, generation: str, edition: str
) -> None:
    """Both generations, both editions."""
    headset = running_server.enroll_virtual(build)
    headset.sync()

    row = running_server.device_of(headset)

    assert (row["generation"], row["edition"]) == (generation, edition)


def test_a_value_is_set_and_proved_by_reading_back(
    running_server: Server, headset: Headset, device: str
) -> None:
    """Replace, then Get of the effective value."""
    put = running_server.queue(device, "replace", POLICY, value="0")
    got = running_server.queue(device, "get", RESULT)

    headset.sync()

    assert running_server.operation(device, put["id"])["status"] == 200
    read = running_server.operation(device, got["id"])
    assert (read["state"], read["result"]) == ("done", "0")
    assert headset.virtual.tree.value(POLICY.replace("./", "./Device/")) == "0"


def test_a_refused_operation_says_so_in_words(
    running_server: Server, headset: Headset, device: str
) -> None:
    """The code and what it means."""
    queued = running_server.queue(device, "get", "./Vendor/MSFT/Policy/Config/Camera/AllowCamera")

    headset.sync()

    failed = running_server.operation(device, queued["id"])
    assert (failed["state"], failed["status"]) == ("failed", 404)
    assert "no such node" in failed["status_text"]


def test_children_of_a_node_are_listed(
    running_server: Server, headset: Headset, device: str
) -> None:
    """Get on an interior node."""
    queued = running_server.queue(device, "get", "./DevInfo")

    headset.sync()

    read = running_server.operation(device, queued["id"])
    assert set(read["result"].split("/")) >= {"DevId", "Man", "Mod"}


def test_user_settings_wait_for_the_user(
    running_server: Server, headset: Headset, device: str
) -> None:
    """Nothing for ./User goes out while nobody, or somebody else, is signed in."""
    queued = running_server.queue(
        device, "replace", "./User/Vendor/MSFT/Policy/Config/Experience/AllowCortana", value="0"
    )

    for user in ("none", "others"):
        headset.sync(user=user)
        assert running_server.operation(device, queued["id"])["state"] == "queued"

    headset.sync(user="user")
    assert running_server.operation(device, queued["id"])["state"] in ("done", "failed")


def test_what_is_not_sent_can_be_cancelled(
    running_server: Server, headset: Headset, device: str
) -> None:
    """A cancelled operation never reaches the headset; one that was done stays done."""
    queued = running_server.queue(device, "replace", POLICY, value="1")

    path = f"/api/v1/devices/{device}/operations/{queued['id']}"
    assert running_server.request("DELETE", path).status_code in (200, 204)
    report = headset.sync()

    assert POLICY not in [done.uri for done in report.commands]
    assert running_server.operation(device, queued["id"])["state"] == "cancelled"
    assert running_server.request("DELETE", path).status_code == 409


@pytest.mark.parametrize("accident", ["lose_request", "lose_answer", "double", "truncate"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_bad_network_changes_nothing(
    running_server: Server, headset: Headset, device: str, accident: str, number: int
) -> None:
    """Lost, doubled and cut messages: the operation is done once, with status 200."""
    queued = running_server.queue(device, "get", "./DevDetail/SwV")

    headset.sync(accidents=Accidents(**{accident: number}), patience=PATIENT)

    assert running_server.operation(device, queued["id"])["status"] == 200


def test_a_lost_session_is_taken_up_by_the_next(
    running_server: Server, headset: Headset, device: str
) -> None:
    """The headset forgets a session; repeatable operations go out once more in a new one."""
    queued = running_server.queue(device, "get", "./DevDetail/HwV")
    headset.sync(drop_on="./DevDetail/HwV")
    assert running_server.operation(device, queued["id"])["state"] == "sent"

    headset.sync()

    assert running_server.operation(device, queued["id"])["state"] == "done"


def test_a_large_value_comes_back_whole(
    running_server: Server, headset: Headset, device: str
) -> None:
    """Two megabytes in one message."""
    big = "x" * 900_000
    uri = "./Vendor/MSFT/WiFi/Profile/Large/WlanXml"
    running_server.queue(device, "add", uri, format="chr", value=big)
    read = running_server.queue(device, "get", uri)

    headset.sync()

    assert running_server.operation(device, read["id"])["result"] == big


def test_markup_and_odd_characters_survive(
    running_server: Server, headset: Headset, device: str
) -> None:
    """What an administrator types arrives as typed, and comes back so."""
    value = '<a b="c">&amp;</a> ]]> \u00fc \U0001f97d\r\n\tend'
    uri = "./Vendor/MSFT/WiFi/Profile/Odd/WlanXml"
    running_server.queue(device, "add", uri, format="chr", value=value)
    read = running_server.queue(device, "get", uri)

    headset.sync()

    assert running_server.operation(device, read["id"])["result"] == value


def test_the_timeline_tells_the_session(
    running_server: Server, headset: Headset, device: str
) -> None:
    """When, why and how it ended, newest first."""
    headset.sync()

    lines = running_server.get(f"/api/v1/devices/{device}/timeline?limit=50").json()["items"]

    kinds = [line["kind"] for line in lines]
    assert "session started" in kinds
    assert "session ended" in kinds
    assert kinds.index("session ended") < kinds.index("session started")


def test_an_alert_is_noted(running_server: Server, headset: Headset, device: str) -> None:
    """What a headset reports of its own accord is on the timeline."""
    headset.virtual.raise_alert(
        PendingAlert(1226, "Reversed-Domain-Name:com.example.widget.result", "7", "int", "minor")
    )

    headset.sync()

    lines = running_server.get(f"/api/v1/devices/{device}/timeline?limit=20").json()["items"]
    assert any("com.example.widget.result" in str(line) for line in lines)


def test_the_wearer_may_leave(running_server: Server) -> None:
    """The alert ends the enrollment; the old certificate is worth nothing after it."""
    headset = running_server.enroll_virtual()
    headset.sync()
    device = running_server.device_of(headset)["id"]
    queued = running_server.queue(device, "get", "./DevDetail/SwV")

    report = headset.unenroll()

    assert report.ended in (Ended.UNENROLLED, Ended.NOTHING_MORE)
    assert not headset.virtual.is_enrolled
    row = running_server.get(f"/api/v1/devices/{device}").json()
    assert row["state"] == "unenrolled"
    assert running_server.operation(device, queued["id"])["state"] == "cancelled"
    more = {"verb": "get", "uri": "./DevInfo/Man"}
    path = f"/api/v1/devices/{device}/operations"
    assert running_server.request("POST", path, more).status_code == 409


def test_a_node_told_to_fail_fails_with_its_code(
    running_server: Server, headset: Headset, device: str
) -> None:
    """Whatever the headset answers is what the administrator reads."""
    queued = running_server.queue(device, "replace", POLICY, value="0")

    headset.sync(failing={POLICY: 425})

    assert running_server.operation(device, queued["id"])["status"] == 425


def test_a_breach_is_never_the_servers(running_server: Server, headset: Headset) -> None:
    """The strict headset had nothing to complain of in all these sessions."""
    try:
        headset.sync()
    except LenskeepError as error:  # pragma: no cover - the message is the point
        pytest.fail(str(error))
