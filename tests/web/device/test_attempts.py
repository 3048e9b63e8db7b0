"""Who tried to come in is written down: every step, no secret, and of strangers only so much."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.flows.home import Home, open_home
from tests.web.device.knocking import ANNA, PASSWORD, Goggles, Street, open_street

from lenskeep.flows.records import DeviceFilter


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def street(home: Home) -> AsyncIterator[Street]:
    """The doors of that house."""
    async with open_street(home) as opened:
        yield opened


async def test_a_headset_that_comes_in_leaves_its_three_steps(street: Street) -> None:
    """Discovery, policy, enrollment, in order; the last one names the record it led to."""
    goggles = Goggles()
    await street.discover("OnPremise")
    await street.policies()
    await street.enroll(goggles)

    enrolled, policy, discovery = await street.attempts()

    assert ["discovery", "policy", "enrollment"] == [
        each.phase for each in (discovery, policy, enrolled)
    ]
    assert {("ok", 0, ANNA)} == {
        (each.outcome, each.hresult, each.user) for each in (discovery, policy, enrolled)
    }
    assert ("", "typed password", "typed password") == (discovery.way, policy.way, enrolled.way)
    devices = (await street.home.house.fleet.devices(DeviceFilter(), None, 9)).items
    assert (devices[0].id, goggles.hardware) == (enrolled.device_id, enrolled.hw_dev_id)


async def test_a_wrong_secret_is_noted_with_its_number_and_never_itself(street: Street) -> None:
    """User, address, number, trace; neither the wrong password nor the right one."""
    await street.policies(secret="wrong-and-secret")
    await street.policies(secret=PASSWORD)

    right, wrong = await street.attempts()

    assert ("refused", 0x80180002, ANNA) == (wrong.outcome, wrong.hresult, wrong.user)
    assert wrong.address
    assert wrong.trace
    assert "ok" == right.outcome
    for each in (right, wrong):
        assert "wrong-and-secret" not in repr(each)
        assert PASSWORD not in repr(each)


async def test_bytes_that_are_no_message_are_noted(street: Street) -> None:
    """With the number of s:MessageFormat."""
    await street.post("/EnrollmentServer/Policy.svc", b"<a")

    (attempt,) = await street.attempts()

    assert ("policy", "refused", 0x80180001) == (attempt.phase, attempt.outcome, attempt.hresult)


async def test_too_many_wrong_secrets_have_the_number_of_http_429(street: Street) -> None:
    """The headset shows what HTTP 429 is to it, whatever the fault says."""
    for number in range(11):
        await street.policies(secret=f"wrong {number}")

    newest = (await street.attempts())[0]

    assert 0x80180033 == newest.hresult


async def test_strangers_get_twenty_rows_and_then_one_a_second(street: Street) -> None:
    """The rest is counted in the next row; nobody who proved himself is held up by it."""
    for _ in range(27):
        await street.discover("OnPremise")
    assert 20 == len(await street.attempts())

    await street.policies()
    assert "policy" == (await street.attempts())[0].phase

    street.home.clock.advance(seconds=1)
    await street.discover("OnPremise")
    await street.discover("OnPremise")
    rows = await street.attempts()
    assert 22 == len(rows)
    assert "7 more steps" in rows[0].reason


async def test_what_strangers_say_is_cut_and_cannot_be_more_than_text(street: Street) -> None:
    """An endless name with control characters in it."""
    await street.discover("OnPremise", email="a\u202e" * 5000 + "@example.org")

    (attempt,) = await street.attempts()

    assert len(attempt.user) <= 256
    assert "\u202e" not in attempt.user


async def test_a_step_that_cannot_be_noted_is_answered_all_the_same(street: Street) -> None:
    """Without its store the house says that it has trouble, and does not fall over the note."""
    street.home.store.close()

    answer = await street.discover("OnPremise")

    assert 500 == answer.status_code
    assert b"a:InternalServiceFault" in answer.content
