"""Lists, pages and changes that people make."""

import asyncio
from dataclasses import replace

import pytest
from tests.contract.world import (
    after,
    audit,
    change,
    conversed,
    enrolled,
    entry,
    key,
    load,
    operation,
    queued,
    say,
)

from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.flows.ports import MAX_OPEN
from lenskeep.flows.records import DeviceFilter, DeviceState, EnrollmentState
from lenskeep.store import Store
from lenskeep.tree.identity import Identity
from lenskeep.tree.operation import OperationState


async def listed(store: Store, narrowed: DeviceFilter) -> list[str]:
    """The ids on the list narrowed so."""
    return [row.id for row in (await store.fleet.devices(narrowed, None, 100)).items]


async def test_the_list_is_paged_newest_first(store: Store) -> None:
    """Every device is on exactly one page, also when another enrolls between two pages."""
    for number in range(1, 6):
        await enrolled(store, number)

    first = await store.fleet.devices(DeviceFilter(), None, 2)
    await enrolled(store, 6)
    second = await store.fleet.devices(DeviceFilter(), first.next, 2)
    third = await store.fleet.devices(DeviceFilter(), second.next, 2)

    pages = [[row.id for row in page.items] for page in (first, second, third)]
    assert pages == [["dev_5", "dev_4"], ["dev_3", "dev_2"], ["dev_1"]]
    assert third.next is None


@pytest.mark.parametrize(
    "text",
    [
        "workshop",
        "SERIAL-ä",
        "serial-Ä",
        "00000000000000002",
        "ADA2@",
        "model x",
        "5d-00-00-0a",
        "00:15:5d:00:00:0A",
        "00155D00000a",
        "100%",
        "a_b",
        "back\\slash",
        " workshop ",
    ],
)
async def test_a_text_is_found_without_case(store: Store, text: str) -> None:
    """In name, serial, DevId, user, model and MAC addresses; wild cards stand for themselves."""
    await enrolled(store, 1)
    two = await enrolled(store, 2, user="ada2@example.org")
    name = "WorkShop 100% a_b back\\slash"
    await store.fleet.rename_device(DeviceId("dev_2"), name, audit())
    macs = ("00-15-5D-00-00-0A",)
    await say(store, two, 1, identity=Identity(serial="Serial-Ä", model="Model X", macs=macs))

    assert await listed(store, DeviceFilter(text=text)) == ["dev_2"]


@pytest.mark.parametrize("text", ["%", "_", "100_", "\\", "nothing"])
async def test_wild_cards_find_only_themselves(store: Store, text: str) -> None:
    """A text that is nowhere finds nothing."""
    await enrolled(store, 1)

    assert await listed(store, DeviceFilter(text=text)) == []


async def test_the_list_is_narrowed(store: Store) -> None:
    """By state, generation, build, edition and trouble, all at once if wanted."""
    for number, generation, build in (
        (1, "HoloLens 2", "a"),
        (2, "HoloLens 2", "b"),
        (3, "X", "b"),
    ):
        new = await enrolled(store, number)
        identity = Identity(generation=generation, os_build=build, edition=f"E{number}")
        await say(store, new, 1, identity=identity)
    new = await enrolled(store, 4)
    await queued(store, new, [1])
    await say(store, new, 1, changes=(change(1, OperationState.FAILED),))
    await enrolled(store, 5)

    assert await listed(store, DeviceFilter(state="enrolled")) == ["dev_5"]
    assert await listed(store, DeviceFilter(generation="HoloLens 2")) == ["dev_2", "dev_1"]
    assert await listed(store, DeviceFilter(os_build="b")) == ["dev_3", "dev_2"]
    assert await listed(store, DeviceFilter(edition="E3")) == ["dev_3"]
    assert await listed(store, DeviceFilter(trouble=True)) == ["dev_4"]
    both = DeviceFilter(generation="HoloLens 2", os_build="b", text="holo", state="managed")
    assert await listed(store, both) == ["dev_2"]


