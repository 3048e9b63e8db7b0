"""What two ask for in the same moment happens as if one had been first."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.entry.test_leaving import DEV_1, kinds, row, told
from tests.contract.entry.test_renewing import opens, renewed
from tests.contract.world import (
    after,
    audit,
    change,
    digest,
    enrolled,
    load,
    operation,
    queued,
    say,
)

from lenskeep.base.errors import Conflict
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.ports import NewEnrollment
from lenskeep.flows.records import DeviceState
from lenskeep.store import Store
from lenskeep.tree.operation import OperationState

MANY = 6


async def begin(store: Store, new: NewEnrollment, number: int, departure: Departure) -> bool:
    """Tell it to go; False: it was told already."""
    line = told(after(100))
    try:
        await store.leaving.begin(DEV_1, departure, operation(number, new, "exec"), line)
    except Conflict:
        return False
    return True


async def test_a_headset_is_told_to_leave_once(store: Store) -> None:
    """However many people press, and whichever button: one command is queued."""
    new = await enrolled(store, 1)

    begun = await asyncio.gather(
        *(
            begin(store, new, number, [Departure.WIPE, Departure.UNENROLL][number % 2])
            for number in range(MANY)
        )
    )

    assert 1 == sum(begun)
    assert 1 == (await row(store)).operations_open
    assert 1 == (await kinds(store)).count("told to leave")


async def test_of_renewals_at_once_the_last_one_stays(store: Store) -> None:
    """Each is answered; one of the new certificates opens, and the one they replace."""
    new = await enrolled(store, 1)
    line = audit("certificate.renew", "x", after(100))

    done = await asyncio.gather(
        *(
            store.enrollments.renew(new.enrollment.id, renewed(number, 1), f"s{number}", line)
            for number in range(2, 2 + MANY)
        )
    )

    assert [True] * MANY == done
    assert 1 == sum([await opens(store, number) for number in range(2, 2 + MANY)])
    assert await opens(store, 1)


async def test_of_renewals_with_one_key_at_once_one_is_stored(store: Store) -> None:
    """A request that was repeated before it was answered: both are given the same certificate."""
    new = await enrolled(store, 1)
    line = audit("certificate.renew", "x", after(100))
    same = digest("the new key")

    done = await asyncio.gather(
        *(
            store.enrollments.renew(
                new.enrollment.id,
                replace(renewed(number, 1), spki_sha256=same),
                f"s{number}",
                line,
            )
            for number in range(2, 2 + MANY)
        )
    )

    assert 1 == sum(done)
    given = await store.enrollments.renewed_since(new.enrollment.id, same, after(0))
    (stands,) = [n for n in range(2, 2 + MANY) if await opens(store, n)]
    assert given == f"s{stands}"


async def test_a_message_and_an_end_do_not_pass_each_other(store: Store) -> None:
    """It was committed before the end, or it is not committed at all."""
    new = await enrolled(store, 1)
    await queued(store, new, [1])
    version = (await load(store, new)).version

    async def speak() -> bool:
        try:
            await say(store, new, 1, changes=(change(1, OperationState.DONE, status=200),))
        except AssertionError:  # it moved meanwhile
            return False
        return True

    spoke, _ = await asyncio.gather(
        speak(),
        store.fleet.end_enrollments(
            new.enrollment.device_id, DeviceState.UNENROLLED, "gone", audit()
        ),
    )

    found = (await store.fleet.operations(new.enrollment.device_id, None, 5)).items[0]
    assert version == 0
    assert found.state is (OperationState.DONE if spoke else OperationState.CANCELLED)
    assert (await row(store)).operations_open == 0


@pytest.mark.parametrize("custody", [Custody.LOST, Custody.STOLEN])
async def test_where_it_is_is_told_once(store: Store, custody: Custody) -> None:
    """The same words from several people are one line."""
    await enrolled(store, 1)

    await asyncio.gather(
        *(store.leaving.set_custody(DEV_1, custody, audit(at=after(9))) for _ in range(MANY))
    )

    assert 1 == (await kinds(store)).count("custody changed")


async def test_operations_queued_at_once_are_all_there(store: Store) -> None:
    """For one headset and for several; the counts of the list are right."""
    first, second = await enrolled(store, 1), await enrolled(store, 2)

    await asyncio.gather(
        *(queued(store, first, [number]) for number in range(1, 9)),
        *(queued(store, second, [number]) for number in range(11, 15)),
    )

    assert 8 == (await row(store)).operations_open
    assert 4 == (await row(store, second.enrollment.device_id)).operations_open
