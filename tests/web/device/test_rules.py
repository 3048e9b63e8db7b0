"""The rules at the door: each refusal has its fault and its sentence, and nothing is stored."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.flows.home import ADMIN, Home, open_home
from tests.web.device.knocking import (
    ANNA,
    PASSWORD,
    Goggles,
    Street,
    enrolling,
    open_street,
)

from lenskeep.base.secret import Secret
from lenskeep.flows.entry.admission.rules import set_maintenance
from lenskeep.flows.people import add_account
from lenskeep.flows.records import DeviceFilter
from lenskeep.wire.soap import ErrorType, Fault, Subcode, read_fault

HARDWARE = "AB" * 32
TENANT = "11111111-2222-3333-4444-555555555555"
OLD = "10.0.19041.1103"
"""2004: it does not show a server's own words."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house on an empty store; its clock stands on a Monday, half past ten UTC."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def street(home: Home) -> AsyncIterator[Street]:
    """The doors of that house."""
    async with open_street(home) as opened:
        yield opened


def fault_of(answer: httpx2.Response) -> Fault:
    """Return the fault of an answer, which has HTTP status 500."""
    fault = read_fault(answer.content)
    assert fault is not None, answer.text
    assert 500 == answer.status_code
    return fault


@pytest.mark.parametrize(
    ("document", "goggles", "subcode", "error_type", "words"),
    [
        (
            {"ways": ["package"]},
            Goggles(),
            Subcode.ENROLLMENT_SERVER,
            ErrorType.NOT_SUPPORTED,
            "This way of enrolling is not open here",
        ),
        (
            {"users": {"deny": ["Anna@Example.org"]}},
            Goggles(),
            Subcode.AUTHORIZATION,
            None,
            "You may not enroll this headset",
        ),
        (
            {"users": {"allow": ["bob@example.org"]}},
            Goggles(),
            Subcode.AUTHORIZATION,
            None,
            "You may not enroll this headset",
        ),
        (
            {"domains": ["example.com"]},
            Goggles(),
            Subcode.AUTHORIZATION,
            None,
            "You may not enroll this headset",
        ),
        (
            {"tenants": [TENANT]},
            Goggles(),
            Subcode.AUTHORIZATION,
            None,
            "This organization may not enroll",
        ),
        (
            {"editions": [136]},
            Goggles(edition="135"),
            Subcode.AUTHORIZATION,
            ErrorType.DEVICE_NOT_SUPPORTED,
            "This edition of Windows",
        ),
        (
            {"generations": ["HoloLens 2"]},
            Goggles(os_version="10.0.17763.1"),
            Subcode.AUTHORIZATION,
            ErrorType.DEVICE_NOT_SUPPORTED,
            "Only HoloLens 2",
        ),
        (
            {"builds": {"min": "22621.1258"}},
            Goggles(),
            Subcode.AUTHORIZATION,
            ErrorType.DEVICE_NOT_SUPPORTED,
            "Update this headset first",
        ),
        (
            {"devices": {"serials": ["0123"]}},
            Goggles(serial="0124"),
            Subcode.AUTHORIZATION,
            ErrorType.CUSTOM_SERVER_ERROR,
            "not on the list",
        ),
        (
            {"devices": {"hardware": [HARDWARE]}},
            Goggles(os_version=OLD),
            Subcode.AUTHORIZATION,
            ErrorType.DEVICE_NOT_SUPPORTED,
            "not on the list",
        ),
        (
            {"devices": {"autopilot": True}},
            Goggles(serial="0123"),
            Subcode.AUTHORIZATION,
            ErrorType.CUSTOM_SERVER_ERROR,
            "not on the list",
        ),
        (
            {"hours": {"zone": "UTC", "days": ["tue"]}},
            Goggles(),
            Subcode.AUTHORIZATION,
            ErrorType.CUSTOM_SERVER_ERROR,
            "It is open tue, UTC",
        ),
        (
            {"hours": {"zone": "UTC", "days": ["tue"]}},
            Goggles(os_version=OLD),
            Subcode.ENROLLMENT_SERVER,
            ErrorType.IN_MAINTENANCE,
            "It is open tue, UTC",
        ),
        (
            {"maintenance": {"until": "2027-01-01T00:00:00Z", "words": "Moving house."}},
            Goggles(),
            Subcode.ENROLLMENT_SERVER,
            ErrorType.IN_MAINTENANCE,
            "Moving house.",
        ),
    ],
)
async def test_each_rule_refuses_at_the_door_and_nothing_is_stored(
    street: Street,
    document: dict[str, Any],
    goggles: Goggles,
    subcode: Subcode,
    error_type: ErrorType | None,
    words: str,
) -> None:
    """Subcode, error type and number of [MS-MDE2] 2.2.10, our sentence; the right rule is noted."""
    await street.rule(**document)
    before = await street.stored()

    fault = fault_of(await street.enroll(goggles))

    assert (subcode, error_type) == (fault.subcode, fault.error_type)
    assert words in fault.reason
    assert before == await street.stored()
    attempt = (await street.attempts())[0]
    number = (error_type or subcode).hresult
    assert ("enrollment", "refused", number) == (attempt.phase, attempt.outcome, attempt.hresult)
    assert attempt.reason.startswith(f"rule {next(iter(document))}") or "users" in attempt.reason
    assert (ANNA, "typed password") == (attempt.user, attempt.way)
    assert (f"HOLO-{goggles.number}", goggles.os_version) == (
        attempt.device_name,
        attempt.os_version,
    )


