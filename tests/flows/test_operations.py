"""Operations are queued on all devices or none, cancelled while unsent, tried again on failure."""

from dataclasses import replace

import pytest
from tests.contract import world
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused, Unavailable
from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.flows import operations
from lenskeep.flows.operations import Wish
from lenskeep.flows.ports import MAX_OPEN
from lenskeep.flows.reading import PageRequest
from lenskeep.session.state import OperationChange
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.operation import OperationState

SW_V = Wish("get", "./DevDetail/SwV")
WIPE = Wish("exec", "./Vendor/MSFT/RemoteWipe/doWipe")


async def test_an_operation_is_queued_and_found_again(home: Home) -> None:
    device_id = await home.enroll(1)

    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], SW_V)

    (record,) = queued.operations
    page = await operations.list_operations(home.house, VIEWER, device_id, PageRequest())
    assert page.items == (record,)
    assert await operations.show_operation(home.house, VIEWER, record.id) == record
    assert (record.state, record.actor) == (OperationState.QUEUED, "olga")
    assert queued.warnings == ()


async def test_many_devices_get_one_each_in_the_order_asked(home: Home) -> None:
    device_ids = [await home.enroll(number) for number in (3, 1, 2)]

    queued = await operations.queue_operations(home.house, OPERATOR, device_ids, SW_V)

    assert [record.device_id for record in queued.operations] == device_ids


async def test_nothing_is_queued_when_one_of_many_devices_is_missing(home: Home) -> None:
    there = await home.enroll(1)

    with pytest.raises(Invalid, match="dev_404"):
        await operations.queue_operations(home.house, OPERATOR, [there, DeviceId("dev_404")], SW_V)

    page = await operations.list_operations(home.house, VIEWER, there, PageRequest())
    assert page.items == ()


async def test_a_single_missing_device_is_missing(home: Home) -> None:
    with pytest.raises(Missing):
        await operations.queue_operations(home.house, OPERATOR, [DeviceId("dev_404")], SW_V)


async def test_every_complaint_comes_at_once(home: Home) -> None:
    wish = Wish("fetch", "DevDetail", "text", "\x00")

    with pytest.raises(Invalid) as caught:
        await operations.queue_operations(home.house, OPERATOR, [], wish)

    fields = [each.field for each in caught.value.complaints]
    assert sorted(fields) == ["devices", "format", "uri", "value", "verb"]


async def test_a_device_is_named_once(home: Home) -> None:
    device_id = await home.enroll(1)

    with pytest.raises(Invalid, match="twice"):
        await operations.queue_operations(home.house, OPERATOR, [device_id, device_id], SW_V)


async def test_a_value_is_bounded(home: Home) -> None:
    device_id = await home.enroll(1)
    most = "x" * operations.MAX_VALUE_BYTES

    kept = await operations.queue_operations(
        home.house, OPERATOR, [device_id], Wish("replace", "./Vendor/MSFT/A", "chr", most)
    )
    with pytest.raises(Invalid, match="1048577 bytes"):
        operations.checked_operation(Wish("replace", "./Vendor/MSFT/A", "chr", most + "x"))

    assert kept.operations[0].operation.value == most


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (WIPE, "erases"),
        (Wish("exec", "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep/Unenroll"), "enrolled"),
        (Wish("exec", "./Device/Vendor/MSFT/Reboot/RebootNow"), "wearing"),
        (Wish("replace", "./SyncML/DMAcc/x/AppAddr/1/Addr", "chr", "y"), "cuts it off"),
        (Wish("delete", "./Vendor/MSFT/CertificateStore/My/User/AA"), "certificates"),
        (Wish("get", "./User/Vendor/MSFT/DMClient"), "signed in"),
    ],
)
def test_what_may_do_harm_is_said(wish: Wish, word: str) -> None:
    found = operations.warnings(operations.checked_operation(wish))

    assert len(found) == 1
    assert word in found[0]


def test_reading_where_writing_would_do_harm_needs_no_warning() -> None:
    wish = Wish("get", "./SyncML/DMAcc/x/AppAddr/1/Addr")

    assert operations.warnings(operations.checked_operation(wish)) == ()


async def test_a_queued_operation_is_cancelled_once(home: Home) -> None:
    device_id = await home.enroll(1)
    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], SW_V)
    operation_id = queued.operations[0].id

    cancelled = await operations.cancel_operation(home.house, OPERATOR, operation_id)

    assert cancelled.state is OperationState.CANCELLED
    with pytest.raises(Conflict):
        await operations.cancel_operation(home.house, OPERATOR, operation_id)


