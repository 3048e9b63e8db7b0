"""Steps of headsets become arrivals: who goes on, who is another one, how far each is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.arriving.first_run import FirstRunStatus
from lenskeep.flows.entrance import Attempt
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.records import DeviceRow, DeviceState
from lenskeep.web.console.enrollment.arrivals.phases import Since, course
from lenskeep.web.console.enrollment.arrivals.track import STILL, Arrival, arrivals
from lenskeep.wire.soap import Subcode

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WRONG = Subcode.AUTHENTICATION.hresult


def step(phase: str, after_s: float = 0, **more: Any) -> Attempt:
    """Return a step that went well, of anna from one address."""
    values: dict[str, Any] = {"outcome": "ok", "user": "anna@example.org", "address": "10.0.0.7"}
    moment = START + timedelta(seconds=after_s)
    return Attempt(id=f"att_{after_s:06}", at=moment, phase=phase, **(values | more))


def no(phase: str, after_s: float = 0, hresult: int = WRONG) -> Attempt:
    """Return a step that was refused."""
    return step(phase, after_s, outcome="refused", hresult=hresult, reason="it is wrong")


WHOLE = (step("discovery"), step("policy", 5), step("enrollment", 9, device_id="dev_1"))


def states(arrival: Arrival, since: Since | None = None) -> list[str]:
    return [each.state for each in course(arrival, since).stations]


def row(state: DeviceState, worst: ProgressState | None = None) -> DeviceRow:
    return DeviceRow(DeviceId("dev_1"), "A" * 32, "HOLO-1", state, START, START, worst=worst)


# --- who goes on --------------------------------------------------------------------------


def test_the_steps_of_one_headset_are_one_arrival() -> None:
    (found,) = arrivals(reversed(WHOLE))

    assert found.steps == WHOLE
    assert found.device_id == "dev_1"


def test_the_newest_arrival_comes_first() -> None:
    later = step("discovery", 60, user="bert@example.org")

    assert [each.latest for each in arrivals((*WHOLE, later))] == [later, WHOLE[-1]]


@pytest.mark.parametrize(
    "other",
    [
        step("policy", 5, user="bert@example.org"),
        step("policy", 5, address="10.0.0.8"),
        step("policy", STILL.total_seconds() + 1),
    ],
    ids=["another name", "another address", "much later"],
)
def test_a_step_that_cannot_be_of_the_same_headset_begins_another_arrival(other: Attempt) -> None:
    assert 2 == len(arrivals((step("discovery"), other)))


def test_a_step_without_a_name_goes_on_with_the_one_before() -> None:
    assert 1 == len(arrivals((step("discovery"), step("policy", 5, user=""))))


def test_after_a_no_the_next_try_is_another_arrival() -> None:
    tries = (step("discovery"), no("policy", 4), step("discovery", 20), step("policy", 24))

    assert [False, True] == [each.is_refused for each in arrivals(tries)]


def test_a_headset_that_looks_twice_is_one_arrival() -> None:
    assert 1 == len(arrivals((step("discovery"), step("discovery", 2), step("policy", 5))))


def test_a_renewal_is_no_part_of_an_arrival() -> None:
    renewed = step("renewal", 12, device_id="dev_1")

    assert [True, False] == [each.is_renewal for each in arrivals((*WHOLE, renewed))]


# --- how far ------------------------------------------------------------------------------


def test_a_wrong_proof_is_told_at_the_sign_in_whoever_noticed() -> None:
    (found,) = arrivals((step("discovery"), no("policy", 4)))

    assert ["done", "failed", "later", "later"] == states(found)[:4]
    assert "0x80180002" == found.number
    assert found.trouble is not None
    assert "not right" in found.trouble.meaning


def test_a_refusal_by_rules_is_told_at_the_enrollment() -> None:
    (found,) = arrivals((*WHOLE[:2], no("enrollment", 9, Subcode.AUTHORIZATION.hresult)))

    assert ["done", "done", "done", "failed"] == states(found)[:4]


def test_who_only_looked_around_waits_for_the_sign_in() -> None:
    (found,) = arrivals((step("discovery"),))

    assert ["done", "now", "later", "later", "later", "later", "later"] == states(found)
    assert "Looking" == course(found, None).look.word


@pytest.mark.parametrize(
    ("device", "run", "expected", "word"),
    [
        (row(DeviceState.ENROLLED), "none", ["now", "later", "later"], "Enrolled"),
        (row(DeviceState.MANAGED), "delivering", ["done", "now", "later"], "First run"),
        (
            row(DeviceState.MANAGED, ProgressState.WAITING),
            "over",
            ["done", "done", "now"],
            "Settling in",
        ),
        (
            row(DeviceState.MANAGED, ProgressState.FAILED),
            "none",
            ["done", "done", "failed"],
            "Arrived, with trouble",
        ),
        (
            row(DeviceState.MANAGED, ProgressState.VERIFIED),
            "over",
            ["done", "done", "done"],
            "Ready",
        ),
        (row(DeviceState.MANAGED), "none", ["done", "done", "done"], "Ready"),
        (row(DeviceState.UNENROLLED), "none", ["done", "later", "later"], "Gone again"),
    ],
)
def test_what_became_of_it_is_told_after_the_enrollment(
    device: DeviceRow, run: str, expected: list[str], word: str
) -> None:
    (found,) = arrivals(WHOLE)

    told = course(found, Since(device, FirstRunStatus(run, waiting=3)))

    assert expected == [each.state for each in told.stations][4:]
    assert ["done"] * 4 == [each.state for each in told.stations][:4]
    assert word == told.look.word
