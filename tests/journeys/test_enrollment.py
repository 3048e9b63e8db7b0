"""Getting in: with an account or a code, once, and only for who proves it."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.base.errors import LenskeepError
from lenskeep.base.secret import Secret
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.transport import Accidents
from lenskeep.wire import soap, xcep
from lenskeep.wire.discover import Discover, read_discover_response, write_discover

pytestmark = pytest.mark.journey

SOAP = {"Content-Type": "application/soap+xml; charset=utf-8"}
PASSWORD = "gaze-and-commit-7"


@pytest.fixture(scope="module")
def account(running_server: Server) -> str:
    """An enrollment account."""
    body = {"name": "ward7@example.org", "password": PASSWORD}
    answer = running_server.request("POST", "/api/v1/accounts", body)
    assert answer.status_code == 201, answer.text
    return body["name"]


def policy_request(server: Server, user: str, secret: str) -> bytes:
    """Return a GetPolicies request."""
    token = soap.UsernameToken(user, Secret(secret))
    url = f"{server.url}/EnrollmentServer/Policy.svc"
    header = soap.RequestHeader(soap.ACTION_GET_POLICIES, soap.MESSAGE_ID_GET_POLICIES, url, token)
    return xcep.write_get_policies(header, xcep.GetPolicies())


def ask_policy(server: Server, user: str, secret: str) -> httpx2.Response:
    """Present a secret at the policy door."""
    with httpx2.Client(verify=server.tls(), timeout=60) as client:
        url = f"{server.url}/EnrollmentServer/Policy.svc"
        return client.post(url, content=policy_request(server, user, secret), headers=SOAP)


def new_headset() -> Headset:
    """Return a headset that was never enrolled."""
    return Headset(VirtualHeadset.create(build="HL2-22621.1244"))


def test_an_account_enrolls_many(running_server: Server, account: str) -> None:
    """Two headsets with one password are two records."""
    first, second = new_headset(), new_headset()

    first.enroll(running_server, account, PASSWORD)
    second.enroll(running_server, account, PASSWORD)

    ids = {running_server.device_of(each)["id"] for each in (first, second)}
    assert len(ids) == 2


def test_a_wrong_password_enrolls_nothing(running_server: Server, account: str) -> None:
    """The right fault, and nothing stored."""
    before = len(running_server.devices())

    with pytest.raises(EnrollmentRefused) as refused:
        new_headset().enroll(running_server, account, "wrong")

    assert refused.value.hresult is Hresult.AUTHENTICATION
    assert len(running_server.devices()) == before


def test_a_code_takes_any_user_name_and_is_used_up(running_server: Server) -> None:
    """Its use is consumed with the certificate, not before; the second headset is refused."""
    code = running_server.new_code()
    for _ in range(3):
        assert ask_policy(running_server, "whoever@example.org", code).status_code == 200

    new_headset().enroll(running_server, "somebody@example.org", code)

    with pytest.raises(EnrollmentRefused) as refused:
        new_headset().enroll(running_server, "another@example.org", code)
    assert refused.value.hresult is Hresult.AUTHENTICATION


def test_a_code_is_read_as_people_type_it(running_server: Server) -> None:
    """Capitals, spaces, no hyphen."""
    code = running_server.new_code()

    new_headset().enroll(running_server, "x@example.org", f" {code.replace('-', ' ').upper()} ")


def test_a_code_for_two_serves_two_though_ten_ask_at_once(running_server: Server) -> None:
    """The last use is given once."""
    code = running_server.new_code(uses=2)

    async def all_at_once() -> list[BaseException | None]:
        headsets = [VirtualHeadset.create(build="HL2-22621.1244") for _ in range(6)]
        enrolling = (
            each.enroll(running_server.url, "x@example.org", code, running_server.ca_path)
            for each in headsets
        )
        return await asyncio.gather(*enrolling, return_exceptions=True)

    outcomes = asyncio.run(all_at_once())

    assert sum(outcome is None for outcome in outcomes) == 2
    assert all(isinstance(each, EnrollmentRefused) for each in outcomes if each is not None)


def test_a_lost_answer_costs_no_second_code(running_server: Server) -> None:
    """The same key again gets the same certificate; one record, one use."""
    code = running_server.new_code()
    headset = new_headset()
    before = len(running_server.devices())

    with pytest.raises(LenskeepError):
        headset.enroll(
            running_server, "x@example.org", code, Habits(accidents=Accidents(lose_answer=4))
        )
    assert len(running_server.devices()) == before + 1
    headset.enroll(running_server, "x@example.org", code)
    headset.sync()

    assert len(running_server.devices()) == before + 1
    assert running_server.device_of(headset)["state"] == "managed"


@pytest.mark.parametrize("version", ["3.0", "4.0", "5.0", "9.0", "12.7"])
def test_any_version_is_answered_with_one_we_both_know(
    running_server: Server, version: str
) -> None:
    """Versions are numbers, not a list of known words."""
    url = f"{running_server.url}/EnrollmentServer/Discovery.svc"
    header = soap.RequestHeader(soap.ACTION_DISCOVER, soap.MESSAGE_ID_DISCOVER, url)
    asked = Discover(
        "x@example.org", version, "CIMClient_Windows", "10.0.1.1", "136", ("OnPremise",)
    )

    with httpx2.Client(verify=running_server.tls()) as client:
        answer = client.post(url, content=write_discover(header, asked), headers=SOAP)

    _, result = read_discover_response(answer.content)
    assert result.enrollment_version == ("3.0" if version == "3.0" else "4.0")


def test_urls_come_from_the_settings_never_from_the_request(running_server: Server) -> None:
    """A forged Host header leads nobody astray."""
    url = f"{running_server.url}/EnrollmentServer/Discovery.svc"
    header = soap.RequestHeader(soap.ACTION_DISCOVER, soap.MESSAGE_ID_DISCOVER, url)
    asked = Discover("x@y.org", "4.0", "CIMClient_Windows", "10.0.1.1", "136", ("OnPremise",))

    with httpx2.Client(verify=running_server.tls()) as client:
        headers = SOAP | {"Host": "evil.example.org"}
        answer = client.post(url, content=write_discover(header, asked), headers=headers)

    assert b"evil" not in answer.content
    _, result = read_discover_response(answer.content)
    assert result.enrollment_url.startswith(running_server.url)


def test_only_what_is_served_is_offered(running_server: Server) -> None:
    """A client that can only sign in by certificate is told so at once: there is none here."""
    url = f"{running_server.url}/EnrollmentServer/Discovery.svc"
    header = soap.RequestHeader(soap.ACTION_DISCOVER, soap.MESSAGE_ID_DISCOVER, url)
    asked = Discover("x@y.org", "4.0", "CIMClient_Windows", "10.0.1.1", "136", ("Certificate",))

    with httpx2.Client(verify=running_server.tls()) as client:
        answer = client.post(url, content=write_discover(header, asked), headers=SOAP)

    fault = soap.read_fault(answer.content)
    assert answer.status_code == 500
    assert fault is not None
    assert fault.error_type is soap.ErrorType.NOT_SUPPORTED


def same_hardware(first: Headset) -> Headset:
    """Return the same headset after a reset: it forgot everything but what is burned in."""
    second = new_headset()
    state = second.virtual.device.state
    hardware = replace(state.hardware, hardware_id=first.virtual.device.state.hardware.hardware_id)
    second.virtual.device.save(hardware=hardware)
    return second


def test_after_a_reset_the_same_account_goes_on_with_its_record(
    running_server: Server, account: str
) -> None:
    """History stays; certificate, secrets and operations of the earlier life end."""
    first = new_headset()
    first.enroll(running_server, account, PASSWORD)
    first.sync()
    device = running_server.device_of(first)["id"]
    queued = running_server.queue(device, "get", "./DevDetail/SwV")
    second = same_hardware(first)

    second.enroll(running_server, account, PASSWORD)
    second.sync()

    assert running_server.device_of(second)["id"] == device
    assert running_server.operation(device, queued["id"])["state"] == "cancelled"
    with pytest.raises(LenskeepError):
        first.sync()


def test_a_copied_hardware_id_takes_over_nothing(running_server: Server, account: str) -> None:
    """Under another principal it is another record; the first one works on, and both are marked."""
    first = new_headset()
    first.enroll(running_server, account, PASSWORD)
    first.sync()
    thief = same_hardware(first)

    thief.enroll(running_server, account, running_server.new_code())
    thief.sync()
    first.sync()

    one, other = running_server.device_of(first)["id"], running_server.device_of(thief)["id"]
    assert one != other
    detail = running_server.get(f"/api/v1/devices/{other}").json()
    assert detail["same_hardware"] == [one]


def test_an_administrator_may_link_the_two(running_server: Server, account: str) -> None:
    """Then the history is one, and the old certificate ends."""
    first = new_headset()
    first.enroll(running_server, account, PASSWORD)
    first.sync()
    second = same_hardware(first)
    second.enroll(running_server, account, running_server.new_code())
    second.sync()
    one, other = running_server.device_of(first)["id"], running_server.device_of(second)["id"]

    linked = running_server.request("POST", f"/api/v1/devices/{other}/link", {"earlier": one})
    assert linked.status_code in (200, 204), linked.text

    second.sync()
    assert running_server.device_of(second)["id"] == one
    with pytest.raises(LenskeepError):
        first.sync()


def test_guessing_is_slowed_and_the_owner_is_not(running_server: Server) -> None:
    """After ten wrong ones in a minute: 429 and when to come back; the right one still passes."""
    name = "guessed@example.org"
    body: dict[str, Any] = {"name": name, "password": PASSWORD}
    assert running_server.request("POST", "/api/v1/accounts", body).status_code == 201

    answers = [ask_policy(running_server, name, f"guess-{number}") for number in range(12)]

    assert [each.status_code for each in answers] == [500] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert ask_policy(running_server, name, PASSWORD).status_code == 200


def test_unknown_and_known_names_take_the_same_time(running_server: Server, account: str) -> None:
    """A clock finds out no account names: both are hashed."""

    def seconds(name: str, number: int) -> float:
        started = time.perf_counter()
        ask_policy(running_server, name, f"time-{number}")
        return time.perf_counter() - started

    known = sorted(seconds(account, number) for number in range(4))
    unknown = sorted(seconds(f"nobody{number}@example.org", number) for number in range(4))

    assert 0.2 < known[1] / unknown[1] < 5


def test_a_disabled_account_enrolls_nobody(running_server: Server) -> None:
    """The fault says that it is not allowed; nothing more."""
    body: dict[str, Any] = {"name": "left@example.org", "password": PASSWORD}
    made = running_server.request("POST", "/api/v1/accounts", body).json()
    running_server.request("POST", f"/api/v1/accounts/{made['id']}/disable")

    with pytest.raises(EnrollmentRefused) as refused:
        new_headset().enroll(running_server, "left@example.org", PASSWORD)

    assert refused.value.hresult is Hresult.AUTHORIZATION