async def test_counts_are_by_state_generation_and_build(store: Store) -> None:
    """What a device has not told is not counted."""
    for number, build in ((1, "a"), (2, "b"), (3, "b")):
        new = await enrolled(store, number)
        await say(store, new, 1, identity=Identity(generation="HoloLens 2", os_build=build))
    await enrolled(store, 4)

    counts = await store.fleet.fleet_counts()

    assert counts.by_state == {"managed": 3, "enrolled": 1}
    assert counts.by_generation == {"HoloLens 2": 3}
    assert counts.by_build == {"a": 1, "b": 2}


async def test_what_is_not_there_is_missing(store: Store) -> None:
    """Every question for an id nobody has, and every change of it."""
    nobody = DeviceId("dev_9")
    await enrolled(store, 1)
    fleet = store.fleet
    for question in (
        fleet.device(nobody),
        fleet.active_enrollment(nobody),
        fleet.operation(OperationId("op_9")),
        fleet.rename_device(nobody, "x", audit()),
        fleet.link_device(nobody, DeviceId("dev_1"), audit()),
        fleet.link_device(DeviceId("dev_1"), nobody, audit()),
        fleet.end_enrollments(nobody, DeviceState.UNENROLLED, "x", audit()),
        fleet.cancel_operation(OperationId("op_9"), audit()),
    ):
        with pytest.raises(Missing):
            await question
    assert (await store.fleet.timeline(nobody, None, 5)).items == ()
    assert (await store.fleet.operations(nobody, None, 5)).items == ()
    assert len((await store.fleet.audit_lines(None, 10)).items) == 2


async def test_a_cursor_of_another_list_is_invalid(store: Store) -> None:
    """Numbers are the cursors of the lists that are numbered."""
    for after_ in ("dev_1", "-1", "٣", "", "9" * 30):
        with pytest.raises(Invalid, match="cursor"):
            await store.fleet.audit_lines(after_, 5)


async def test_a_renamed_device_is_found_by_its_new_name(store: Store) -> None:
    """And no longer by the old one; the change is in the audit log."""
    await enrolled(store, 1)
    line = audit("device.rename", "dev_1")
    await store.fleet.rename_device(DeviceId("dev_1"), "Straße 5", line)

    assert await listed(store, DeviceFilter(text="STRASSE")) == ["dev_1"]
    assert await listed(store, DeviceFilter(text="holo-1")) == []
    assert line == (await store.fleet.audit_lines(None, 1)).items[0]


async def test_operations_are_queued_and_listed_newest_first(store: Store) -> None:
    """As they were given, on pages."""
    new = await enrolled(store, 1)
    operations = await queued(store, new, [1, 2, 3])
    device_id = new.enrollment.device_id

    first = await store.fleet.operations(device_id, None, 2)
    second = await store.fleet.operations(device_id, first.next, 2)

    assert tuple(reversed(operations)) == first.items + second.items
    assert second.next is None
    assert operations[1] == await store.fleet.operation(operations[1].id)
    assert (await store.fleet.device(device_id)).row.operations_open == 3


async def test_operations_for_many_devices_are_queued_all_or_none(store: Store) -> None:
    """One device whose enrollment has ended keeps all of them out."""
    one, two = await enrolled(store, 1), await enrolled(store, 2)
    both = (operation(1, one, "replace", "a\nb"), operation(2, two))
    await store.fleet.queue_operations(both, [audit("operation.queue", "dev_1"), audit()])
    for new, expected in zip((one, two), both, strict=True):
        page = await store.fleet.operations(new.enrollment.device_id, None, 5)
        assert (expected,) == page.items

    await store.fleet.end_enrollments(DeviceId("dev_2"), DeviceState.UNENROLLED, "x", audit())
    with pytest.raises(Conflict, match="ended"):
        await store.fleet.queue_operations((operation(3, one), operation(4, two)), [audit()])
    assert len((await load(store, one)).open) == 1


async def test_a_device_has_a_bounded_number_of_open_operations(store: Store) -> None:
    """One too many keeps all of a request out; an ended one makes room."""
    one, two = await enrolled(store, 1), await enrolled(store, 2)
    await queued(store, one, range(MAX_OPEN))

    with pytest.raises(Conflict, match=f"'dev_1' would have more than {MAX_OPEN} open"):
        await store.fleet.queue_operations(
            (operation(5000, two), operation(5001, one)), [audit("operation.queue")]
        )
    assert (await store.fleet.operations(DeviceId("dev_2"), None, 1)).items == ()

    await store.fleet.cancel_operation(OperationId("op_7"), audit())
    await queued(store, one, [5002])
    assert (await store.fleet.device(DeviceId("dev_1"))).row.operations_open == MAX_OPEN


