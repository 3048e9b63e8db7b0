"""A headset leaves: where it is, how it was told to go, and who is not heard of any more."""

from datetime import datetime

import pytest
from tests.contract.world import (
    after,
    audit,
    change,
    enrolled,
    load,
    operation,
    queued,
    say,
)

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.ports import NewEnrollment
from lenskeep.flows.records import Audit, DeviceFilter, DeviceRow, DeviceState
from lenskeep.store import Store
from lenskeep.tree.operation import OperationState

DEV_1 = DeviceId("dev_1")


def told(at: datetime) -> Audit:
    """The audit line of sending it away."""
    return audit("device.wipe", DEV_1, at)


async def begun(
    store: Store, new: NewEnrollment, number: int = 9, departure: Departure = Departure.WIPE
) -> None:
    """It was told to go, 100 seconds after the beginning."""
    line = told(after(100))
    device_id = new.enrollment.device_id
    await store.leaving.begin(device_id, departure, operation(number, new, "exec"), line)


async def row(store: Store, device_id: DeviceId = DEV_1) -> DeviceRow:
    """Its row."""
    return (await store.fleet.device(device_id)).row


async def kinds(store: Store) -> list[str]:
    """The newest lines of its timeline."""
    return [each.kind for each in (await store.fleet.timeline(DEV_1, None, 9)).items]


# --- custody ------------------------------------------------------------------------------


async def test_where_a_headset_is_is_said_by_people(store: Store) -> None:
    """With a line on its timeline and in the audit log; saying it again says nothing new."""
    await enrolled(store, 1)
    line = audit("device.custody", DEV_1, after(9))
    assert Custody.IN_USE is (await row(store)).custody

    await store.leaving.set_custody(DEV_1, Custody.LOST, line)
    await store.leaving.set_custody(DEV_1, Custody.LOST, line)

    assert Custody.LOST is (await row(store)).custody
    assert ["custody changed", "enrolled"] == await kinds(store)
    lines = (await store.fleet.audit_lines(None, 2)).items
    assert line == lines[0] != lines[1]


async def test_a_message_does_not_find_a_lost_headset(store: Store) -> None:
    """It stays lost until a person says otherwise; its sessions are signs of life."""
    new = await enrolled(store, 1)
    await store.leaving.set_custody(DEV_1, Custody.STOLEN, audit())

    await say(store, new, 1)
    await say(store, new, 2)

    assert Custody.STOLEN is (await row(store)).custody
    line, *rest = (await store.fleet.timeline(DEV_1, None, 9)).items
    assert ("heard of while missing", after(61)) == (line.kind, line.at)
    assert {"custody": "stolen", "session": "1"} == line.detail
    assert ["custody changed", "enrolled"] == [each.kind for each in rest]


@pytest.mark.parametrize("custody", list(Custody))
async def test_the_list_is_narrowed_by_custody(store: Store, custody: Custody) -> None:
    """Exactly those that are there."""
    for number, each in enumerate(Custody, 1):
        new = await enrolled(store, number)
        await store.leaving.set_custody(new.enrollment.device_id, each, audit())

    found = await store.fleet.devices(DeviceFilter(custody=custody.value), None, 9)

    assert [custody] == [each.custody for each in found.items]


async def test_an_unknown_device_is_missing(store: Store) -> None:
    """Whatever is to become of it."""
    new = await enrolled(store, 1)
    leaving, nobody = store.leaving, DeviceId("dev_9")

    with pytest.raises(Missing):
        await leaving.set_custody(nobody, Custody.LOST, audit())
    with pytest.raises(Missing):
        await leaving.begin(nobody, Departure.WIPE, operation(1, new), audit())
    with pytest.raises(Missing):
        await leaving.call_back(nobody, audit())
    with pytest.raises(Missing):
        await leaving.revoke_certificates(nobody, audit())


# --- departing ----------------------------------------------------------------------------


