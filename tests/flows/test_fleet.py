"""A device's record is named, joined to its past, and ended by those who may."""

import pytest
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows import fleet, operations, reading
from lenskeep.flows.leaving.keeping import By, retire
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.operations import Wish
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import DeviceFilter, DeviceState
from lenskeep.tree.operation import OperationState


async def test_a_device_gets_another_name(home: Home) -> None:
    device_id = await home.enroll(1)

    detail = await fleet.rename_device(home.house, OPERATOR, device_id, "  Ward 3 left ")

    assert detail.row.name == "Ward 3 left"
    line = (await home.house.fleet.audit_lines(None, 1)).items[0]
    assert line.detail == {"before": "HOLO-1", "after": "Ward 3 left"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "two\nlines", "bell\x07"])
async def test_a_name_is_one_short_line(home: Home, name: str) -> None:
    device_id = await home.enroll(1)

    with pytest.raises(Invalid, match=r"^name: "):
        await fleet.rename_device(home.house, OPERATOR, device_id, name)


async def test_what_is_not_there_cannot_be_named(home: Home) -> None:
    with pytest.raises(Missing):
        await fleet.rename_device(home.house, OPERATOR, DeviceId("dev_404"), "x")


async def test_a_linked_record_goes_on_under_the_earlier_one(home: Home) -> None:
    earlier, later = await home.enroll(1), await home.enroll(2)

    detail = await fleet.link_device(home.house, ADMIN, later, earlier)

    assert detail.row.id == earlier
    assert {each.dev_id for each in detail.enrollments} == {f"{1:032X}", f"{2:032X}"}
    page = await reading.list_devices(home.house, VIEWER, DeviceFilter(), PageRequest())
    assert [row.id for row in page.items] == [earlier]


async def test_a_record_is_linked_to_another_one_once(home: Home) -> None:
    earlier, later = await home.enroll(1), await home.enroll(2)
    with pytest.raises(Invalid, match="itself"):
        await fleet.link_device(home.house, ADMIN, later, later)

    await fleet.link_device(home.house, ADMIN, later, earlier)

    with pytest.raises(Conflict, match="already"):
        await fleet.link_device(home.house, ADMIN, later, earlier)


async def test_a_retired_device_has_no_certificate_and_no_open_operation(home: Home) -> None:
    device_id = await home.enroll(1)
    wish = Wish("get", "./DevDetail/SwV")
    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], wish)

    order = Order(device_id, reason="lost in the field")
    detail = await retire(home.house, ADMIN, device_id, By.NOW, order)

    assert detail.row.state is DeviceState.UNENROLLED
    assert [each.end_reason for each in detail.enrollments] == ["lost in the field"]
    certificates = detail.certificates[detail.enrollments[0].id]
    assert all(each.revoked_at is not None for each in certificates)
    operation = await operations.show_operation(home.house, VIEWER, queued.operations[0].id)
    assert operation.state is OperationState.CANCELLED


async def test_a_device_is_retired_once(home: Home) -> None:
    device_id = await home.enroll(1)
    await retire(home.house, ADMIN, device_id, By.NOW, Order(device_id))

    with pytest.raises(Conflict, match="retired already"):
        await retire(home.house, ADMIN, device_id, By.NOW, Order(device_id))


async def test_linking_and_retiring_are_for_administrators(home: Home) -> None:
    device_id = await home.enroll(1)

    for attempt in (
        fleet.link_device(home.house, OPERATOR, device_id, device_id),
        retire(home.house, OPERATOR, device_id, By.NOW, Order(device_id)),
        fleet.rename_device(home.house, VIEWER, device_id, "x"),
    ):
        with pytest.raises(Refused):
            await attempt