async def test_who_fits_all_rules_comes_in(street: Street) -> None:
    """A headset that fits every rule at once."""
    goggles = Goggles(serial="0123")
    await street.rule(
        ways=["typed password"],
        users={"allow": [ANNA]},
        generations=["HoloLens 2"],
        editions=[136],
        builds={"min": "22621.1000", "max": "22621"},
        devices={"serials": ["0123"]},
        hours={"zone": "Europe/Berlin", "days": ["mon"], "from": "11:00", "to": "12:00"},
        cap_per_user=1,
    )

    answer = await street.enroll(goggles)

    assert 200 == answer.status_code, answer.text
    assert 1 == len((await street.home.house.fleet.devices(DeviceFilter(), None, 9)).items)


async def test_a_dry_run_lets_in_and_the_attempt_says_what_would_have_refused(
    street: Street,
) -> None:
    """Two rules object, and the cap; the headset is in."""
    await street.enroll(Goggles())
    await street.rule(ways=["package"], editions=[135], cap_per_user=1, dry_run=True)

    answer = await street.enroll(Goggles())

    assert 200 == answer.status_code, answer.text
    attempt = (await street.attempts())[0]
    assert ("ok", 0) == (attempt.outcome, attempt.hresult)
    for rule in ("rule ways", "rule editions", "rule cap_per_user"):
        assert rule in attempt.reason


async def test_the_cap_holds_when_twenty_come_at_once(street: Street) -> None:
    """Exactly seven come in; the others are told DeviceCapReached and leave nothing."""
    await street.rule(cap_per_user=7)

    answers = await asyncio.gather(*(street.enroll(Goggles()) for _ in range(20)))

    passed = [each for each in answers if each.status_code == 200]
    refused = [fault_of(each) for each in answers if each.status_code != 200]
    assert (7, 13) == (len(passed), len(refused))
    assert {ErrorType.DEVICE_CAP_REACHED} == {each.error_type for each in refused}
    assert 7 == len((await street.home.house.fleet.devices(DeviceFilter(), None, 99)).items)


async def test_a_headset_that_comes_back_does_not_count_against_itself(street: Street) -> None:
    """The one headset of a user may come again; another one may not; another user may."""
    mine = Goggles()
    await add_account(street.home.house, ADMIN, "bob@example.org", Secret(PASSWORD))
    await street.rule(cap_per_user=1)
    assert 200 == (await street.enroll(mine)).status_code

    again = await street.enroll(mine)
    other = await street.enroll(Goggles())
    bobs = await street.enroll(Goggles(), user="bob@example.org")

    assert (200, 200) == (again.status_code, bobs.status_code)
    assert ErrorType.DEVICE_CAP_REACHED is fault_of(other).error_type


async def test_codes_count_their_own_uses_and_not_for_a_user(street: Street) -> None:
    """A class enrolls with one code, whatever name everybody types."""
    await street.rule(cap_per_user=1)

    answers = [await street.enroll(Goggles(), secret=street.code) for _ in range(3)]

    assert [200, 200, 200] == [each.status_code for each in answers]


async def test_a_lost_answer_is_repeated_whatever_the_rules_say_now(street: Street) -> None:
    """What was given before is given again: it is enrolled already."""
    body = enrolling(Goggles(), ANNA, PASSWORD)
    first = await street.post("/EnrollmentServer/Enrollment.svc", body)
    await street.rule(ways=["package"])

    again = await street.post("/EnrollmentServer/Enrollment.svc", body)

    assert (200, 200) == (first.status_code, again.status_code)


async def test_maintenance_ends_by_itself_and_by_hand(street: Street) -> None:
    """Before, during, after; and switched off before its time."""
    house = street.home.house
    until = {"until": datetime(2026, 3, 2, 12, 0, tzinfo=UTC).isoformat()}
    await set_maintenance(house, ADMIN, until)
    during = await street.enroll(Goggles())
    await set_maintenance(house, ADMIN, None)
    off = await street.enroll(Goggles())
    await set_maintenance(house, ADMIN, until)
    street.home.clock.advance(hours=2)
    after = await street.enroll(Goggles())

    assert ErrorType.IN_MAINTENANCE is fault_of(during).error_type
    assert (200, 200) == (off.status_code, after.status_code)