async def test_a_headset_told_to_go_has_only_that_to_do(store: Store) -> None:
    """What was not sent is cancelled; what was sent is waited for."""
    new = await enrolled(store, 1)
    await queued(store, new, [1, 2])
    await say(store, new, 1, changes=(change(1, OperationState.SENT, deliveries=1),))
    version = (await load(store, new)).version

    await begun(store, new)

    loaded = await load(store, new)
    assert ["op_1", "op_9"] == [each.id for each in loaded.open]
    assert loaded.device.departing
    assert loaded.version > version
    states = [each.state for each in (await store.fleet.operations(DEV_1, None, 9)).items]
    assert [OperationState.QUEUED, OperationState.CANCELLED, OperationState.SENT] == states
    found = await row(store)
    assert (Departure.WIPE, after(100)) == (found.departing, found.departing_since)
    assert 2 == found.operations_open
    assert "told to leave" == (await kinds(store))[0]
    assert told(after(100)) == (await store.fleet.audit_lines(None, 1)).items[0]


async def test_a_headset_is_told_once(store: Store) -> None:
    """A second command waits until the first came to nothing."""
    new = await enrolled(store, 1)
    await begun(store, new)

    with pytest.raises(Conflict, match="already"):
        await begun(store, new, 10, Departure.UNENROLL)
    await say(store, new, 1, changes=(change(9, OperationState.FAILED, status=500),))
    await begun(store, new, 10, Departure.UNENROLL)

    assert Departure.UNENROLL is (await row(store)).departing


async def test_what_is_not_under_management_is_not_told(store: Store) -> None:
    """Nobody would hear it."""
    new = await enrolled(store, 1)
    await store.fleet.end_enrollments(DEV_1, DeviceState.UNENROLLED, "x", audit())

    with pytest.raises(Conflict, match="not under management"):
        await begun(store, new)


async def test_it_is_called_back_before_the_command_was_sent(store: Store) -> None:
    """The command is cancelled, and the device is no longer on its way."""
    new = await enrolled(store, 1)
    await begun(store, new)

    await store.leaving.call_back(DEV_1, audit("device.call_back", DEV_1))

    found = await row(store)
    assert (None, None, 0) == (found.departing, found.departing_since, found.operations_open)
    assert not (await load(store, new)).device.departing
    assert "called back" == (await kinds(store))[0]
    actions = [each.action for each in (await store.fleet.audit_lines(None, 9)).items]
    assert 1 == actions.count("device.call_back")
    with pytest.raises(Conflict, match="was not told"):
        await store.leaving.call_back(DEV_1, audit())


@pytest.mark.parametrize(
    "state", [OperationState.SENT, OperationState.DONE, OperationState.UNKNOWN]
)
async def test_it_is_not_called_back_afterwards(store: Store, state: OperationState) -> None:
    """It may have gone already."""
    new = await enrolled(store, 1)
    await begun(store, new)
    await say(store, new, 1, changes=(change(9, state, deliveries=1),))

    with pytest.raises(Conflict, match="cannot be taken back"):
        await store.leaving.call_back(DEV_1, audit())
    assert (await load(store, new)).device.departing


async def test_a_command_that_failed_is_called_back(store: Store) -> None:
    """Nothing is on its way any more."""
    new = await enrolled(store, 1)
    await begun(store, new)
    await say(store, new, 1, changes=(change(9, OperationState.FAILED, status=500),))

    await store.leaving.call_back(DEV_1, audit())

    assert (await row(store)).departing is None


@pytest.mark.parametrize("state", [DeviceState.WIPED, DeviceState.UNENROLLED])
async def test_what_has_gone_is_not_departing(store: Store, state: DeviceState) -> None:
    """It is where it was told to go."""
    new = await enrolled(store, 1)
    await begun(store, new)

    await store.fleet.end_enrollments(DEV_1, state, "gone", audit())

    found = await row(store)
    assert (state, None, None) == (found.state, found.departing, found.departing_since)


async def test_a_headset_that_says_that_it_left_is_unenrolled(store: Store) -> None:
    """Whatever it had been told."""
    new = await enrolled(store, 1)
    await begun(store, new, departure=Departure.UNENROLL)

    await say(store, new, 1, ended=True, end_reason="the wearer left")

    found = await row(store)
    assert (DeviceState.UNENROLLED, None) == (found.state, found.departing)