@pytest.mark.parametrize("state", [OperationState.FAILED, OperationState.UNKNOWN])
async def test_what_failed_or_is_unknown_can_be_tried_again(
    home: Home, state: OperationState
) -> None:
    device_id = await home.enroll(1)
    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], WIPE)
    old = queued.operations[0]
    await home.answer(device_id, OperationChange(old.id, state, 500, "it failed"))

    copy = await operations.retry_operation(home.house, ADMIN, old.id)

    assert copy.id != old.id
    assert copy.operation == old.operation
    assert (copy.state, copy.actor) == (OperationState.QUEUED, "ada")
    assert (await operations.show_operation(home.house, VIEWER, old.id)).state is state


async def test_what_still_stands_is_not_tried_again(home: Home) -> None:
    device_id = await home.enroll(1)
    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], SW_V)

    with pytest.raises(Conflict, match="is queued"):
        await operations.retry_operation(home.house, OPERATOR, queued.operations[0].id)


async def test_a_viewer_changes_nothing(home: Home) -> None:
    device_id = await home.enroll(1)

    for attempt in (
        operations.queue_operations(home.house, VIEWER, [device_id], SW_V),
        operations.retry_operation(home.house, VIEWER, OperationId("op_1")),
        operations.cancel_operation(home.house, VIEWER, OperationId("op_1")),
    ):
        with pytest.raises(Refused):
            await attempt


async def test_the_audit_names_the_operation_but_not_its_value(home: Home) -> None:
    device_id = await home.enroll(1)
    wish = Wish("replace", "./Vendor/MSFT/WiFi/Profile/ward/WlanXml", "chr", "the-secret-key")

    queued = await operations.queue_operations(home.house, OPERATOR, [device_id], wish)

    line = (await home.house.fleet.audit_lines(None, 1)).items[0]
    assert line.action == "operation.queue"
    assert line.target == queued.operations[0].id
    assert line.detail == {"device": device_id, "verb": "replace", "uri": wish.uri}
    assert (line.actor.name, line.actor.address) == ("olga", "192.0.2.2")


async def test_a_viewer_sees_that_a_secret_was_set_but_not_what(home: Home) -> None:
    device_id = await home.enroll(1)
    uri = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"
    wish = Wish("replace", uri, "chr", "hunter2")
    (record,) = (
        await operations.queue_operations(home.house, OPERATOR, [device_id], wish)
    ).operations
    done = OperationChange(record.id, OperationState.DONE, 200, "done", "hunter2")
    await home.answer(device_id, done)

    seen = {}
    for caller in (VIEWER, OPERATOR, ADMIN):
        one = await operations.show_operation(home.house, caller, record.id)
        (listed,) = (
            await operations.list_operations(home.house, caller, device_id, PageRequest())
        ).items
        assert one == listed
        seen[caller.role.value] = (one.operation.uri.text, one.operation.value, one.result)

    assert seen == {
        "viewer": (uri, "[redacted]", "[redacted]"),
        "operator": (uri, "hunter2", "hunter2"),
        "admin": (uri, "hunter2", "hunter2"),
    }


async def test_a_full_queue_is_said_in_words(home: Home) -> None:
    device_id = await home.enroll(1)
    new = home.enrolled[device_id]
    await world.queued(home.store, new, range(MAX_OPEN))

    with pytest.raises(Conflict, match="more than 1000 open operations; cancel some"):
        await operations.queue_operations(home.house, OPERATOR, [device_id], SW_V)


@pytest.mark.parametrize(
    ("uri", "value", "words"),
    [
        ("./Vendor/MSFT/Policy/Config/Experience/AllowCortana", "7", "not one of the choices"),
        ("./Vendor/MSFT/Nope/X", "1", "no node of the catalog"),
    ],
)
async def test_what_the_catalog_knows_better_is_said_and_sent_all_the_same(
    home: Home, uri: str, value: str, words: str
) -> None:
    """Who knows the nodes decides; who mistyped reads it at once."""
    device = await home.enroll(1)
    wish = Wish("replace", uri, "int", value)

    queued = await operations.queue_operations(home.house, ADMIN, [device], wish)

    assert len(queued.operations) == 1
    assert any(words in each for each in queued.warnings)


async def test_a_legal_setting_is_queued_without_a_word(home: Home) -> None:
    """No warning that nobody needs."""
    device = await home.enroll(1)
    wish = Wish("replace", "./Vendor/MSFT/Policy/Config/Experience/AllowCortana", "int", "0")

    assert (await operations.queue_operations(home.house, ADMIN, [device], wish)).warnings == ()


async def test_a_catalog_that_cannot_be_read_stops_no_operation(home: Home) -> None:
    """The expert's way stays open; that nothing was looked at is said."""

    def unreadable() -> Catalog:
        raise Unavailable("catalog.json.gz cannot be read")

    device = await home.enroll(1)
    house = replace(home.house, catalog=unreadable)
    wish = Wish("replace", "./Vendor/MSFT/Policy/Config/Experience/AllowCortana", "int", "0")

    queued = await operations.queue_operations(house, ADMIN, [device], wish)

    assert len(queued.operations) == 1
    assert any("could not be asked" in each for each in queued.warnings)
