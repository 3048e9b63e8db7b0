"""The fleet in numbers, as a monitoring system asks for it."""

from datetime import timedelta

from tests.contract.world import (
    NOW,
    audit,
    change,
    enrolled,
    queued,
    say,
)

from lenskeep.flows.ports.fleet import FleetNumbers
from lenskeep.flows.records import DeviceState
from lenskeep.store import Store
from lenskeep.store.watching.counting import SOON, Watch
from lenskeep.tree.operation import OperationState

DAY = timedelta(days=1)


async def counted(store: Store, later: timedelta = timedelta(0)) -> FleetNumbers:
    """Count at this time after everything."""
    return await Watch(store.executor).fleet_numbers(NOW + later)


async def test_an_empty_fleet_is_counted(store: Store) -> None:
    numbers = await counted(store)

    assert (numbers.devices, numbers.departing, numbers.guards) == ({}, 0, {})
    assert numbers.silent == {"day": 0, "week": 0}
    assert numbers.operations == {"open": 0, "failed": 0, "unknown": 0}
    assert numbers.certificates == {"expired": 0, "30 days": 0}


async def test_headsets_are_counted_by_state(store: Store) -> None:
    first, _, third = [await enrolled(store, number) for number in (1, 2, 3)]
    await say(store, first, 1)
    gone = third.enrollment.device_id
    await store.fleet.end_enrollments(gone, DeviceState.UNENROLLED, "test", audit())

    assert (await counted(store)).devices == {"managed": 1, "enrolled": 1, "unenrolled": 1}


async def test_silence_counts_of_those_under_management_alone(store: Store) -> None:
    """From the last word, or from the enrollment where there was none."""
    new = [await enrolled(store, number) for number in (1, 2, 3)]
    await say(store, new[0], 1, at=NOW + 5 * DAY)
    await store.fleet.end_enrollments(
        new[2].enrollment.device_id, DeviceState.UNENROLLED, "test", audit()
    )

    assert (await counted(store, DAY / 2)).silent == {"day": 0, "week": 0}
    assert (await counted(store, 5.5 * DAY)).silent == {"day": 1, "week": 0}
    assert (await counted(store, 8 * DAY)).silent == {"day": 2, "week": 1}


async def test_operations_are_counted(store: Store) -> None:
    new = await enrolled(store, 1)
    await queued(store, new, (1, 2, 3, 4))
    changes = (change(1, OperationState.FAILED), change(2, OperationState.UNKNOWN))
    await say(store, new, 1, changes=changes)

    assert (await counted(store)).operations == {"open": 2, "failed": 1, "unknown": 1}


async def test_the_certificate_that_lasts_longest_counts(store: Store) -> None:
    new = await enrolled(store, 1)
    left = await enrolled(store, 2)
    await store.fleet.end_enrollments(
        left.enrollment.device_id, DeviceState.UNENROLLED, "test", audit()
    )
    ends = new.certificate.not_after - NOW

    assert (await counted(store, ends - SOON - DAY)).certificates == {"expired": 0, "30 days": 0}
    assert (await counted(store, ends - SOON)).certificates == {"expired": 0, "30 days": 1}
    assert (await counted(store, ends)).certificates == {"expired": 1, "30 days": 0}


async def test_the_database_answers_a_probe(store: Store) -> None:
    await Watch(store.executor).probe()