async def test_a_headset_that_enrolls_again_is_not_departing(store: Store) -> None:
    """It was reset and came back."""
    new = await enrolled(store, 1)
    await begun(store, new)
    await say(store, new, 1, changes=(change(9, OperationState.SENT, deliveries=1),))

    again = await enrolled(store, 2, device_id=DEV_1, existing_device=DEV_1)

    found = await row(store)
    assert (DeviceState.ENROLLED, None, None) == (
        found.state,
        found.departing,
        found.departing_since,
    )
    assert not (await load(store, again)).device.departing
    ended = (await store.fleet.device(DEV_1)).enrollments[1]
    assert "it was wiped, and enrolled again" == ended.end_reason


async def test_departure_and_loss_follow_to_the_earlier_record(store: Store) -> None:
    """The replaced record is on no way out, and what was lost stays lost."""
    await enrolled(store, 1)
    await store.leaving.set_custody(DEV_1, Custody.LOST, audit())
    later = await enrolled(store, 2)
    await begun(store, later)

    await store.fleet.link_device(DeviceId("dev_2"), DEV_1, audit())

    found, replaced = await row(store), await row(store, DeviceId("dev_2"))
    assert (Departure.WIPE, Custody.LOST) == (found.departing, found.custody)
    assert replaced.departing is None


# --- overdue ------------------------------------------------------------------------------


async def overdue(
    store: Store, seconds: float, departure: Departure = Departure.WIPE
) -> tuple[str, ...]:
    """Those overdue, where the grace began so long after the beginning."""
    return await store.leaving.overdue(departure, after(seconds))


async def test_who_took_the_command_and_fell_silent_is_overdue(store: Store) -> None:
    """From the moment after it was heard of last."""
    new = await enrolled(store, 1)
    await begun(store, new)
    sent = (change(9, OperationState.SENT, deliveries=1),)
    await say(store, new, 1, session="3", changes=sent)
    await say(store, new, 2, session="3", changes=(change(9, OperationState.DONE, status=200),))

    assert () == await overdue(store, 182)
    assert ("dev_1",) == await overdue(store, 182.1)
    assert () == await overdue(store, 182.1, Departure.UNENROLL)


@pytest.mark.parametrize(
    "state", [OperationState.QUEUED, OperationState.FAILED, OperationState.CANCELLED]
)
async def test_who_never_took_the_command_is_not_overdue(
    store: Store, state: OperationState
) -> None:
    """It may lie in a drawer, as it was."""
    new = await enrolled(store, 1)
    await begun(store, new)
    if state is not OperationState.QUEUED:
        sent = (change(9, OperationState.SENT, deliveries=1),)
        await say(store, new, 1, session="3", changes=sent)
        await say(store, new, 2, session="3", changes=(change(9, state),))

    assert () == await overdue(store, 100_000)


# --- silence ------------------------------------------------------------------------------


async def test_who_is_not_heard_of_is_silent_longest_first(store: Store) -> None:
    """Also one that never spoke; not one that left, nor one that spoke since then."""
    devices = [await enrolled(store, number) for number in (1, 2, 3, 4)]
    await say(store, devices[0], 1, session="1")
    await say(store, devices[1], 1, session="5")
    await store.fleet.end_enrollments(DeviceId("dev_4"), DeviceState.UNENROLLED, "x", audit())

    found = await store.leaving.silent(after(200), 9)

    assert ["dev_3", "dev_1"] == [each.id for each in found]
    assert ["dev_3"] == [each.id for each in await store.leaving.silent(after(200), 1)]
    listed = await store.fleet.devices(DeviceFilter(silent_since=after(200)), None, 9)
    assert {each.id: each for each in found} == {each.id: each for each in listed.items}
    assert () == await store.leaving.silent(after(3), 9)


async def test_who_came_back_in_between_is_not_ended(store: Store) -> None:
    """Ending somebody on its way out looks once more whether it is."""
    await enrolled(store, 1)
    line = audit("device.gone")

    with pytest.raises(Conflict):
        await store.fleet.end_enrollments(
            DeviceId("dev_1"), DeviceState.WIPED, "silent", line, Departure.WIPE
        )

    assert DeviceState.ENROLLED is (await store.fleet.device(DeviceId("dev_1"))).row.state