async def test_operations_go_only_to_an_enrollment_of_their_device(store: Store) -> None:
    """A record that names another device's enrollment is refused."""
    one, two = await enrolled(store, 1), await enrolled(store, 2)
    crossed = replace(operation(1, one), enrollment_id=two.enrollment.id)

    with pytest.raises(Missing):
        await store.fleet.queue_operations([crossed], [audit()])
    await store.fleet.queue_operations([], [])


async def test_the_active_enrollment_is_the_living_one(store: Store) -> None:
    """After the end there is none."""
    await enrolled(store, 1)
    record = DeviceId("dev_1")
    await enrolled(store, 2, device_id=record, existing_device=record)
    assert await store.fleet.active_enrollment(record) == "enr_2"

    await store.fleet.end_enrollments(record, DeviceState.UNENROLLED, "lost", audit())

    with pytest.raises(Conflict):
        await store.fleet.active_enrollment(record)


async def test_ending_revokes_and_cancels_once(store: Store) -> None:
    """The reason is kept; a second end is a conflict."""
    new = await enrolled(store, 1)
    await queued(store, new, [1])
    record = new.enrollment.device_id
    line = audit("device.unenroll", record, after(30))
    await store.fleet.end_enrollments(record, DeviceState.UNENROLLED, "stolen", line)

    detail = await store.fleet.device(record)
    (ended,) = detail.enrollments
    assert (EnrollmentState.ENDED, after(30), "stolen") == (
        ended.state,
        ended.ended_at,
        ended.end_reason,
    )
    assert detail.certificates[ended.id] == (replace(new.certificate, revoked_at=after(30)),)
    assert (detail.row.state, detail.row.operations_open) == (DeviceState.UNENROLLED, 0)
    assert line == (await store.fleet.audit_lines(None, 1)).items[0]
    with pytest.raises(Conflict):
        await store.fleet.end_enrollments(record, DeviceState.UNENROLLED, "again", line)


async def test_a_queued_operation_can_be_cancelled(store: Store) -> None:
    """It ends at that moment, and says by whom."""
    new = await enrolled(store, 1)
    (queued_one,) = await queued(store, new, [1])

    cancelled = await store.fleet.cancel_operation(queued_one.id, audit(at=after(9)))

    assert (OperationState.CANCELLED, after(9)) == (cancelled.state, cancelled.ended_at)
    assert "grace" in cancelled.status_text
    assert cancelled == await store.fleet.operation(queued_one.id)
    assert (await store.fleet.device(new.enrollment.device_id)).row.operations_open == 0


@pytest.mark.parametrize("state", [OperationState.SENT, OperationState.DONE])
async def test_what_was_sent_cannot_be_cancelled(store: Store, state: OperationState) -> None:
    """The conflict names the state."""
    new = await enrolled(store, 1)
    (queued_one,) = await queued(store, new, [1])
    await say(store, new, 1, changes=(change(1, state),))

    with pytest.raises(Conflict, match=state.value):
        await store.fleet.cancel_operation(queued_one.id, audit())


async def test_an_operation_is_either_sent_or_cancelled(store: Store) -> None:
    """Of a message and a person at the same moment, exactly one wins."""
    new = await enrolled(store, 1)
    for number in range(1, 9):
        (each,) = await queued(store, new, [number])
        said = conversed(number, changes=(change(number, OperationState.SENT, deliveries=1),))
        loaded = await load(store, new)
        sending = store.conversations.commit_message(loaded, said)
        cancelling = store.fleet.cancel_operation(each.id, audit())

        sent, cancelled = await asyncio.gather(sending, cancelling, return_exceptions=True)

        found = await store.fleet.operation(each.id)
        expected = OperationState.SENT if sent is True else OperationState.CANCELLED
        assert isinstance(cancelled, Conflict) is (sent is True)
        assert expected is found.state


async def test_linking_moves_the_history_to_the_earlier_record(store: Store) -> None:
    """One record stays: its own life ends, the later one's goes on under its id and name."""
    earlier = await enrolled(store, 1)
    await queued(store, earlier, [1])
    await say(store, earlier, 1, identity=Identity(serial="0123", edition="Old"))
    later = await enrolled(store, 2, user="bea@example.org")
    (moved,) = await queued(store, later, [2])
    await say(store, later, 1, session="2", known=b"new", known_count=5)
    await store.fleet.rename_device(DeviceId("dev_1"), "Workshop 3", audit())
    line = audit("device.link", "dev_2", after(500))
    await store.fleet.link_device(DeviceId("dev_2"), DeviceId("dev_1"), line)

    detail = await store.fleet.device(DeviceId("dev_1"))
    states = [(each.id, each.state) for each in detail.enrollments]
    assert states == [("enr_2", EnrollmentState.ACTIVE), ("enr_1", EnrollmentState.ENDED)]
    assert (
        detail.row.name,
        detail.row.serial,
        detail.row.user,
    ) == ("Workshop 3", "0123", "bea@example.org")
    assert (DeviceState.MANAGED, 1, 5, after(121)) == (
        detail.row.state,
        detail.row.operations_open,
        detail.row.nodes_known,
        detail.row.last_seen,
    )
    assert (after(1), f"{2:032X}", b"new") == (
        detail.row.first_seen,
        detail.row.device_id,
        detail.known,
    )
    assert (await load(store, later)).enrollment.device_id == "dev_1"
    assert (await store.fleet.operation(moved.id)).device_id == "dev_1"
    kinds = {each.kind for each in (await store.fleet.timeline(DeviceId("dev_1"), None, 9)).items}
    assert {"linked", "enrolled", "enrollment ended"} == kinds
    assert line == (await store.fleet.audit_lines(None, 1)).items[0]


async def test_a_linked_record_leaves_the_lists(store: Store) -> None:
    """It is still there under its id and under its state, and is linked no second time."""
    for number in (1, 2, 3):
        await enrolled(store, number)
    await store.fleet.link_device(DeviceId("dev_2"), DeviceId("dev_1"), audit())

    assert await listed(store, DeviceFilter()) == ["dev_3", "dev_1"]
    assert await listed(store, DeviceFilter(state="replaced")) == ["dev_2"]
    assert (await store.fleet.fleet_counts()).by_state == {"enrolled": 2}
    assert (await store.fleet.device(DeviceId("dev_2"))).row.state is DeviceState.REPLACED
    for one, other in (("dev_2", "dev_3"), ("dev_3", "dev_2"), ("dev_1", "dev_1")):
        with pytest.raises(Conflict):
            await store.fleet.link_device(DeviceId(one), DeviceId(other), audit())


async def test_a_linked_device_speaks_on(store: Store) -> None:
    """Its certificate is the one that counts; the earlier record's opens nothing."""
    earlier, later = await enrolled(store, 1), await enrolled(store, 2)
    await store.fleet.link_device(DeviceId("dev_2"), DeviceId("dev_1"), audit())

    await say(store, later, 1, entries=(entry("message"),))

    assert (await store.fleet.device(DeviceId("dev_1"))).row.last_seen == after(61)
    assert await store.fleet.active_enrollment(DeviceId("dev_1")) == EnrollmentId("enr_2")
    find = store.conversations.load_by_auth_name
    assert await find(earlier.enrollment.auth_name, key()) is None


async def test_the_timeline_is_paged_newest_first(store: Store) -> None:
    """Pages follow each other without a gap."""
    new = await enrolled(store, 1)
    lines = tuple(entry(f"line {number}", after(number)) for number in range(4))
    await say(store, new, 1, entries=lines)
    device_id = new.enrollment.device_id

    first = await store.fleet.timeline(device_id, None, 3)
    second = await store.fleet.timeline(device_id, first.next, 3)

    kinds = [each.kind for each in first.items + second.items]
    assert kinds == ["line 3", "line 2", "line 1", "line 0", "enrolled"]
    assert second.next is None
